"""Whether this machine gives the same bits twice: one short cell, trained two times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from visavis.execution.fingerprints import tensors_fingerprint
from visavis.execution.loading import load_data
from visavis.execution.settling import find_device, hold_to_float32, hold_to_same_bits
from visavis.execution.trial import plan_of
from visavis.interfaces import ImageData, ImageShape, Split
from visavis.streams import root
from visavis.study import Arm, Study
from visavis.training.examples import Examples
from visavis.training.features import Preprocess, as_they_are, in_batches
from visavis.training.groups import trained_parameters
from visavis.training.lanes import Lane
from visavis.training.loop import fit
from visavis.training.precision import Precision
from visavis.training.recording import recorder_of

BATCHES = 6
TESTED = 256


@dataclass(frozen=True)
class Verdict:
    """What two trainings of one short cell gave.

    Attributes:
        precision: of the arithmetic.
        device: that they were trained on.
        arm: the one that trains the most parameters.
        images: trained on, for one epoch.
        same: whether weights and logits are the same to the bit.
        difference: largest, of two logits of one image.
    """

    precision: str
    device: str
    arm: str
    images: int
    same: bool
    difference: float


def verify(
    study: Study, *, device: str | None = None, precision: Precision | None = None, deterministic: bool = False
) -> Iterator[Verdict]:
    """Trains one short cell of a study twice, in each precision, or the one that is given; nothing is written.

    Args:
        study, device, precision, deterministic: see ``run_study``.
    """
    chosen = find_device(device)
    hold_to_float32()
    if deterministic:
        hold_to_same_bits()
    data = load_data(study.data)
    few = replace(data, train=_some(data.train, BATCHES * study.recipe.batch_size), test=_some(data.test, TESTED))
    arm = max(study.all_arms, key=lambda one: _trained(one, study, few))
    for one in Precision if precision is None else (precision,):
        first, second = (_train(study, arm, few, chosen, one) for _ in range(2))
        difference = float(np.abs(first[0] - second[0]).max())
        same = first[1] == second[1] and np.array_equal(first[0], second[0])
        yield Verdict(one.name, chosen.type, arm.name, len(few.train), same, difference)


def _some(split: Split, count: int) -> Split:
    """Images from all over a part."""
    rows = np.linspace(0, len(split) - 1, min(count, len(split))).round().astype(np.int64)
    return split.take(rows)


def _trained(arm: Arm, study: Study, data: ImageData) -> int:
    shape = _seen(arm, data, study.seeds[0])[0].shape[1:]
    plan = plan_of(arm, ImageShape(*shape), len(data.classes), root(study.seeds[0]))[1]
    return trained_parameters(plan, study.recipe.epochs)


def _seen(arm: Arm, data: ImageData, seed: int) -> tuple[np.ndarray, np.ndarray]:
    transform = arm.input.draw(data.shape, root(seed).child("input"))
    return transform.apply(data.train.images), transform.apply(data.test.images)


def _train(
    study: Study, arm: Arm, data: ImageData, device: torch.device, precision: Precision
) -> tuple[np.ndarray, str]:
    """Logits, and a digest of the weights."""
    streams = root(study.seeds[0])
    images = _seen(arm, data, study.seeds[0])
    plan = plan_of(arm, ImageShape(*images[0].shape[1:]), len(data.classes), streams)[1]
    labels = data.train.labels, data.test.labels
    parts = [Examples.on(device, *part) for part in zip(images, labels, strict=True)]
    preprocess: Preprocess = arm.model.preprocess
    if plan.frozen is not None:
        frozen = plan.frozen.to(device).to(memory_format=torch.channels_last)
        parts = [replace(part, images=in_batches(frozen, preprocess, part.images, precision)) for part in parts]
        preprocess = as_they_are
    recipe = replace(study.recipe, epochs=1)
    lane = Lane(plan, preprocess, parts[0], parts[1], streams)
    (epoch,) = fit(lane, recipe, precision, recorder_of(device))
    return epoch.logits, tensors_fingerprint(plan.trained.state_dict())
