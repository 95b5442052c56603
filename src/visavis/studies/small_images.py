"""What the studies of one factor on small images have in common: the data, and the arm that they start from."""

from __future__ import annotations

import visavis as vv
from visavis.data import Dataset

LR = 0.02


def small_images(data: str, limit: int | None, size: tuple[int, int] | None = None) -> Dataset:
    """The embedded letters, or the images at a path, perhaps fewer of them.

    Args:
        data: as ``visavis.datasets.open`` takes it.
        limit: about so many training images are kept, and test images in proportion.
        size: (height, width) that images are brought to; None leaves it to the data.
    """
    source = vv.datasets.open(data, size=size)
    return source if limit is None else vv.datasets.Limited(source, limit)


def plain_arm(name: str, epochs: int, batch_size: int) -> vv.Arm:
    """Three convolutions with batch normalisation, trained by SGD with momentum at one learning rate."""
    return vv.Arm(
        name,
        model=vv.models.ConvNet(),
        optimizer=vv.SGD(lr=LR, momentum=0.9),
        epochs=epochs,
        batch_size=batch_size,
    )
