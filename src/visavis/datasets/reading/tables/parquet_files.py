"""Parquet files, one or in shards, as rows; needs the extra ``parquet``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from visavis.datasets.reading.files import require_few, require_unpacked, unpacked_limit
from visavis.datasets.reading.layouts import PART_WORDS, TRAIN, UNSPLIT
from visavis.datasets.reading.tables.columns import Columns
from visavis.datasets.reading.tables.table import Row
from visavis.errors import DataError

WORD = re.compile(r"[a-z]+")
AT_ONCE = 64
"""Rows that are read at a time."""
BYTES = "bytes"


NO_LABEL = "-1"
"""What Hugging Face writes for a class that isn't told."""


@dataclass(frozen=True)
class Unlabelled:
    """Rows without a class.

    Attributes:
        marks: what stands there.
        count: how many rows.
    """

    marks: frozenset[str]
    count: int


@dataclass(frozen=True)
class Shards:
    """Parquet files as one table.

    Attributes:
        path: of the file, or the folder.
        files: all of them.
    """

    path: Path
    files: tuple[Path, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names in small letters, as the first file has them."""
        return tuple(name.lower() for name in self._open(self.files[0]).schema_arrow.names)

    @property
    def image_column(self) -> str | None:
        """The column that holds images: bytes, or bytes with a path; None where there is none."""
        import pyarrow.types as types

        for field in self._open(self.files[0]).schema_arrow:
            is_struct = types.is_struct(field.type) and BYTES in [child.name for child in field.type]
            if is_struct or types.is_binary(field.type) or types.is_large_binary(field.type):
                return str(field.name).lower()
        return None

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yields what to call each row in messages, and its cells but for images, as text."""
        column = self.image_column
        for file in self.files:
            for number, row in enumerate(self._rows(file, [name for name in self.columns if name != column])):
                yield f"row {number} of {file.name}", row

    def rows_without_class(self, columns: Columns) -> Unlabelled:
        """What stands for no class, and in how many rows.

        Raises:
            DataError: images for training lack one.
        """
        column = self.image_column
        names, labels = [name for name in self.columns if name != column], list[tuple[bool, str]]()
        for file in self.files:
            for row in self._rows(file, names):
                part = part_of_row(self._part(file), row, columns)
                labels.append((part in (TRAIN, UNSPLIT), columns.class_of(row)))
        marks = {""} if (True, NO_LABEL) in labels else {"", NO_LABEL}
        rows = [is_for_training for is_for_training, label in labels if label in marks]
        if any(rows):
            raise DataError(
                f"{self.path} has training images without a class",
                got=f"{sum(rows):,} empty cells of {columns.label!r}",
                expected="a class for each image",
                do="leave these rows out, or name another column with --label-column",
            )
        return Unlabelled(frozenset(marks), len(rows))

    def images(self, column: str) -> Iterator[tuple[bytes, str, bytes, Row]]:
        """Yields part, name and bytes of each image, and the other cells of its row."""
        for file in self.files:
            part, titles, limit, size = self._part(file), self._class_names(file), unpacked_limit(file), 0
            for number, cells in enumerate(self._cells(file, self.columns)):
                value = cells.pop(column, None)
                content = value.get(BYTES) if isinstance(value, Mapping) else value
                content = content if isinstance(content, bytes) else b""
                size += len(content)
                require_unpacked(size, limit, file)
                yield part, f"{file.name}: row {number}", content, self._row(cells, titles)

    def _rows(self, file: Path, names: Sequence[str]) -> Iterator[Row]:
        titles = self._class_names(file)
        return (self._row(cells, titles) for cells in self._cells(file, names))

    def _row(self, cells: Mapping[str, object], titles: Mapping[str, Mapping[str, str]]) -> Row:
        """Cells as text, numbers by the names that they stand for; one that isn't there is empty."""
        row = {name: _text(cells.get(name)) for name in self.columns}
        return {name: titles.get(name, {}).get(text, text) for name, text in row.items()}

    def _cells(self, file: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        source = self._open(file)
        require_few(source.metadata.num_rows, file)
        titles = [name for name in source.schema_arrow.names if name.lower() in names]
        try:
            for batch in source.iter_batches(AT_ONCE, columns=titles):
                yield from ({name.lower(): value for name, value in row.items()} for row in batch.to_pylist())
        except Exception as problem:  # a damaged file makes the reader raise whatever comes to hand
            raise _damage(file, problem) from problem

    def _class_names(self, file: Path) -> Mapping[str, Mapping[str, str]]:
        """What numbers stand for, by column, where Hugging Face has written it into the file."""
        try:
            metadata = json.loads((self._open(file).schema_arrow.metadata or {}).get(b"huggingface", b"{}"))
            features = metadata["info"]["features"]
            return {
                name.lower(): {str(number): str(title) for number, title in enumerate(feature["names"])}
                for name, feature in features.items()
                if isinstance(feature, dict) and isinstance(feature.get("names"), list)
            }
        except (ValueError, KeyError, AttributeError, TypeError):
            return {}

    def _part(self, file: Path) -> bytes:
        """The part that a file's name says, or its folder's: ``train-00000-of-00002.parquet``."""
        below = file.relative_to(self.path) if self.path.is_dir() else Path(file.name)
        words = WORD.findall(below.as_posix().lower())
        return next((PART_WORDS[word] for word in words if word in PART_WORDS), UNSPLIT)

    @staticmethod
    def _open(file: Path) -> Any:
        try:
            import pyarrow.parquet
        except ImportError as problem:
            raise DataError(
                "Parquet files need pyarrow", got="no such package", do="pip install 'visavis[parquet]'"
            ) from problem
        try:
            source = pyarrow.parquet.ParquetFile(file)
            source.schema_arrow  # noqa: B018  # which can be damaged by itself
        except Exception as problem:  # as above
            raise _damage(file, problem) from problem
        return source


def part_of_row(part: bytes, row: Row, columns: Columns) -> bytes:
    """The part that a row's column says, else that of its file."""
    return PART_WORDS.get(row[columns.split].strip().lower(), part) if columns.split else part


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _damage(file: Path, problem: Exception) -> DataError:
    return DataError(f"{file} can't be read", got=str(problem)[:200], expected="a whole Parquet file")
