"""Which level of folders is the class, which the part, the fold or the group; what could be either is asked about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from visavis.datasets.reading.files import quote
from visavis.datasets.reading.layouts.entries import TEST, TRAIN, VALIDATION
from visavis.datasets.reading.layouts.names import FOLD
from visavis.datasets.reading.layouts.strays import IMAGE_FOLDERS, MOST_NAMED, Row
from visavis.errors import DataError
from visavis.quantities import count, list_text, some_text

PART_WORDS: Mapping[str, bytes] = {
    **dict.fromkeys(("train", "training", "trn"), TRAIN),
    **dict.fromkeys(("test", "testing", "tst"), TEST),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), VALIDATION),
}
PART = re.compile(rf"(?:(.*?)[_\-. ])??({'|'.join(sorted(PART_WORDS, key=len, reverse=True))})[_\-. ]?(.*)", re.DOTALL)
ADDITIONS = frozenset(
    f"{word}{plural}"
    for word in ("", "set", "data", "image", "img", "dataset", "sample", "file")
    for plural in ("", "s")
)
"""What may follow the word of a part in a folder's name: ``train_images``."""
NUMBER = re.compile(r"\d{1,4}")
"""Of a year or a version: ``train2017``, ``test1``."""
FEWEST_GROUPS = 10
"""Folders above the same classes, from which on they are taken for groups such as patients."""


@dataclass(frozen=True)
class Levels:
    """Which level says what; None where none does.

    Attributes:
        label: depth of the class.
        part: depth of the part, with the part of each name there.
        fold, group: depths.
        name_depths: depths whose folders tell images of one file name apart; not that of the part.
    """

    label: int
    part: int | None = None
    parts: Mapping[str, bytes] | None = None
    fold: int | None = None
    group: int | None = None
    name_depths: tuple[int, ...] = ()


def levels_of(rows: dict[str, Row]) -> tuple[Levels, dict[str, Row], list[str]]:
    """Which level says what, the images that have a class, and sentences on the others."""
    notes: list[str] = []
    depth, parts = part_level(rows)
    if parts:
        rows, more = _of_parts(rows, depth, parts)
        notes += more
    rows, more = _without_unlabelled(rows, depth if parts else None)
    notes += more
    if parts and TRAIN not in {parts[row[depth]] for row in set(rows.values())}:
        raise DataError(
            "the training part has no class folders",
            got=more[0].removesuffix(".") if more else "nothing",
            expected="train/<class>/<file>",
            do="give the table that names its labels, if there is one, or the path of the other part",
        )
    _require_one_depth(rows)
    free = _free(rows, depth if parts else None)
    name_depths = tuple(free)
    fold = next((level for level in free if _are_folds(rows, level)), None) if not parts else None
    if fold is not None:
        free.remove(fold)
    label, group, more = _class_level(rows, free)
    return Levels(label, depth if parts else None, parts or None, fold, group, name_depths), rows, [*notes, *more]


def part_level(rows: Mapping[str, Row]) -> tuple[int, dict[str, bytes]]:
    """The first depth at which folders are twins such as ``seg_train`` and ``seg_test``, and the part of each."""
    distinct = set(rows.values())
    for depth in range(max(map(len, distinct), default=0)):
        families: dict[str, dict[str, bytes]] = {}
        for name in {row[depth] for row in distinct if len(row) > depth}:
            word_part = part_of(name)
            if word_part is not None:
                families.setdefault(word_part[0], {})[name] = word_part[1]
        twins = [name for name, family in families.items() if TRAIN in family.values() and len({*family.values()}) > 1]
        if len(twins) > 1:
            raise DataError(
                "there are several splits beside each other",
                got=some_text(sorted(word for name in twins for word in families[name]), MOST_NAMED),
                expected="one training and one test part",
                do="give the path of one of them, or move the others away",
            )
        if twins:
            return depth, families[twins[0]]
    return 0, {}


@lru_cache(maxsize=4096)
def part_of(name: str) -> tuple[str, bytes] | None:
    """What stands before the word of a part, and the part; None where it is no part's name."""
    match = PART.fullmatch(name.lower())
    if match is None or not (match[3].strip("_-. ") in ADDITIONS or NUMBER.fullmatch(match[3])):
        return None
    return (match[1] or "").strip("_-. "), PART_WORDS[match[2]]


def _of_parts(rows: dict[str, Row], depth: int, parts: Mapping[str, bytes]) -> tuple[dict[str, Row], list[str]]:
    """The images of the parts, and a sentence on those beside them."""
    images = {name: row for name, row in rows.items() if len(row) > depth and row[depth] in parts}
    strays = Counter(row[min(depth, len(row) - 1)] for name, row in rows.items() if name not in images)
    if not strays:
        return images, []
    folders = some_text([f"{name}/" for name, _ in strays.most_common()], MOST_NAMED)
    return images, [f"{count(sum(strays.values()), 'file')} passed over in {folders}, which is no part of the split."]


