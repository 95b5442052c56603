"""Every error that visavis raises on purpose.

    VisavisError
    ├── UsageError            the command's words, or the options of a run, can't be used
    ├── StudyError            the study can't be understood
    │   ├── UnknownStudy      no built-in study and no file of that name
    │   ├── StudyFileError    the study's file raises, or has no `study` function
    │   └── InvalidStudy      a field has a value that no study can have
    ├── DataError             the images can't be used
    ├── WeightsError          pre-trained weights can't be used
    ├── ExportError           a trained model can't be exported
    ├── RunFolderError        the run folder can't be used
    │   ├── NotARunFolder     the folder holds no study
    │   ├── ChangedStudy      the folder holds another study
    │   ├── NothingToCompare  no seed is finished in the control and another arm
    │   ├── DamagedFile       a file of the folder doesn't read back
    │   └── StorageError      a file of the folder can't be written
    ├── WorkersError          processes that were to train cells end before they begin
    └── TrainingError         a cell can't be trained to its end
        ├── NotFinite         a loss or a logit isn't a finite number
        └── OutOfMemory       the cell needs more memory than there is

Each says what went wrong, what was found, what was expected and what to do next, in one line. A training error doesn't
end a run: the cell is told as failed, and the others go on.
"""

from __future__ import annotations

import errno
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def one_line(text: str) -> str:
    """Without line breaks and control characters, which names of files and classes may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def did_you_mean(word: str, names: Iterable[str], write: Callable[[str], str] = str) -> str | None:
    """A question for the end of an error: the names that a word is likely to stand for; None where none is near."""
    near = get_close_matches(word, list(names), n=2, cutoff=0.5)
    return f"did you mean {' or '.join(map(write, near))}?" if near else None


class VisavisError(Exception):
    """The base of the tree: one clear line for a person.

    Args:
        what: what went wrong.
        got: what was found.
        expected: what would have been right.
        do: what the reader can do next.

    Attributes:
        got: what was found, as text; empty where that isn't said.
    """

    remedy: ClassVar[str] = ""
    """What helps against errors of the class, for the table in the documents."""

    def __init__(self, what: str, *, got: object = None, expected: object = None, do: str | None = None) -> None:
        parts = [what]
        if got is not None:
            parts.append(f"got {got}")
        if expected is not None:
            parts.append(f"expected {expected}")
        if do is not None:
            parts.append(do)
        super().__init__("; ".join(one_line(part.strip()) for part in parts))
        self.got = "" if got is None else one_line(str(got).strip())


class UsageError(VisavisError):
    """The command's words, or the options of a run, can't be used."""

    remedy = "Look at the command's --help."


class StudyError(VisavisError):
    """The study can't be understood."""


class UnknownStudy(StudyError):
    """There is no built-in study and no file of that name."""

    remedy = "`visavis list` shows the built-in studies; a study of your own is a path that ends in .py."


class StudyFileError(StudyError):
    """The study's file raises, or has no ``study`` function."""

    remedy = "Mend the file; `--debug` shows where it raises, `visavis new NAME` writes one that runs."


class InvalidStudy(StudyError):
    """A field of the study has a value that no study can have."""

    remedy = "Change the field that the message names."


class DataError(VisavisError):
    """The images can't be used."""

    remedy = "Mend or download the data again; `visavis audit DATA` looks at them without training."


class WeightsError(VisavisError):
    """Pre-trained weights can't be used."""

    remedy = "Give a file with --weights: a .pth of plain tensors, or safetensors."


class ExportError(VisavisError):
    """A trained model can't be exported."""

    remedy = "Install the extra: pip install 'visavis[onnx]'."


class RunFolderError(VisavisError):
    """The run folder can't be used."""

    remedy = "`visavis status DIR` shows what is there; the run's command continues it."


class NotARunFolder(RunFolderError):
    """The folder holds no study."""

    remedy = "Give the folder that `visavis run` named, or for a new run an empty --out."


class ChangedStudy(RunFolderError):
    """The folder holds another study than the one that was asked for."""

    remedy = "Go back to the old settings, or choose another --out; --renew where only code has changed."


class NothingToCompare(RunFolderError):
    """No seed is finished in the control and another arm."""

    remedy = "Run the study again to continue it; `visavis status DIR` says which cells failed, and why."


class DamagedFile(RunFolderError):
    """A file of the run folder doesn't read back, or lies outside of it."""

    remedy = "Run the study again: damaged cells are trained anew. A damaged study wants a new --out."


class StorageError(RunFolderError):
    """A file of the run folder can't be written."""

    remedy = "Free some space or mend the permissions; the run's command continues where it was."


class WorkersError(VisavisError):
    """Processes that were to train cells end before they begin."""

    remedy = "Run without --jobs and --executor: the same error then shows in this process."


class TrainingError(VisavisError):
    """A cell can't be trained to its end."""

    remedy = "The reason stands in the cell's failure.txt; mend it, then run again with --retry-failed."


class NotFinite(TrainingError):
    """A loss or a logit isn't a finite number."""

    remedy = "Lower the learning rate of that arm; --retry-failed, or another --out where seeds of it are finished."


class OutOfMemory(TrainingError):
    """The cell needs more memory than there is."""

    remedy = "Free memory or take another --device, then --retry-failed; a smaller batch is another study."


SIGNS_OF_LITTLE_MEMORY = ("allocate memory", "out of memory", "not enough memory", "status_alloc_failed")
"""What PyTorch's allocators say, which raise a plain RuntimeError on a CPU."""


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether somebody else's error says that memory ran out."""
    if isinstance(problem, OSError):
        return problem.errno == errno.ENOMEM
    if type(problem).__name__ == "OutOfMemoryError":  # PyTorch's, which isn't imported for this
        return True
    if isinstance(problem, RuntimeError):
        return any(sign in str(problem).lower() for sign in SIGNS_OF_LITTLE_MEMORY)
    return isinstance(problem, MemoryError)


def first_line(problem: BaseException) -> str:
    """The first line of what an error says, or its class where it says nothing."""
    return next(iter(str(problem).splitlines()), "") or type(problem).__name__
