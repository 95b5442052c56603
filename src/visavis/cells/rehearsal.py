"""An arm on a few images, all the way through, before anything is written: what can't work is found now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from visavis.cells.assemble import Assembly, assemble, draw_input, draw_training, streams_of
from visavis.cells.fingerprints import plan_fingerprint, tensors_fingerprint
from visavis.cells.in_memory import train
from visavis.data import ImageData, Split
from visavis.design.arm import Arm
from visavis.errors import InvalidStudy, VisavisError, first_line, is_out_of_memory
from visavis.interfaces import Loaded, TrainingRows
from visavis.parts.training_sets import Everything
from visavis.training import (
    Epoch,
    Precision,
    Preprocess,
    Probe,
    as_they_are,
    enter_epoch,
    in_batches,
    optimizer_groups,
    probe,
    tensor_of,
)

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
    """

    loaded: Loaded | None
    has_frozen: bool


def rehearse(arm: Arm, seed: int, data: ImageData) -> Rehearsal:
    """Chooses an arm's training images, and sends a few test images through all of its parts.

    Args:
        arm, seed: which cell.
        data: the images before any arm's intervention.

    Raises:
        InvalidStudy, WeightsError: a part can't take what it is given.
    """
    rows = _training_rows(arm, seed, data)
    arm, few = _on_few(arm, data, rows, FEW, FEW)
    _require_images(arm, seed, few)
    _require_augmented(arm, seed, few)
    assembly = _assemble(arm, seed, few)
    try:
        groups = optimizer_groups(assembly.plan, arm.optimizer.lr)
    except InvalidStudy as problem:
        raise InvalidStudy(f"the tuning of {arm.name!r} can't be used: {problem}") from problem
    _require_optimizer(arm, groups)
    _require_loss(assembly, _logits(assembly))
    return Rehearsal(assembly.network.loaded, assembly.plan.frozen is not None)


def rehearse_speed(arm: Arm, seed: int, data: ImageData, device: torch.device) -> Probe:
    """What bf16 gains and loses against float32 on one batch from all over the training part."""
    arm, some = _on_few(arm, data, _training_rows(arm, seed, data), arm.batch_size, FEW)
    assembly = assemble(arm, seed, some)
    plan, batch = assembly.plan, assembly.data.train
    for module in (plan.trained, plan.frozen):
        if module is not None:
            module.to(device).to(memory_format=torch.channels_last)
    enter_epoch(plan, arm.epochs)
    images = arm.model.preprocess(tensor_of(batch.images).to(device)).contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(batch.labels).to(device)
    criterion = arm.loss.criterion(torch.bincount(labels, minlength=len(data.classes)))
    return probe(plan, images, labels, criterion)


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
    rows, again = (_training_rows(arm, seed, data) for _ in range(2))
    short, few = _on_few(arm, data, rows, BATCHES * arm.batch_size, TEST_IMAGES)
    first, second = (assemble(short, seed, few) for _ in range(2))
    other_draws = tuple(_other_draws(first, second, same_rows=_are_equal(rows, again)))
    epochs, weights = zip(*(_trained(cell, device, precision) for cell in (first, second)), strict=True)
    difference = float(np.abs(epochs[0].logits - epochs[1].logits).max())
    if epochs[0].row.augmentation != epochs[1].row.augmentation:
        other_draws = (*other_draws, "augmentation")
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
        "model": first.initial_weights == second.initial_weights,
        "tuning": plan_fingerprint(first.plan) == plan_fingerprint(second.plan),
    }
    if not same["model"]:
        del same["tuning"]  # which begins with what the model has drawn
    return [factor for factor, is_same in same.items() if not is_same]


def _trained(assembly: Assembly, device: torch.device, precision: Precision) -> tuple[Epoch, str]:
    """The first epoch, and a digest of the weights after it."""
    first = next(train(assembly, device, precision))
    return first, tensors_fingerprint(assembly.plan.trained.state_dict())


def _training_rows(arm: Arm, seed: int, data: ImageData) -> TrainingRows:
    try:
        return draw_training(arm, data, streams_of(arm, seed))
    except VisavisError:
        raise
    except Exception as problem:
        raise _refusal(f"the training set of {arm.name!r} raises", problem) from problem


def _on_few(arm: Arm, data: ImageData, rows: TrainingRows, train: int, test: int) -> tuple[Arm, ImageData]:
    """The arm on so many of the training images that it has chosen, and so many test images, from all over them."""
    chosen = _spread(len(rows.rows), train)
    few = replace(data.train.take(rows.rows[chosen]), labels=rows.labels[chosen])
    return replace(arm, training=Everything()), replace(data, train=few, test=_rows(data.test, test))


def _spread(count: int, most: int) -> np.ndarray:
    """Indices from all over so many, at most ``most``."""
    return np.linspace(0, count - 1, min(most, count)).round().astype(np.int64)


def _rows(split: Split, count: int) -> Split:
    return split.take(_spread(len(split), count))


def _assemble(arm: Arm, seed: int, data: ImageData) -> Assembly:
    try:
        return assemble(arm, seed, data)
    except VisavisError:
        raise
    except Exception as problem:  # a model or a strategy may be anybody's code
        raise _refusal(f"the model or the tuning of {arm.name!r} raises", problem) from problem


