"""What each part of an arm must give, tried on a few images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import torch

from visavis.cells.assemble import Assembly, to_train
from visavis.cells.draws import cut, draw_input, draw_training, streams_of
from visavis.cells.in_memory import CPU, features_in_memory
from visavis.checks import require, require_not_negative, require_share
from visavis.data import ImageData
from visavis.design.arm import Arm
from visavis.errors import InvalidStudy, NotFinite, VisavisError, first_line, is_out_of_memory
from visavis.interfaces import EpochDraws, TrainingRows
from visavis.training import (
    Precision,
    Preprocess,
    TrainState,
    as_they_are,
    in_batches,
    optimizer_groups,
    step_count,
    tensor_of,
)

MOST_SHARES = 1_000
"""Steps at which a schedule is asked."""


@contextmanager
def refusal(text: str, expected: str | None = None) -> Iterator[None]:
    """What the block raises, be it anybody's code, as an error in one line; where memory ran out, that is said and
    nothing else.

    Args:
        text: who raises.
        expected: what it was to be given.

    Raises:
        InvalidStudy: the block raises what isn't visavis's own.
    """
    try:
        yield
    except VisavisError:
        raise
    except Exception as problem:
        if is_out_of_memory(problem):
            raise InvalidStudy(
                f"{text}: it needs more memory than there is",
                got=first_line(problem),
                do="free memory, or take a smaller model or smaller images",
            ) from problem
        raise InvalidStudy(text, got=f"{type(problem).__name__}: {problem}", expected=expected) from problem


def require_rows(arm: Arm, seed: int, data: ImageData) -> TrainingRows:
    """Which training images an arm learns from."""
    streams = streams_of(arm, seed)
    with refusal(f"the training set of {arm.name!r} raises"):
        training = draw_training(arm, data, streams)
    with refusal(f"the selection of {arm.name!r} raises"):
        return cut(arm, data, training, streams).training


def require_schedule(arm: Arm, count: int) -> None:
    """Asks for the shares of steps from all over the training.

    Args:
        arm: has the schedule.
        count: training images of an epoch.
    """
    epochs = arm.recipe().epochs
    total = epochs * step_count(count, arm.batch_size)
    for step in range(0, total, -(-total // MOST_SHARES)):
        with refusal(f"the schedule of {arm.name!r} raises"):
            share = arm.schedule.share(step / total, epochs)
        require_not_negative(share, f"arms.{arm.name}.schedule.share({step / total:g})", "a number, 0 or more")


def require_averaging(arm: Arm, count: int) -> None:
    """Asks for the shares that the newest weights have after steps from all over the training.

    Args:
        arm: has the averaging.
        count: training images of an epoch.
    """
    epochs, steps = arm.recipe().epochs, step_count(count, arm.batch_size)
    for step in range(1, epochs * steps + 1, -(-epochs * steps // MOST_SHARES)):
        with refusal(f"the averaging of {arm.name!r} raises"):
            share = arm.averaging.share(step, steps, epochs)
        require_share(share, f"arms.{arm.name}.averaging.share({step}, {steps}, {epochs})")


def require_images(arm: Arm, seed: int, data: ImageData) -> None:
    """Tries the arm's input on the test images."""
    images, name = data.test.images, f"the input of {arm.name!r}"
    with refusal(f"{name} raises"):
        apply = draw_input(arm.input, data.shape, streams_of(arm, seed)).apply
        result = apply(images)
    if not isinstance(result, np.ndarray) or result.dtype != np.uint8 or result.ndim != 4 or len(result) != len(images):
        raise InvalidStudy(f"{name} makes no images", got=_kind(result), expected=f"uint8 [{len(images)}, c, h, w]")
    with refusal(f"{name} raises for one image"):
        alone = np.concatenate([apply(images[row : row + 1]) for row in range(len(images))])
        again = apply(images)
    _require_one_by_one(name, result, alone, again)


def require_augmented(assembly: Assembly) -> None:
    """Tries the arm's augmentation on the training images, whose type and shape it keeps."""
    arm, images = assembly.arm, tensor_of(assembly.data.train.images)
    name, rows = f"the augmentation of {arm.name!r}", torch.arange(len(images))
    with refusal(f"{name} raises"), assembly.streams.child("noise", 1).as_global():
        draws = arm.augmentation.draw(len(rows), assembly.streams.child("augmentation", 1))
        require(isinstance(draws, EpochDraws), f"{name}: draw()", type(draws).__name__, "visavis.EpochDraws")
        _require_arrays(name, draws, len(rows))
        result = draws.apply(images.clone(), rows)
    if not isinstance(result, torch.Tensor) or result.dtype != torch.uint8 or result.shape != images.shape:
        raise InvalidStudy(f"{name} makes no images", got=_kind(result), expected=f"torch.uint8 {list(images.shape)}")
    with refusal(f"{name} raises for one image"), assembly.streams.child("noise", 1).as_global():
        alone = torch.cat([draws.apply(images[row : row + 1].clone(), rows[row : row + 1]) for row in rows.tolist()])
        again = draws.apply(images.clone(), rows)
    _require_one_by_one(name, *(batch.numpy() for batch in (result, alone, again)))
    if draws.mix is not None:
        with refusal(f"{name} raises when it mixes"):
            blend, share = draws.mix(result, result.flip(0), rows)
        is_mixed = blend.dtype == torch.uint8 and blend.shape == images.shape and share.shape == rows.shape
        expected = f"torch.uint8 {list(images.shape)}, and torch.float32 [{len(rows)}]"
        require(is_mixed, f"{name}: mix()", f"{_kind(blend)} and {_kind(share)}", expected)
        _require_soft_labels(assembly)


