"""Is a network that knows other letters better frozen or fine-tuned, with few examples of new ones?

The letter network learns K to T first. Then it meets A to J, a few examples of each: with its backbone frozen and its
head trained, or fine-tuned with a learning rate for each layer. Embedded and synthetic, and the same tables as
emotion-transfer, in two minutes.
"""

from __future__ import annotations

from typing import Annotated

import visavis as vv

FIRST, THEN = "KLMNOPQRST", "ABCDEFGHIJ"
RATES = {"conv1": 1e-3, "conv2": 2e-3, "conv3": 5e-3, "conv4": 1e-2, "head": 1e-2}
NORMALISATIONS = 5e-3


def study(
    examples: Annotated[int, "training images of each new letter"] = 20,
    epochs: Annotated[int, "passes over the training images"] = 8,
    seeds: Annotated[int, "replications; seed k means the same head and order in every arm"] = 3,
    first_images: Annotated[int, "images of other letters that the network learns from first"] = 1000,
    first_epochs: Annotated[int, "passes over them"] = 5,
) -> vv.Study:
    """Builds the study."""
    network = vv.models.LetterCNN()
    sgd, loss = vv.SGD(momentum=0.9), vv.CrossEntropy()
    other_letters = vv.TrainedOn(
        f"synthetic letters {FIRST[0]} to {FIRST[-1]}",
        data=vv.datasets.Glyphs(train_size=first_images, test_size=100, letters=FIRST),
        model=network,
        recipe=vv.Recipe(epochs=first_epochs, batch_size=64, optimizer=sgd, loss=loss),
        tuning=vv.FromScratch(lr=0.01),
    )
    frozen = vv.Arm(
        "pre-trained",
        input=vv.Untouched(),
        model=vv.Pretrained(network, other_letters),
        tuning=vv.LinearProbe(lr=1e-2),
    )
    return vv.Study(
        name="letter-transfer",
        question="Is a network that knows other letters better frozen or fine-tuned, with few examples of new ones?",
        data=vv.datasets.Glyphs(train_size=examples * len(THEN), test_size=500, letters=THEN),
        recipe=vv.Recipe(epochs=epochs, batch_size=32, optimizer=sgd, loss=loss),
        control=frozen,
        arms=[frozen.but("fine-tuned", tuning=vv.DifferentialRates(RATES, others=NORMALISATIONS))],
        seeds=range(seeds),
    )
