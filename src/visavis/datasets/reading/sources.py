"""Class folders at a path, in a folder or an archive, decoded once."""

from __future__ import annotations

from pathlib import Path

from visavis.datasets.reading.archives import is_archive, members
from visavis.datasets.reading.cache import decode_once, file_key, folder_key
from visavis.datasets.reading.collection import Collection, Words, gather, in_class_folders
from visavis.datasets.reading.decode import Form

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


def read(path: Path, form: Form) -> Collection:
    """The images of a folder, tar or zip of class folders, from the cache where they have been decoded before.

    Raises:
        DataError: as ``members``, ``in_class_folders`` and ``gather``.
        OSError: it can't be read.
    """
    key = folder_key(path) if path.is_dir() else file_key(path)
    return decode_once([key, repr(form)], lambda: gather(in_class_folders(members(path)), str(path), WORDS, form))
