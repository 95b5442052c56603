"""A trained network, ready to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from visavis.data import ImageShape
from visavis.datasets.reading.decode import Form, Unreadable, decode
from visavis.datasets.reading.files import LARGEST_MEMBER
from visavis.errors import DataError
from visavis.interfaces import Intervention, Model, Network, Transform
from visavis.read_as import Fit
from visavis.training import Precision, in_batches, tensor_of


@dataclass(frozen=True)
class TrainedModel:
    """A finished cell's network, ready to be asked.

    Attributes:
        arm, seed: which cell.
        classes: class names, in the order of the logits.
        shape: of the images that it was trained on.
        intervention, transform: what the arm does to images, and that with the draws of the cell.
        model: owns the preprocessing.
        network: trained.
        fit: how images of another shape come to that shape.
    """

    arm: str
    seed: int
    classes: tuple[str, ...]
    shape: ImageShape
    intervention: Intervention
    transform: Transform
    model: Model
    network: Network
    fit: Fit = "crop"

    @property
    def module(self) -> torch.nn.Sequential:
        """Backbone and head as one module, in evaluation mode: preprocessed images to logits."""
        return torch.nn.Sequential(self.network.backbone, self.network.head).eval()

    def logits(self, images: np.ndarray) -> np.ndarray:
        """float32 [n, classes] for images uint8 [n, c, h, w], as the data set has them, before any intervention.

        Raises:
            DataError: the images are of another shape or type.
        """
        expected = (self.shape.channels, self.shape.height, self.shape.width)
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != expected:
            got = f"{images.dtype} {list(images.shape)}" if isinstance(images, np.ndarray) else type(images).__name__
            raise DataError(
                "the model can't take these images",
                got=got,
                expected=f"an array of uint8 [n, {', '.join(map(str, expected))}]",
                do="read image files with the model's own read()",
            )
        pixels = tensor_of(self.transform.apply(images))
        module = self.module.to(memory_format=torch.channels_last)
        return in_batches(module, self.model.preprocess, pixels, Precision.fp32).numpy()

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """float64 [n, classes]: the softmax of the logits."""
        return torch.from_numpy(self.logits(images)).double().softmax(1).numpy()

    def read(self, paths: str | Path | Sequence[str | Path]) -> np.ndarray:
        """Image files, or one of them, as uint8 [n, c, h, w] of the shape that the network was trained on.

        Raises:
            DataError: a file isn't an image.
        """
        several = [paths] if isinstance(paths, str | Path) else paths
        return np.stack([self._read(Path(path)) for path in several])

    def _read(self, path: Path) -> np.ndarray:
        if path.exists() and (not path.is_file() or path.stat().st_size > LARGEST_MEMBER):
            raise DataError(f"{path} can't be used", got="not a file, or too large a one", expected="an image file")
        form = Form(self.shape.channels, (self.shape.height, self.shape.width), self.fit)
        try:
            return decode(path.read_bytes(), form).pixels
        except (Unreadable, OSError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else problem
            raise DataError(f"{path} can't be used", got=reason, expected="an image file") from problem
