"""A trained network on disk and back again: its tensors, and the description that builds what they are put into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from visavis.cells import build_network, draw_input
from visavis.data import ImageShape
from visavis.datasets.reading.archives import LARGEST_MEMBER
from visavis.datasets.reading.decode import Form, Unreadable, decode
from visavis.describe import OWN_CODE, describe, difference
from visavis.design.arm import Arm
from visavis.errors import DamagedFile, DataError, RunFolderError, VisavisError, first_line
from visavis.interfaces import Intervention, Model, Network, Transform
from visavis.parts import inputs, models
from visavis.store import ModelDocument, RunFolder
from visavis.streams import Stream, root
from visavis.training import Precision, in_batches

LARGEST_SETTING, MOST_SETTINGS = 1 << 20, 1000
"""Of a part that is built again: a stranger's description may ask for more layers than time allows."""


@dataclass(frozen=True)
class TrainedModel:
    """A finished cell's network, ready to be asked.

    Attributes:
        arm, seed: which cell.
        classes: class names, in the order of the logits.
        shape: of the images that it was trained on.
        intervention, transform: what the arm does to images, and that with the draws of the cell.
        model: owns the preprocessing.
        network: trained.
    """

    arm: str
    seed: int
    classes: tuple[str, ...]
    shape: ImageShape
    intervention: Intervention
    transform: Transform
    model: Model
    network: Network

    @property
    def module(self) -> torch.nn.Sequential:
        """Backbone and head as one module, in evaluation mode: preprocessed images to logits."""
        return torch.nn.Sequential(self.network.backbone, self.network.head).eval()

    def logits(self, images: np.ndarray) -> np.ndarray:
        """float32 [n, classes] for images uint8 [n, c, h, w], as the data set has them, before any intervention.

        Raises:
            DataError: the images are of another shape or type.
        """
        expected = (self.shape.channels, self.shape.height, self.shape.width)
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != expected:
            got = f"{images.dtype} {list(images.shape)}" if isinstance(images, np.ndarray) else type(images).__name__
            raise DataError(
                "the model can't take these images",
                got=got,
                expected=f"an array of uint8 [n, {', '.join(map(str, expected))}]",
                do="read image files with the model's own read()",
            )
        seen = torch.from_numpy(np.require(self.transform.apply(images), requirements=["C", "W"]))
        module = self.module.to(memory_format=torch.channels_last)
        return in_batches(module, self.model.preprocess, seen, Precision.fp32).numpy()

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """float64 [n, classes]: the softmax of the logits."""
        return torch.from_numpy(self.logits(images)).double().softmax(1).numpy()

    def read(self, paths: str | Path | Sequence[str | Path]) -> np.ndarray:
        """Image files, or one of them, as uint8 [n, c, h, w] of the shape that the network was trained on.

        Raises:
            DataError: a file isn't an image.
        """
        several = [paths] if isinstance(paths, str | Path) else paths
        return np.stack([self._read(Path(path)) for path in several])

    def _read(self, path: Path) -> np.ndarray:
        if path.exists() and (not path.is_file() or path.stat().st_size > LARGEST_MEMBER):
            raise DataError(f"{path} can't be used", got="not a file, or too large a one", expected="an image file")
        try:
            return decode(path.read_bytes(), Form(self.shape.channels, (self.shape.height, self.shape.width))).pixels
        except (Unreadable, OSError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else problem
            raise DataError(f"{path} can't be used", got=reason, expected="an image file") from problem


def load(path: str | Path, arm: str, seed: int | None = None, *, parts: Arm | None = None) -> TrainedModel:
    """Reads a trained network back from a run folder; no code of the folder is run.

    Args:
        path: the run folder.
        arm: name of the arm.
        seed: by default the first one that is finished.
        parts: the arm itself, for a model or an intervention that is code of your own.

    Raises:
        RunFolderError: there is no such cell, it isn't finished or damaged, or its parts aren't visavis's own.
    """
    folder = RunFolder(Path(path))
    folder.require()
    study = folder.study
    _require_known(arm, study.arms, path)
    finished = (seed for seed in study.seeds if folder.cell(arm, seed).is_finished())
    chosen = next(finished, study.seeds[0]) if seed is None else seed
    cell = folder.cell(arm, chosen)
    if not cell.is_finished():
        raise RunFolderError(
            f"{arm!r}, seed {chosen}, isn't finished",
            expected=f"a finished cell; seeds are {list(study.seeds)}",
            do="run the study again to continue it",
        )
    document, arrays = cell.read_model()
    streams = root(chosen, again=arm in study.again)
    try:
        return _rebuild(arm, chosen, document, arrays, streams, parts)
    except VisavisError:
        raise
    except Exception as problem:  # a doctored description makes parts raise whatever comes to hand
        raise DamagedFile(
            f"the model in {cell.path} can't be built",
            got=f"{type(problem).__name__}: {first_line(problem)}",
            expected="tensors that fit their description",
            do="remove the cell's folder and run the study again to make it anew",
        ) from problem


def _rebuild(
    arm: str,
    seed: int,
    document: ModelDocument,
    arrays: Mapping[str, np.ndarray],
    streams: Stream,
    parts: Arm | None,
) -> TrainedModel:
    """The network as it was built and then trained. What is visavis's own is first built without memory: a description
    asks for no more of it than the tensors have that are there.
    """
    model: Model = _part(document.model, models, parts and parts.model)
    intervention: Intervention = _part(document.input, inputs, parts and parts.input)
    shape = document.shape
    transform = draw_input(intervention, shape, streams)
    seen = transform.apply(np.zeros((1, shape.channels, shape.height, shape.width), np.uint8))
    build = partial(build_network, model, ImageShape(*seen.shape[1:]), len(document.classes), streams)
    if not _is_foreign(document.model):
        with torch.device("meta"):
            _require_shapes(build(), arrays)
    network = build()
    _fill(network, arrays)
    return TrainedModel(arm, seed, document.classes, shape, intervention, transform, model, network)


def _part(described: Mapping[str, Any], room: ModuleType, given: Any) -> Any:
    """The part that a description is of: visavis's own is made from it, other code has to be given.

    Raises:
        RunFolderError: it isn't given, or another one is.
    """
    if given is None or not _is_foreign(described):
        return revive(described, room)
    if describe(given) != described:
        raise RunFolderError(
            f"the run was made with another {described['type']} than the one given",
            got=", ".join(map(str, difference(described, describe(given)))),
            expected="the same code and settings",
            do="give it as it was: in Python, load(path, arm, parts=my_arm)",
        )
    has_weights = "weights" in described
    return replace(given, weights=models.Untrained()) if has_weights else given


def _is_foreign(described: Any) -> bool:
    """Whether a description, or one within it, is of a class that isn't visavis's own."""
    if not isinstance(described, Mapping):
        return False
    return OWN_CODE in described or any(map(_is_foreign, described.values()))


def _require_known(arm: str, arms: Mapping[str, Any], path: str | Path) -> None:
    if arm not in arms:
        raise RunFolderError(f"{path} has no arm {arm!r}", expected=", ".join(map(repr, arms)))


def _require_shapes(network: Network, arrays: Mapping[str, np.ndarray]) -> None:
    """Compares a network without memory with the tensors that are to fill it.

    Raises:
        ValueError: they don't fit.
    """
    for name, tensor in network.tensors().items():
        found = arrays[name].shape if name in arrays else None
        if found != tuple(tensor.shape):
            raise ValueError(f"{name} is {found and list(found)} instead of {list(tensor.shape)}")


def _fill(network: Network, arrays: Mapping[str, np.ndarray]) -> None:
    for prefix, part in {"backbone.": network.backbone, "head.": network.head}.items():
        own = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        part.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in own.items()})


