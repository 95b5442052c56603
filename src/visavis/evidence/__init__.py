"""Run folder -> paired tables -> contrasts. The evidence wing's centre; it never imports torch."""

from visavis.evidence.comparison import Comparison
from visavis.evidence.held_out import judge_candidate
from visavis.evidence.judging import pair_of
from visavis.evidence.path import standing_of
from visavis.evidence.reading import compare

__all__ = ["Comparison", "compare", "judge_candidate", "pair_of", "standing_of"]
