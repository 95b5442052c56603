"""Where and how cells are trained."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from visavis.cells.checkpointing import USUAL, Cadence
from visavis.training.fast.precision import Precision


@dataclass(frozen=True)
class Machine:
    """Where and how cells are trained, the same for all of a study.

    Attributes:
        device: ``cpu`` or a GPU.
        precision: of the arithmetic.
        threads: of a process; sums are parted by them, so the bits of a result rest on their number.
        deterministic: whether PyTorch is held to operations that give the same bits again.
        together: cells that one process trains side by side, which small networks on a GPU gain by.
        cadence: how often a cell in work is kept.
    """

    device: torch.device
    precision: Precision
    threads: int = field(default_factory=torch.get_num_threads)
    deterministic: bool = False
    together: int = 1
    cadence: Cadence = USUAL

    @property
    def arithmetic(self) -> str:
        """The precision and the device, as a phrase."""
        return f"{self.precision.name} on {self.device.type}" + (", deterministic" if self.deterministic else "")
