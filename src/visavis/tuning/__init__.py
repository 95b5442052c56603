"""One strategy per file; each is a frozen value that turns a network into a plan.

Batch normalisation follows one rule in all of them (``interfaces.Plan``): a layer whose own weights are being trained
normalises by its batches and updates its statistics; any other keeps the statistics that it came with.
"""

from visavis.tuning.differential_rates import DifferentialRates
from visavis.tuning.from_scratch import FromScratch
from visavis.tuning.full import Full
from visavis.tuning.gradual_unfreezing import GradualUnfreezing
from visavis.tuning.layerwise_decay import LayerwiseDecay
from visavis.tuning.linear_probe import LinearProbe
from visavis.tuning.low_rank_adapters import LowRankAdapters
from visavis.tuning.norm_and_bias import NormAndBias
from visavis.tuning.probe_then_full import ProbeThenFull

__all__ = [
    "DifferentialRates",
    "FromScratch",
    "Full",
    "GradualUnfreezing",
    "LayerwiseDecay",
    "LinearProbe",
    "LowRankAdapters",
    "NormAndBias",
    "ProbeThenFull",
]
