"""Which weights are tested and saved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LastWeights:
    """The weights after the last step."""
