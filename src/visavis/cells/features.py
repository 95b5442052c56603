"""What a frozen backbone makes of the images: kept in the run folder, for all seeds and the next run."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from functools import partial

import numpy as np
import torch

from visavis.arrays import GrowingArray
from visavis.cells.assemble import Assembly
from visavis.cells.conditions import Conditions
from visavis.cells.environment import short_environment
from visavis.cells.fingerprints import tensors_fingerprint
from visavis.describe import array_digest, digest
from visavis.events.cells import FeaturesDone
from visavis.store import wait_for
from visavis.training import BATCH, SECONDS_BETWEEN_PAUSES, Precision, tensor_of, through

FEATURES_TOGETHER = 64 * BATCH
"""Images whose features are kept together: a run that is stopped goes on with the next part."""


def part_features(
    assembly: Assembly, conditions: Conditions
) -> Generator[FeaturesDone, None, tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """float32 [n, ...], what a cell's frozen part makes of the images that it is trained on, tested on, and chooses
    between epochs by. What is cut from the training part goes through with the rest of it, in the order of the whole:
    so every cut that seeds and candidates make finds the same images, and they go through once.
    """
    data, precision = assembly.data, conditions.machine.precision
    cuts = ((assembly.parts.held_out, data.test), (assembly.parts.validation, data.validation))
    pieces = [(assembly.rows, data.train.images)]
    pieces += [(cut.rows, part.images) for cut, part in cuts if cut is not None and part is not None]
    order = np.argsort(np.concatenate([rows for rows, _ in pieces]), kind="stable")
    whole = np.concatenate([images for _, images in pieces])[order] if len(pieces) > 1 else data.train.images
    features = yield from features_of(whole, assembly, precision, conditions)
    if len(pieces) > 1:
        features = features[np.argsort(order)]
    found = iter(np.split(features, np.cumsum([len(rows) for rows, _ in pieces])[:-1]))
    train, tested = next(found), [None if cut is None else next(found) for cut, _ in cuts]
    for number, (cut, part) in enumerate(cuts):
        if cut is None and part is not None:
            # In float32, as all predictions are.
            tested[number] = yield from features_of(part.images, assembly, Precision.fp32, conditions)
    test, validation = tested
    assert test is not None
    return train, test, validation


def features_of(
    images: np.ndarray, assembly: Assembly, precision: Precision, conditions: Conditions
) -> Generator[FeaturesDone, None, np.ndarray]:
    """float32 [n, ...], what a cell's frozen part makes of images: read where they are kept, else computed and kept,
    part by part; of several processes that want the same, one computes. Yields how far it is, a few times a second.

    Args:
        images: uint8 [n, c, h, w] as the arm sees them.
        assembly: the cell that waits for them; its plan has a frozen part.
        precision: of the frozen part's arithmetic.
        conditions: of the run.
    """
    machine, folder, frozen = conditions.machine, conditions.folder, assembly.plan.frozen
    assert frozen is not None
    weights = tensors_fingerprint(frozen.state_dict())
    basis = [weights, repr(frozen), array_digest(images), assembly.arm.model, precision, machine.arithmetic]
    key = digest([*basis, short_environment(machine.device)])
    frozen = frozen.to(machine.device).to(memory_format=torch.channels_last)
    network = partial(through, frozen, assembly.arm.model.preprocess, precision=precision, device=machine.device)
    progress = partial(FeaturesDone, assembly.arm.name, assembly.seed, total=len(images))
    features = GrowingArray()
    with folder.features_claim(key) as claim:
        for _ in wait_for(claim):
            yield progress(images=0)
        folder.start_features(key)
        for number, start in enumerate(range(0, len(images), FEATURES_TOGETHER)):
            part = folder.read_features(key, number)
            if part is None:
                batch = tensor_of(images[start : start + FEATURES_TOGETHER])
                outputs: list[torch.Tensor] = []
                for count in _a_few_times_a_second(network(batch), outputs):
                    yield progress(images=start + count)
                part = torch.cat(outputs).cpu().numpy()
                folder.write_features(key, number, part)
            features.add(part)
    return features.array()


def _a_few_times_a_second(batches: Iterator[torch.Tensor], outputs: list[torch.Tensor]) -> Iterator[int]:
    """Puts all batches into ``outputs``; now and then yields how many rows are done."""
    last = time.perf_counter()
    for batch in batches:
        outputs.append(batch)
        if time.perf_counter() - last > SECONDS_BETWEEN_PAUSES:
            last = time.perf_counter()
            yield sum(map(len, outputs))