def _without_unlabelled(rows: dict[str, Row], depth: int | None) -> tuple[dict[str, Row], list[str]]:
    """Without the files that lie directly in a test or validation folder where others lie in class folders."""
    distinct = set(rows.values())
    if depth is None:
        flat = {row for row in distinct if part_of(row[-1]) in (("", TEST), ("", VALIDATION))}
        # beside class folders, or beside train/ with class folders in it
        flat_rows = flat if distinct - flat else set()
    else:
        longest = max(map(len, distinct))
        flat_rows = {row for row in distinct if len(row) == depth + 1} if longest > depth + 1 else set()
    if not flat_rows:
        return rows, []
    images = {name: row for name, row in rows.items() if row not in flat_rows}
    folders = list_text(sorted({f"{row[-1]}/" for row in flat_rows}))
    number = count(len(rows) - len(images), "file")
    return images, [f"{number} in {folders} without a class passed over; visavis predict takes them."]


def _require_one_depth(rows: Mapping[str, Row]) -> None:
    by_depth: dict[int, str] = {}
    for name, row in rows.items():
        by_depth.setdefault(len(row), name)
    if len(by_depth) > 1:
        raise DataError(
            "files lie at different depths, so their class folders can't be told",
            got=list_text(quote(name) for name in list(by_depth.values())[:2]),
            expected="every image directly in its class folder, and nothing beside the class folders",
            do="move the images up into their class folders, and other files away; or say which level is what, such as "
            "--layout part/class",
        )


def _depths(rows: Mapping[str, Row]) -> list[int]:
    """The depths at which folders differ; of images that all lie in one folder, the last."""
    distinct = list(set(rows.values()))
    if not distinct:
        return []
    depths = range(len(distinct[0]))
    return [depth for depth in depths if len({row[depth] for row in distinct}) > 1] or [len(distinct[0]) - 1]


def _free(rows: Mapping[str, Row], part: int | None) -> list[int]:
    """The varying depths but for that of the part; of a split with one class folder, that."""
    depths = [depth for depth in _depths(rows) if depth != part]
    deepest = len(next(iter(rows.values()), ())) - 1
    return depths or [depth for depth in range(deepest, -1, -1) if depth != part][:1]


def _are_folds(rows: Mapping[str, Row], depth: int) -> bool:
    return all(FOLD.fullmatch(row[depth]) for row in set(rows.values()))


def _class_level(rows: Mapping[str, Row], free: Sequence[int]) -> tuple[int, int | None, list[str]]:
    """The depth of the class, that of the group where there is one, and what to say of it."""
    if not rows:
        return 0, None, []
    if not free:
        folders = sorted({row[-1] for row in set(rows.values())})
        raise DataError(
            "the folders of a split have no class folders in them",
            got=some_text([f"{name}/" for name in folders], MOST_NAMED),
            expected="train/<class>/<file>, or a table of files and labels",
            do="give the CSV file that names the labels, if there is one",
        )
    if len(free) == 1:
        _require_class_names({row[free[0]] for row in set(rows.values())})
        return free[0], None, []
    pairs = {(row[free[-2]], row[free[-1]]) for row in set(rows.values())}
    outer, inner = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    common = sum(1 for number in inner.values() if number > 1)
    # Numbers are given to patients; what has a name, with the same views in each, may well be a class.
    are_numbered = 2 * sum(any(map(str.isdigit, name)) for name in outer) > len(outer)
    if len(free) > 2 or 2 * common < len(inner) or len(outer) < max(FEWEST_GROUPS, len(inner)) or not are_numbered:
        _ask(rows, free)
    names = some_text(sorted(outer), 2)
    note = f"{len(outer):,} folders above the class folders ({names}) are taken for groups, such as patients."
    return free[-1], free[-2], [note]


def _require_class_names(names: Iterable[str]) -> None:
    """Refuses a folder of images, as such folders are called, beside others: neither need be a class."""
    of_images = sorted(name for name in names if name.lower() in IMAGE_FOLDERS)
    if of_images:
        raise DataError(
            f"a folder is called {quote(of_images[0])} and lies where class folders do",
            got=some_text(sorted(names), MOST_NAMED),
            expected="folders of one class each",
            do="give the path of that folder, or the table that names the classes; if it is a class: --layout class",
        )


def _ask(rows: Mapping[str, Row], free: Sequence[int]) -> NoReturn:
    """Refuses folders within folders of which either could be the classes."""
    distinct = set(rows.values())
    levels = [some_text(sorted({row[depth] for row in distinct}), 3) for depth in free]
    deep = "-/" * (len(free) - 1)
    examples = ("group/class", "class/group", "-/class") if len(free) == 2 else (f"{deep}class",)
    raise DataError(
        f"images lie below {len(free)} levels of folders, and it isn't told which are the classes",
        got="; below them ".join(levels),
        expected="one level of class folders, or one of them named",
        do=f"say what each level is: --layout {' or '.join(examples)} (- is a level that means nothing); or give the "
        "path of one of these folders",
    )
