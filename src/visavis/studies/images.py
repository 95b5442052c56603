"""Any question about any labelled images, without Python.

--vary says what the arms differ in, --set what they share: by default a ResNet18 with ImageNet's weights, fine-tuned.
Two --vary make a grid. Values are words: linear-probe, adamw:lr=3e-4, flip+shift:2, resnet50; visavis list shows the
parts. What isn't said follows from the number and the size of the images, and is told before training starts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated

import visavis as vv
from visavis.data import Dataset
from visavis.errors import InvalidStudy, UsageError
from visavis.quantities import list_text
from visavis.studies.words import Usual, change, levels_of, name_of, setting_of, usage_error

QUICK = {"epochs": 2, "seeds": 2, "limit": 300, "size": 64}

WAYS = "such as --vary tuning=linear-probe,full, or --vary augmentation=none,flip,mixup"
SIZES: Mapping[float, tuple[int, int, int]] = {1_000: (20, 16, 5), 10_000: (10, 32, 5), math.inf: (5, 64, 3)}
"""Epochs, images of a step and seeds, for up to so many images."""
COUNT, SIDE = 10_000, 224
"""Where number and size can't be seen."""
SMALLEST_SIDE, LARGEST_SIDE, STRIDE = 64, 224, 32
"""Pixels that a library's network is shown: as the images have, within these, in steps of what networks halve to 1."""
FINE_TUNING, FROM_SCRATCH = (0.005, 1e-4), (0.02, 1e-3)
"""Learning rates of SGD with momentum, and of other optimizers."""


def study(
    data: Annotated[str | None, "any labelled images: folder, zip, tar, CSV, torchvision:NAME:FOLDER, glyphs"] = None,
    vary: Annotated[list[str] | None, "a field and its levels, optimizer=sgd,adamw; the first is the control"] = None,
    set: Annotated[list[str] | None, "a field of all arms, epochs=30, optimizer.lr=1e-3, model=cnn"] = None,
    epochs: Annotated[int | None, "passes over the training images; by default 20, 10 or 5, by their number"] = None,
    seeds: Annotated[int | None, "replications; by default 5, with more than 10,000 images 3"] = None,
    size: Annotated[int | None, "pixels square that a library's network sees; by default as the images have"] = None,
    limit: Annotated[int | None, "keep about so many training images, test images in proportion"] = None,
    weights: Annotated[Path | None, "of a library's network (.pth, .safetensors, a cell's folder)"] = None,
    headline: Annotated[
        str, "the metric that is asked about, such as accuracy, balanced_accuracy, macro_f1, log_loss, auc, kappa"
    ] = "accuracy",
) -> vv.Study:
    """Builds the study."""
    if data is None:
        raise UsageError("images needs images", got="no --data", expected="a path, or glyphs", do="--data photos/")
    if not vary:
        raise UsageError("there is nothing to compare", got="no --vary", expected=WAYS)
    source = vv.datasets.open(data)
    usual = usual_for(source, limit, size, weights)
    axes, settings = list(map(levels_of, vary)), list(map(setting_of, set or ()))
    _require_once([path for path, _ in (*axes, *settings)])
    first = {path: words[0] for path, words in axes}
    control = _control(usual, epochs, {"model": first.get("model", "resnet18"), **dict(settings)})
    arms = [_arm(control, tuple(zip(paths, words, strict=True)), usual) for paths, words in _combinations(axes)]
    name, paths = Path(data).name.partition(".")[0] or data, [path for path, _ in axes]
    return vv.Study(
        name="-".join([name, *(path.replace("_", "-").replace(".", "-") for path in paths)]),
        question=_question([path.replace("_", " ") for path in paths], name),
        data=source if limit is None else vv.datasets.Limited(source, limit),
        control=arms[0],
        arms=arms[1:],
        seeds=range(usual.seeds if seeds is None else seeds),
        headline=headline,
    )


def _question(fields: Sequence[str], name: str) -> str:
    return f"What difference {'does' if len(fields) == 1 else 'do'} {list_text(fields)} make on {name}?"


@dataclass(frozen=True)
class UsualStudy:
    """What a study has where nothing is said.

    Attributes:
        epochs, batch_size, seeds: of all arms.
        size, weights: see ``Usual``.
    """

    epochs: int
    batch_size: int
    seeds: int
    size: int
    weights: Path | None

    def words(self, *, is_pretrained: bool) -> Usual:
        """What words of parts mean where they don't say."""
        return Usual(self.size, self.weights, *(FINE_TUNING if is_pretrained else FROM_SCRATCH))


def usual_for(source: Dataset, limit: int | None, size: int | None, weights: Path | None) -> UsualStudy:
    """What a study of so many images of that size has where nothing is said."""
    from visavis.datasets.glance import glance

    view = glance(source)
    count = min(view.count or COUNT, limit or math.inf)
    epochs, batch_size, seeds = next(numbers for most, numbers in SIZES.items() if count <= most)
    side = -(-(view.side or SIDE) // STRIDE) * STRIDE
    return UsualStudy(epochs, batch_size, seeds, size or max(SMALLEST_SIDE, min(side, LARGEST_SIDE)), weights)


def _control(usual: UsualStudy, epochs: int | None, settings: Mapping[str, str]) -> vv.Arm:
    """The arm that all others start from, as far as nothing varies; the model comes first, since rates hang on it."""
    arm = vv.Arm("plain", vv.models.MLP(), vv.SGD(lr=1.0), epochs or usual.epochs, usual.batch_size)
    for path, word in {"model": settings["model"], "optimizer": "sgd", **settings}.items():
        arm = _with_word(arm, path, word, usual)
    return arm


def _with_word(arm: vv.Arm, path: str, word: str, usual: UsualStudy) -> vv.Arm:
    """An arm with a field as a word says; an error names both.

    Raises:
        UsageError: it can't be.
    """
    try:
        return change(arm, path, word, usual.words(is_pretrained=isinstance(arm.model, vv.models.Pretrained)))
    except InvalidStudy as problem:
        raise usage_error(problem, path, word) from problem


def _combinations(axes: Sequence[tuple[str, list[str]]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    paths = tuple(path for path, _ in axes)
    return [(paths, words) for words in product(*(words for _, words in axes))]


def _arm(control: vv.Arm, levels: Sequence[tuple[str, str]], usual: UsualStudy) -> vv.Arm:
    """One combination of levels, named by them."""
    arm = control
    for path, word in levels:
        arm = _with_word(arm, path, word, usual)
    return arm.but(", ".join(name_of(path, word) for path, word in levels))


def _require_once(paths: Sequence[str]) -> None:
    twice = [path for number, path in enumerate(paths) if path in paths[:number]]
    if twice:
        raise UsageError("a field is given twice", got=twice[0], expected="each --vary and each --set once")
