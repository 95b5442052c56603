"""Collections as people have them, and what is made of each; the table in the docs is made from these rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from forms import png

import visavis as vv
from visavis.data import ImageData, load_data
from visavis.errors import VisavisError

RESULTS = Path(__file__).with_name("layouts.json")
"""What is made of each, in their order. ``python tests/datasets/layouts.py`` writes it; read it before it is kept."""


@dataclass(frozen=True)
class Layout:
    """A collection.

    Attributes:
        title: what people have.
        folders: that have four images each.
        texts: further files that are text.
        images: further single images.
        options: said of the files.
        opens: what is opened, within the collection.
    """

    title: str
    folders: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    opens: str = "."

    def write(self, folder: Path) -> Path:
        """The collection below a folder; no two of its images are the same."""
        names = [*(f"{name}/{number}.png" for name in self.folders for number in range(4)), *self.images]
        for number, name in enumerate(names):
            pixels = np.random.default_rng(number).integers(0, 256, (8, 8), np.uint8)
            self._write(folder / name, png(pixels))
        for name, text in self.texts.items():
            self._write(folder / name, text.encode())
        return folder / self.opens

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def outcome(self, folder: Path) -> str:
        """What is made of it: how it is understood, or how it is refused."""
        path = self.write(folder)
        try:
            return told(load_data(vv.datasets.open(path, read_as=vv.datasets.ReadAs(**self.options))))
        except VisavisError as problem:
            return f"Refused: {problem}".replace(f"{folder}/", "").replace(str(folder), "DATA")


def told(data: ImageData) -> str:
    """How a collection was understood."""
    names = set(data.train.groups) | set(data.test.groups)
    groups = 0 if b"" in names else len(names)
    sentences = [f"Classes {', '.join(data.classes)}.", data.split_rule]
    if groups > 1:
        sentences.append(f"{groups} groups.")
    if data.left_out:
        sentences.append(f"Left out: {', '.join(f'{one.name} ({one.reason})' for one in data.left_out)}.")
    return " ".join([*sentences, *data.notes])


def table(head: str, *rows: str, delimiter: str = ",") -> str:
    """A CSV file's text."""
    return "\n".join([head, *rows, ""]).replace(",", delimiter)


ROWS = tuple(f"{label}{number}.png,{label}" for label in "ab" for number in range(6))
FILES = tuple(row.split(",")[0] for row in ROWS)


def rows(form: str) -> tuple[str, ...]:
    """A row for each of twelve images: ``form`` with its name, stem, class and number put in."""
    return tuple(
        form.format(name=name, stem=name[:-4], label=name[0], number=number) for number, name in enumerate(FILES)
    )


def json_lines() -> str:
    """An object for each image."""
    return "".join(f"{json.dumps({'file_name': name, 'label': name[0], 'text': 'x'})}\n" for name in FILES)


