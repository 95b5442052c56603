"""Files beside images that are none, and folders that mean nothing: passed over, and told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from visavis.datasets.reading.files import is_hidden, quote
from visavis.quantities import count, list_text, some_text

NO_IMAGES = frozenset({
    "txt", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "md", "rst", "html", "htm", "pdf", "doc", "docx",
    "xls", "xlsx", "parquet", "feather", "py", "ipynb", "m", "sh", "bat", "log", "db", "ini", "cfg", "toml", "npy",
    "npz", "pkl", "pickle", "pt", "pth", "mat", "h5", "hdf5", "tfrecord", "record", "idx", "zip", "tar", "gz", "tgz",
    "bz2", "xz", "rar", "7z", "mp4", "avi", "mov", "mkv", "webm", "mp3", "wav", "license", "lock", "url", "lnk",
    "torrent", "sha256", "md5",
})  # fmt: skip
"""Suffixes of files that lie beside images and are none."""
NO_IMAGE_NAMES = frozenset({"license", "licence", "readme", "copying", "authors", "changelog", "makefile", "notice"})
IMAGE_FOLDERS = frozenset({"image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "jpegimages"})
MASK_FOLDERS = frozenset({
    "mask", "masks", "label", "labels", "annotation", "annotations", "segmentation", "segmentations", "groundtruth",
    "ground_truth", "gt", "segmentationclass", "segmentationobject", "trimaps",
})  # fmt: skip
"""Folders beside those of images, whose files are of the images' shape and show something else."""
MASK_FILE = re.compile(r"(.+)[_\- ](?:mask|segmentation|seg|gt|label)(?:[_\- ]?\d{1,2})?", re.IGNORECASE | re.DOTALL)
"""A mask's name, that of its image in it."""
MOST_NAMED = 6

Row = tuple[str, ...]
"""The folders above an image."""


def is_image_name(name: str) -> bool:
    """Whether a file may be an image, by its name alone."""
    base = name.rsplit("/", 1)[-1].lower()
    stem, dot, suffix = base.rpartition(".")
    return not ((dot and suffix in NO_IMAGES) or (stem or base) in NO_IMAGE_NAMES or base in NO_IMAGE_NAMES)


def without_strays(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The files that may be images, and a sentence on the others."""
    files: list[str] = []
    strays: Counter[str] = Counter()
    for name in names:
        if is_hidden(name):
            continue
        if is_image_name(name):
            files.append(name)
        else:
            strays[name.rsplit("/", 1)[-1]] += 1
    if not strays:
        return files, []
    number = sum(strays.values())
    examples = some_text([quote(name) for name, _ in strays.most_common()], MOST_NAMED)
    return files, [f"{count(number, 'file')} passed over that {'is' if number == 1 else 'are'} no image: {examples}."]


def without_mask_files(files: Sequence[str]) -> tuple[list[str], list[str]]:
    """Without masks that lie beside their images, as ``one_mask.png`` beside ``one.png``; and a sentence."""
    stems = {name.rpartition(".")[0] for name in files}
    images = [name for name in files if not _is_mask(name.rpartition(".")[0], stems)]
    number = len(files) - len(images)
    return images, [f"{count(number, 'mask')} beside their images passed over."] if number else []


def _is_mask(stem: str, stems: set[str]) -> bool:
    match = MASK_FILE.fullmatch(stem)
    return match is not None and match[1] in stems


def rows_of(files: Sequence[str]) -> tuple[dict[str, Row], int]:
    """The folders above each file, and how many files lie outside any."""
    rows: dict[str, Row] = {}
    folders: dict[str, Row] = {}  # one tuple for all files of a folder
    for name in files:
        above, slash, _ = name.rpartition("/")
        if slash:
            row = folders.get(above)
            if row is None:
                row = folders[above] = tuple(part for part in above.split("/") if part not in ("", "."))
            if row:
                rows[name] = row
    return rows, len(files) - len(rows)


def without_masks(rows: dict[str, Row]) -> tuple[dict[str, Row], list[str]]:
    """Without masks that lie in a folder beside one of images, and without such folders of images; and a sentence."""
    siblings: dict[Row, set[str]] = {}
    for row in set(rows.values()):
        for depth, word in enumerate(row):
            siblings.setdefault(row[:depth], set()).add(word)
    beside = {
        (*above, word)
        for above, words in siblings.items()
        if any(sibling.lower() in IMAGE_FOLDERS for sibling in words)
        for word in words
        if word.lower() in MASK_FOLDERS
    }
    if not beside:
        return rows, []
    heads = {row: any(row[:depth] in beside for depth in range(1, len(row) + 1)) for row in set(rows.values())}
    images = {name: row for name, row in rows.items() if not heads[row]}
    number = len(rows) - len(images)
    folders = list_text(sorted({f"{path[-1]}/" for path in beside}))
    plain = {row: _without_image_folders(row) or row for row in set(images.values())}
    images = {name: plain[row] for name, row in images.items()}
    return images, [f"{count(number, 'file')} in {folders} beside images passed over."]


def _without_image_folders(row: Row) -> Row:
    return tuple(word for word in row if word.lower() not in IMAGE_FOLDERS)


def without_repeats(rows: dict[str, Row]) -> dict[str, Row]:
    """Without a folder in a folder of the same name, as archives often have them, wherever all files lie so."""
    distinct = set(rows.values())
    depth = 1
    while distinct and all(len(row) > depth and row[depth] == row[depth - 1] for row in distinct):
        distinct = {row[:depth] + row[depth + 1 :] for row in distinct}
        rows = {name: row[:depth] + row[depth + 1 :] for name, row in rows.items()}
    return rows
