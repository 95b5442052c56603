"""Any model of timm, cut before its classifier (needs the extra ``visavis[timm]``)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.interfaces import Layer, Network
from visavis.parts.models.initialise import initialise
from visavis.parts.models.pixels import normalise, resize
from visavis.parts.models.pretrained import features_of
from visavis.parts.models.torchvision_model import require_colours
from visavis.streams import Stream


@dataclass(frozen=True)
class TimmModel:
    """An architecture of timm, drawn at random; ``Pretrained`` loads weights into it.

    Attributes:
        architecture: timm's name, such as ``resnet18.a1_in1k``.
        size: images are resized to so many pixels square; the model's own size by default.
        mean, std: of each colour in [0, 1], taken out of the images; the model's own by default.
    """

    architecture: str
    size: int | None = None
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None

    def __post_init__(self) -> None:
        defaults = _configuration(self.architecture)
        for name, value in (("size", defaults["input_size"][-1]), ("mean", defaults["mean"]), ("std", defaults["std"])):
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        require_colours(shape)
        with stream.child("backbone").as_global():
            module = _timm().create_model(self.architecture, num_classes=0)  # 0: without a classifier
        head_name, *other_heads = _configuration(self.architecture)["classifiers"]
        try:
            width = features_of(module, self.preprocess(torch.zeros(2, 3, 8, 8, dtype=torch.uint8)))
        except (RuntimeError, ValueError, AssertionError) as problem:
            raise InvalidStudy(f"{self.architecture} can't take images of this size", got=problem) from problem
        head = nn.Linear(width, classes)
        initialise(head, stream.child("head"))
        return Network(module, head, head_name, tuple(other_heads), tuple(_layers(module, head_name)))

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``: resized (bilinear), grey to three colours, mean and deviation taken out."""
        assert self.size is not None
        assert self.mean is not None
        assert self.std is not None
        return normalise(resize(images, self.size), self.mean, self.std)


def has_architecture(name: str) -> bool:
    """Whether timm is installed and has a model of that name, or looks for one on a hub: ``hf-hub:OWNER/NAME``."""
    try:
        timm = _timm()
    except InvalidStudy:
        return False
    return name.startswith(("hf-hub:", "hf_hub:")) or bool(timm.is_model(name.partition(".")[0]))


def _timm() -> Any:
    # before the import, which reads it
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import timm
    except ImportError as problem:
        raise InvalidStudy(
            "models of timm need timm", got="it isn't installed", do="pip install 'visavis[timm]'"
        ) from problem
    return timm


def _configuration(architecture: str) -> dict[str, Any]:
    """timm's own account of a model: input size, mean, deviation, names of its heads."""
    timm = _timm()
    if not timm.is_model(architecture.split(".")[0]):
        near = timm.list_models(f"*{architecture.split('.')[0][:8]}*")[:3]
        raise InvalidStudy(
            "timm has no such model", got=repr(architecture), expected=f"perhaps {', '.join(near)}" if near else None
        )
    configuration: dict[str, Any] = timm.get_pretrained_cfg(architecture, allow_unregistered=True).to_dict()
    classifier = configuration["classifier"]
    return {**configuration, "classifiers": [classifier] if isinstance(classifier, str) else list(classifier)}


def _layers(module: Any, head_name: str) -> Iterator[Layer]:
    """timm's own grouping of the parameters, each group named by what its parameters' names share."""
    from timm.models import group_parameters

    if not hasattr(module, "group_matcher"):
        return
    groups = group_parameters(module, module.group_matcher(coarse=True))
    names: set[str] = set()
    for number in sorted(groups):
        name = _common_prefix(groups[number])
        name = name if name and name not in names else f"group{number}"
        names.add(name)
        yield Layer(name, tuple(f"backbone.{parameter}" for parameter in groups[number]))
    yield Layer(head_name, ("head.weight", "head.bias"))


def _common_prefix(names: Sequence[str]) -> str:
    """The words that all dotted names begin with."""
    words = [name.split(".")[:-1] for name in names]
    prefix = []
    for column in zip(*words, strict=False):
        if len(set(column)) > 1:
            break
        prefix.append(column[0])
    return ".".join(prefix)
