"""Further test images of a study, and what trained networks say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from visavis.arrays import in_slices
from visavis.data import Split
from visavis.errors import NotFinite
from visavis.interfaces import Model, Network, Transform
from visavis.results import Predictions
from visavis.store import OtherImagesDocument
from visavis.training import Precision, in_batches, tensor_of


@dataclass(frozen=True)
class OtherImages:
    """Further test images of a study.

    Attributes:
        split: the images before any arm's intervention; labels index the study's classes.
        document: what is written of them.
    """

    split: Split
    document: OtherImagesDocument


def predict_elsewhere(
    network: Network, model: Model, transform: Transform, split: Split, device: torch.device
) -> Predictions:
    """What a trained network says of images as its arm sees them, in float32; the same when it is asked later.

    Args:
        network: trained, what a tuning added to it merged; it is moved to the device.
        model: owns the preprocessing.
        transform: what the arm does to images.
        split: before that.
        device: to work on.

    Raises:
        NotFinite: a logit isn't.
    """
    pixels = tensor_of(in_slices(transform.apply, split.images))
    module = torch.nn.Sequential(network.backbone, network.head).to(device).to(memory_format=torch.channels_last)
    logits = in_batches(module, model.preprocess, pixels, Precision.fp32, device).cpu().numpy()
    if not np.isfinite(logits).all():
        raise NotFinite("a logit for further test images isn't finite", do="leave these images out of Study.tests")
    return Predictions(split.ids, split.labels, logits)
