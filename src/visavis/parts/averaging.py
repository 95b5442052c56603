"""Which weights are tested and saved."""

from __future__ import annotations

import math
from dataclasses import dataclass

from visavis.checks import excerpt, is_number, require, require_share


@dataclass(frozen=True)
class LastWeights:
    """The weights after the last step."""

    renews_statistics = False

    def share(self, step: int, steps: int, epochs: int) -> float:  # noqa: ARG002
        """See ``Averaging.share``."""
        return 1.0


@dataclass(frozen=True)
class EMA:
    """An exponential moving average of weights and batch statistics over all steps.

    Attributes:
        decay: what the average keeps of itself in each step, in [0, 1); at first less, (1 + step) / (10 + step), so
            that the first weights are soon forgotten (as in TensorFlow and timm). At 0 it is the newest weights.
    """

    decay: float = 0.999

    renews_statistics = False

    def __post_init__(self) -> None:
        is_decay = is_number(self.decay) and 0 <= self.decay < 1
        require(is_decay, "averaging.decay", excerpt(self.decay), "0 <= decay < 1")

    def share(self, step: int, steps: int, epochs: int) -> float:  # noqa: ARG002
        """See ``Averaging.share``."""
        return 1 - min(self.decay, (1 + step) / (10 + step))


@dataclass(frozen=True)
class SWA:
    """The mean of the weights after each of the last epochs (stochastic weight averaging: Izmailov et al. 2018). The
    statistics of batch normalisations are computed anew, over the training images as the epoch shows them.

    Attributes:
        start: share of the epochs after which it begins, in [0, 1]; until then, and at 1, the newest weights count.
    """

    start: float = 0.75

    renews_statistics = True

    def __post_init__(self) -> None:
        require_share(self.start, "averaging.start")

    def share(self, step: int, steps: int, epochs: int) -> float:
        """See ``Averaging.share``."""
        epoch, steps_over = divmod(step, steps)
        if steps_over:
            return 0.0
        # counted from 1 on; before the start the newest weights take the whole
        return 1 / max(epoch - math.floor(self.start * epochs), 1)
