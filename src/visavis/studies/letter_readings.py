"""How much of the locality claim hangs on how the network's description is read?

The description of the letter network leaves its padding and its normalisation open. Each reading is trained on the
letters as they are and on permuted letters; the contrasts say what permuting costs under each reading, the
interactions how far the readings disagree.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv

QUICK = {"epochs": 2, "seeds": 2, "limit": 400}


def study(
    data: Annotated[str, "glyphs (embedded, synthetic), or a path: archive, folder of class folders, IDX"] = "glyphs",
    epochs: Annotated[int, "passes over the training images"] = 20,
    seeds: Annotated[int, "replications; seed k means the same start and order in every arm"] = 3,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
) -> vv.Study:
    """Builds the study."""
    source = vv.datasets.open(data, channels=1)
    readings = {name: vv.models.READINGS[name] for name in ("blocks", "as-written", "unpadded")}
    plain = [
        vv.Arm(name, model=model, optimizer=vv.SGD(lr=0.01, momentum=0.5), epochs=epochs, loss=vv.NLL())
        for name, model in readings.items()
    ]
    permuted_arms = [arm.but(f"{arm.name} permuted", input=vv.PixelPermutation()) for arm in plain]
    control, *alternatives = plain
    return vv.Study(
        name="letter-readings",
        question="How much of the locality claim hangs on how the network's description is read?",
        data=source if limit is None else vv.datasets.Limited(source, limit),
        control=control,
        arms=[permuted_arms[0], *alternatives, *permuted_arms[1:]],
        seeds=range(seeds),
    )
