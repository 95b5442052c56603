"""One strategy per file; each is a frozen value that turns a network into a plan."""

from visavis.tuning.from_scratch import FromScratch

__all__ = ["FromScratch"]
