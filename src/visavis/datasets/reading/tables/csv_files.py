"""A CSV file as rows, within bounds; the delimiter is that of the first line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from visavis.datasets.reading.tables.table import LONGEST_ROW, Row
from visavis.errors import DataError

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class CsvFile:
    """A CSV file.

    Attributes:
        path: of the file.
        columns: names of its columns, in small letters, in their order.
        delimiter: between cells.
    """

    path: Path
    columns: tuple[str, ...]
    delimiter: str

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yields what to call each row in messages, and its cells by the names of the columns.

        Raises:
            DataError: it is no CSV in UTF-8, or a row is too long or has more cells than there are columns.
        """
        with _lines(self.path) as lines:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            next(reader)
            for cells in reader:
                lines.of_row = 0
                if not cells:
                    continue
                if any(cells[len(self.columns) :]):
                    raise DataError(
                        f"line {reader.line_num} of {self.path} has more cells than there are columns",
                        got=f"{len(cells)}",
                        expected=f"{len(self.columns)}: {', '.join(self.columns)[:200]}",
                        do="quote cells that have the delimiter in them",
                    )
                cells += [""] * (len(self.columns) - len(cells))
                yield f"line {reader.line_num}", dict(zip(self.columns, cells, strict=False))


def open_csv(path: Path) -> CsvFile:
    """A CSV file by its first line.

    Raises:
        DataError: it is no CSV in UTF-8, two columns have one name, or a row is too long.
    """
    with _lines(path) as lines:
        first = next(iter(lines), "")
    delimiter = max(DELIMITERS, key=lambda letter: (first.count(letter), letter == ","))
    with _lines(path) as lines:
        names = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    while names and not names[-1].strip():  # a delimiter at the end of each line
        names.pop()
    # a column without a name, such as pandas' row numbers, is called by its place
    columns = tuple(name.strip().lower() or f"column {number}" for number, name in enumerate(names, 1))
    twice = [name for name, number in Counter(columns).items() if number > 1]
    if twice:
        raise DataError(f"{path} has two columns of one name", got=", ".join(twice)[:200], expected="each name once")
    return CsvFile(path, columns, delimiter)


@contextmanager
def _lines(path: Path) -> Iterator[_Lines]:
    """The lines of a CSV file.

    Raises:
        DataError: within the block: it is no CSV in UTF-8, or has a row longer than ``LONGEST_ROW``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield _Lines(file, path)
    except (UnicodeDecodeError, csv.Error, OSError) as problem:
        raise DataError(
            f"{path} can't be read as CSV", got=problem, expected="comma-separated text in UTF-8"
        ) from problem


class _Lines:
    """The lines of a file, none of them read beyond what a row may have; a quoted row can go over many.

    Attributes:
        of_row: letters since the last row ended; set to 0 by whoever takes the rows.
    """

    def __init__(self, file: IO[str], path: Path) -> None:
        self.of_row = 0
        self._file, self._path = file, path

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_ROW + 1)
        self.of_row += len(line)
        if self.of_row > LONGEST_ROW:
            raise DataError(
                f"{self._path} has a row that is too long",
                got=f"more than {LONGEST_ROW:,} letters",
                expected="one line for each image",
                do="look for a quote that never ends",
            )
        if "\0" in line:
            raise DataError(f"{self._path} can't be read as CSV", got="a zero byte", expected="text in UTF-8")
        if not line:
            raise StopIteration
        return line
