"""What is the order of the pixels worth to a convolutional network?

The same five-layer CNN is trained on letters as they are and on the same letters with their pixels permuted by a
bijection, one for each seed. With --mlp-control, a multilayer perceptron of the same size, which is blind to the order
of its inputs, is trained on both as well.
"""

from __future__ import annotations

from typing import Annotated, Literal

import visavis as vv

QUICK = {"epochs": 3, "seeds": 3, "limit": 400, "batch_size": 16}


def study(
    data: Annotated[str, "glyphs (embedded, synthetic), or a path: archive, folder of class folders, IDX"] = "glyphs",
    epochs: Annotated[int, "passes over the training images"] = 20,
    seeds: Annotated[int, "replications; seed k means the same start and order in every arm"] = 5,
    batch_size: Annotated[int, "images of a step"] = 64,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
    mlp_control: Annotated[bool, "add the MLP on both inputs: the 2 x 2 that isolates locality"] = False,
    reading: Annotated[
        Literal["blocks", "as-written", "unpadded", "unpadded-blocks"], "of the network's description"
    ] = "blocks",
    fixed_permutation: Annotated[bool, "one permutation for all seeds, instead of one for each"] = False,
    font_disjoint: Annotated[bool, "no font in both parts; needs NotMNIST's original file names"] = False,
    test_fraction: Annotated[float, "share held out, where the data bring no split"] = 0.2,
    split_seed: Annotated[int, "which random split, where the data bring none"] = 0,
) -> vv.Study:
    """Builds the study."""
    source = vv.datasets.open(
        data, channels=1, test_fraction=test_fraction, split_seed=split_seed, font_disjoint=font_disjoint
    )
    standard = vv.Arm(
        "standard",
        model=vv.models.READINGS[reading],
        optimizer=vv.SGD(lr=0.01, momentum=0.5),
        epochs=epochs,
        batch_size=batch_size,
        loss=vv.NLL(),
    )
    permutation = vv.PixelPermutation(fixed=fixed_permutation)
    mlp = standard.but("MLP", model=vv.models.MLP())
    control_pair = (mlp, mlp.but("MLP permuted", input=permutation)) if mlp_control else ()
    return vv.Study(
        name="spatial-locality",
        question="What is the order of the pixels worth to a convolutional network?",
        data=source if limit is None else vv.datasets.Limited(source, limit),
        control=standard,
        arms=(standard.but("permuted", input=permutation), *control_pair),
        seeds=range(seeds),
    )
