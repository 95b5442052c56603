"""A file of JSON lines as rows, within bounds: one object for each image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from visavis.datasets.reading.tables.table import LONGEST_ROW, Row
from visavis.errors import DataError


@dataclass(frozen=True)
class JsonLines:
    """Such a file.

    Attributes:
        path: of the file.
    """

    path: Path

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields of the first object, in small letters."""
        return tuple(next((row for _, row in self._objects()), {}))

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yields what to call each row in messages, and its fields as text; one that isn't there is empty.

        Raises:
            DataError: a line is no object, or too long.
        """
        empty = dict.fromkeys(self.columns, "")
        for name, row in self._objects():
            yield name, {**empty, **row}

    def _objects(self) -> Iterator[tuple[str, dict[str, str]]]:
        number = 0
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                while line := file.readline(LONGEST_ROW + 1):
                    number += 1
                    if len(line) > LONGEST_ROW:
                        raise ValueError(f"more than {LONGEST_ROW:,} letters")
                    if line.strip():
                        yield f"line {number}", _fields(json.loads(line))
        except (OSError, ValueError, RecursionError) as problem:
            raise DataError(
                f"line {number} of {self.path} can't be read",
                got=str(problem)[:200],
                expected='an object, such as {"file_name": "one.png", "label": "A"}',
            ) from problem


def _fields(value: object) -> dict[str, str]:
    """The fields of an object as text, by their names in small letters; what is nested stays JSON.

    Raises:
        ValueError: it is no object.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{type(value).__name__} instead of an object")
    return {str(name).strip().lower(): _text(field) for name, field in value.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
