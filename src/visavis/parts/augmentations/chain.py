"""Several augmentations, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import excerpt, require, require_part
from visavis.errors import InvalidStudy
from visavis.interfaces import Augmentation, EpochDraws
from visavis.parts.chaining import stream_in_chain
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class AugmentationChain:
    """Applies augmentations in their order; each draws what it draws alone, a second one of a kind something else.

    Attributes:
        augmentations: one or more; one that mixes two images comes last.
    """

    augmentations: tuple[Augmentation, ...]

    def __post_init__(self) -> None:
        items = self.augmentations
        is_list = isinstance(items, Iterable) and not isinstance(items, str)
        expected = "a list of augmentations, such as [Flip(), Shift(2)]"
        require(is_list, "augmentation.augmentations", excerpt(items), expected)
        object.__setattr__(self, "augmentations", tuple(items))
        require(len(self.augmentations) >= 1, "augmentation.augmentations", "none", "one or more")
        for number, item in enumerate(self.augmentations):
            require_part(item, f"augmentation.augmentations[{number}]", "draw", "visavis.Flip()")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps the draws of each, by its place and their names."""
        items = self.augmentations
        draws = [item.draw(count, stream_in_chain(items, number, stream)) for number, item in enumerate(items)]
        for number, item in enumerate(draws):
            path = f"augmentation.augmentations[{number}]"
            require(isinstance(item, EpochDraws), path, excerpt(items[number]), "an augmentation")
        arrays = {f"{number} {name}": array for number, item in enumerate(draws) for name, array in item.arrays.items()}

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            for item in draws:
                images = item.apply(images, rows)
            return images

        if any(item.mix for item in draws[:-1]):
            problem = "an augmentation that mixes two images doesn't come last"
            raise InvalidStudy(f"augmentation.augmentations: {problem}", expected="[Flip(), Mixup()]", do="put it last")
        return EpochDraws(apply, arrays, draws[-1].mix)