def revive(described: Mapping[str, Any], room: ModuleType) -> Any:
    """The value of a room's own class that a description is of; pre-trained weights are left out of it.

    Raises:
        RunFolderError: the class isn't one that the room exports.
    """
    name = str(described.get("type"))
    kind = getattr(room, name, None) if name in room.__all__ else None
    if not isinstance(kind, type) or OWN_CODE in described:
        raise RunFolderError(
            f"{name} is code of your own, which the run folder doesn't hold",
            expected=f"one of {', '.join(room.__all__)}",
            do="give the study's file with --study, or the arm itself in Python: load(path, arm, parts=my_arm)",
        )
    return kind(**{field: _field(field, value, room) for field, value in described.items() if field != "type"})


def _field(name: str, value: Any, room: ModuleType) -> Any:
    if name == "weights":
        return models.Untrained()  # the trained tensors take the place of those that the network began with
    if isinstance(value, Mapping):
        return revive(value, room)
    if isinstance(value, int) and value > LARGEST_SETTING:
        raise DamagedFile(f"no part has a {name} of {value:,}", expected=f"at most {LARGEST_SETTING:,}")
    if isinstance(value, list) and len(value) > MOST_SETTINGS:
        raise DamagedFile(f"no part has {len(value):,} {name}", expected=f"at most {MOST_SETTINGS:,}")
    return tuple(value) if isinstance(value, list) else value
