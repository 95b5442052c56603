"""Run folder -> paired tables -> contrasts. The evidence wing's centre; it never imports torch."""

from visavis.comparison.comparison import Comparison
from visavis.comparison.reading import compare

__all__ = ["Comparison", "compare"]
