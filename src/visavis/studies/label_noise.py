"""How many wrong labels does training stand?

The same network learns from the same images, of which a growing share has a wrong label: a curve. Labels of test images
are never touched.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv
from visavis.studies.small_images import plain_arm, small_images

QUICK = {"epochs": 8, "seeds": 3, "limit": 600, "batch_size": 16}
NOISE = (0.1, 0.2, 0.4, 0.6)
"""Shares of wrong labels."""


def study(
    data: Annotated[str, "glyphs (embedded, synthetic), or a path: archive, folder of class folders, IDX"] = "glyphs",
    epochs: Annotated[int, "passes over the training images"] = 10,
    seeds: Annotated[int, "replications; seed k means the same start and order in every arm"] = 5,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
    batch_size: Annotated[int, "images of a step"] = 64,
) -> vv.Study:
    """Builds the study."""
    clean = plain_arm("clean", epochs, batch_size).but("clean", training=vv.LabelNoise(0.0))
    return vv.Study(
        name="label-noise",
        question="How many wrong labels does training stand?",
        data=small_images(data, limit),
        control=clean,
        arms=[clean.but(f"{100 * rate:.0f} % wrong", training=vv.LabelNoise(rate)) for rate in NOISE],
        seeds=range(seeds),
    )
