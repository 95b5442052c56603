"""What a finished cell leaves: its documents, its network's tensors, examples of its images."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import torch

from visavis.cells.assemble import Assembly, to_train
from visavis.cells.conditions import Conditions
from visavis.cells.elsewhere import predict_elsewhere
from visavis.data import ImageData
from visavis.describe import describe, digest
from visavis.design.arm import describe_factors
from visavis.results import EpochRow, Predictions
from visavis.store import CellDocument, FrozenDocument, ModelDocument
from visavis.training import trained_parameters

CLASSES_SHOWN = 32
"""Classes of which a cell keeps an example for the report."""


def cell_document(
    cell: Assembly,
    conditions: Conditions,
    fingerprints: dict[str, str],
    frozen: FrozenDocument,
    rows: list[EpochRow],
    seconds: float,
) -> CellDocument:
    """What a cell was made from, and how much of it was trained.

    Args:
        cell: after its last epoch.
        conditions: what was held equal.
        fingerprints: of what it was made from, by name.
        frozen: what training had to leave alone, and did.
        rows: its history.
        seconds: that it took.
    """
    network, plan, epochs = cell.network, cell.plan, cell.arm.epochs
    return CellDocument(
        arm=cell.arm.name,
        seed=cell.seed,
        factors=describe_factors(cell.arm),
        precision=conditions.machine.precision.value,
        fingerprints={
            **fingerprints,
            "batch order": digest([row.order for row in rows]),
            "augmentation": digest([row.augmentation for row in rows]),
        },
        initial_weights=dict(cell.initial_weights),
        loaded=network.loaded,
        frozen=frozen,
        never_begun=tuple(group.name for group in plan.groups if not group.scale_in(epochs)),
        trained_parameters=trained_parameters(plan, epochs),
        parameters=network.parameters,
        seconds=seconds,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def model_document(cell: Assembly, conditions: Conditions) -> ModelDocument:
    """How to build what the cell's tensors are put into, and what goes before it."""
    data = conditions.data.loaded
    return ModelDocument(
        arm=cell.arm.name,
        seed=cell.seed,
        model=describe(cell.arm.model),
        input=describe(cell.arm.input),
        classes=data.classes,
        shape=data.shape,
        data=data.name,
        fit=data.fit,
    )


def model_tensors(cell: Assembly) -> dict[str, np.ndarray]:
    """The network's own tensors by name; what the strategy added to it is merged into them first."""
    cell.plan.merge()
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in cell.network.tensors().items()}


def one_of_each_class(data: ImageData) -> np.ndarray:
    """The first test image of each of the first classes, or training image where it has none; uint8 [n, c, h, w]."""
    classes = range(min(len(data.classes), CLASSES_SHOWN))
    parts = [data.test if (data.test.labels == label).any() else data.train for label in classes]
    rows = [int((part.labels == label).argmax()) for label, part in zip(classes, parts, strict=True)]
    return np.stack([part.images[row] for part, row in zip(parts, rows, strict=True)])


def one_of_each_in_training(cell: Assembly) -> np.ndarray:
    """The first training image of each of the first classes as the first epoch shows it; uint8 [n, c, h, w]."""
    labels = cell.training.labels
    classes = [label for label in range(min(len(cell.data.classes), CLASSES_SHOWN)) if (labels == label).any()]
    parts = cell.data.train.images, cell.data.test.images
    with cell.streams.child("noise", 1).as_global():  # of augmentations of one's own
        epoch = to_train(cell, *parts, torch.device("cpu")).images(1)
        places = [int(np.flatnonzero(epoch.order == (labels == label).argmax())[0]) for label in classes]
        return np.concatenate([epoch.batch(slice(place, place + 1))[0].numpy() for place in places])


def predictions_of(logits: np.ndarray, cell: Assembly) -> Predictions:
    """What a cell says of every test image."""
    test = cell.data.test
    return Predictions(test.ids, test.labels, logits)


def write_predictions_elsewhere(cell: Assembly, conditions: Conditions) -> None:
    """Asks a cell's network, once it is saved, about the study's further test images.

    Raises:
        NotFinite: a logit isn't.
    """
    folder = conditions.folder.cell(cell.arm.name, cell.seed)
    for name, images in conditions.tests.items():
        predictions = predict_elsewhere(
            cell.network, cell.arm.model, cell.transform, images.split, conditions.machine.device
        )
        folder.write_predictions_elsewhere(name, predictions, images.document.digest)
