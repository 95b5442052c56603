"""An arm on a few images, all the way through, before anything is written: what can't work is found now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from visavis.cells.assemble import Assembly, assemble, draw_input, streams_of
from visavis.cells.fingerprints import plan_fingerprint, tensors_fingerprint
from visavis.cells.in_memory import train
from visavis.data import ImageData, Split
from visavis.design.arm import Arm
from visavis.errors import InvalidStudy, VisavisError, first_line, is_out_of_memory
from visavis.interfaces import Loaded
from visavis.recipe import Recipe
from visavis.training import (
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
    """Sends a few test images through all of an arm's parts.

    Args:
        arm, seed: which cell.
        data: the images before any arm's intervention.

    Raises:
        InvalidStudy, WeightsError: a part can't take what it is given.
    """
    few = _some(data, FEW, FEW)
    _require_images(arm, seed, few)
    assembly = _assemble(arm, seed, few)
    try:
        optimizer_groups(assembly.plan)
    except InvalidStudy as problem:
        raise InvalidStudy(f"the tuning of {arm.name!r} can't be used: {problem}") from problem
    _require_logits(assembly)
    return Rehearsal(assembly.network.loaded, assembly.plan.frozen is not None)


def rehearse_speed(arm: Arm, seed: int, data: ImageData, recipe: Recipe, device: torch.device) -> Probe:
    """What bf16 gains and loses against float32 on one batch from all over the training part."""
    assembly = assemble(arm, seed, _some(data, recipe.batch_size, FEW))
    plan, batch = assembly.plan, assembly.data.train
    for module in (plan.trained, plan.frozen):
        if module is not None:
            module.to(device).to(memory_format=torch.channels_last)
    enter_epoch(plan, recipe.epochs)
    images = arm.model.preprocess(tensor_of(batch.images).to(device)).contiguous(memory_format=torch.channels_last)
    return probe(plan, images, torch.from_numpy(batch.labels).to(device), recipe.loss)


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


def rehearse_bits(
    arm: Arm, seed: int, data: ImageData, recipe: Recipe, device: torch.device, precision: Precision
) -> Bits:
    """Makes and trains one short cell twice, for one epoch on a few batches."""
    few = _some(data, BATCHES * recipe.batch_size, TEST_IMAGES)
    first, second = (assemble(arm, seed, few) for _ in range(2))
    other_draws = tuple(_other_draws(first, second))
    one_epoch = replace(recipe, epochs=1)
    logits, weights = zip(*(_trained(cell, one_epoch, device, precision) for cell in (first, second)), strict=True)
    difference = float(np.abs(logits[0] - logits[1]).max())
    same = not other_draws and weights[0] == weights[1] and np.array_equal(*logits)
    return Bits(arm.name, precision.name, device.type, len(few.train), other_draws, same, difference)


def _other_draws(first: Assembly, second: Assembly) -> list[str]:
    """The factors that have drawn something else the second time."""
    parts = [(cell.data.train.images, cell.data.test.images) for cell in (first, second)]
    same = {
        "input": all(map(np.array_equal, *parts)),
        "model": first.initial_weights == second.initial_weights,
        "tuning": plan_fingerprint(first.plan) == plan_fingerprint(second.plan),
    }
    if not same["model"]:
        del same["tuning"]  # which begins with what the model has drawn
    return [factor for factor, is_same in same.items() if not is_same]


def _trained(assembly: Assembly, recipe: Recipe, device: torch.device, precision: Precision) -> tuple[np.ndarray, str]:
    """Logits, and a digest of the weights, after the last epoch."""
    *_, last = train(assembly, recipe, device, precision)
    return last.logits, tensors_fingerprint(assembly.plan.trained.state_dict())


def _some(data: ImageData, train: int, test: int) -> ImageData:
    """So many images of each part, from all over it."""
    return replace(data, train=_rows(data.train, train), test=_rows(data.test, test))


def _rows(split: Split, count: int) -> Split:
    return split.take(np.linspace(0, len(split) - 1, min(count, len(split))).round().astype(np.int64))


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


def _require_logits(assembly: Assembly) -> None:
    """Sends the test images through frozen and trained part."""
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
