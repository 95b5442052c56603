"""The training images of one epoch: in its order, augmented, perhaps mixed two by two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn.functional import one_hot

from visavis.interfaces import EpochDraws, Mix
from visavis.training.batches import steps
from visavis.training.examples import Examples

Batch = tuple[torch.Tensor, torch.Tensor]
"""uint8 images [n, c, h, w], or features of them, and labels: int64 [n], or where images are mixed the share of each
class, float32 [n, classes].
"""


class EpochImages:
    """What an epoch takes its batches from.

    Args:
        examples: all training images.
        classes: how many there are.
        order: int64 [n], of the epoch.
        draws: what augmentation has drawn for it.

    Attributes:
        order, draws: see above.
    """

    def __init__(self, examples: Examples, classes: int, order: np.ndarray, draws: EpochDraws) -> None:
        self._examples, self._classes, self.order, self.draws = examples, classes, order, draws
        self._rows = examples.rows(order)

    def batch(self, part: slice) -> Batch:
        """Those of a part of the order, on the device."""
        mix = self.draws.mix
        pairs = part if mix is None else whole_pairs(part, len(self.order))
        rows = torch.from_numpy(self.order[pairs])
        images, labels = self._examples.take(self._rows[pairs])
        images = self.draws.apply(images, rows)
        if mix is None:
            return images, labels
        within = slice(part.start - pairs.start, part.stop - pairs.start)
        return mix_pairs(mix, images, labels, rows, within, self._classes)

    def batches(self, size: int) -> Iterator[torch.Tensor]:
        """Yields the images of one step after the other."""
        for part in steps(len(self.order), size):
            yield self.batch(part)[0]


def whole_pairs(part: slice, count: int) -> slice:
    """A part of an epoch's order, with the partners of the first and the last of it: the first and second of the order
    are a pair, the third and fourth, and so on, whatever the batch size.
    """
    return slice(part.start - part.start % 2, min(part.stop + part.stop % 2, count))


def mix_pairs(
    mix: Mix, images: torch.Tensor, labels: torch.Tensor, rows: torch.Tensor, part: slice, classes: int
) -> Batch:
    """Each image of a part of the pairs made one with its partner.

    Args:
        mix: of the epoch.
        images, labels: of whole pairs, augmented, on the device; one that is left over at the end of an epoch is its
            own partner.
        rows: which training images they are, on the CPU.
        part: of them, that is wanted.
        classes: how many there are.
    """
    partners = (torch.arange(part.start, part.stop) ^ 1).clamp(max=len(rows) - 1).to(images.device, non_blocking=True)
    images, share = mix(images[part], images[partners], rows[part])
    shares, share = one_hot(labels, classes).float(), share[:, None]
    return images, shares[part] * share + shares[partners] * (1 - share)
