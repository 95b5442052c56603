"""What is fuzzed: readers of files from strangers, each with files that it reads and how bytes become such a file.

The first byte of an input says how the rest is treated: checksums are put right, or it is compressed, so that what is
altered gets past them.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from visavis.datasets import Images
from visavis.datasets.reading.decode import Form, decode
from visavis.datasets.reading.layouts import layout_of
from visavis.read_as import ReadAs

FORMS = (Form(), Form(channels=1), Form(channels=3, size=(8, 8)))


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes:
        what: it reads, for people.
        megabytes: of memory that the whole process may take.
        seeds: inputs to start from, given a folder to work in.
        read: makes a file of an input in that folder, and reads it; raises only what the reader declares.
    """

    what: str
    megabytes: int
    seeds: Callable[[Path], Iterator[bytes]]
    read: Callable[[bytes, Path], None]


def _png(shade: int, side: int = 4) -> bytes:
    out = io.BytesIO()
    Image.new("L", (side, side), shade).save(out, "PNG")
    return out.getvalue()


def _files() -> dict[str, bytes]:
    return {f"set/{part}/{label}/{n}.png": _png(n) for part in ("train", "test") for label in "ab" for n in range(2)}


# Archives.


def _tar(kind: int, names: Mapping[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in (names or _files()).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.pax_headers = {"comment": "fuzz"} if kind == tarfile.PAX_FORMAT else {}
            archive.addfile(info, io.BytesIO(content))
        folder = tarfile.TarInfo("set/train/a")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    return out.getvalue()


def _zip(method: int, names: Mapping[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in (names or _files()).items():
            archive.writestr(name, content)
    return out.getvalue()


def _sound_tar(content: bytes) -> bytes:
    """With the checksum of every header put right."""
    blocks = bytearray(content)
    place = 0
    while place + 512 <= len(blocks) and any(blocks[place : place + 512]):
        blocks[place + 148 : place + 156] = b" " * 8
        blocks[place + 148 : place + 156] = b"%06o\0 " % sum(blocks[place : place + 512])
        digits = bytes(blocks[place + 124 : place + 135])
        size = int(digits, 8) if digits and all(digit in b"01234567" for digit in digits) else 0
        place += 512 + (size + 511) // 512 * 512
    return bytes(blocks)


ARCHIVE_FORMS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    gzip.compress,
    bz2.compress,
    lzma.compress,
    _sound_tar,
    lambda content: gzip.compress(_sound_tar(content)),
)


def _archive_seeds(_place: Path) -> Iterator[bytes]:
    long = {f"{'folder/' * 20}train/a/{'x' * 120}.png": _png(1)}
    tars = [_tar(kind) for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]
    tars += [_tar(kind, long) for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]
    for form in range(len(ARCHIVE_FORMS)):
        yield from (bytes([form]) + content for content in tars)
    yield from (b"\0" + pack(tars[0]) for pack in (gzip.compress, bz2.compress, lzma.compress))
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield b"\0" + _zip(method)
    yield b"\0" + _zip(zipfile.ZIP_STORED, {"../a/x.png": b"x", "b/": b"", "é/y.png": b""})


def _read_archive(data: bytes, place: Path) -> None:
    path = place / "set.tar"
    path.write_bytes(ARCHIVE_FORMS[data[0] % len(ARCHIVE_FORMS)](data[1:]) if data else b"")
    Images(path).load()


# IDX.


def _idx_seeds(_place: Path) -> Iterator[bytes]:
    labels = struct.pack(">4BI", 0, 0, 8, 1, 4) + bytes((0, 1, 0, 1))
    images = struct.pack(">4B3I", 0, 0, 8, 3, 4, 2, 2) + bytes(range(16))
    for form in range(4):
        yield bytes([form, len(labels)]) + labels + images
    yield bytes([0, len(labels)]) + labels + gzip.compress(images)


def _read_idx(data: bytes, place: Path) -> None:
    form, length = (*data[:2], 0, 0)[:2]
    contents = {"labels-idx1": data[2 : 2 + length], "images-idx3": data[2 + length :]}
    for bit, (name, content) in enumerate(contents.items()):
        packed = gzip.compress(content) if form >> bit & 1 else content
        (place / f"set-{name}-ubyte").write_bytes(packed)
    Images(place / "set-images-idx3-ubyte").load()


# CSV.


def _csv_seeds(place: Path) -> Iterator[bytes]:
    for label in "ab":
        for number in range(3):
            (place / f"{label}{number}.png").write_bytes(_png(number))
    rows = [f"{label}{number}.png,{label},train" for label in "ab" for number in range(3)]
    yield "\n".join(["path,label,split", *rows]).encode()
    yield "\r\n".join(['"path","label"', *(f'"{row.rsplit(",", 1)[0]}"' for row in rows)]).encode("utf-8-sig")
    yield "\n".join(["file,class", *(row.rsplit(",", 1)[0] for row in rows)]).encode()
    yield "\n".join(["path,label", "../x.png,a", "/y.png,b"]).encode("utf-16")
    pixels = " ".join(["7"] * 48 * 48)
    faces = [f"{number % 7},{pixels},{('Training', 'PublicTest')[number // 7]}" for number in range(14)]
    yield "\n".join(["emotion,pixels,Usage", *faces]).encode()


def _read_csv(data: bytes, place: Path) -> None:
    (place / "set.csv").write_bytes(data)
    Images(place / "set.csv").load()


# Tables in other forms.


def _lines_seeds(place: Path) -> Iterator[bytes]:
    for label in "ab":
        for number in range(3):
            (place / f"{label}{number}.png").write_bytes(_png(number))
    rows = [{"file_name": f"{label}{number}.png", "label": label} for label in "ab" for number in range(3)]
    yield "\n".join(map(json.dumps, rows)).encode()
    yield "\n".join(json.dumps({**row, "split": "train", "fold": 1, "patient": {"a": []}}) for row in rows).encode()
    yield b"[]\n{}\nnull"


def _read_lines(data: bytes, place: Path) -> None:
    (place / "metadata.jsonl").write_bytes(data)
    Images(place).load()


def _npz_seeds(_place: Path) -> Iterator[bytes]:
    images, labels = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4), np.arange(6) % 2
    for save in (np.savez, np.savez_compressed):
        out = io.BytesIO()
        save(out, train_images=images, train_labels=labels[:, None], test_images=images, test_labels=labels[:, None])
        yield b"\0" + out.getvalue()
    for array in (images, labels):
        out = io.BytesIO()
        np.save(out, array)
        yield b"\1" + out.getvalue()
        yield b"\2" + out.getvalue()


def _read_npz(data: bytes, place: Path) -> None:
    content = data[1:]
    if data[:1] > b"\0":  # one of two arrays, with checksums that are right
        out = io.BytesIO()
        np.savez(out, images=np.zeros((6, 4, 4), np.uint8), labels=np.arange(6) % 2)
        content = _with_array(out.getvalue(), data[0] - 1, data[1:])
    (place / "set.npz").write_bytes(content)
    Images(place / "set.npz").load()


def _parquet_seeds(_place: Path) -> Iterator[bytes]:
    import pyarrow
    import pyarrow.parquet

    images = [{"bytes": _png(number), "path": None} for number in range(6)]
    features = json.dumps({"info": {"features": {"label": {"names": ["a", "b"]}}}})
    table = pyarrow.table({"image": images, "label": np.arange(6) % 2})
    for one in (table, table.replace_schema_metadata({"huggingface": features}), table.select(["label"])):
        out = io.BytesIO()
        pyarrow.parquet.write_table(one, out, row_group_size=4)
        yield out.getvalue()


def _read_parquet(data: bytes, place: Path) -> None:
    (place / "set.parquet").write_bytes(data)
    Images(place / "set.parquet").load()


def _samples_seeds(_place: Path) -> Iterator[bytes]:
    files = {f"{n}.{kind}": content for n in range(4) for kind, content in (("png", _png(n)), ("cls", b"%d" % (n % 2)))}
    for form in (0, 4):
        yield bytes([form]) + _tar(tarfile.USTAR_FORMAT, files)
        yield bytes([form]) + _tar(tarfile.PAX_FORMAT, files)


# Names of files.


def _names_seeds(_place: Path) -> Iterator[bytes]:
    trees = (
        "train/a/1.png train/b/1.png test/a/1.png test/b/1.png",
        "a/train/1.png a/test/1.png b/train/1.png b/test/1.png",
        "fold1/a/1.png fold2/a/1.png fold2/b/1.png",
        "p1/0/1.png p1/1/1.png p2/0/1.png p2/1/1.png",
        "a/images/1.png a/masks/1.png b/images/1.png README.md a/x.csv",
        "seg_train/seg_train/a/1.png seg_train/seg_train/b/1.png seg_test/seg_test/a/1.png seg_pred/seg_pred/1.png",
    )
    options = ("", "group/class", "part/class", "-/class")
    for number, tree in enumerate(trees):
        yield bytes([number % len(options)]) + tree.replace(" ", "\n").encode()


def _read_names(data: bytes, _place: Path) -> None:
    options = (ReadAs(), ReadAs(layout="group/class"), ReadAs(test_fold="1"), ReadAs(layout="-/class"))
    names = data[1:].decode(errors="surrogateescape").split("\n")
    found = layout_of(names, names[:2], options[data[0] % len(options) if data else 0])
    assert found.entries.keys() <= set(names)


# Images.

SAVED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    ("PNG", "P", {"transparency": b"\0\x80"}),
    ("PNG", "RGB", {"transparency": (1, 2, 3)}),
    *(("JPEG", mode, {"progressive": slow}) for mode in ("L", "RGB", "CMYK") for slow in (False, True)),
    *(("GIF", mode, {}) for mode in ("L", "P", "RGB")),
    *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("PPM", mode, {}) for mode in ("1", "L", "RGB", "I;16")),
    *(("TIFF", mode, {"compression": kind}) for mode in ("L", "RGB") for kind in ("raw", "tiff_lzw", "tiff_deflate")),
    *(("TIFF", mode, {}) for mode in ("1", "I;16", "I", "F", "P", "CMYK", "LAB", "RGBA")),
    ("TIFF", "1", {"compression": "group4"}),
    ("TIFF", "RGB", {"compression": "jpeg"}),
    *(("WEBP", mode, {"lossless": whole}) for mode in ("RGB", "RGBA") for whole in (False, True)),
)


