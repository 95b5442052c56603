"""Which columns of a table are the file, the class, the part, the fold, the group; what could be two is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from visavis.datasets.reading.files import quote
from visavis.datasets.reading.layouts import TEST, TRAIN
from visavis.datasets.reading.tables.table import Row
from visavis.errors import DataError
from visavis.quantities import some_text
from visavis.read_as import ReadAs

PATHS = (
    ("path", "filepath", "file_path", "image_path", "img_path", "filename", "file_name", "file", "image_file", "files"),
    ("image", "img", "image_name", "img_name", "imagename", "images", "picture", "photo"),
    ("image_id", "img_id", "id_code", "id", "name"),
)
"""Names of a table's columns, in any case; the first row of names with one that is there counts."""
LABELS = (
    ("label", "labels", "lbl", "class", "classes", "class_name", "classname", "label_name", "target", "category", "y"),
    ("diagnosis", "dx", "breed", "species", "emotion", "disease", "variety", "type"),
)
YES_OR_NO = {"is_train": (TRAIN, TEST), "train": (TRAIN, TEST), "is_test": (TEST, TRAIN), "test": (TEST, TRAIN)}
"""Columns that say of each image whether it is of one part: what yes and no stand for."""
SPLITS = (("split", "part", "usage", "set", "subset", "partition", "phase"), tuple(YES_OR_NO))
FOLDS = (("fold", "folds", "kfold", "cv_fold", "test_fold"),)
GROUP_WORDS = (
    "patient", "subject", "person", "individual", "user", "writer", "case", "lesion", "group", "scene", "video",
)  # fmt: skip
"""The coarser first: a patient has several lesions."""
GROUPS = tuple((word, f"{word}_id", f"{word}id") for word in GROUP_WORDS)
IMAGE_SUFFIXES = (".jpg", ".png", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".pgm", ".ppm")
"""Of files' names; tried in turn where a table names files without one."""
MOST_NAMED = 8


@dataclass(frozen=True)
class Columns:
    """The columns of a table that say something of an image.

    Attributes:
        path: names its file.
        label: names its class; None where each class has a column of its own.
        one_hot: columns of which the one with a 1 is the class.
        split, fold, group: None where there is none.
    """

    path: str
    label: str | None
    one_hot: tuple[str, ...] = ()
    split: str | None = None
    fold: str | None = None
    group: str | None = None

    @property
    def names_used(self) -> tuple[str, ...]:
        """All of them."""
        single = (self.path, self.label, self.split, self.fold, self.group)
        return (*(name for name in single if name is not None), *self.one_hot)

    def class_of(self, row: Row) -> str:
        """The class of a row; empty where none is named.

        Raises:
            DataError: it names several.
        """
        if self.label is not None:
            label = row[self.label].strip()
            if label[:1] + label[-1:] == "[]":
                raise DataError(
                    "an image has a list for a label",
                    got=quote(label),
                    expected="one class for each image",
                    do="name another column with --label-column, or write one class into it",
                )
            return label
        positive = [name for name in self.one_hot if float(row[name] or 0) == 1]
        return positive[0] if len(positive) == 1 else ""


def columns_of(
    names: Sequence[str], rows: Callable[[], Iterable[Row]], read_as: ReadAs, origin: str, path: str | None = None
) -> Columns:
    """Which columns say what.

    Args:
        names: of all columns.
        rows: gives all rows, as often as it is called.
        read_as: what the user says of them.
        origin: what to call the table in errors.
        path: the column that names the file, where that is known.

    Raises:
        DataError: a column is missing, or there are several that could be meant.
    """
    path = path or _column("path", PATHS, read_as.path_column, names, origin)
    if path is None:
        raise _no_column("path", PATHS, names, origin)
    label = _column("label", LABELS, read_as.label_column, names, origin)
    split = _column("split", SPLITS, read_as.split_column, names, origin)
    group = _first("group", GROUPS, read_as.group_column, names, origin)
    fold = _column("fold", FOLDS, None, names, origin)
    if fold is not None and split is None and read_as.test_fold is None:
        raise DataError(
            f"{origin} has its images in folds",
            got=f"a column {fold!r}",
            expected="one of them for tests",
            do="--test-fold N",
        )
    if read_as.test_fold is not None and fold is None:
        raise DataError(f"{origin} has no column of folds", got=_names_text(names), expected="a column fold")
    fold = fold if read_as.test_fold is not None else None
    columns = Columns(path, label, (), split, fold, group)
    if label is None:
        rest = [name for name in names if name not in columns.names_used]
        columns = Columns(path, None, _one_hot(rest, rows), split, fold, group)
        if not columns.one_hot:
            raise _no_column("label", LABELS, names, origin)
    return columns


def _column(
    role: str, names: Sequence[Sequence[str]], name_given: str | None, columns: Sequence[str], origin: str
) -> str | None:
    """The column of a role: the one that is asked for, or that has one of the usual names; None where there is none.

    Raises:
        DataError: the one that is asked for isn't there, or several columns have such a name.
    """
    if name_given is not None:
        return _column_by_name(role, name_given, columns, origin)
    for tier in names:
        matches = [name for name in columns if name in tier]
        if len(matches) > 1:
            raise DataError(
                f"{origin} has several columns that could be the {role}",
                got=" and ".join(matches),
                expected="one that is meant",
                do=f"--{role}-column {matches[0]} (or {' or '.join(matches[1:])})",
            )
        if matches:
            return matches[0]
    return None


def _first(
    role: str, names: Sequence[Sequence[str]], name_given: str | None, columns: Sequence[str], origin: str
) -> str | None:
    """The column of a role of which several may be there: the first counts."""
    if name_given is not None:
        return _column_by_name(role, name_given, columns, origin)
    return next((name for tier in names for name in columns if name in tier), None)


def _column_by_name(role: str, name_given: str, columns: Sequence[str], origin: str) -> str:
    name = name_given.strip().lower()
    if name not in columns:
        raise DataError(
            f"{origin} has no column {name_given!r}",
            got=_names_text(columns),
            expected=f"one of these as --{role}-column",
        )
    return name


def _no_column(role: str, names: Sequence[Sequence[str]], columns: Sequence[str], origin: str) -> DataError:
    if any(name.endswith(IMAGE_SUFFIXES) for name in columns):
        return DataError(
            f"the first line of {origin} names a file, not columns",
            got=_names_text(columns),
            expected="a line of names, then one line for each image",
            do="put a line above it: path,label",
        )
    return DataError(
        f"{origin} has no column of that name",
        got=_names_text(columns) or "no lines",
        expected=f"a column {' or '.join(names[0][:4])}",
        do=f"say which it is: --{role}-column NAME",
    )


def _names_text(columns: Sequence[str]) -> str:
    return some_text([quote(name) for name in columns], MOST_NAMED)


def _one_hot(names: Sequence[str], rows: Callable[[], Iterable[Row]]) -> tuple[str, ...]:
    """The columns that have a single 1 in each row and 0 else; none where that isn't so."""
    candidates, count = list(names), 0
    for row in rows():
        candidates = [name for name in candidates if _bit(row[name]) is not None]
        count += 1
        if len(candidates) < 2:
            return ()
    if not count or any(sum(_bit(row[name]) or 0 for name in candidates) != 1 for row in rows()):
        return ()
    return tuple(candidates)


def _bit(cell: str) -> int | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return int(number) if number in (0.0, 1.0) else None
