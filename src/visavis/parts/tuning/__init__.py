"""One strategy per file; each is a frozen value that turns a network into a plan. The learning rate is the optimizer's:
a strategy gives each group of parameters a share of it.

Batch normalisation follows one rule in all of them (``interfaces.Plan``): a layer whose own weights are being trained
normalises by its batches and updates its statistics; any other keeps the statistics that it came with.
"""

from visavis.parts.tuning.differential_rates import DifferentialRates
from visavis.parts.tuning.full import Full
from visavis.parts.tuning.gradual_unfreezing import GradualUnfreezing
from visavis.parts.tuning.last_layers import LastLayers
from visavis.parts.tuning.layerwise_decay import LayerwiseDecay
from visavis.parts.tuning.linear_probe import LinearProbe
from visavis.parts.tuning.low_rank_adapters import LowRankAdapters
from visavis.parts.tuning.norm_and_bias import NormAndBias
from visavis.parts.tuning.probe_then_full import ProbeThenFull

__all__ = [
    "DifferentialRates", "Full", "GradualUnfreezing", "LastLayers", "LayerwiseDecay", "LinearProbe", "LowRankAdapters",
    "NormAndBias", "ProbeThenFull",
]  # fmt: skip
