"""A cell in memory, without a run folder: for notebooks, rehearsals, laws and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from visavis.cells.assemble import Assembly, assemble, to_train
from visavis.checks import excerpt, require, require_part, require_whole
from visavis.data import Dataset, ImageData, load_data
from visavis.design.arm import Arm
from visavis.results import Predictions
from visavis.training import Epoch, Precision, ToTrain, epochs, in_batches, recorder_of, settle_arithmetic, tensor_of

CPU = torch.device("cpu")


def fit(
    arm: Arm,
    data: ImageData | Dataset,
    seed: int = 0,
    *,
    device: str | torch.device = CPU,
    precision: Precision = Precision.fp32,
) -> Predictions:
    """Trains one cell and gives its predictions for the test images: those that a run would save, nothing is written.

    Args:
        arm: what is trained.
        data: a data set, or its images.
        seed: the initialisation, batch order and draws.
        device: where.
        precision: of the arithmetic.

    Raises:
        InvalidStudy: what is no arm, no data set, or no seed: a whole number, 0 or more.
        VisavisError: a part doesn't fit the others, or the cell can't be trained to its end.
    """
    require(isinstance(arm, Arm), "arm", excerpt(arm), "a visavis.Arm")
    require_whole(seed, "seed", 0)
    if not isinstance(data, ImageData):
        require_part(data, "data", "load", "visavis.datasets.open('glyphs')")
    settle_arithmetic()  # as a run does: on a GPU, predictions in float32 are float32's
    images = data if isinstance(data, ImageData) else load_data(data)
    *_, last = train(assemble(arm, int(seed), images), torch.device(device), precision)
    return Predictions(images.test.ids, images.test.labels, last.logits)


def train(assembly: Assembly, device: torch.device = CPU, precision: Precision = Precision.fp32) -> Iterator[Epoch]:
    """Trains a cell, whose network is changed in place; yields what each epoch leaves.

    Raises:
        NotFinite: a loss or a logit isn't.
    """
    return epochs(in_memory(assembly, device, precision), precision, recorder_of(device))


def in_memory(assembly: Assembly, device: torch.device = CPU, precision: Precision = Precision.fp32) -> ToTrain:
    """What the loop is told of a cell; what a frozen part makes of the images is computed now.

    The features of test images are computed in float32, as all predictions are; those of images that are cut from the
    training part as the others of that part.
    """
    data, parts = assembly.data, assembly.parts
    train = features_in_memory(assembly, data.train.images, device, precision)
    as_cut = [precision if cut is not None else Precision.fp32 for cut in (parts.held_out, parts.validation)]
    test = features_in_memory(assembly, data.test.images, device, as_cut[0])
    part = data.validation
    validation = None if part is None else features_in_memory(assembly, part.images, device, as_cut[1])
    return to_train(assembly, train, test, device, validation=validation)


def features_in_memory(
    assembly: Assembly, images: np.ndarray, device: torch.device, precision: Precision
) -> np.ndarray:
    """What a cell's frozen part makes of images; the images themselves where there is none."""
    frozen = assembly.plan.frozen
    if frozen is None:
        return images
    frozen = frozen.to(device).to(memory_format=torch.channels_last)
    return in_batches(frozen, assembly.arm.model.preprocess, tensor_of(images), precision, device).cpu().numpy()
