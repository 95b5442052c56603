"""Class folders at a path, in a folder or an archive, decoded once."""

from __future__ import annotations

from pathlib import Path

from visavis.datasets.reading.archives import is_archive, members
from visavis.datasets.reading.cache import decode_once, file_key, folder_key
from visavis.datasets.reading.collection import Collection, gather, in_class_folders
from visavis.datasets.reading.decode import Form
from visavis.errors import DataError


def read_class_folders(path: Path, form: Form, expected: str) -> Collection:
    """The images of a folder, tar or zip of class folders, from the cache where they have been decoded before.

    Args:
        path: where they are.
        form: what they are decoded to.
        expected: what the caller takes, for errors.

    Raises:
        DataError: there is nothing, or nothing of that kind.
    """
    try:
        key = _key(path, expected)
    except OSError as problem:
        raise DataError(f"{path} can't be read", got=problem.strerror or problem, expected=expected) from problem
    return decode_once([key, repr(form)], lambda: gather(in_class_folders(members(path)), str(path), form))


def _key(path: Path, expected: str) -> str:
    if not path.exists():
        raise DataError(
            f"no such file or folder: {path}",
            expected=expected,
            do="check the path, or use the embedded set: --data glyphs",
        )
    if path.is_dir():
        return folder_key(path)
    if not path.is_file():
        raise DataError(f"{path} is neither a file nor a folder", expected=expected)
    if is_archive(path):
        return file_key(path)
    raise DataError(
        f"{path} isn't an archive of images",
        got=f"a file of {path.stat().st_size:,} bytes in another format",
        expected=expected,
    )
