"""What does a normalisation do for a small network, and does it hang on the size of batches?

No normalisation, and that over the batch, over groups of channels and over all channels of an image, each with small
and large batches.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv
from visavis.studies.small_images import plain_arm, small_images

QUICK = {"epochs": 8, "seeds": 2, "limit": 600}
SMALL, LARGE = 4, 32
"""Images of a step."""


def study(
    data: Annotated[str, "glyphs (embedded, synthetic), or a path: archive, folder of class folders, IDX"] = "glyphs",
    epochs: Annotated[int, "passes over the training images"] = 10,
    seeds: Annotated[int, "replications; seed k means the same start and order in every arm"] = 5,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
) -> vv.Study:
    """Builds the study."""
    networks = {
        "none": vv.models.ConvNet(norm="none"),
        "batch": vv.models.ConvNet(norm="batch"),
        "group": vv.models.ConvNet(norm="group"),
        "layer": vv.models.ConvNet(norm="layer"),
    }
    none = plain_arm("none", epochs, LARGE).but("none", model=networks["none"])
    return vv.Study(
        name="normalisations",
        question="What does a normalisation do for a small network, and does it hang on the size of batches?",
        data=small_images(data, limit),
        control=none,
        arms=[
            *(none.but(name, model=network) for name, network in networks.items() if network != none.model),
            *(
                none.but(f"{name}, batches of {SMALL}", model=network, batch_size=SMALL)
                for name, network in networks.items()
            ),
        ],
        seeds=range(seeds),
    )
