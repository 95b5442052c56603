"""Class folders at a path, in a folder or an archive, decoded once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, Words, gather
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.files import file_key, folder_key, is_archive, listing, members_of, stat_key
from visavis.datasets.reading.layouts import layout_of
from visavis.datasets.reading.manifests import takes as is_table
from visavis.errors import DataError
from visavis.read_as import ReadAs

WORDS = Words(
    no_classes="no class folders",
    nothing="no images in folders",
    layout="one folder of images per class, such as A/one.png and B/two.png",
    filled="at least one readable image in every class folder",
    mend="fill the folder or remove it",
)


def takes(path: Path) -> bool:
    """Whether it is a folder or an archive.

    Raises:
        OSError: it can't be read.
    """
    return path.is_dir() or (path.is_file() and is_archive(path))


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """The images of a folder, tar or zip of class folders, from the cache where they have been decoded before.

    Raises:
        DataError: as ``members_of``, ``layout_of`` and ``gather``.
        OSError: it can't be read.
    """
    read_as.require_only("a folder or an archive of class folders", "layout", "groups", "test_fold")
    key = folder_key(path) if path.is_dir() else file_key(path)
    return decode_once([key, repr(form), repr(read_as)], lambda: _gather(path, key, form, read_as))


def _gather(path: Path, key: str, form: Form, read_as: ReadAs) -> Collection:
    before, names = stat_key(path), listing(path)
    layout = layout_of(names.files, names.empty, read_as)
    if not layout.entries and not layout.empty:
        _require_no_table(path, names.files)
    files = (
        (member, layout.entries[member.name])
        for member in members_of(path, layout.entries.__contains__)
        if member.name in layout.entries
    )
    collection = gather(files, str(path), WORDS, form, layout.empty, layout.notes)
    if stat_key(path) != before or (path.is_dir() and folder_key(path) != key):
        raise DataError(
            f"{path} changed while it was read", expected="files that stay as they are", do="run again when it is whole"
        )
    return collection


def _require_no_table(folder: Path, names: Iterable[str]) -> None:
    """Names the table of a folder whose images have no class by their folders.

    Raises:
        DataError: there is one.
    """
    table = next((folder / name for name in sorted(names) if "/" not in name and is_table(folder / name)), None)
    if table is not None:
        raise DataError(
            f"{folder} has {WORDS.no_classes}",
            got=f"images beside {table.name}",
            expected=WORDS.layout,
            do=f"if the table names their labels, give it as the data: {table}",
        )
