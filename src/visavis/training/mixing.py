"""Images that are mixed with another one, which stands beside it in the epoch's order."""

from __future__ import annotations

import torch
from torch.nn.functional import one_hot

from visavis.interfaces import Mix


def whole_pairs(part: slice, count: int) -> slice:
    """A part of an epoch's order, with the partners of the first and the last of it: the first and second of the order
    are a pair, the third and fourth, and so on, whatever the batch size.
    """
    return slice(part.start - part.start % 2, min(part.stop + part.stop % 2, count))


def mix_pairs(
    mix: Mix, images: torch.Tensor, labels: torch.Tensor, rows: torch.Tensor, part: slice, classes: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mixed images of a part of the pairs, and their labels: the share of each class, float32 [n, classes].

    Args:
        mix: of the epoch.
        images, labels: of whole pairs, augmented, on the device; one that is left over at the end of an epoch is its
            own partner.
        rows: which training images they are, on the CPU.
        part: of them, that is wanted.
        classes: how many there are.
    """
    partners = (torch.arange(part.start, part.stop) ^ 1).clamp(max=len(rows) - 1).to(images.device, non_blocking=True)
    mixed, share = mix(images[part], images[partners], rows[part])
    shares, share = one_hot(labels, classes).float(), share[:, None]
    return mixed, shares[part] * share + shares[partners] * (1 - share)
