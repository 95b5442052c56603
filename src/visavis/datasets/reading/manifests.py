"""Images by a table of paths and labels, or Kaggle's ``fer2013.csv`` with the pixels in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, Words, gather
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.fer2013 import COLUMNS as FER_COLUMNS
from visavis.datasets.reading.fer2013 import read_fer
from visavis.datasets.reading.files import file_key
from visavis.datasets.reading.tables import JsonLines, Manifest, Table, columns_of, open_csv
from visavis.read_as import ReadAs

OPTIONS = (
    "groups", "test_fold", "path_column", "label_column", "group_column", "split_column", "images", "suffix",
)  # fmt: skip
"""Fields of ``ReadAs`` that mean something for a table."""
WORDS = Words(
    no_classes="no row with a label",
    nothing="the columns' names only",
    layout="one row for each image, such as one.png,A below path,label",
    filled="at least one readable image of every class",
    mend="mend the paths in its rows, or remove the rows",
)


def open_table(path: Path) -> Table:
    """The table of a file.

    Raises:
        DataError: it is none.
    """
    return OPENERS[path.suffix.lower()](path)


OPENERS: Mapping[str, Callable[[Path], Table]] = {
    ".csv": open_csv,
    ".tsv": open_csv,
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
}
"""How a table is opened, by its suffix."""


def takes(path: Path) -> bool:
    """Whether it is a table, by its name."""
    return path.suffix.lower() in OPENERS and path.is_file()


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """The images that a table names, or holds.

    Raises:
        DataError: its columns are others, a path leads out of its folder, or as ``gather``.
    """
    table = open_table(path)
    if set(table.columns) >= FER_COLUMNS:
        read_as.require_only("fer2013.csv")
        return decode_once([file_key(path), "fer2013", repr(form)], lambda: read_fer(table, form))
    return read_table(table, path.parent, [file_key(path)], form, read_as)


def read_table(table: Table, folder: Path, keys: Sequence[str], form: Form, read_as: ReadAs) -> Collection:
    """The images that a table names.

    Args:
        table: names files and classes.
        folder: that its paths begin in, unless another one is said.
        keys: digests of its files.
        form: what images are decoded to.
        read_as: what the user says of the files.

    Raises:
        DataError: its columns are others, a path leads out of the folder, or as ``gather``.
    """
    read_as.require_only("a table", *OPTIONS)
    path = table.path
    columns = columns_of(table.columns, lambda: (row for _, row in table.rows()), read_as, str(path))
    manifest = Manifest(table, columns, folder, read_as)
    keys = [*keys, manifest.files_key(), repr(form), repr(read_as)]
    return decode_once(keys, lambda: gather(manifest.files(), str(path), WORDS, form, notes=manifest.notes()))
