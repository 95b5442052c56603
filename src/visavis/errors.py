"""Every error that visavis raises on purpose.

    VisavisError
    ├── StudyError            the study can't be understood
    │   ├── UnknownStudy      no built-in study and no file of that name
    │   ├── StudyFileError    the study's file raises, or has no `study` function
    │   └── InvalidStudy      a field has a value that no study can have
    ├── DataError             the images can't be used
    ├── WeightsError          pre-trained weights can't be used
    ├── RunFolderError        the run folder can't be used
    │   ├── NotARunFolder     the folder holds no study
    │   ├── ChangedStudy      the folder holds another study
    │   └── DamagedFile       a file of the folder doesn't read back
    └── TrainingError         a cell can't be trained to its end

Each says what went wrong, what was found, what was expected and what to do next, in one line.
"""

from visavis.text import one_line


class VisavisError(Exception):
    """The base of the tree: one clear line for a person.

    Args:
        what: what went wrong.
        got: what was found.
        expected: what would have been right.
        do: what the reader can do next.
    """

    def __init__(self, what: str, *, got: object = None, expected: object = None, do: str | None = None) -> None:
        parts = [what]
        if got is not None:
            parts.append(f"got {got}")
        if expected is not None:
            parts.append(f"expected {expected}")
        if do is not None:
            parts.append(do)
        super().__init__("; ".join(one_line(part.strip()) for part in parts))


class StudyError(VisavisError):
    """The study can't be understood."""


class UnknownStudy(StudyError):
    """There is no built-in study and no file of that name."""


class StudyFileError(StudyError):
    """The study's file raises, or has no ``study`` function."""


class InvalidStudy(StudyError):
    """A field of the study has a value that no study can have."""


class DataError(VisavisError):
    """The images can't be used."""


class WeightsError(VisavisError):
    """Pre-trained weights can't be used."""


class RunFolderError(VisavisError):
    """The run folder can't be used."""


class NotARunFolder(RunFolderError):
    """The folder holds no study."""


class ChangedStudy(RunFolderError):
    """The folder holds another study than the one that was asked for."""


class DamagedFile(RunFolderError):
    """A file of the run folder doesn't read back."""


class TrainingError(VisavisError):
    """A cell can't be trained to its end."""
