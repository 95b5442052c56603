"""Images by Parquet files, one or in shards: in a column, as Hugging Face has them, or by their paths."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, Words, gather
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.files import LARGEST_MEMBER, Member, file_key
from visavis.datasets.reading.layouts import Entry, require_shards
from visavis.datasets.reading.manifests import read_table
from visavis.datasets.reading.tables import IMAGE_SUFFIXES, Shards, columns_of, part_of_row
from visavis.quantities import count, some_text
from visavis.read_as import ReadAs

SUFFIX = ".parquet"
FIRST = 100
"""Files of a folder that are looked at."""
WORDS = Words(
    no_classes="no row with a label",
    nothing="no rows",
    layout="a column of images and one of labels",
    filled="at least one readable image of every class",
    mend="remove its rows",
)


def takes(path: Path) -> bool:
    """Whether it is such a file, by its name, or a folder with some.

    Raises:
        OSError: it can't be read.
    """
    return bool(_shards(path))


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """The images of all shards.

    Raises:
        DataError: pyarrow isn't there, a file is damaged, or its columns are others.
    """
    shards = _shards(path)
    require_shards(shard.name for shard in shards)
    tables = Shards(path, tuple(shards))
    keys = [file_key(shard) for shard in shards]
    column = tables.image_column
    if column is None:
        return read_table(tables, path if path.is_dir() else path.parent, keys, form, read_as)
    read_as.require_only("a Parquet file with images", "label_column", "group_column", "split_column")
    names = [name for name in tables.columns if name != column]
    columns = columns_of(names, lambda: (row for _, row in tables.rows()), read_as, str(path), path=column)
    rest = [name for name in names if name not in columns.names_used]
    classes = repr(columns.label) if columns.label else f"the {len(columns.one_hot)} columns of one class each"
    notes = [f"{count(len(shards), 'Parquet file')}: images by {column!r}, classes by {classes}."]
    notes += [f"Columns not used: {some_text(rest, 8)}."] if rest else []
    unlabelled = tables.rows_without_class(columns)
    if unlabelled.count:
        notes.append(f"{count(unlabelled.count, 'test row')} without a class passed over; visavis predict takes them.")

    def files() -> Iterator[tuple[Member, Entry]]:
        for number, (part, name, content, row) in enumerate(tables.images(column)):
            label = columns.class_of(row)
            if label in unlabelled.marks:
                continue
            word = part_of_row(part, row, columns)
            group = row[columns.group] if columns.group else ""
            prefix = f"{word.decode()}/" if word else ""
            problem = "" if len(content) <= LARGEST_MEMBER else "too large for an image"
            yield Member(name, content, problem), Entry(word, label, f"{prefix}{label}/{number:07d}", group)

    key = [*keys, "parquet", repr(form), repr(read_as)]
    return decode_once(key, lambda: gather(files(), str(path), WORDS, form, notes=notes))


def _shards(path: Path) -> list[Path]:
    """The files at a path, or in a folder or the folders in it where no images are."""
    if path.is_dir():
        candidates = (file for pattern in (f"*{SUFFIX}", f"*/*{SUFFIX}") for file in path.glob(pattern))
        files = sorted(file for file in candidates if file.is_file())
        return [] if files and _has_images(path) else files
    return [path] if path.suffix.lower() == SUFFIX and path.is_file() else []


def _has_images(folder: Path) -> bool:
    """Whether image files lie in the folder or in those in it, among the first few."""
    for part in (folder, *(child for child in folder.iterdir() if child.is_dir())):
        if any(file.suffix.lower() in IMAGE_SUFFIXES for file in islice(part.iterdir(), FIRST)):
            return True
    return False