def _picture(mode: str) -> Image.Image:
    values = np.arange(16 * 12, dtype=np.uint8).reshape(12, 16)
    if mode == "I;16":
        return Image.fromarray(values.astype(np.uint16) * 256)
    return Image.fromarray(values).convert("RGB" if mode == "LAB" else mode)


def _saved(kind: str, mode: str, settings: Mapping[str, Any], frames: int = 1) -> bytes:
    picture = Image.new("LAB", (16, 12)) if mode == "LAB" else _picture(mode)
    exif = Image.Exif()
    exif[274] = 6
    out = io.BytesIO()
    extra = {"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {}
    several = {"save_all": True, "append_images": [picture.rotate(90 * n) for n in range(1, frames)]}
    picture.save(out, kind, **settings, **extra, **(several if frames > 1 else {}))
    return out.getvalue()


def _image_seeds(_place: Path) -> Iterator[bytes]:
    for kind, mode, settings in SAVED:
        yield b"\x01" + _saved(kind, mode, settings)
    for kind in ("PNG", "GIF", "TIFF", "WEBP"):
        yield b"\x01" + _saved(kind, "RGB", {}, frames=3)


def _sound_png(content: bytes) -> bytes:
    """With the checksum of every chunk put right."""
    fixed = bytearray(content)
    place = 8
    while place + 12 <= len(fixed):
        end = place + 8 + int.from_bytes(fixed[place : place + 4])
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(fixed[place + 4 : end]))
        place = end + 4
    return bytes(fixed)


