"""What a frozen backbone makes of the images: kept in the run folder, for all seeds and the next run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from visavis.describe import array_digest, digest
from visavis.execution.conditions import Conditions
from visavis.execution.environment import short_environment
from visavis.execution.events import FeaturesDone
from visavis.execution.fingerprints import tensors_fingerprint
from visavis.execution.holding import held
from visavis.interfaces import Model
from visavis.large import GrowingArray
from visavis.training.features import BATCH, in_batches
from visavis.training.loop import SECONDS_BETWEEN_REPORTS
from visavis.training.precision import Precision

FEATURES_TOGETHER = 64 * BATCH
"""Images whose features are kept together: a run that is stopped goes on with the next part."""


def features_of(
    frozen: torch.nn.Module,
    model: Model,
    images: np.ndarray,
    precision: Precision,
    conditions: Conditions,
    cell: tuple[str, int],
) -> np.ndarray:
    """float32 [n, ...]: read where they are kept, else computed and kept, part by part; of several processes that want
    the same, one computes.

    Args:
        frozen: a plan's frozen part.
        model: owns the preprocessing.
        images: uint8 [n, c, h, w] as the arm sees them.
        precision: of the frozen part's arithmetic.
        conditions: of the run.
        cell: arm and seed that wait for them.
    """
    machine, folder = conditions.machine, conditions.folder
    weights = tensors_fingerprint(frozen.state_dict())
    basis = [weights, repr(frozen), array_digest(images), model, precision, machine.arithmetic]
    key = digest([*basis, short_environment(machine.device)])
    backbone = frozen.to(machine.device).to(memory_format=torch.channels_last)
    features = GrowingArray()
    with held(folder.features_claim(key), conditions.stopping):
        folder.start_features(key)
        for number, start in enumerate(range(0, len(images), FEATURES_TOGETHER)):
            part = folder.read_features(key, number)
            if part is None:
                told = _sparse(conditions, cell, start, len(images))
                given = torch.from_numpy(np.require(images[start : start + FEATURES_TOGETHER], requirements=["C", "W"]))
                part = in_batches(backbone, model.preprocess, given, precision, told, machine.device).cpu().numpy()
                folder.write_features(key, number, part)
            features.add(part)
    return features.array()


def _sparse(conditions: Conditions, cell: tuple[str, int], before: int, total: int) -> Callable[[int], None]:
    """Tells of features a few times a second, and ends the run when that is asked."""
    last = time.perf_counter()

    def told(done: int) -> None:
        nonlocal last
        conditions.stopping.end()
        if time.perf_counter() - last > SECONDS_BETWEEN_REPORTS:
            last = time.perf_counter()
            conditions.watch(FeaturesDone(*cell, before + done, total))

    return told
