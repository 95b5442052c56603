"""A study's images before its first cell: loaded, described, audited; what the run folder keeps of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np

from visavis.audit import Audit, audit
from visavis.cells import StudyData
from visavis.data import Dataset, ImageData, Split, load_data
from visavis.datasets.reading.ahead import decoding_counted
from visavis.events.runs import DataAudited, Preparation
from visavis.runs.journal import Log
from visavis.store import OF_AUDIT, OF_DATA, DataDocument, RunFolder

SECONDS_BETWEEN_COUNTS = 0.2
LARGEST_KEPT = 64 << 20
"""Bytes of test images that a run folder keeps for its report."""


def load_counted(dataset: Dataset, log: Log) -> ImageData:
    """The images of a data set; files that are decoded are counted on the screen.

    Raises:
        DataError: as ``load_data``.
    """
    with counted("loading data", log):
        return load_data(dataset)


@contextmanager
def counted(phase: str, log: Log) -> Iterator[None]:
    """Within the block, which is a phase of the preparation, files that are decoded are counted on the screen."""
    last = time.monotonic()
    log(Preparation(phase))

    def count(files: int) -> None:
        nonlocal last
        if time.monotonic() - last > SECONDS_BETWEEN_COUNTS:
            last = time.monotonic()
            log(Preparation(phase, f"{files:,} files decoded"))

    with decoding_counted(count):
        yield


def describe_data(data: ImageData, fingerprints: dict[str, str]) -> DataDocument:
    """The data as they are written.

    Args:
        data: as the first seed has them.
        fingerprints: of the images as they were loaded.
    """
    train, test = (np.bincount(part.labels, minlength=len(data.classes)) for part in (data.train, data.test))
    return DataDocument(
        name=data.name,
        source=data.source,
        split_rule=data.split_rule,
        synthetic=data.synthetic,
        remarks=data.remarks,
        classes=data.classes,
        shape=data.shape,
        train=tuple(train.tolist()),
        test=tuple(test.tolist()),
        left_out=data.left_out,
        fingerprints=fingerprints,
    )


def write_data(
    folder: RunFolder, data: StudyData, document: DataDocument, damaged_files: Collection[str], log: Log
) -> None:
    """What is kept of the data, and of their audit, where it isn't there yet or doesn't read back.

    The audit is of the parts that the first seed has.
    """
    if not folder.has(DataDocument) or not set(OF_DATA).isdisjoint(damaged_files):
        images, rows = data.tested, _rows_to_keep(data.tested)
        folder.write_test_images(images.ids[rows], images.images[rows])
        folder.write_groups(images.ids, images.groups)
        folder.write(document)
    if not folder.has(Audit) or not set(OF_AUDIT).isdisjoint(damaged_files):
        log(Preparation("auditing the images"))
        result = audit(data.of(0))
        folder.write_audit(result)
        log(DataAudited(tuple(map(str, result.audit.problems))))


def _rows_to_keep(part: Split) -> np.ndarray:
    """As many test images as fit, evenly spread over the part."""
    count = max(1, min(len(part), LARGEST_KEPT // part.images[0].nbytes))
    return np.linspace(0, len(part) - 1, count).round().astype(np.int64)
