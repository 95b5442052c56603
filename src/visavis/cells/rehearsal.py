"""An arm on a few images, all the way through, before anything is written: what can't work is found now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from visavis.cells.assemble import Assembly, assemble
from visavis.cells.fingerprints import plan_fingerprint, tensors_fingerprint
from visavis.cells.in_memory import train
from visavis.cells.requirements import (
    logits_of,
    refusal,
    require_augmented,
    require_averaging,
    require_images,
    require_loss,
    require_optimizer,
    require_rows,
    require_schedule,
    require_step,
)
from visavis.data import ImageData
from visavis.design.arm import Arm
from visavis.interfaces import Criterion, Loaded, Plan, TrainingRows
from visavis.parts import usual
from visavis.training import Epoch, Precision, Probe, enter_epoch, one_pass, probe, recorder_of, tensor_of

FEW = 2
"""Images that show whether an arm's parts fit."""
BATCHES, TEST_IMAGES = 6, 256
"""Batches of training images, and test images, that show whether the same bits come twice."""


@dataclass(frozen=True)
class Rehearsal:
    """What a few images have shown of an arm.

    Attributes:
        loaded: the pre-trained weights of its network, if any.
        has_frozen: whether a frozen part goes before what is trained.
        has_frozen_in_step: whether that runs in every step, since its images are augmented.
    """

    loaded: Loaded | None
    has_frozen: bool
    has_frozen_in_step: bool


def rehearse(arm: Arm, seed: int, data: ImageData) -> Rehearsal:
    """Chooses an arm's training images, and sends a few images through all of its parts, one step of training included.

    Args:
        arm, seed: which cell.
        data: the images before any arm's intervention.

    Raises:
        InvalidStudy, WeightsError: a part can't take what it is given.
    """
    rows = require_rows(arm, seed, data)
    require_schedule(arm, len(rows.rows))
    require_averaging(arm, len(rows.rows))
    arm, few = _on_few(arm, data, rows, FEW, FEW)
    require_images(arm, seed, few)
    with refusal(f"the model or the tuning of {arm.name!r} raises"):
        assembly = assemble(arm, seed, few)
    require_augmented(assembly)
    require_optimizer(assembly)
    require_loss(assembly, logits_of(assembly))
    require_step(assembly)
    goes_before, is_frozen = assembly.plan.frozen is not None, assembly.tuning_plan.frozen is not None
    return Rehearsal(assembly.network.loaded, goes_before, is_frozen and not goes_before)


def rehearse_speed(arm: Arm, seed: int, data: ImageData, device: torch.device) -> Probe:
    """What bf16 gains and loses against float32 on one batch from all over the training part."""
    return probe(*_on_a_batch(arm, seed, data, device), recorder_of(device))


def rehearse_pass(arm: Arm, seed: int, data: ImageData, precision: Precision) -> Callable[[], object]:
    """One batch forward and backward on the CPU, to be timed."""
    plan, images, labels, criterion = _on_a_batch(arm, seed, data, torch.device("cpu"))
    return partial(one_pass, plan.frozen, plan.trained, images, labels, criterion, precision)


def _on_a_batch(
    arm: Arm, seed: int, data: ImageData, device: torch.device
) -> tuple[Plan, torch.Tensor, torch.Tensor, Criterion]:
    """An arm's plan, and preprocessed images with their labels from all over the training part."""
    arm, some = _on_few(arm, data, require_rows(arm, seed, data), arm.batch_size, FEW)
    assembly = assemble(arm, seed, some)
    plan, batch = assembly.plan, assembly.data.train
    for module in (plan.trained, plan.frozen):
        if module is not None:
            module.to(device).to(memory_format=torch.channels_last)
    enter_epoch(plan, arm.epochs)
    images = arm.model.preprocess(tensor_of(batch.images).to(device)).contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(batch.labels).to(device)
    return plan, images, labels, arm.loss.criterion(torch.bincount(labels, minlength=len(data.classes)))


