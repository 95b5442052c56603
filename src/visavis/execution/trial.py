"""Every arm tried on a few images before anything is written: what can't work is found now, not after hours."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch

from visavis.describe import Plain
from visavis.errors import InvalidStudy, VisavisError
from visavis.execution.failing import first_line, is_memory
from visavis.interfaces import ImageData, ImageShape, Network, Plan
from visavis.streams import Stream, root
from visavis.study import Arm, Study
from visavis.training.features import as_they_are, in_batches
from visavis.training.groups import optimizer_groups
from visavis.training.precision import Precision


def try_every_arm(study: Study, data: ImageData) -> dict[str, Plain]:
    """Makes each arm's images, network and plan once; returns the pre-trained weights of those that have some.

    Raises:
        InvalidStudy, WeightsError: an arm's part can't take what it is given.
    """
    streams = root(study.seeds[0])
    loaded: dict[str, Plain] = {}
    for arm in study.all_arms:
        seen = _try_input(arm, data, streams)
        network, plan = _try_plan(arm, ImageShape(*seen.shape[1:]), len(data.classes), streams)
        try:
            optimizer_groups(plan)
        except InvalidStudy as problem:
            raise InvalidStudy(f"the tuning of {arm.name!r} can't be used: {problem}") from problem
        _try_network(arm, plan, seen, len(data.classes))
        if network.loaded is not None:
            loaded[arm.name] = asdict(network.loaded)
    return loaded


def plan_of(arm: Arm, shape: ImageShape, classes: int, streams: Stream) -> tuple[Network, Plan]:
    """An arm's network and plan before the first step."""
    network = arm.model.build(shape, classes, streams.child("init"))
    return network, arm.tuning.plan(network, streams.child("tuning"))


def _try_plan(arm: Arm, shape: ImageShape, classes: int, streams: Stream) -> tuple[Network, Plan]:
    try:
        return plan_of(arm, shape, classes, streams)
    except VisavisError:
        raise
    except Exception as problem:  # a model or a strategy may be anybody's code
        raise _refused(f"the model or the tuning of {arm.name!r} raises", problem) from problem


def _refused(what: str, problem: Exception, expected: str | None = None) -> InvalidStudy:
    """The error for an arm that raises; where memory ran out, that is said and nothing else."""
    if is_memory(problem):
        return InvalidStudy(
            f"{what}: it needs more memory than there is",
            got=first_line(problem),
            do="free memory, or take a smaller model or smaller images",
        )
    return InvalidStudy(what, got=f"{type(problem).__name__}: {problem}", expected=expected)


def _try_network(arm: Arm, plan: Plan, seen: np.ndarray, classes: int) -> None:
    """A few images through frozen and trained part."""
    images = torch.from_numpy(np.require(seen, requirements=["C", "W"]))
    try:
        if plan.frozen is None:
            logits = in_batches(plan.trained, arm.model.preprocess, images, Precision.fp32)
        else:
            features = in_batches(plan.frozen, arm.model.preprocess, images, Precision.fp32)
            logits = in_batches(plan.trained, as_they_are, features, Precision.fp32)
    except Exception as problem:  # networks raise whatever comes to hand when images don't fit them
        expected = "images of a size that the architecture was made for"
        raise _refused(f"the network of {arm.name!r} can't take the images", problem, expected) from problem
    if logits.shape != (len(seen), classes):
        raise InvalidStudy(
            f"the network of {arm.name!r} gives no logits",
            got=f"numbers of shape {list(logits.shape)} for {len(seen)} images",
            expected=f"{[len(seen), classes]}",
        )


def _try_input(arm: Arm, data: ImageData, streams: Stream) -> np.ndarray:
    """A few test images as the arm sees them."""
    images = data.test.images[:2]
    try:
        seen = arm.input.draw(data.shape, streams.child("input")).apply(images)
    except Exception as problem:
        raise _refused(f"the input of {arm.name!r} raises", problem) from problem
    if not isinstance(seen, np.ndarray) or seen.dtype != np.uint8 or seen.ndim != 4 or len(seen) != len(images):
        got = f"{seen.dtype} {list(seen.shape)}" if isinstance(seen, np.ndarray) else type(seen).__name__
        raise InvalidStudy(
            f"the input of {arm.name!r} makes no images", got=got, expected=f"uint8 [{len(images)}, c, h, w]"
        )
    return seen