def _refusal(text: str, problem: Exception, expected: str | None = None) -> InvalidStudy:
    """The error for an arm that raises; where memory ran out, that is said and nothing else."""
    if is_out_of_memory(problem):
        return InvalidStudy(
            f"{text}: it needs more memory than there is",
            got=first_line(problem),
            do="free memory, or take a smaller model or smaller images",
        )
    return InvalidStudy(text, got=f"{type(problem).__name__}: {problem}", expected=expected)


def _require_images(arm: Arm, seed: int, data: ImageData) -> None:
    """Tries the arm's input on the test images."""
    images = data.test.images
    try:
        apply = draw_input(arm.input, data.shape, streams_of(arm, seed)).apply
        result = apply(images)
    except Exception as problem:
        raise _refusal(f"the input of {arm.name!r} raises", problem) from problem
    if not isinstance(result, np.ndarray) or result.dtype != np.uint8 or result.ndim != 4 or len(result) != len(images):
        got = f"{result.dtype} {list(result.shape)}" if isinstance(result, np.ndarray) else type(result).__name__
        raise InvalidStudy(
            f"the input of {arm.name!r} makes no images", got=got, expected=f"uint8 [{len(images)}, c, h, w]"
        )
    _require_one_by_one(arm.name, apply, images, result)


def _require_one_by_one(
    name: str, apply: Callable[[np.ndarray], np.ndarray], images: np.ndarray, result: np.ndarray
) -> None:
    """What becomes of an image rests on that image only; what differs from time to time is named by ``--verify``."""
    try:
        alone = np.concatenate([apply(images[row : row + 1]) for row in range(len(images))])
        rests_on_others = not np.array_equal(alone, result) and np.array_equal(apply(images), result)
    except Exception as problem:
        raise _refusal(f"the input of {name!r} raises for one image", problem) from problem
    if rests_on_others:
        raise InvalidStudy(
            f"the input of {name!r} makes something else of an image when other images are with it",
            expected="what becomes of an image to rest on that image only",
            do="mend its apply(): images[..., ::-1] mirrors each image, images[::-1] turns round their order",
        )


def _require_augmented(arm: Arm, seed: int, data: ImageData) -> None:
    """Tries the arm's augmentation on the training images, which it leaves uint8 and in their number."""
    images, count = tensor_of(data.train.images), len(data.train)
    try:
        draws = arm.augmentation.draw(count, streams_of(arm, seed).child("augmentation", 1))
        result = draws.apply(images, torch.arange(count))
    except Exception as problem:
        raise _refusal(f"the augmentation of {arm.name!r} raises", problem) from problem
    is_batch = isinstance(result, torch.Tensor) and result.dtype == torch.uint8 and result.shape == images.shape
    if not is_batch:
        got = f"{result.dtype} {list(result.shape)}" if isinstance(result, torch.Tensor) else type(result).__name__
        raise InvalidStudy(
            f"the augmentation of {arm.name!r} makes no images", got=got, expected=f"torch.uint8 {list(images.shape)}"
        )


def _require_optimizer(arm: Arm, groups: list[dict[str, Any]]) -> None:
    try:
        arm.optimizer.build(groups)
    except Exception as problem:
        raise _refusal(f"the optimizer of {arm.name!r} raises", problem) from problem


def _require_loss(assembly: Assembly, logits: torch.Tensor) -> None:
    """Tries the arm's loss on logits of the test images: a scalar through which gradients can flow."""
    name, labels = assembly.arm.name, torch.from_numpy(assembly.data.test.labels)
    counts = torch.bincount(torch.from_numpy(assembly.data.train.labels), minlength=len(assembly.data.classes))
    try:
        loss = assembly.arm.loss.criterion(counts)(logits.float().requires_grad_(), labels)
        is_scalar = isinstance(loss, torch.Tensor) and loss.ndim == 0 and loss.requires_grad
    except Exception as problem:
        raise _refusal(f"the loss of {name!r} raises", problem) from problem
    if not is_scalar:
        got = f"numbers of shape {list(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise InvalidStudy(f"the loss of {name!r} gives no mean", got=got, expected="one number with a gradient")


def _logits(assembly: Assembly) -> torch.Tensor:
    """Of the test images, which are sent through frozen and trained part.

    Raises:
        InvalidStudy: there are none of the expected shape.
    """
    name, model, plan = assembly.arm.name, assembly.arm.model, assembly.plan
    expected = [len(assembly.data.test), len(assembly.data.classes)]
    try:
        preprocess: Preprocess = model.preprocess
        outputs = tensor_of(assembly.data.test.images)
        for module in (plan.frozen, plan.trained):
            if module is not None:
                outputs, preprocess = in_batches(module, preprocess, outputs, Precision.fp32), as_they_are
    except Exception as problem:  # networks raise whatever comes to hand when images don't fit them
        expected_size = "images of a size that the architecture was made for"
        raise _refusal(f"the network of {name!r} can't take the images", problem, expected_size) from problem
    if list(outputs.shape) != expected:
        raise InvalidStudy(
            f"the network of {name!r} gives no logits",
            got=f"numbers of shape {list(outputs.shape)} for {expected[0]} images",
            expected=f"{expected}",
        )
    return outputs
