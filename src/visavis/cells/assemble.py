"""An arm and a seed put together: every random choice before the first step is made here, each from its own stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from visavis.arrays import in_slices
from visavis.cells.fingerprints import weights_fingerprint
from visavis.checks import require
from visavis.data import ImageData, ImageShape, Split
from visavis.design.arm import Arm
from visavis.interfaces import Intervention, Model, Network, Plan, TrainingRows, Transform, require_network
from visavis.parts.augmentations import Unaugmented
from visavis.streams import Stream, root
from visavis.training import ToTrain, as_they_are
from visavis.training.examples import Examples
from visavis.training.plans import with_frozen_in_step
from visavis.training.snapshot import Snapshot

MOST_NAMED = 5
"""Classes that an error names."""


@dataclass(frozen=True)
class Assembly:
    """An arm and a seed before the first step.

    Attributes:
        arm, seed: which cell.
        data: the images as the arm sees them; of the training part those that it learns from, each once.
        training: which training images these are, under which labels, with the draws of the seed.
        places: int64 [n], where each of these stands in the training part of ``data``; None where in the same order.
        transform: what the arm does to images, with the draws of the seed.
        network: as it was built; the plan has taken it over.
        initial_weights: a digest of each of its tensors before it was tuned, by name, so that arms that tune one
            network in different ways are seen to begin with the same.
        tuning_plan: what of it is trained, as the tuning says.
        plan: the same as the loop runs it: with augmentation, what is frozen runs in every step.
        streams: the batch order and the noise are drawn from it.
    """

    arm: Arm
    seed: int
    data: ImageData
    training: TrainingRows
    places: np.ndarray | None
    transform: Transform
    network: Network
    initial_weights: Mapping[str, str]
    tuning_plan: Plan
    plan: Plan
    streams: Stream


def assemble(arm: Arm, seed: int, data: ImageData, *purpose: str) -> Assembly:
    """Puts a cell together.

    Args:
        arm, seed: which.
        data: the images before any arm's intervention.
        purpose: names streams of the seed of their own; by default a cell draws from those that all arms share.

    Raises:
        InvalidStudy, WeightsError: a part can't take what it is given.
    """
    streams = streams_of(arm, seed).child(*purpose)
    training = draw_training(arm, data, streams)
    train, places = _distinct(data.train, training.rows)
    transform = draw_input(arm.input, data.shape, streams)
    as_seen = replace(data, train=_as_seen(train, transform), test=_as_seen(data.test, transform))
    network = build_network(arm.model, as_seen.shape, len(data.classes), streams)
    initial_weights = weights_fingerprint(network)
    plan = arm.tuning.plan(network, streams.child("tuning"))
    run_plan = plan if isinstance(arm.augmentation, Unaugmented) else with_frozen_in_step(plan)
    return Assembly(arm, seed, as_seen, training, places, transform, network, initial_weights, plan, run_plan, streams)


def streams_of(arm: Arm, seed: int) -> Stream:
    """What a cell draws from; arms share it, but for an A/A arm."""
    return root(seed, again=arm.again)


def draw_training(arm: Arm, data: ImageData, streams: Stream) -> TrainingRows:
    """Which training images an arm learns from, with the draws of a seed's streams.

    Raises:
        InvalidStudy: they are no rows of the training part, or leave a class empty.
    """
    labels = data.train.labels.view()
    labels.flags.writeable = False  # all arms share them
    drawn = arm.training.draw(labels, data.classes, streams.child("training"))
    path = f"arms.{arm.name}.training"
    require(isinstance(drawn, TrainingRows), path, type(drawn).__name__, "draw() to give visavis.TrainingRows")
    rows, labels = np.asarray(drawn.rows), np.asarray(drawn.labels)
    last_row, last_label = len(data.train) - 1, len(data.classes) - 1
    are_rows = _are_indices(rows, last_row)
    require(are_rows, f"{path}.rows", _text_of(rows), f"whole numbers in one row, from 0 to {last_row:,}")
    are_labels = _are_indices(labels, last_label) and labels.shape == rows.shape
    require(are_labels, f"{path}.labels", _text_of(labels), f"as many labels as rows, from 0 to {last_label:,}")
    before, after = (np.bincount(part, minlength=len(data.classes)) for part in (data.train.labels, labels))
    lost_classes = np.flatnonzero((before > 0) & (after == 0))
    names = ", ".join(data.classes[label] for label in lost_classes[:MOST_NAMED])
    require(not len(lost_classes), path, f"no image of {names}", "an image of every class")
    return TrainingRows(rows.astype(np.int64), labels.astype(np.int64))


def _are_indices(array: np.ndarray, last: int) -> bool:
    is_row = array.ndim == 1 and array.dtype.kind in "iu" and len(array) > 0
    return is_row and int(array.min()) >= 0 and int(array.max()) <= last


def _text_of(array: np.ndarray) -> str:
    """Such as ``int64 [60] from 1 to 60``."""
    bounds = f" from {array.min()} to {array.max()}" if array.dtype.kind in "iuf" and array.size else ""
    return f"{array.dtype} {list(array.shape)}{bounds}"


def images_gone_through(arm: Arm, seed: int, data: ImageData) -> int:
    """Training images that a cell goes through, all epochs together."""
    return arm.epochs * len(draw_training(arm, data, streams_of(arm, seed)).rows)


def draw_input(intervention: Intervention, shape: ImageShape, streams: Stream) -> Transform:
    """What an intervention does to images of a shape, with the draws of a seed's streams."""
    return intervention.draw(shape, streams.child("input"))


def build_network(model: Model, shape: ImageShape, classes: int, streams: Stream) -> Network:
    """The network, what isn't pre-trained drawn from a seed's streams.

    Raises:
        InvalidStudy: the model builds something else.
    """
    return require_network(model, model.build(shape, classes, streams.child("init")))


def _distinct(split: Split, rows: np.ndarray) -> tuple[Split, np.ndarray | None]:
    """What stands in these rows of a part, each row once, and the place of each in it where they are fewer."""
    distinct_rows, places = np.unique(rows, return_inverse=True)
    return (split.take(rows), None) if len(distinct_rows) == len(rows) else (split.take(distinct_rows), places)


def _as_seen(split: Split, transform: Transform) -> Split:
    return replace(split, images=in_slices(transform.apply, split.images))


def to_train(
    assembly: Assembly,
    train: np.ndarray,
    test: np.ndarray,
    device: torch.device,
    start: Snapshot | None = None,
) -> ToTrain:
    """What the loop is told of a cell.

    Args:
        assembly: the cell.
        train, test: its images as the arm sees them; where its plan has a frozen part, what that makes of them.
        device: to train on.
        start: an earlier state to go on from.
    """
    data, plan = assembly.data, assembly.plan
    preprocess = assembly.arm.model.preprocess if plan.frozen is None else as_they_are
    return ToTrain(
        assembly.arm.recipe(),
        plan,
        preprocess,
        len(data.classes),
        Examples.on(device, train, assembly.training.labels, assembly.places),
        Examples.on(device, test, data.test.labels),
        assembly.streams,
        start,
    )
