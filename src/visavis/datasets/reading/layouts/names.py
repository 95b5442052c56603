"""Names of classes and folds: their order, and those that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from visavis.errors import DataError
from visavis.quantities import list_text

SHARD = re.compile(r"(\d{1,6})-of-(\d{1,6})")
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


def require_shards(names: Iterable[str]) -> None:
    """Refuses files named ``00000-of-00002`` of which some aren't there.

    Raises:
        DataError: with the first that is missing.
    """
    numbers: dict[tuple[str, str], set[int]] = {}
    for name in names:
        match = SHARD.search(name)
        if match:
            numbers.setdefault((name[: match.start()], match[2]), set()).add(int(match[1]))
    for (before, total), found in numbers.items():
        absent = next((number for number in range(min(int(total), len(found) + 1)) if number not in found), None)
        if absent is not None:
            raise DataError(
                "a shard is missing",
                got=f"{len(found)} of {int(total)} files {before}...-of-{total}",
                expected=f"{before}{absent:0{len(total)}d}-of-{total}",
                do="download it",
            )


def alike_in_case(classes: Iterable[str]) -> Iterator[str]:
    """Yields what to say of classes whose names differ in case only."""
    spellings: dict[str, list[str]] = {}
    for name in sorted(classes):
        spellings.setdefault(name.casefold(), []).append(name)
    for names in spellings.values():
        if len(names) > 1:
            yield f"Classes that differ in case only: {list_text(map(repr, names))}."
