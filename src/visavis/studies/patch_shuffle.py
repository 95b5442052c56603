"""How far does a network's need for locality reach?

The images are cut into square patches that change places, the same way in every image: whole images at 28 pixels of 28,
single pixels at 1. A convolutional network, a perceptron, a vision transformer and a mixer, each over all sizes of
patches.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv
from visavis.interfaces import Model
from visavis.studies.small_images import plain_arm, small_images

QUICK = {"epochs": 5, "seeds": 2, "limit": 500, "batch_size": 16, "coarse": True}
LR = 1e-3
"""At which all four kinds of networks learn."""
WHOLE = 28
"""Pixels on a side, to which all images are brought: one patch, which stays where it is."""


def study(
    data: Annotated[str, "glyphs (embedded, synthetic), or a path: archive, folder of class folders, IDX"] = "glyphs",
    epochs: Annotated[int, "passes over the training images"] = 10,
    seeds: Annotated[int, "replications; seed k means the same start and order in every arm"] = 5,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
    batch_size: Annotated[int, "images of a step"] = 64,
    coarse: Annotated[bool, "three sizes of patches, not six"] = False,
) -> vv.Study:
    """Builds the study."""
    whole = vv.PatchShuffle(WHOLE)
    plain = plain_arm("CNN", epochs, batch_size).but("CNN", input=whole, optimizer=vv.AdamW(lr=LR))
    networks: dict[str, Model] = {
        "CNN": plain.model,
        "MLP": vv.models.MLP(hidden=(256,)),
        "ViT": vv.models.SmallViT(),
        "mixer": vv.models.Mixer(),
    }
    sizes = (WHOLE, 7, 1) if coarse else (WHOLE, 14, 7, 4, 2, 1)
    return vv.Study(
        name="patch-shuffle",
        question="How far does a network's need for locality reach?",
        data=small_images(data, limit, size=(WHOLE, WHOLE)),
        control=plain,
        arms=[
            plain.but(f"{name}, patches of {size}", model=network, input=vv.PatchShuffle(size))
            for name, network in networks.items()
            for size in sizes
            if (name, size) != ("CNN", WHOLE)  # which is the control
        ],
        seeds=range(seeds),
    )
