"""What ended a cell early, as an error that says so in one line."""

from __future__ import annotations

import traceback

from visavis.errors import OutOfMemory, StorageError, TrainingError, first_line, is_out_of_memory


def failure_of(problem: Exception, batch_size: int) -> TrainingError:
    """The failure of a cell. A batch that doesn't fit is never made smaller: it would be another experiment.

    Raises:
        StorageError: the folder can't be written, which would end every other cell too.
    """
    if isinstance(problem, StorageError):
        raise problem
    if isinstance(problem, TrainingError):
        return problem
    if is_out_of_memory(problem):
        return OutOfMemory(
            "the cell needs more memory than there is",
            got=first_line(problem),
            expected=f"room for batches of {batch_size}, which every arm is trained with",
            do="free memory or take another --device and run again with --retry-failed",
        )
    return TrainingError(
        "the cell raises",
        got=f"{type(problem).__name__}: {first_line(problem)}",
        do="mend the part of the study that raises (events.jsonl has the trace), then run again with --retry-failed",
    )


def trace_of(problem: Exception) -> str:
    """Where an error that visavis doesn't know was raised; empty for one that it raised on purpose."""
    return "" if isinstance(problem, TrainingError) else "".join(traceback.format_exception(problem))
