"""torchvision's data sets by name, where they are on disk; nothing is downloaded."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from visavis.checks import as_path
from visavis.data import ImageData, LeftOut
from visavis.datasets import splits
from visavis.datasets.reading import (
    TEST,
    TRAIN,
    Collection,
    Form,
    Stack,
    Unreadable,
    bitmap_of,
    commonest,
    decode_once,
    folder_key,
)
from visavis.datasets.splits import Division
from visavis.describe import undescribed
from visavis.errors import DataError
from visavis.read_as import Fit, ReadAs

PARTS = {TRAIN: ("train", "trainval"), TEST: ("test", "val")}
"""What torchvision's data sets call their parts."""


@dataclass(frozen=True)
class TorchvisionData:
    """A data set of torchvision with a training and a test part.

    Attributes:
        name: of the class, such as ``CIFAR10``.
        root: the folder that torchvision downloaded it to. It isn't part of the description.
        size: (height, width) that every image is brought to; by default all have one size already.
        fit: how.
    """

    name: str
    root: str | Path = field(metadata=undescribed)
    size: tuple[int, int] | None = None
    fit: Fit = "crop"

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", as_path(self.root, "data.root"))

    def reading_as(self, read_as: ReadAs) -> TorchvisionData:
        """The same in another size."""
        read_as.require_only("torchvision's data sets")
        side = read_as.decode_size
        size = self.size if side is None or self.size is not None else (side, side)
        return replace(self, size=size, fit=read_as.fit or self.fit)

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        form, root = Form(size=self.size, fit=self.fit), Path(self.root)
        keys = ["torchvision", self.name, folder_key(root), repr(form)]
        collection = decode_once(keys, lambda: _collect(self.name, root, form))
        division = Division(collection, np.equal(collection.parts, TEST), "As given by the source.")
        source = f"{len(collection.labels):,} images of torchvision's {self.name}."
        return replace(splits.image_data(division, f"torchvision {self.name}", source), fit=self.fit)


def _collect(name: str, root: Path, form: Form) -> Collection:
    kind = _kind(name)
    parts = {part: _open(kind, root, words) for part, words in PARTS.items()}
    names = getattr(parts[TRAIN], "classes", None)
    stack, labels, row_parts, left_out = Stack(), [], [], []
    originals: Counter[str] = Counter()
    for part, pictures in parts.items():
        for row, (picture, label) in enumerate(_pairs(pictures, name)):
            try:
                bitmap = bitmap_of(picture, form)
            except Unreadable as problem:
                left_out.append(LeftOut(f"{part.decode()}/{row}", str(problem)))
                continue
            if not stack.fits(bitmap.pixels):
                raise DataError(
                    f"the images of {name} have mixed sizes", do="--decode-size N, or a size that they are brought to"
                )
            stack.add(bitmap.pixels)
            labels.append(int(label))
            row_parts.append(part)
            originals[bitmap.original] += 1
    classes = tuple(map(str, names)) if names else tuple(str(label) for label in range(max(labels) + 1))
    rows = enumerate(zip(row_parts, labels, strict=True))
    ids = [f"{part.decode()}/{label}/{row:06d}".encode() for row, (part, label) in rows]
    return Collection(
        images=stack.array(),
        labels=np.array(labels),
        ids=np.array(ids),
        parts=np.array(row_parts),
        classes=classes,
        left_out=tuple(left_out),
        originals=commonest(originals),
        groups=np.full(len(labels), b""),
        digests=np.full(len(labels), b""),
    )


def _kind(name: str) -> Any:
    import torchvision.datasets

    kind = getattr(torchvision.datasets, name, None)
    parameters = inspect.signature(kind).parameters if inspect.isclass(kind) else {}
    if not {"train", "split"} & set(parameters):
        raise DataError(
            f"torchvision has no data set {name!r} with a training and a test part",
            expected="the name of its class, such as CIFAR10, MNIST, SVHN or Flowers102",
        )
    return kind


def _open(kind: Any, root: Path, words: tuple[str, ...]) -> Any:
    parameters = inspect.signature(kind).parameters
    # most sets ask for ``train``, the others for the name of a ``split``, of which the first that there is is taken
    settings: list[dict[str, Any]] = [{"split": word} for word in words]
    if "train" in parameters:
        settings = [{"train": words == PARTS[TRAIN]}]
    if "download" in parameters:
        settings = [{**arguments, "download": False} for arguments in settings]
    problems = []
    for arguments in settings:
        try:
            return kind(str(root), **arguments)
        except (RuntimeError, OSError, ValueError) as problem:
            problems.append(str(problem).splitlines()[0])
    raise DataError(
        f"{kind.__name__} can't be read in {root}",
        got=problems[0],
        expected="a folder that torchvision has downloaded it to",
        do=f"torchvision.datasets.{kind.__name__}({str(root)!r}, download=True) downloads it where there is a network",
    )


def _pairs(pictures: Any, name: str) -> Iterator[tuple[Any, int]]:
    for row in range(len(pictures)):
        picture, label = pictures[row]
        if isinstance(label, tuple):
            raise DataError(f"{name} has more than one label to an image", got=label)
        yield picture, label
