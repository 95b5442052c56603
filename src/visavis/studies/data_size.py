"""From how many images on does fine-tuning beat a frozen backbone?

The small network learns other letters (K to T) first. Then it meets A to J, with more and more images of each: with its
backbone frozen and its head trained, or fine-tuned. Two curves over images per class, their difference, and where they
cross. Embedded and synthetic.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv
from visavis.checks import require
from visavis.studies.small_images import plain_arm

QUICK = {"epochs": 4, "seeds": 3, "first_images": 600, "first_epochs": 4, "largest": 100}
FIRST, THEN = "KLMNOPQRST", "ABCDEFGHIJ"
COUNTS = (3, 10, 30, 100, 300)
"""Training images of each class."""
BATCH = 16


def study(
    epochs: Annotated[int, "passes over as many images as there are of all; fewer are shown more often"] = 5,
    seeds: Annotated[int, "replications; seed k means the same head and order in every arm"] = 5,
    largest: Annotated[int, "training images of each class, at most"] = 300,
    first_images: Annotated[int, "images of other letters that the network learns from first"] = 2000,
    first_epochs: Annotated[int, "passes over them"] = 5,
) -> vv.Study:
    """Builds the study."""
    require(largest >= COUNTS[0], "largest", largest, f"{COUNTS[0]} or more")
    counts = [vv.PerClass(count, same_steps=True) for count in COUNTS if count <= largest]
    other_letters = vv.TrainedOn(
        plain_arm(f"synthetic letters {FIRST[0]} to {FIRST[-1]}", first_epochs, BATCH),
        data=vv.datasets.Glyphs(train_size=first_images, test_size=100, letters=FIRST),
    )
    plain = plain_arm("plain", epochs, BATCH)
    frozen = plain.but(
        f"frozen, {counts[0].count}",
        model=vv.Pretrained(plain.model, other_letters),
        tuning=vv.LinearProbe(),
        training=counts[0],
    )
    return vv.Study(
        name="data-size",
        question="From how many images on does fine-tuning beat a frozen backbone?",
        data=vv.datasets.Glyphs(train_size=max(count.count for count in counts) * len(THEN), letters=THEN),
        control=frozen,
        arms=[
            frozen.but(f"{name}, {part.count}", training=part, tuning=tuning)
            for name, tuning in (("frozen", frozen.tuning), ("fine-tuned", vv.Full()))
            for part in counts
            if (tuning, part) != (frozen.tuning, frozen.training)  # which is the control
        ],
        seeds=range(seeds),
    )
