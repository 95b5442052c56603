"""The learning rate from step to step, as a share of the optimizer's: pure functions of the progress."""

from __future__ import annotations

import math
from dataclasses import dataclass

from visavis.checks import excerpt, is_number, require, require_not_negative, require_positive, require_share
from visavis.errors import InvalidStudy

EPOCHS = "epochs, 0 or more"


@dataclass(frozen=True)
class Constant:
    """The learning rate as it is.

    Attributes:
        warmup: epochs over which it rises to that, on a straight line from 0.
    """

    warmup: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative(self.warmup, "schedule.warmup", EPOCHS)

    def share(self, progress: float, epochs: int) -> float:
        """See ``Schedule.share``."""
        rise, _ = _after_warmup(self.warmup, progress, epochs)
        return rise


@dataclass(frozen=True)
class Cosine:
    """Half a cosine wave from 1 down to ``end`` (Loshchilov and Hutter 2017, without restarts).

    Attributes:
        end: the share that the last step comes to, in [0, 1].
        warmup: epochs over which the learning rate rises before that, on a straight line from 0.
    """

    end: float = 0.0
    warmup: float = 0.0

    def __post_init__(self) -> None:
        require_share(self.end, "schedule.end")
        require_not_negative(self.warmup, "schedule.warmup", EPOCHS)

    def share(self, progress: float, epochs: int) -> float:
        """See ``Schedule.share``."""
        rise, rest = _after_warmup(self.warmup, progress, epochs)
        return rise * (self.end + (1 - self.end) * (1 + math.cos(math.pi * rest)) / 2)


@dataclass(frozen=True)
class Linear:
    """A straight line from 1 down to ``end``.

    Attributes:
        end: the share that the last step comes to, in [0, 1].
        warmup: epochs over which the learning rate rises before that, on a straight line from 0.
    """

    end: float = 0.0
    warmup: float = 0.0

    def __post_init__(self) -> None:
        require_share(self.end, "schedule.end")
        require_not_negative(self.warmup, "schedule.warmup", EPOCHS)

    def share(self, progress: float, epochs: int) -> float:
        """See ``Schedule.share``."""
        rise, rest = _after_warmup(self.warmup, progress, epochs)
        return rise * (1 + (self.end - 1) * rest)


@dataclass(frozen=True)
class Steps:
    """The learning rate times ``factor`` after every so many epochs.

    Attributes:
        every: epochs from one step to the next.
        factor: in (0, 1).
        warmup: epochs over which the learning rate rises, on a straight line from 0; they count among the others.
    """

    every: float
    factor: float = 0.1
    warmup: float = 0.0

    def __post_init__(self) -> None:
        require_positive(self.every, "schedule.every", "epochs, above 0")
        require(is_number(self.factor) and 0 < self.factor < 1, "schedule.factor", excerpt(self.factor), "in (0, 1)")
        require_not_negative(self.warmup, "schedule.warmup", EPOCHS)

    def share(self, progress: float, epochs: int) -> float:
        """See ``Schedule.share``."""
        _require_within(self.every, "every", epochs)
        rise, _ = _after_warmup(self.warmup, progress, epochs)
        # A step falls on an epoch's first step; rounding mustn't put it one step later.
        return rise * self.factor ** math.floor(progress * epochs / self.every + 1e-9)


@dataclass(frozen=True)
class OneCycle:
    """Up on half a cosine wave from ``start`` to 1, then down on another to ``end`` (Smith and Topin 2018).

    Attributes:
        peak: share of the training after which the learning rate is at its highest, in (0, 1).
        start: the share of the first step, in [0, 1].
        end: the share that the last step comes to, in [0, 1].
    """

    peak: float = 0.3
    start: float = 0.04
    end: float = 0.0

    def __post_init__(self) -> None:
        require(is_number(self.peak) and 0 < self.peak < 1, "schedule.peak", excerpt(self.peak), "in (0, 1)")
        require_share(self.start, "schedule.start")
        require_share(self.end, "schedule.end")

    def share(self, progress: float, epochs: int) -> float:  # noqa: ARG002
        """See ``Schedule.share``."""
        if progress < self.peak:
            return _wave(self.start, 1.0, progress / self.peak)
        return _wave(1.0, self.end, (progress - self.peak) / (1 - self.peak))


def _wave(first: float, last: float, progress: float) -> float:
    """Half a cosine wave from one number to another."""
    return last + (first - last) * (1 + math.cos(math.pi * progress)) / 2


def _after_warmup(warmup: float, progress: float, epochs: int) -> tuple[float, float]:
    """The share that warm-up leaves, and the progress of what comes after it, from 0 to 1."""
    _require_within(warmup, "warmup", epochs)
    span = warmup / epochs
    return (progress / span, 0.0) if progress < span else (1.0, (progress - span) / (1 - span))


def _require_within(value: float, name: str, epochs: int) -> None:
    if value >= epochs and value > 0:
        raise InvalidStudy(
            "the schedule is longer than the training",
            got=f"schedule.{name} {value:g} of {epochs} epochs",
            expected=f"fewer than {epochs}",
            do="train for more epochs, or shorten it",
        )
