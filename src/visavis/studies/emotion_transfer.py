"""What does fine-tuning add to a frozen network on facial emotions?

ResNet18 with ImageNet weights on FER2013, seven emotions: the trunk frozen and its head trained, against fine-tuning
with a share of the learning rate for each group of layers. --arms adds or chooses other ways to tune the same network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import visavis as vv
from visavis.errors import DataError, InvalidStudy
from visavis.quantities import list_text

QUICK = {"epochs": 2, "seeds": 2, "limit": 700, "size": 96}

LR = 1e-3
SCALES = {"layer1": 0.01, "layer2": 0.05, "layer3": 0.1, "layer4": 0.5, "fc": 1.0}
"""Shares of the learning rate: 1e-5, 5e-5, 1e-4, 5e-4, 1e-3."""
OTHERS = 0.01
LAST = "layer4"
SIZE = 224
DEFAULT = "fine-tuned"
ARMS = (
    DEFAULT, "fine-tuned-x10", "probe-x10", "full", "layerwise-decay", "gradual", "last-layers",
    "probe-then-full", "norm-and-bias", "low-rank", "untrained",
)  # fmt: skip
FASTER_AND_TUNED = ("fine-tuned-x10",)
"""Arms that differ from the control in two factors, and are contrasted with it all the same."""
WHERE = (
    "FER2013 is on Kaggle, as image folders or as fer2013.csv; any collection in train/<class>/* and test/<class>/* "
    "does: --data fer2013.zip"
)


def study(
    data: Annotated[str | None, "FER2013, or any labelled images: folder, zip, tar, CSV, torchvision:NAME:FOLDER"] = (
        None
    ),
    epochs: Annotated[int, "passes over the training images"] = 10,
    seeds: Annotated[int, "replications; seed k means the same head and order in every arm"] = 3,
    size: Annotated[int, "pixels square that the network sees"] = SIZE,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
    weights: Annotated[
        Path | None, "pre-trained weights (.pth, .safetensors); by default torchvision's, downloaded"
    ] = (None),
    architecture: Annotated[
        str, "any classifier of torchvision; the shares of the learning rate are for a ResNet"
    ] = "resnet18",
    arms: Annotated[str, f"what is compared with pre-trained, by commas: {', '.join(ARMS)}"] = DEFAULT,
    test_part: Annotated[Literal["both", "public", "private"], "of FER2013's two test parts"] = "both",
    class_weights: Annotated[bool, "every class counts alike in the training loss, in all arms"] = False,
) -> vv.Study:
    """Builds the study."""
    if data is None:
        raise DataError("emotion-transfer needs images", got="no --data", expected="FER2013", do=WHERE)
    source = vv.datasets.open(data, test_part=test_part)
    source_of_weights = vv.models.TorchvisionWeights() if weights is None else vv.models.WeightsFile(weights)
    network = vv.models.TorchvisionModel(architecture, size=size)
    control = vv.Arm(
        "pre-trained",
        model=vv.models.Pretrained(network, source_of_weights),
        optimizer=vv.SGD(lr=LR, momentum=0.9),
        epochs=epochs,
        tuning=vv.LinearProbe(),
        loss=vv.CrossEntropy(weights=vv.Balanced() if class_weights else None),
    )
    names = [name.strip() for name in arms.split(",")]
    if "untrained" in names and "full" not in names:
        raise InvalidStudy(
            "untrained can only be compared with full",
            got=f"--arms {arms}",
            expected="both: they differ in nothing but the weights",
            do="give --arms full,untrained",
        )
    choices = treatments(control, vv.models.Pretrained(network, vv.models.Untrained()))
    treatment_arms = [_arm(name, choices) for name in names]
    return vv.Study(
        name="emotion-transfer",
        question=_question(names),
        data=source if limit is None else vv.datasets.Limited(source, limit),
        control=control,
        arms=treatment_arms,
        asks=[(arm, control) for arm in treatment_arms if arm.name in FASTER_AND_TUNED],
        seeds=range(seeds),
        brands=[] if size == SIZE else [f"{size} x {size} pixels instead of {SIZE} x {SIZE}"],
    )


def treatments(control: vv.Arm, untrained: vv.Pretrained) -> Mapping[str, vv.Arm]:
    """The arms that the study knows beside its control."""
    faster = vv.SGD(lr=10 * LR, momentum=0.9)
    tunings = {
        "fine-tuned": vv.DifferentialRates(SCALES, others=OTHERS),
        "full": vv.Full(),
        "layerwise-decay": vv.LayerwiseDecay(decay=0.5),
        "gradual": vv.GradualUnfreezing(),
        "last-layers": vv.LastLayers(LAST),
        "probe-then-full": vv.ProbeThenFull(probe_epochs=max(1, control.epochs // 2)),
        "norm-and-bias": vv.NormAndBias(),
        "low-rank": vv.LowRankAdapters(),
    }
    arms = {name: control.but(name, tuning=tuning) for name, tuning in tunings.items()}
    return {
        **arms,
        "fine-tuned-x10": arms["fine-tuned"].but("fine-tuned-x10", optimizer=faster),
        "probe-x10": control.but("probe-x10", optimizer=faster),
        "untrained": arms["full"].but("untrained", model=untrained),
    }


def _question(names: Sequence[str]) -> str:
    """What the study asks with these arms beside its control."""
    if names == [DEFAULT]:
        return "What does fine-tuning add to a frozen, pre-trained network?"
    return f"How does a frozen, pre-trained network fare against {list_text(names)}?"


def _arm(name: str, choices: Mapping[str, vv.Arm]) -> vv.Arm:
    if name not in choices:
        raise InvalidStudy("no such arm", got=f"--arms {name!r}", expected=", ".join(choices))
    return choices[name]
