"""Every random choice of a cell before its first step, each from a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.checks import require
from visavis.data import ImageData, ImageShape
from visavis.design.arm import Arm
from visavis.design.folds import Folds
from visavis.errors import DataError, InvalidStudy
from visavis.interfaces import Intervention, Model, Network, TrainingRows, Transform, require_network
from visavis.quantities import some_text
from visavis.streams import Stream, root

LARGER_SHARE = "cut a larger share, by --held-out 0.2 or BestOf(validation=0.2); or leave the class out"
MOST_NAMED = 5
"""Classes that an error names."""


def streams_of(arm: Arm, seed: int) -> Stream:
    """What a cell draws from; arms share it, but for an A/A arm, and candidates that are chosen from once."""
    streams = root(seed, again=arm.again)
    return streams.child("once") if arm.held_out is not None and arm.held_out.once else streams


def draw_training(arm: Arm, data: ImageData, streams: Stream) -> TrainingRows:
    """Which training images an arm learns from, with the draws of a seed's streams.

    Raises:
        InvalidStudy: they are no rows of the training part, or leave a class empty.
    """
    labels = data.train.labels.view()
    labels.flags.writeable = False  # all arms share them
    training = arm.training.draw(labels, data.classes, streams.child("training"))
    path = f"arms.{arm.name}.training"
    require(isinstance(training, TrainingRows), path, type(training).__name__, "draw() to give visavis.TrainingRows")
    rows, labels = np.asarray(training.rows), np.asarray(training.labels)
    last_row, last_label = len(data.train) - 1, len(data.classes) - 1
    are_rows = _are_indices(rows, last_row)
    require(are_rows, f"{path}.rows", _text_of(rows), f"whole numbers in one row, from 0 to {last_row:,}")
    are_labels = _are_indices(labels, last_label) and labels.shape == rows.shape
    require(are_labels, f"{path}.labels", _text_of(labels), f"as many labels as rows, from 0 to {last_label:,}")
    before, after = (np.bincount(part, minlength=len(data.classes)) for part in (data.train.labels, labels))
    lost_labels = np.flatnonzero((before > 0) & (after == 0))
    names = some_text([data.classes[label] for label in lost_labels], MOST_NAMED)
    require(not len(lost_labels), path, f"no image of {names}", "an image of every class")
    return TrainingRows(rows.astype(np.int64), labels.astype(np.int64))


@dataclass(frozen=True)
class Parts:
    """What becomes of the training images that an arm has.

    Attributes:
        training: those that it is trained on.
        validation: those by which it chooses between epochs; None where it doesn't, or by the data set's own part.
        held_out: those that it is tested on; None where by the data set's own test or validation part.
    """

    training: TrainingRows
    validation: TrainingRows | None = None
    held_out: TrainingRows | None = None


def draw_parts(arm: Arm, data: ImageData, streams: Stream) -> Parts:
    """What an arm trains on, and what is cut from that, where the data set has no validation part of its own.

    Raises:
        InvalidStudy: see ``draw_training``; or there are too few images to cut any from.
    """
    return cut(arm, data, draw_training(arm, data, streams), streams)


def cut(arm: Arm, data: ImageData, training: TrainingRows, streams: Stream) -> Parts:
    """What ``draw_parts`` gives, of training images that are drawn.

    Raises:
        InvalidStudy: there are too few images to cut any from.
    """
    held_out = validation = None
    path, groups = f"arms.{arm.name}", data.train.groups
    if data.validation is None and arm.held_out is not None:
        training, held_out = _cut(arm.held_out.parts, training, groups, streams.child("held out"), path, LARGER_SHARE)
    if data.validation is None and (parts := arm.selection.parts()):
        stream = streams.child("validation")
        training, validation = _cut(parts, training, groups, stream, f"{path}.selection", "cut a larger share")
    return Parts(training, validation, held_out)


def _cut(
    parts: int, training: TrainingRows, groups: np.ndarray, stream: Stream, path: str, remedy: str
) -> tuple[TrainingRows, TrainingRows]:
    """All but one of so many parts, and that one, each image once; groups stay together."""
    rows, first = np.unique(training.rows, return_index=True)
    labels = training.labels[first]
    try:
        is_cut = Folds(parts).deal(labels, groups[rows], stream) == 0
    except DataError as problem:
        expected = f"{parts} groups, or images of every class"
        raise InvalidStudy(
            f"{path} can't cut a validation part", got=problem.got, expected=expected, do=remedy
        ) from problem
    stays = ~np.isin(training.rows, rows[is_cut])
    rest = TrainingRows(training.rows[stays], training.labels[stays])
    return rest, TrainingRows(rows[is_cut], labels[is_cut])


def _are_indices(array: np.ndarray, last: int) -> bool:
    is_row = array.ndim == 1 and array.dtype.kind in "iu" and len(array) > 0
    return is_row and int(array.min()) >= 0 and int(array.max()) <= last


def _text_of(array: np.ndarray) -> str:
    """Such as ``int64 [60] from 1 to 60``."""
    bounds = f" from {array.min()} to {array.max()}" if array.dtype.kind in "iuf" and array.size else ""
    return f"{array.dtype} {list(array.shape)}{bounds}"


def images_gone_through(arm: Arm, seed: int, data: ImageData) -> int:
    """Training images that a cell goes through, all epochs together."""
    return arm.epochs * len(draw_parts(arm, data, streams_of(arm, seed)).training.rows)


def draw_input(intervention: Intervention, shape: ImageShape, streams: Stream) -> Transform:
    """What an intervention does to images of a shape, with the draws of a seed's streams."""
    return intervention.draw(shape, streams.child("input"))


def build_network(model: Model, shape: ImageShape, classes: int, streams: Stream) -> Network:
    """The network, what isn't pre-trained drawn from a seed's streams.

    Raises:
        InvalidStudy: the model builds something else.
    """
    return require_network(model, model.build(shape, classes, streams.child("init")))
