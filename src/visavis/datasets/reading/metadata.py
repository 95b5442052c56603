"""A folder of images with a table beside them, as Hugging Face has them: ``metadata.csv``, ``.jsonl`` or ``.parquet``,
in it or in each of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from visavis.datasets.reading.collection import Collection
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.files import file_key
from visavis.datasets.reading.layouts import part_of
from visavis.datasets.reading.manifests import open_table, read_table
from visavis.datasets.reading.tables import LABELS, Row, Shards, Table
from visavis.errors import DataError
from visavis.read_as import ReadAs

NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
FILE, SPLIT = "file_name", "split"


def takes(path: Path) -> bool:
    """Whether it is a folder with such a table, which names files and their classes.

    Raises:
        OSError: it can't be read.
    """
    if not path.is_dir():
        return False
    labels = {name for tier in LABELS for name in tier}
    try:
        tables = [_open(file) for file in _files(path)]
        return bool(tables) and all(FILE in table.columns and labels & set(table.columns) for table in tables)
    except DataError:
        return False  # another file of that name


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """The images that the tables of a folder name.

    Raises:
        DataError: as ``read_table``.
    """
    files = _files(path)
    table = Tables(path, tuple(map(_open, files)))
    return read_table(table, path, [file_key(file) for file in files], form, read_as)


def _files(folder: Path) -> list[Path]:
    """The tables in a folder, or else in its parts."""
    parts = sorted(child for child in folder.iterdir() if child.is_dir() and part_of(child.name) is not None)
    for folders in ([folder], parts):
        files = [child / name for child in folders for name in NAMES if (child / name).is_file()]
        if files:
            return files
    return []


def _open(file: Path) -> Table:
    return Shards(file, (file,)) if file.suffix == ".parquet" else open_table(file)


@dataclass(frozen=True)
class Tables:
    """The tables of a folder as one.

    Attributes:
        path: of the folder.
        tables: each in the folder, or in that of a part.
    """

    path: Path
    tables: tuple[Table, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.columns))

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yields what to call each row in messages, and its cells; files by their paths below the folder."""
        empty = dict.fromkeys(self.columns, "")
        for table in self.tables:
            prefix = table.path.parent.relative_to(self.path)
            for name, row in table.rows():
                yield f"{prefix / table.path.name}: {name}", {**empty, **row, FILE: (prefix / row[FILE]).as_posix()}