LAYOUTS = (
    Layout("a folder for each class", ("cat", "dog")),
    Layout("the same below any folders", ("my data/v2/cat", "my data/v2/dog")),
    Layout("train and test", ("train/cat", "train/dog", "test/cat", "test/dog")),
    Layout("train and val", ("train/cat", "train/dog", "val/cat", "val/dog")),
    Layout(
        "train, val and test", tuple(f"{part}/{name}" for part in ("train", "val", "test") for name in ("cat", "dog"))
    ),
    Layout(
        "seg_train/seg_train and seg_test/seg_test",
        tuple(f"seg_{p}/seg_{p}/{c}" for p in ("train", "test") for c in ("cat", "dog")),
        images=("seg_pred/seg_pred/1.png",),
    ),
    Layout("train_images and test_images", tuple(f"{p}_images/{c}" for p in ("train", "test") for c in ("cat", "dog"))),
    Layout("training_set and test_set", tuple(f"{p}_set/{c}" for p in ("training", "test") for c in ("cat", "dog"))),
    Layout("train2017 and val2017", tuple(f"{p}2017/{c}" for p in ("train", "val") for c in ("cat", "dog"))),
    Layout(
        "two splits beside each other",
        tuple(f"{s}_{p}/{c}" for s in ("old", "new") for p in ("train", "test") for c in ("cat", "dog")),
    ),
    Layout("train with classes, test without labels", ("train/cat", "train/dog", "test")),
    Layout("class folders, and a flat test", ("cat", "dog", "test")),
    Layout("a third folder beside train and test", ("train/cat", "train/dog", "test/cat", "test/dog", "extra/cat")),
    Layout("test with classes, train without", ("train", "test/cat", "test/dog")),
    Layout("train and test without class folders", ("train", "test")),
    Layout("a class in test only", ("train/cat", "train/dog", "test/cat", "test/dog", "test/cow")),
    Layout("class/train and class/test", ("cat/train", "cat/test", "dog/train", "dog/test")),
    Layout("a class that is called train", ("bus", "car", "train")),
    Layout("class/images and class/masks", ("cat/images", "cat/masks", "dog/images", "dog/masks")),
    Layout("images/class and masks/class", ("images/cat", "images/dog", "masks/cat", "masks/dog")),
    Layout(
        "a folder for each patient, classes in it", tuple(f"patient {n}/{c}" for n in range(12) for c in ("0", "1"))
    ),
    Layout(
        "a folder for each kind of fruit, views of it in it",
        tuple(
            f"{fruit}/{view}"
            for fruit in ["apple", "banana", "cherry", "date", "elder", "fig", "grape", "kiwi", "lime", "mango"]
            for view in ("back", "front")
        ),
    ),
    Layout(
        "class folders with patients in them", tuple(f"{c}/{c} patient {n}" for n in range(3) for c in ("ill", "well"))
    ),
    Layout(
        "the same, and it is said",
        tuple(f"{c}/{c} patient {n}" for n in range(3) for c in ("ill", "well")),
        options={"layout": "class/group"},
    ),
    Layout("two sets with the same classes", ("small/cat", "small/dog", "large/cat", "large/dog")),
    Layout(
        "the same, put together", ("small/cat", "small/dog", "large/cat", "large/dog"), options={"layout": "-/class"}
    ),
    Layout("folds", ("fold1/cat", "fold1/dog", "fold2/cat", "fold2/dog")),
    Layout(
        "folds, one of them for tests", ("fold1/cat", "fold1/dog", "fold2/cat", "fold2/dog"), options={"test_fold": "2"}
    ),
    Layout(
        "patients in the names of files",
        images=tuple(f"{c}/p{n}_{k}.png" for c in ("ill", "well") for n in range(6) for k in range(2)),
        options={"groups": "(p[0-9]+)_"},
    ),
    Layout(
        "a mask beside each image",
        images=tuple(f"{c}/{n}{m}.png" for c in ("cat", "dog") for n in range(4) for m in ("", "_mask")),
    ),
    Layout("numbers for classes", tuple(map(str, range(1, 13)))),
    Layout(
        "files that are no images",
        ("cat", "dog"),
        {
            "README.md": "x",
            "cat/labels.csv": "x",
            "dog/desktop.ini": "x",
            "__MACOSX/cat/._0.png": "x",
            "Thumbs.db": "x",
        },
    ),
    Layout("an image beside the class folders", ("cat", "dog"), images=("sample.png",)),
    Layout("a file that is damaged", ("cat", "dog"), {"cat/broken.png": "no image"}),
    Layout("images at two depths", ("cat", "dog/young")),
    Layout("one class", ("cat",)),
    Layout(
        "classes that differ in case only", ("train/Cat", "train/dog", "test/Cat", "test/cat", "test/dog", "train/cat")
    ),
    Layout("names in two forms of Unicode", ("train/caf\u00e9", "train/dog", "test/cafe\u0301", "test/dog")),
    Layout("train1 and test1", ("train1/cat", "train1/dog", "test1/cat", "test1/dog")),
    Layout(
        "images and segmentations (CUB)",
        ("images/001.cat", "images/002.dog", "segmentations/001.cat"),
        {"images.txt": "x"},
    ),
    Layout(
        "JPEGImages beside other folders (VOC)",
        ("JPEGImages", "SegmentationClass", "Extra"),
        {"Annotations/1.xml": "x"},
    ),
    Layout(
        "Train with classes, Test and Meta without (GTSRB)", ("Train/0", "Train/1", "Test", "Meta"), {"Train.csv": "x"}
    ),
    Layout(
        "a split within the split once more",
        tuple(f"{above}{p}/{c}" for above in ("", "set/") for p in ("train", "test") for c in ("cat", "dog")),
    ),
    Layout(
        "colour, grey and segmented copies",
        tuple(f"{kind}/{c}" for kind in ("color", "grayscale", "segmented") for c in ("cat", "dog")),
    ),
    Layout("archives within a folder", texts={"train.zip": "x", "test.zip": "x"}),
    Layout("names with blanks at their ends", ("cat", "cat ", "dog")),
    Layout(
        "CSV: path,label", texts={"t.csv": table("path,label", *rows("{name},{label}"))}, images=FILES, opens="t.csv"
    ),
    Layout(
        "CSV: image_id without suffix, dx, lesion_id, age",
        texts={"t.csv": table("lesion_id,image_id,dx,age", *rows("L{number},{stem},{label},30"))},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with semicolons and a BOM",
        (),
        {"t.csv": "\ufeff" + table("filename,class", *rows("{name},{label}"), delimiter=";")},
        FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with a column of row numbers and one of the split",
        texts={
            "t.csv": table(
                ",file,label,split",
                *(f"{row},{'train' if n % 3 else 'Test'}" for n, row in enumerate(rows("{number},{name},{label}"))),
            )
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with patients",
        texts={
            "t.csv": table(
                "path,label,patient", *(f"{row},p{n % 6 // 2}" for n, row in enumerate(rows("{name},{label}")))
            )
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with a column for each class",
        texts={
            "t.csv": table("image,a,b", *(f"{name},{int(name[0] == 'a')},{int(name[0] == 'b')}.0" for name in FILES))
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with class and label",
        texts={"t.csv": table("path,class,label", *rows("{name},{label},{number}"))},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "the same, and it is said",
        texts={"t.csv": table("path,class,label", *rows("{name},{label},{number}"))},
        images=FILES,
        options={"label_column": "class"},
        opens="t.csv",
    ),
    Layout(
        "CSV with labels 0 and 0.0",
        texts={
            "t.csv": table(
                "path,label", *(f"{name},{int(name[0] == 'b')}{'.0' * (n % 2)}" for n, name in enumerate(FILES))
            )
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with folds",
        texts={"t.csv": table("path,label,fold", *(f"{row},{n % 3}" for n, row in enumerate(rows("{name},{label}"))))},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with folds, one of them for tests",
        texts={"t.csv": table("path,label,fold", *(f"{row},{n % 3}" for n, row in enumerate(rows("{name},{label}"))))},
        images=FILES,
        options={"test_fold": "2"},
        opens="t.csv",
    ),
    Layout(
        "CSV whose images lie elsewhere",
        (),
        {"t.csv": table("path,label", *rows("{name},{label}"))},
        tuple(f"photos/{name}" for name in FILES),
        opens="t.csv",
    ),
    Layout(
        "CSV that names a file twice, as the same",
        texts={"t.csv": table("path,label", *rows("{name},{label}"), ROWS[0])},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV that names a file twice, as two classes",
        texts={"t.csv": table("path,label", *rows("{name},{label}"), "a0.png,b")},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV whose files lie in train and test",
        texts={"t.csv": table("path,label", *rows("train/{name},{label}"), *rows("test/{name},{label}"))},
        images=tuple(f"{part}/{name}" for part in ("train", "test") for name in FILES),
        opens="t.csv",
    ),
    Layout("JSON lines", texts={"t.jsonl": json_lines()}, images=FILES, opens="t.jsonl"),
    Layout("Hugging Face's metadata.jsonl", texts={"metadata.jsonl": json_lines()}, images=FILES),
    Layout(
        "Hugging Face's metadata.csv in train and test",
        texts={f"{part}/metadata.csv": table("file_name,label", *rows("{name},{label}")) for part in ("train", "test")},
        images=tuple(f"{part}/{name}" for part in ("train", "test") for name in FILES),
    ),
    Layout(
        "CSV whose test rows have no class",
        texts={"t.csv": table("path,label,split", *rows("{name},{label},train"), "x.png,,test", "y.png,,test")},
        images=(*FILES, "x.png", "y.png"),
        opens="t.csv",
    ),
    Layout(
        "CSV with a column is_train of 0 and 1",
        texts={
            "t.csv": table(
                "path,label,is_train", *(f"{row},{int(n % 3 > 0)}" for n, row in enumerate(rows("{name},{label}")))
            )
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with a patient for some images only",
        texts={
            "t.csv": table(
                "path,label,patient", *(f"{row},{'p' * (n % 2)}" for n, row in enumerate(rows("{name},{label}")))
            )
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with two patients",
        texts={
            "t.csv": table("path,label,patient", *(f"{row},p{n // 6}" for n, row in enumerate(rows("{name},{label}"))))
        },
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "JSON lines with a list for a label",
        texts={"t.jsonl": '{"file_name": "a0.png", "labels": ["a"]}\n'},
        images=FILES,
        opens="t.jsonl",
    ),
    Layout(
        "CSV with a cell too many",
        texts={"t.csv": table("path,label", *rows("{name},{label}"), "b5.png,b,c")},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "CSV with columns of other names",
        texts={"t.csv": table("where,what", *rows("{name},{label}"))},
        images=FILES,
        opens="t.csv",
    ),
    Layout(
        "the same, and it is said",
        texts={"t.csv": table("where,what", *rows("{name},{label}"))},
        images=FILES,
        options={"path_column": "where", "label_column": "what"},
        opens="t.csv",
    ),
)


def flags(layout: Layout) -> str:
    """What is said of it on the command line."""
    return " ".join(vv.datasets.ReadAs(**layout.options).words)


def record(outcomes: Sequence[str]) -> None:
    """Writes down what is made of each collection."""
    found = [
        {"title": layout.title, "flags": flags(layout), "outcome": outcome}
        for layout, outcome in zip(LAYOUTS, outcomes, strict=True)
    ]
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    import os
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        os.environ["VISAVIS_CACHE"] = f"{place}/cache"
        record([layout.outcome(Path(place, str(number))) for number, layout in enumerate(LAYOUTS)])
