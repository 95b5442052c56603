"""Which epoch's network counts; never chosen by test images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LastEpoch:
    """The network after the last epoch: nothing is chosen."""
