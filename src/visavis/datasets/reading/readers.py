"""The forms in which people have images with their labels; a new one is a file with ``takes`` and ``read``, and a line
here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from visavis.datasets.reading import idx, manifests, metadata, npz, parquet, sources, webdataset
from visavis.datasets.reading.collection import Collection
from visavis.datasets.reading.decode import Form
from visavis.errors import DataError
from visavis.read_as import AS_THEY_ARE, ReadAs


@dataclass(frozen=True)
class Reader:
    """A form in which people have images with their labels.

    Attributes:
        phrase: what it is, for errors.
        takes: whether a path is of this form; there may be nothing at the path, or anything. May raise ``OSError``.
        read: a path that it takes, what images are decoded to, what the user says of the files -> the images, from the
            cache where they have been decoded before. Raises ``VisavisError``, and ``OSError`` where the path can't be
            read.
    """

    phrase: str
    takes: Callable[[Path], bool]
    read: Callable[[Path, Form, ReadAs], Collection]


# The first that takes a path reads it. IDX files before class folders: a folder of them is a folder, too, and would be
# read as one without classes. Tables before archives: a table can begin with any letters, a zip's PK among them; and an
# npz file is a zip.
READERS = (
    Reader("IDX files", idx.takes, idx.read),
    Reader("a CSV manifest or fer2013.csv", manifests.takes, manifests.read),
    Reader("a folder with metadata.csv, .jsonl or .parquet", metadata.takes, metadata.read),
    Reader("Parquet files", parquet.takes, parquet.read),
    Reader("WebDataset's tars", webdataset.takes, webdataset.read),
    Reader("an npz file of arrays", npz.takes, npz.read),
    Reader("a folder, tar or zip of class folders", sources.takes, sources.read),
)
EXPECTED = ", or ".join(reader.phrase for reader in READERS)


def read_images(path: Path, form: Form, read_as: ReadAs = AS_THEY_ARE) -> Collection:
    """The images and labels at a path, by the first reader that takes it.

    Raises:
        InvalidStudy: its images can't be had in that form.
        DataError: there is nothing, or nothing that a reader takes; or as the reader.
    """
    reader = reader_of(path)
    try:
        return reader.read(path, form, read_as)
    except OSError as problem:
        raise _unreadable(path, problem) from problem


def reader_of(path: Path) -> Reader:
    """The first reader that takes a path; nothing is decoded.

    Raises:
        DataError: there is nothing, or nothing that a reader takes.
    """
    try:
        reader = next((reader for reader in READERS if reader.takes(path)), None)
        if reader is None:
            raise _refusal(path)
    except OSError as problem:
        raise _unreadable(path, problem) from problem
    return reader


def _unreadable(path: Path, problem: OSError) -> DataError:
    name = problem.filename or path  # of a file beside or below it, perhaps
    return DataError(f"{name} can't be read", got=problem.strerror or problem, expected=EXPECTED)


def _refusal(path: Path) -> DataError:
    """Why no reader takes it."""
    if not path.exists():
        return DataError(
            f"no such file or folder: {path}",
            expected=EXPECTED,
            do="check the path, or give glyphs, the embedded set",
        )
    if not path.is_file():
        return DataError(f"{path} is neither a file nor a folder", expected=EXPECTED)
    return DataError(
        f"{path} isn't an archive of images",
        got=f"a file of {path.stat().st_size:,} bytes in another format",
        expected=EXPECTED,
    )