@dataclass(frozen=True)
class Bits:
    """What one short cell, made and trained twice, has given.

    Attributes:
        arm: its name.
        precision: of the arithmetic.
        device: that it was trained on.
        images: trained on, for one epoch.
        other_draws: which of the arm's draws, made twice, weren't the same.
        same: whether draws, weights and logits are the same to the bit.
        difference: largest, of two logits of one image.
    """

    arm: str
    precision: str
    device: str
    images: int
    other_draws: tuple[str, ...]
    same: bool
    difference: float


def rehearse_bits(arm: Arm, seed: int, data: ImageData, device: torch.device, precision: Precision) -> Bits:
    """Makes and trains one short cell twice, for one epoch on a few batches."""
    rows, again = (require_rows(arm, seed, data) for _ in range(2))
    short, few = _on_few(arm, data, rows, BATCHES * arm.batch_size, TEST_IMAGES)
    first, second = (assemble(short, seed, few) for _ in range(2))
    other_draws = tuple(_other_draws(first, second, same_rows=_are_equal(rows, again)))
    epochs, weights = zip(*(_trained(cell, device, precision) for cell in (first, second)), strict=True)
    difference = float(np.abs(epochs[0].logits - epochs[1].logits).max())
    same = not other_draws and weights[0] == weights[1] and np.array_equal(epochs[0].logits, epochs[1].logits)
    return Bits(arm.name, precision.name, device.type, len(few.train), other_draws, same, difference)


def _are_equal(first: TrainingRows, second: TrainingRows) -> bool:
    return np.array_equal(first.rows, second.rows) and np.array_equal(first.labels, second.labels)


def _other_draws(first: Assembly, second: Assembly, *, same_rows: bool) -> list[str]:
    """The factors that have drawn something else the second time."""
    parts = [(cell.data.train.images, cell.data.test.images) for cell in (first, second)]
    same = {
        "training": same_rows,
        "input": all(map(np.array_equal, *parts)),
        "augmentation": all(map(torch.equal, *(_augmented(cell, first.data.train.images) for cell in (first, second)))),
        "model": first.initial_weights == second.initial_weights,
        "tuning": plan_fingerprint(first.plan) == plan_fingerprint(second.plan),
    }
    if not same["model"]:
        del same["tuning"]  # which begins with what the model has drawn
    return [factor for factor, is_same in same.items() if not is_same]


def _augmented(assembly: Assembly, images: np.ndarray) -> Iterator[torch.Tensor]:
    """What the first epoch makes of training images, batch by batch, with the noise that it begins with."""
    draws = assembly.arm.augmentation.draw(len(images), assembly.streams.child("augmentation", 1))
    with assembly.streams.child("noise", 1).as_global():
        batches = [
            draws.apply(tensor_of(images[rows]), torch.from_numpy(rows))
            for rows in np.array_split(np.arange(len(images)), BATCHES)
        ]
    yield from batches


def _trained(assembly: Assembly, device: torch.device, precision: Precision) -> tuple[Epoch, str]:
    """The first epoch, and a digest of the weights after it."""
    first = next(train(assembly, device, precision))
    return first, tensors_fingerprint(assembly.plan.trained.state_dict())


def _on_few(arm: Arm, data: ImageData, rows: TrainingRows, train: int, test: int) -> tuple[Arm, ImageData]:
    """The arm on so many of the training images that it has chosen, and so many test images, from all over them."""
    some = _spread(len(rows.rows), train)
    few = replace(data.train.take(rows.rows[some]), labels=rows.labels[some])
    few_data = replace(data, train=few, test=data.test.take(_spread(len(data.test), test)))
    return replace(arm, training=usual.TRAINING, selection=usual.SELECTION, held_out=None), few_data


def _spread(count: int, most: int) -> np.ndarray:
    """Indices from all over so many, at most ``most``."""
    return np.linspace(0, count - 1, min(most, count)).round().astype(np.int64)
