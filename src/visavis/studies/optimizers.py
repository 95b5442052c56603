"""Which optimizer learns these images best, each at its usual learning rate?

SGD with momentum against Adam, AdamW and RMSprop, on one small convolutional network. The answer is about these
settings; ``--tune optimizer.lr=0.01x..10x:4`` asks for each at its best learning rate, too.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv
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
    sgd = plain_arm("SGD", epochs, batch_size)
    others = {"Adam": vv.Adam(lr=1e-3), "AdamW": vv.AdamW(lr=1e-3), "RMSprop": vv.Torch("RMSprop", lr=1e-3)}
    return vv.Study(
        name="optimizers",
        question="Which optimizer learns these images best, each at its usual learning rate?",
        data=small_images(data, limit),
        control=sgd,
        arms=[sgd.but(name, optimizer=optimizer) for name, optimizer in others.items()],
        seeds=range(seeds),
    )
