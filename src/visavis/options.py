"""How a study is run, declared once: the flags, their help, what ``run_study`` and other processes are given."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

from visavis.checks import is_whole
from visavis.errors import UsageError

PRECISIONS = ("fp32", "bf16")
MOST_THREADS = 1024
"""More than any machine has cores; where a system gives no more threads, PyTorch ends the process."""


@dataclass(frozen=True)
class Cadence:
    """How often a state is kept: after every epoch and every so many seconds within one, as long as that takes little.

    Attributes:
        seconds: between two checkpoints within an epoch.
        share: of the time that checkpoints may take.
        first: seconds that the first checkpoint is taken to take.
    """

    seconds: float = 120.0
    share: float = 0.02
    first: float = 0.1

    def is_due(self, since_last: float, took: float, *, within_epoch: bool) -> bool:
        """Whether a checkpoint is due.

        Args:
            since_last: seconds since the last one.
            took: seconds that the last one took.
            within_epoch: whether the epoch goes on.
        """
        return since_last >= max(took / self.share, self.seconds if within_epoch else 0.0)


def require_filled(options: Any) -> None:
    """Refuses empty texts, which an unset variable of the shell leaves.

    Args:
        options: a dataclass.

    Raises:
        UsageError: a field is an empty text.
    """
    for field in fields(options):
        if getattr(options, field.name) == "":
            raise empty(field.name)


def empty(name: str) -> UsageError:
    """The error that says a value is empty."""
    return UsageError(f"{name} can't be used", got="''", expected="a value", do="is a variable of the shell unset?")


def _require_number(noun: str, number: Any, most: int | None = None) -> None:
    if number is None:
        return
    if not is_whole(number):
        raise UsageError(f"no such number of {noun}", got=repr(number), expected="a whole number")
    count = int(number)
    if not 1 <= count <= (most or count):
        expected = "1 or more" if most is None or count < 1 else f"at most {most:,}"
        raise UsageError(f"no such number of {noun}", got=number, expected=expected)


@dataclass(frozen=True)
class Options:
    """Where and how fast a study is run: nothing that changes what is compared. A field with a text is a flag of
    ``visavis run``, and the text is its help.

    Attributes:
        together: cells that a process trains side by side; by default 4 on a GPU, else 1 (the command's ``--jobs``).
        cadence: how often a cell in work is kept.

    Raises:
        UsageError: a value that can't be used.
    """

    device: Annotated[str | None, "cpu, cuda, ...; by default a GPU where there is one."] = None
    precision: Annotated[str | None, "fp32 or bf16; by default probed before the first cell, and kept."] = None
    threads: Annotated[
        int | None, "Of each process; by default the cores, or fewer where faster, shared by the jobs."
    ] = None
    deterministic: Annotated[bool, "On a GPU, only operations that give the same bits again; a CPU's do anyway."] = (
        False
    )
    retry_failed: Annotated[bool, "Try cells again that failed in an earlier run."] = False
    fail_fast: Annotated[bool, "End the run at the first cell that fails; by default the others go on."] = False
    renew: Annotated[bool, "Train anew the cells of arms whose code has changed; without it such a run is refused."] = (
        False
    )
    together: int | None = None
    cadence: Cadence = Cadence()

    def __post_init__(self) -> None:
        require_filled(self)
        if self.precision not in (None, *PRECISIONS):
            raise UsageError("no such precision", got=repr(self.precision), expected=" or ".join(PRECISIONS))
        _require_number("threads", self.threads, MOST_THREADS)
        _require_number("cells side by side", self.together)


USUAL = Options()