def _read_image(data: bytes, _place: Path) -> None:
    content = data[1:]
    if data[:1] > b"\0" and content.startswith(b"\x89PNG"):
        content = _sound_png(content)
    for form in FORMS:
        found = decode(content, form).pixels
        assert found.dtype == np.uint8
        assert found.shape[0] in (1, 3)


# Run folders.

REPORTS = 16
"""Of so many inputs one gets a report, which takes a hundred times as long as the comparison."""


def _folder_seeds(place: Path) -> Iterator[bytes]:
    """Runs a small study; an input is a file's number, and what the file holds."""
    import visavis as vv

    mlp, sgd = vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.05, momentum=0.9)
    control = vv.Arm("plain", mlp, sgd, epochs=2, batch_size=32, loss=vv.NLL())
    study = vv.Study(
        name="small",
        question="Does it read back?",
        data=vv.datasets.Glyphs(train_size=60, test_size=30),
        control=control,
        arms=[control.but("permuted", input=vv.PixelPermutation())],
        seeds=range(2),
    )
    vv.run_study(study, place / "finished")
    for number, name in enumerate(_names(place)):
        content = (place / "finished" / name).read_bytes()
        yield bytes([number]) + content
        if name.suffix == ".npz":
            with zipfile.ZipFile(io.BytesIO(content)) as arrays:
                members = arrays.namelist()
                yield from (bytes([number | 128, member]) + arrays.read(one) for member, one in enumerate(members))


