"""An arm and a seed put together, before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from visavis.arrays import in_slices
from visavis.cells.draws import Parts, build_network, draw_input, draw_parts, streams_of
from visavis.cells.fingerprints import weights_fingerprint
from visavis.data import ImageData, Split
from visavis.design.arm import Arm
from visavis.interfaces import Network, Plan, TrainingRows, Transform
from visavis.parts.augmentations import Unaugmented
from visavis.streams import Stream
from visavis.training import Examples, Snapshot, ToTrain, as_they_are, with_frozen_in_step


@dataclass(frozen=True)
class Assembly:
    """An arm and a seed before the first step.

    Attributes:
        arm, seed: which cell.
        data: the images as the arm sees them; of the training part those that it learns from, each once.
        parts: which of the training images it learns from, and which it is tested on or chooses by.
        rows: int64 [n], which training images those of ``data`` are.
        positions: int64 [n], where each image that is learnt from stands among them; None where in the same order.
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
    parts: Parts
    rows: np.ndarray
    positions: np.ndarray | None
    transform: Transform
    network: Network
    initial_weights: Mapping[str, str]
    tuning_plan: Plan
    plan: Plan
    streams: Stream

    @property
    def training(self) -> TrainingRows:
        """Which training images it learns from, under which labels, with the draws of the seed."""
        return self.parts.training


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
    parts = draw_parts(arm, data, streams)
    rows, positions = _distinct(parts.training.rows)
    transform = draw_input(arm.input, data.shape, streams)
    test = data.test if arm.held_out is None else _part(data, parts.held_out)
    validation = _part(data, parts.validation) if arm.selection.parts() else None
    as_seen = replace(
        data,
        train=_as_seen(data.train.take(rows), transform),
        test=_as_seen(test, transform),
        validation=None if validation is None else _as_seen(validation, transform),
    )
    network = build_network(arm.model, as_seen.shape, len(data.classes), streams)
    initial_weights = weights_fingerprint(network)
    plan = arm.tuning.plan(network, streams.child("tuning"))
    run_plan = plan if isinstance(arm.augmentation, Unaugmented) else with_frozen_in_step(plan)
    return Assembly(
        arm,
        seed,
        as_seen,
        parts,
        rows,
        positions,
        transform,
        network,
        initial_weights,
        plan,
        run_plan,
        streams,
    )


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Each row once, and the place of each among these where they are fewer."""
    distinct_rows, positions = np.unique(rows, return_inverse=True)
    return (rows, None) if len(distinct_rows) == len(rows) else (distinct_rows, positions)


def _part(data: ImageData, cut: TrainingRows | None) -> Split:
    """Images that are cut from the training part, or the data set's own validation part."""
    if cut is not None:
        return replace(data.train.take(cut.rows), labels=cut.labels)
    assert data.validation is not None
    return data.validation


def _as_seen(split: Split, transform: Transform) -> Split:
    return replace(split, images=in_slices(transform.apply, split.images))


def to_train(
    assembly: Assembly,
    train: np.ndarray,
    test: np.ndarray,
    device: torch.device,
    start: Snapshot | None = None,
    validation: np.ndarray | None = None,
) -> ToTrain:
    """What the loop is told of a cell.

    Args:
        assembly: the cell.
        train, test: its images as the arm sees them; where its plan has a frozen part, what that makes of them.
        device: to train on.
        start: an earlier state to go on from.
        validation: as ``test``; None where the last epoch counts.
    """
    data, plan = assembly.data, assembly.plan
    preprocess = assembly.arm.model.preprocess if plan.frozen is None else as_they_are
    return ToTrain(
        assembly.arm.recipe(),
        plan,
        preprocess,
        len(data.classes),
        Examples.on(device, train, assembly.training.labels, assembly.positions),
        Examples.on(device, test, data.test.labels),
        assembly.streams,
        start,
        _validation(assembly, device, validation),
    )


def _validation(assembly: Assembly, device: torch.device, images: np.ndarray | None) -> Examples | None:
    part = assembly.data.validation
    return None if images is None or part is None else Examples.on(device, images, part.labels)
