"""Where and how cells are trained."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from visavis.options import USUAL, Options
from visavis.training import Precision


@dataclass(frozen=True)
class Machine:
    """Where and how cells are trained, the same for all of a study.

    Attributes:
        device: ``cpu`` or a GPU.
        precision: of the arithmetic.
        threads: of a process; sums are parted by them, so the bits of a result rest on their number.
        together: cells that one process trains side by side, which small networks on a GPU gain by.
        options: of the run, as they were asked for.
    """

    device: torch.device
    precision: Precision
    threads: int = field(default_factory=torch.get_num_threads)
    together: int = 1
    options: Options = USUAL

    @property
    def arithmetic(self) -> str:
        """The precision and the device, as a phrase."""
        same_bits = ", deterministic" if self.options.deterministic else ""
        return f"{self.precision.name} on {self.device.type}{same_bits}"
