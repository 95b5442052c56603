"""What the names of a collection's files say of its images: classes, parts, folds and groups.

Pure: names in, entries out. A level is the folders at one depth. What could be read in two ways is fold about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.datasets.reading.files import is_hidden, quote
from visavis.datasets.reading.layouts.entries import TEST, TRAIN, UNSPLIT, Entry
from visavis.datasets.reading.layouts.levels import Levels, levels_of, part_of
from visavis.datasets.reading.layouts.names import alike_in_case, fold_number, natural
from visavis.datasets.reading.layouts.strays import (
    MOST_NAMED,
    Row,
    rows_of,
    without_mask_files,
    without_masks,
    without_repeats,
    without_strays,
)
from visavis.errors import DataError
from visavis.quantities import count, some_text
from visavis.read_as import ReadAs


@dataclass(frozen=True)
class Layout:
    """What the names of a collection's files say.

    Attributes:
        entries: what is labels of each image, by the name of its file.
        empty: names of class folders without any file.
        notes: sentences on how the names were understood, and on what is passed over.
    """

    entries: Mapping[str, Entry]
    empty: tuple[str, ...]
    notes: tuple[str, ...]


def layout_of(names: Iterable[str], empty: Iterable[str], read_as: ReadAs) -> Layout:
    """What file names say.

    Args:
        names: of files, with forward slashes.
        empty: names of folders without any file.
        read_as: what the user says of them.

    Raises:
        DataError: they can be read in several ways, or in none.
    """
    files, notes = without_strays(names)
    _require_text(files)
    files, masks = without_mask_files(files)
    notes += masks
    rows, outside = rows_of(files)
    notes += [f"{count(outside, 'file')} outside any folder passed over."] if outside else []
    if read_as.layout is not None:
        return _by_roles(rows, read_as.layout, read_as, notes)
    rows, masks = without_masks(rows)
    notes += masks
    rows = without_repeats(rows)
    levels, rows, more = levels_of(rows)
    return _layout(rows, levels, read_as, [*notes, *more], _empty_classes(empty, rows, levels))


def _require_text(names: Iterable[str]) -> None:
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as problem:
            raise DataError("a file's name isn't text", got=ascii(name), expected="UTF-8", do="rename it") from problem


def _by_roles(rows: Mapping[str, Row], layout: str, read_as: ReadAs, notes: list[str]) -> Layout:
    """As the user says what each level is."""
    roles = layout.split("/")
    short = next((name for name, row in rows.items() if len(row) < len(roles)), None)
    if short is not None:
        raise DataError(
            f"not every image lies {len(roles)} folders deep, as --layout {layout} says",
            got=quote(short),
            expected="/".join([*(f"<{role}>" for role in roles), "<file>"]),
        )
    tails = {row: row[-len(roles) :] for row in set(rows.values())}
    depth_of = {role: roles.index(role) for role in roles if role != "-"}
    words = {tail[depth_of["part"]] for tail in tails.values()} if "part" in depth_of else set()
    parts = {word: word_part[1] for word in words if (word_part := part_of(word)) is not None}
    if words - parts.keys():
        raise DataError(
            "a folder that --layout calls a part isn't one",
            got=some_text(sorted(words - parts.keys()), MOST_NAMED),
            expected="folders such as train, test, val",
        )
    name_depths = tuple(depth for depth, role in enumerate(roles) if role != "part")
    levels = Levels(
        depth_of["class"], depth_of.get("part"), parts or None, depth_of.get("fold"), depth_of.get("group"), name_depths
    )
    return _layout({name: tails[row] for name, row in rows.items()}, levels, read_as, notes, ())


def _layout(
    rows: Mapping[str, Row], levels: Levels, read_as: ReadAs, notes: list[str], empty: tuple[str, ...]
) -> Layout:
    if levels.fold is not None and read_as.test_fold is None:
        folds = sorted({row[levels.fold] for row in set(rows.values())}, key=natural)
        raise DataError(
            "the images lie in folds",
            got=some_text(folds, MOST_NAMED),
            expected="one of them for tests",
            do=f"--test-fold {fold_number(folds[0])}, or --layout -/class to put them together",
        )
    if levels.fold is None and read_as.test_fold is not None:
        raise DataError(
            "there are no folds", got=f"--test-fold {read_as.test_fold}", expected="folders fold1, fold2, ..."
        )
    describe = _Describer(levels, read_as)
    entries = {name: describe(name, row) for name, row in rows.items()}
    if levels.fold is not None and not any(entry.part == TEST for entry in entries.values()):
        raise _no_such_fold(read_as.test_fold, sorted({row[levels.fold] for row in set(rows.values())}, key=natural))
    if read_as.groups is not None:
        number = len({entry.group for entry in entries.values()} - {""})
        notes = [*notes, f"{count(number, 'group')} by the pattern {read_as.groups!r} in the names."]
    return Layout(entries, empty, (*notes, *_spelling_notes(rows, levels)))


def _no_such_fold(fold: str | None, folds: Sequence[str]) -> DataError:
    return DataError(f"there is no fold {fold}", got=some_text(folds, MOST_NAMED), expected="one of these")


class _Describer:
    """What is known of an image by its name and the folders above it."""

    def __init__(self, levels: Levels, read_as: ReadAs) -> None:
        self._levels, self._test_fold = levels, read_as.test_fold
        self._pattern = None if read_as.groups is None else re.compile(read_as.groups)
        self._heads: dict[Row, tuple[bytes, str, str, str]] = {}

    def __call__(self, name: str, row: Row) -> Entry:
        if row not in self._heads:
            self._heads[row] = self._head(row)
        part, label, group, prefix = self._heads[row]
        if self._pattern is not None:
            group = group_by(self._pattern, name)
        return Entry(part, label, f"{prefix}{name.rpartition('/')[2]}", group)

    def _head(self, row: Row) -> tuple[bytes, str, str, str]:
        levels = self._levels
        label = unicodedata.normalize("NFC", row[levels.label])
        group = "" if levels.group is None else row[levels.group]
        part = UNSPLIT
        if levels.part is not None and levels.parts is not None:
            part = levels.parts[row[levels.part]]
        fold = None if levels.fold is None else row[levels.fold]
        if fold is not None:
            part = TEST if self._test_fold in (fold, fold_number(fold)) else TRAIN
        above = [part.decode()] if part else []
        return part, label, group, "/".join([*above, *(row[depth] for depth in levels.name_depths), ""])


def group_by(pattern: re.Pattern[str], name: str) -> str:
    """What a pattern says of the group in a file's name: its first bracket, or all of it where it has none.

    Raises:
        DataError: it isn't in the name.
    """
    match = pattern.search(name)
    group = (match[1] if pattern.groups else match[0]) if match else ""
    if not group:
        raise DataError(
            "the pattern of the groups isn't in every name",
            got=quote(name),
            expected=pattern.pattern,
            do="choose a pattern that all names have, with the group in brackets, such as '(patient[0-9]+)'",
        )
    return group


def _spelling_notes(rows: Mapping[str, Row], levels: Levels) -> Iterator[str]:
    """Yields what to say of class folders that look the same, or nearly."""
    spellings_of: dict[str, set[str]] = {}
    for row in set(rows.values()):
        spellings_of.setdefault(unicodedata.normalize("NFC", row[levels.label]), set()).add(row[levels.label])
    several = sorted(name for name, spellings in spellings_of.items() if len(spellings) > 1)
    if several:
        names = some_text(several, MOST_NAMED)
        yield f"Class {names}: folders whose names differ in Unicode's normal form only are one class."
    yield from alike_in_case(spellings_of)


def _empty_classes(empty: Iterable[str], rows: Mapping[str, Row], levels: Levels) -> tuple[str, ...]:
    """The empty folders that lie where class folders do."""
    if not rows:
        return ()
    depth, labels = len(next(iter(rows.values()))), {row[levels.label] for row in set(rows.values())}
    names = []
    for folder in empty:
        row = tuple(part for part in folder.split("/") if part not in ("", "."))
        if len(row) == depth and row[levels.label] not in labels and not is_hidden(folder):
            names.append(row[levels.label])
    return tuple(sorted(set(names)))
