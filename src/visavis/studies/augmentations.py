"""Which augmentation helps a small network on these images?

Shifts, flips, hidden rectangles, changes of brightness, and all but the flips together, against none. Flips make other
letters of letters: not every augmentation fits every kind of image.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv
from visavis.interfaces import Augmentation
from visavis.studies.small_images import plain_arm, small_images

QUICK = {"epochs": 8, "seeds": 3, "limit": 600, "batch_size": 16}


def study(
    data: Annotated[str, "glyphs (embedded, synthetic), or a path: archive, folder of class folders, IDX"] = "glyphs",
    epochs: Annotated[int, "passes over the training images"] = 10,
    seeds: Annotated[int, "replications; seed k means the same start and order in every arm"] = 5,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
    batch_size: Annotated[int, "images of a step"] = 64,
) -> vv.Study:
    """Builds the study."""
    plain = plain_arm("none", epochs, batch_size)
    ways: dict[str, Augmentation] = {
        "shifts": vv.Shift(2),
        "flips": vv.Flip(),
        "rectangles": vv.Erase(),
        "brightness": vv.Jitter(),
        "all but flips": vv.AugmentationChain((vv.Shift(2), vv.Erase(), vv.Jitter())),
    }
    return vv.Study(
        name="augmentations",
        question="Which augmentation helps a small network on these images?",
        data=small_images(data, limit),
        control=plain,
        arms=[plain.but(name, augmentation=way) for name, way in ways.items()],
        seeds=range(seeds),
    )
