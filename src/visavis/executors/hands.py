"""What the command is told of who trains, and what it asks of an executor. Imports neither PyTorch nor Ray."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, ClassVar, Protocol

from visavis.errors import UsageError
from visavis.options import require_filled

if TYPE_CHECKING:
    from visavis.executors.worker import Source
    from visavis.runs.trainer import Executor

EXECUTORS: Mapping[str, str] = {
    "processes": "visavis.executors.processes:Processes",
    "ray": "visavis.executors.ray:RayTasks",
    "slurm": "visavis.executors.slurm:SlurmJobs",
}
"""The class of each executor, by the name that the command takes; imported when it is asked for."""
NAMES_HELP = f"What the jobs are: one of {', '.join(EXECUTORS)}; by default processes, of this machine."


@dataclass(frozen=True)
class Hands:
    """Who trains. A word that only some executors take stands in their ``words``.

    Raises:
        UsageError: a value that can't be used.
    """

    jobs: Annotated[
        int | None,
        "Cells trained at once: on a CPU each in a process of its own (default 1), on a GPU side by side (default 4).",
    ] = None
    executor: Annotated[str | None, NAMES_HELP] = None
    address: Annotated[str | None, "Of a Ray cluster; by default one is started on this machine."] = None
    slurm: Annotated[list[str] | None, "NAME=VALUE for submitit, such as slurm_partition=gpu; may be given again."] = (
        None
    )

    def __post_init__(self) -> None:
        require_filled(self)
        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"--jobs {self.jobs} can't be", expected="1 or more")

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the fields that are set and that only some executors take."""
        names = (field.name for field in fields(self) if field.name not in {"jobs", "executor"})
        return tuple(name for name in names if getattr(self, name))


class ExecutorClass(Protocol):
    """A class of executors, as the command makes one.

    Attributes:
        words: fields of ``Hands`` that it takes beside the jobs; those that it doesn't take are refused.
    """

    words: ClassVar[tuple[str, ...]]

    @classmethod
    def from_hands(cls, source: Source, hands: Hands) -> Executor:
        """The executor that the command's words ask for.

        Args:
            source: how other processes come to the study.
            hands: what the command was told; of its ``words`` none but this class's.

        Raises:
            UsageError: a word can't be read.
        """


def executor_class(name: str) -> type[ExecutorClass]:
    """The executor of a name in ``EXECUTORS``."""
    kind: type[ExecutorClass] = resolve_name(EXECUTORS[name])
    return kind
