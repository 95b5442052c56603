"""Is a network that knows other letters better frozen or fine-tuned, with few examples of new ones?

The letter network learns K to T first. Then it meets A to J, a few examples of each: with its backbone frozen and its
head trained, or fine-tuned with a share of the learning rate for each layer. Embedded and synthetic, and the same
tables as emotion-transfer, in two minutes.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv

FIRST, THEN = "KLMNOPQRST", "ABCDEFGHIJ"
LR = 1e-2
SCALES = {"conv1": 0.1, "conv2": 0.2, "conv3": 0.5, "conv4": 1.0, "head": 1.0}
"""Shares of the learning rate."""
NORMALISATIONS = 0.5


def study(
    examples: Annotated[int, "training images of each new letter"] = 20,
    epochs: Annotated[int, "passes over the training images"] = 8,
    seeds: Annotated[int, "replications; seed k means the same head and order in every arm"] = 3,
    first_images: Annotated[int, "images of other letters that the network learns from first"] = 1000,
    first_epochs: Annotated[int, "passes over them"] = 5,
) -> vv.Study:
    """Builds the study."""
    network = vv.models.LetterCNN()
    sgd = vv.SGD(lr=LR, momentum=0.9)
    other_letters = vv.TrainedOn(
        vv.Arm(f"synthetic letters {FIRST[0]} to {FIRST[-1]}", model=network, optimizer=sgd, epochs=first_epochs),
        data=vv.datasets.Glyphs(train_size=first_images, test_size=100, letters=FIRST),
    )
    frozen = vv.Arm(
        "pre-trained",
        model=vv.Pretrained(network, other_letters),
        optimizer=sgd,
        epochs=epochs,
        batch_size=32,
        tuning=vv.LinearProbe(),
    )
    return vv.Study(
        name="letter-transfer",
        question="Is a network that knows other letters better frozen or fine-tuned, with few examples of new ones?",
        data=vv.datasets.Glyphs(train_size=examples * len(THEN), test_size=500, letters=THEN),
        control=frozen,
        arms=[frozen.but("fine-tuned", tuning=vv.DifferentialRates(SCALES, others=NORMALISATIONS))],
        seeds=range(seeds),
    )
