"""What the compared cells say of further test images, each of which makes a comparison of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from visavis.errors import DamagedFile
from visavis.results import Predictions
from visavis.store import DataDocument, OtherImagesDocument, OtherTestsDocument, RunFolder

Cell = tuple[str, int]


@dataclass(frozen=True)
class Elsewhere:
    """What a study's compared cells say of one set of further test images.

    Attributes:
        data: the study's data, with these images in the place of its test part.
        predictions: by (arm, seed).
        unasked: the cells that have none; where there are some, nothing is compared.
    """

    data: DataDocument
    predictions: Mapping[Cell, Predictions] = field(repr=False)
    unasked: tuple[Cell, ...]


def read_elsewhere(
    folder: RunFolder, names: Sequence[str], data: DataDocument, cells: Sequence[Cell]
) -> dict[str, Elsewhere]:
    """What the cells of a comparison say of each further test, by its name.

    Args:
        folder: of the run.
        names: of the test images.
        data: the study's.
        cells: arms and seeds that are compared.
    """
    documents = (folder.read(OtherTestsDocument) if folder.has(OtherTestsDocument) else OtherTestsDocument({})).tests
    return {name: _read(folder, name, documents.get(name), data, cells) for name in names}


def _read(
    folder: RunFolder, name: str, document: OtherImagesDocument | None, data: DataDocument, cells: Sequence[Cell]
) -> Elsewhere:
    if document is None or len(document.classes) != len(data.classes):
        return Elsewhere(data, {}, tuple(cells))
    predictions: dict[Cell, Predictions] = {}
    for arm, seed in cells:
        try:
            predictions[arm, seed] = folder.cell(arm, seed).read_predictions_elsewhere(name, document.digest)
        except DamagedFile:
            continue
    unasked = tuple(cell for cell in cells if cell not in predictions or not _fits(predictions, cell, document))
    return Elsewhere(_data_there(data, document), predictions, unasked)


def _fits(predictions: Mapping[Cell, Predictions], cell: Cell, document: OtherImagesDocument) -> bool:
    """Whether a cell's predictions are for the images that the document describes, in the order of the first cell's."""
    first, table = next(iter(predictions.values())), predictions[cell]
    if table.logits.shape[1] != len(document.classes) or not np.array_equal(first.ids, table.ids):
        return False
    counts = np.bincount(table.labels, minlength=len(document.classes))
    return counts.tolist() == list(document.classes) and np.array_equal(first.labels, table.labels)


def _data_there(data: DataDocument, document: OtherImagesDocument) -> DataDocument:
    return replace(
        data,
        name=document.name,
        source=document.source,
        synthetic=document.synthetic,
        remarks=document.remarks,
        test=document.classes,
        left_out=document.left_out,
    )
