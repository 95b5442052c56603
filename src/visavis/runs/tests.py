"""Further test images of a study before its networks are asked: loaded, and held against its classes and its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
from msgspec.structs import replace as replace_fields

from visavis.cells import OtherImages, tests_fingerprints
from visavis.data import ImageData, ImageShape, Split, TestSource, load_test_data
from visavis.errors import DataError
from visavis.events.runs import OtherImagesLoaded
from visavis.quantities import some_text
from visavis.runs.admission import require_same_tests
from visavis.runs.data import counted
from visavis.runs.journal import Log
from visavis.store import OtherImagesDocument, OtherTestsDocument, RunFolder, StudyDocument

MOST_NAMED = 8
"""Classes that an error names."""


def load_tests(tests: Mapping[str, TestSource], data: ImageData, folder: RunFolder, log: Log) -> dict[str, OtherImages]:
    """A study's further test images, by name.

    Args:
        tests: where they come from.
        data: the study's images.
        folder: of the run; need not exist yet.
        log: is told.

    Raises:
        DataError: they can't be loaded, or the study's networks can't take them.
        ChangedStudy: the folder has others under the same name.
    """
    images = {}
    for name, source in tests.items():
        with counted(f"loading the test images {name}", log):
            images[name] = other_images(f"tests.{name}", load_test_data(source, data), data.classes, data.shape)
        tell_loaded(name, images[name], log)
    admit_tests(folder, images)
    return images


def tell_loaded(name: str, images: OtherImages, log: Log) -> None:
    """Tells how many images there are, and where they come from."""
    log(OtherImagesLoaded(name, len(images.split), images.document.source))


def admit_tests(folder: RunFolder, tests: Mapping[str, OtherImages]) -> None:
    """Compares further test images with those that the folder has under the same names.

    Raises:
        ChangedStudy: they are others, or a name makes the same file as another one.
    """
    earlier = folder.recall(OtherTestsDocument)
    if earlier is not None:
        require_same_tests(folder.path, earlier, _document_of(tests))


def write_with_tests(folder: RunFolder, study: StudyDocument, tests: Mapping[str, OtherImages]) -> tuple[str, ...]:
    """Writes the study, and what its further test images are; those that the folder has already stay.

    Args:
        folder: whose claim is held.
        study: as it is now.
        tests: images by the names that the study has for them.

    Returns:
        Names of the folder's test images that aren't among them.
    """
    earlier = folder.study.tests if folder.exists() else {}
    folder.write(replace_fields(study, tests={**earlier, **study.tests}))
    record = folder.recall(OtherTestsDocument)
    documents = {**(record.tests if record else {}), **_document_of(tests).tests}
    if documents or folder.has(OtherTestsDocument):  # a damaged one of which nothing is known
        folder.write(OtherTestsDocument(documents))
    for name, images in tests.items():
        folder.write_groups(images.split.ids, images.split.groups, name)
    return tuple(name for name in earlier if name not in tests)


def _document_of(tests: Mapping[str, OtherImages]) -> OtherTestsDocument:
    return OtherTestsDocument({name: images.document for name, images in tests.items()})


def other_images(path: str, data: ImageData, classes: Sequence[str], shape: ImageShape) -> OtherImages:
    """The test part of a data set for the networks of a study, its labels by the study's classes.

    Args:
        path: of the field that names it.
        data: the data set; it may lack some of the classes.
        classes, shape: the study's.

    Raises:
        DataError: it has other classes, or images of another shape, or too few.
    """
    test = data.test
    problem = _kind_problem(data) or _shape_problem(test, shape) or _class_problem(data, classes)
    if problem is not None:
        got, expected, do = problem
        raise DataError(f"{path} can't be used", got=got, expected=expected, do=do)
    label_of = np.array([classes.index(name) if name in classes else -1 for name in data.classes], np.int64)
    split = replace(test, labels=label_of[test.labels])
    document = OtherImagesDocument(
        name=data.name,
        source=data.source,
        synthetic=data.synthetic,
        remarks=data.remarks,
        classes=tuple(np.bincount(split.labels, minlength=len(classes)).tolist()),
        left_out=data.left_out,
        fingerprints=tests_fingerprints(split),
    )
    return OtherImages(split, document)


Problem = tuple[str, str, str]
"""What is there, what was expected, what to do."""


def _kind_problem(data: ImageData) -> Problem | None:
    """Arrays that are no images with labels, or too few for an interval."""
    test = data.test
    if test.images.dtype != np.uint8 or test.images.ndim != 4 or test.ids.dtype.kind != "S":
        got = f"{test.images.dtype} {list(test.images.shape)} with ids of {test.ids.dtype}"
        return got, "uint8 [n, channels, height, width] with ids of bytes", "mend what loads them"
    if not len(test.images) == len(test.labels) == len(test.ids):
        got = f"{len(test.images):,} images, {len(test.labels):,} labels, {len(test.ids):,} ids"
        return got, "as many of each", "mend what loads them"
    if test.groups.shape != test.ids.shape or test.groups.dtype.kind != "S":
        got = f"groups {test.groups.dtype} {list(test.groups.shape)}"
        return got, f"bytes [{len(test.ids)}], empty where an image has none", "mend what loads them"
    if len(np.unique(test.ids)) < len(test.ids):
        return (
            f"{len(test.ids) - len(np.unique(test.ids)):,} ids that stand twice",
            "an id of its own for each",
            "rename them",
        )
    if len(test) and (test.labels.min() < 0 or test.labels.max() >= len(data.classes)):
        return "labels beyond the classes", f"0 to {len(data.classes) - 1:,}", "mend what loads them"
    if len(test) < 2:
        return f"{len(test)} test images", "2 or more", "give more images"
    return None


def _shape_problem(test: Split, shape: ImageShape) -> Problem | None:
    channels, height, width = test.images.shape[1:]
    if (channels, height, width) == (shape.channels, shape.height, shape.width):
        return None
    do = f"decode them to it: visavis.datasets.open(path, size=({shape.height}, {shape.width})"
    do += f", channels={shape.channels})" if shape.channels in (1, 3) else ")"
    return _shape_text(ImageShape(channels, height, width)), f"the study's {_shape_text(shape)}", do


def _shape_text(shape: ImageShape) -> str:
    """``images of 28 x 28 pixels, 1 channel``."""
    channels = "1 channel" if shape.channels == 1 else f"{shape.channels} channels"
    return f"images of {shape.width} x {shape.height} pixels, {channels}"


def _class_problem(data: ImageData, classes: Sequence[str]) -> Problem | None:
    foreign = [data.classes[label] for label in np.unique(data.test.labels) if data.classes[label] not in classes]
    if not foreign:
        return None
    near = list(_near_names(foreign[:MOST_NAMED], classes))
    do = f"rename them ({', '.join(near)})" if near else "rename them, or leave their images out"
    return f"classes that the study doesn't have: {_text_of(foreign)}", f"some of {_text_of(classes)}", do


def _near_names(names: Sequence[str], classes: Sequence[str]) -> Iterator[str]:
    """Yields renamings to the study's classes that are likely meant."""
    cases = {name.casefold(): name for name in classes}
    for name in names:
        near = get_close_matches(name.casefold(), cases, n=1, cutoff=0.7)
        if near:
            yield f"{name!r} to {cases[near[0]]!r}"


def _text_of(names: Sequence[str]) -> str:
    return some_text(list(map(repr, names)), MOST_NAMED)
