"""Names of classes and folds: their order, and those that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from visavis.quantities import list_text

FOLD = re.compile(r"(?:fold|split|cv)[_\-. ]*(\d{1,4})", re.IGNORECASE)
NUMBER = re.compile(r"(\d+)")


def natural(name: str) -> tuple[tuple[int, int | str, str], ...]:
    """A key that puts numbers in names in their order: 2 before 10."""
    pieces = NUMBER.split(name)
    return (*((0, int(piece), piece) if index % 2 else (1, piece, "") for index, piece in enumerate(pieces)),)


def fold_number(name: str) -> str:
    """``3`` of ``fold_03``; of another name, the name."""
    match = FOLD.fullmatch(name)
    return str(int(match[1])) if match else name


def alike_in_case(classes: Iterable[str]) -> Iterator[str]:
    """Yields what to say of classes whose names differ in case only."""
    spellings: dict[str, list[str]] = {}
    for name in sorted(classes):
        spellings.setdefault(name.casefold(), []).append(name)
    for names in spellings.values():
        if len(names) > 1:
            yield f"Classes that differ in case only: {list_text(map(repr, names))}."