def _require_soft_labels(assembly: Assembly) -> None:
    """Tries the arm's loss on shares of classes, which is what labels are when images are mixed."""
    name, counts = assembly.arm.name, torch.ones(len(assembly.data.classes), dtype=torch.int64)
    logits, shares = torch.zeros(2, len(counts)), torch.full((2, len(counts)), 1 / len(counts))
    try:
        loss = assembly.arm.loss.criterion(counts)(logits, shares)
        got = "" if loss.ndim == 0 and bool(loss.isfinite()) else f"a loss of {_kind(loss)}"
    except Exception as problem:  # a loss of one's own raises whatever comes to hand
        got = f"{type(problem).__name__}: {first_line(problem)}"
    if got:
        raise InvalidStudy(
            f"the loss of {name!r} can't take the labels that its augmentation mixes",
            got=got,
            expected="one number for labels that are shares of the classes, float32 [n, classes]",
            do="use visavis.CrossEntropy(), or an augmentation that doesn't mix images",
        )


def _require_arrays(name: str, draws: EpochDraws, count: int) -> None:
    """What was drawn has a digest, which tells whether two arms have drawn alike."""
    for key, array in draws.arrays.items():
        is_drawn = isinstance(array, np.ndarray) and array.shape[:1] == (count,)
        expected = f"a NumPy array with an entry for each of {count} images"
        require(is_drawn, f"{name}: EpochDraws.arrays[{key!r}]", _kind(array), expected)


def _require_one_by_one(name: str, result: np.ndarray, alone: np.ndarray, again: np.ndarray) -> None:
    """What becomes of an image rests on that image only; what differs from time to time is named by ``--verify``."""
    if not np.array_equal(alone, result) and np.array_equal(again, result):
        raise InvalidStudy(
            f"{name} makes something else of an image when other images are with it",
            expected="what becomes of an image to rest on that image only",
            do="mend its apply(): images[..., ::-1] mirrors each image, images[::-1] turns round their order",
        )


def _kind(result: object) -> str:
    """What was given in the place of images or numbers."""
    if isinstance(result, np.ndarray | torch.Tensor):
        return f"{result.dtype} {list(result.shape)}"
    return type(result).__name__


def require_optimizer(assembly: Assembly) -> None:
    """Has the arm's optimizer built over what the tuning trains."""
    name, optimizer = assembly.arm.name, assembly.arm.optimizer
    try:
        groups = optimizer_groups(assembly.plan, optimizer.lr)
    except InvalidStudy as problem:
        raise InvalidStudy(f"the tuning of {name!r} can't be used: {problem}") from problem
    with refusal(f"the optimizer of {name!r} raises"):
        built = optimizer.build(groups)
    expected = "build() to give a torch.optim.Optimizer"
    require(isinstance(built, torch.optim.Optimizer), f"arms.{name}.optimizer", type(built).__name__, expected)


def require_loss(assembly: Assembly, logits: torch.Tensor) -> None:
    """Tries the arm's loss on logits of the test images: a scalar through which gradients can flow."""
    name, labels = assembly.arm.name, torch.from_numpy(assembly.data.test.labels)
    counts = torch.bincount(torch.from_numpy(assembly.training.labels), minlength=len(assembly.data.classes))
    with refusal(f"the loss of {name!r} raises"):
        loss = assembly.arm.loss.criterion(counts)(logits.float().requires_grad_(), labels)
    if not isinstance(loss, torch.Tensor) or loss.ndim or not loss.requires_grad:
        got = f"numbers of shape {list(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise InvalidStudy(f"the loss of {name!r} gives no mean", got=got, expected="one number with a gradient")


def require_step(assembly: Assembly) -> None:
    """Takes a step of the last epoch, in which all is trained that ever is; the weights change. A loss that isn't
    finite is left to the cell: it is told as failed, and the others go on.
    """
    with (
        refusal(f"a step of training of {assembly.arm.name!r} raises"),
        suppress(NotFinite),
        assembly.streams.child("noise", 1).as_global(),
    ):
        images = features_in_memory(assembly, assembly.data.train.images, CPU, Precision.fp32)
        cell = to_train(assembly, images, images, CPU)  # tests nothing
        state = TrainState(cell, Precision.fp32)
        state.enter(cell.recipe.epochs)
        state.step(*state.prepare(slice(0, len(cell.train))))


def logits_of(assembly: Assembly) -> torch.Tensor:
    """Of the test images, which are sent through frozen and trained part.

    Raises:
        InvalidStudy: there are none of the expected shape.
    """
    name, model, plan = assembly.arm.name, assembly.arm.model, assembly.plan
    expected = [len(assembly.data.test), len(assembly.data.classes)]
    # Networks raise whatever comes to hand when images don't fit them.
    size = "images of a size that the architecture was made for"
    with refusal(f"the network of {name!r} can't take the images", size):
        preprocess: Preprocess = model.preprocess
        outputs = tensor_of(assembly.data.test.images)
        for module in (plan.frozen, plan.trained):
            if module is not None:
                outputs, preprocess = in_batches(module, preprocess, outputs, Precision.fp32), as_they_are
    if list(outputs.shape) != expected:
        raise InvalidStudy(
            f"the network of {name!r} gives no logits",
            got=f"numbers of shape {list(outputs.shape)} for {expected[0]} images",
            expected=f"{expected}",
        )
    return outputs