@lru_cache
def _names(place: Path) -> tuple[Path, ...]:
    """Files of the finished run, and a copy of all of them to work on."""
    whole = place / "finished"
    work = place / f"work-{os.getpid()}"
    shutil.copytree(whole, work, ignore=shutil.ignore_patterns("report", "features"))
    return tuple(sorted(file.relative_to(work) for file in work.rglob("*") if file.is_file()))


def _with_array(whole: bytes, number: int, array: bytes) -> bytes:
    """An npz with one of its arrays replaced, and checksums that are right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        for name in names:
            target.writestr(name, array if name == names[number % len(names)] else source.read(name))
    return out.getvalue()


def _read_folder(data: bytes, place: Path) -> None:
    names = _names(place)
    name = names[data[0] % 128 % len(names)] if data else names[0]
    whole = (place / "finished" / name).read_bytes()
    altered = data[1:]
    if data[:1] >= b"\x80" and name.suffix == ".npz" and altered:
        altered = _with_array(whole, altered[0], altered[1:])
    work = place / f"work-{os.getpid()}"
    (work / name).write_bytes(altered)
    try:
        _read_everything(work, with_report=zlib.crc32(data) % REPORTS == 0)
    finally:
        (work / name).write_bytes(whole)


def _read_everything(work: Path, with_report: bool) -> None:
    from visavis.errors import VisavisError
    from visavis.evidence import compare
    from visavis.report import write_report
    from visavis.store import RunFolder
    from visavis.store.documents import FILES

    folder = RunFolder(work)
    cells = [folder.cell(arm, seed) for arm in ("plain", "permuted") for seed in range(2)]
    readers: list[Callable[[], object]] = [
        folder.read_test_images,
        partial(folder.read_alike, "twins"),
        lambda: [*folder.read_events()],
    ]
    readers += [partial(folder.read, kind) for kind in FILES]
    for cell in cells:
        readers += [cell.read_document, cell.read_history, cell.read_model, cell.read_examples, cell.read_predictions]
        readers += [cell.read_failure, lambda cell=cell: cell.read_checkpoint("none"), lambda cell=cell: cell.state]  # type: ignore[misc]
    for reader in readers:
        try:
            reader()
        except VisavisError:
            continue
    compare(work)
    if with_report:
        write_report(work)


TARGETS: Mapping[str, Target] = {
    "archive": Target("zip, tar and compressed tar of class folders", 1024, _archive_seeds, _read_archive),
    "idx": Target("IDX files of images and labels, gzipped or not", 1024, _idx_seeds, _read_idx),
    "lines": Target("JSON lines beside images", 1024, _lines_seeds, _read_lines),
    "npz": Target("npz files of images and labels", 1024, _npz_seeds, _read_npz),
    "parquet": Target("Parquet files with images", 2048, _parquet_seeds, _read_parquet),
    "webdataset": Target("tars of WebDataset", 1024, _samples_seeds, _read_archive),
    "names": Target("names of files: classes, parts, folds, groups", 1024, _names_seeds, _read_names),
    "csv": Target("manifests and fer2013.csv", 1024, _csv_seeds, _read_csv),
    "image": Target("PNG, JPEG, GIF, BMP, PPM, TIFF and WebP", 1024, _image_seeds, _read_image),
    "folder": Target("a finished run with one file altered", 2048, _folder_seeds, _read_folder),
}
