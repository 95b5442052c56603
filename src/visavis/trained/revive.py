"""A trained network built again: from its tensors, and the description of what they are put into."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from visavis.cells import build_network, draw_input
from visavis.data import ImageShape
from visavis.design.arm import Arm
from visavis.design.study import Entry
from visavis.errors import DamagedFile, RunFolderError, VisavisError, first_line
from visavis.interfaces import Network
from visavis.store import ModelDocument, RunFolder
from visavis.streams import Stream, root
from visavis.trained.model import TrainedModel
from visavis.trained.parts import candidate_of, intervention_of, is_foreign, model_of


def load(path: str | Path, arm: str, seed: int | None = None, *, parts: Entry | None = None) -> TrainedModel:
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
    if seed is None:
        seed = next((seed for seed in study.seeds if folder.cell(arm, seed).is_finished()), study.seeds[0])
    cell = folder.cell(arm, seed)
    if not cell.is_finished():
        raise RunFolderError(
            f"{arm!r}, seed {seed}, isn't finished",
            expected=f"a finished cell; seeds are {list(study.seeds)}",
            do="run the study again to continue it",
        )
    document, arrays = cell.read_model()
    streams = root(seed, again=arm in study.again)
    try:
        return _rebuild(arm, seed, document, arrays, streams, candidate_of(parts, document.model, document.input))
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
    model = model_of(document.model, parts.model if parts else None)
    intervention = intervention_of(document.input, parts.input if parts else None)
    shape = document.shape
    transform = draw_input(intervention, shape, streams)
    pixels = transform.apply(np.zeros((1, shape.channels, shape.height, shape.width), np.uint8))
    build = partial(build_network, model, ImageShape(*pixels.shape[1:]), len(document.classes), streams)
    # 1. Without memory: what a doctored description asks for is compared with the tensors before any of it is there.
    if not is_foreign(document.model):
        with torch.device("meta"):
            _require_shapes(build(), arrays)
    # 2. With memory; the trained tensors then take the place of what it has drawn.
    network = build()
    _fill(network, arrays)
    return TrainedModel(arm, seed, document.classes, shape, intervention, transform, model, network, document.fit)


def _require_known(arm: str, arms: Mapping[str, Any], path: str | Path) -> None:
    if arm not in arms:
        raise RunFolderError(f"{path} has no arm {arm!r}", expected=", ".join(map(repr, arms)))


def _require_shapes(network: Network, arrays: Mapping[str, np.ndarray]) -> None:
    """Compares a network without memory with the tensors that are to fill it.

    Raises:
        ValueError: they don't fit.
    """
    for name, tensor in network.tensors().items():
        shape = arrays[name].shape if name in arrays else None
        if shape != tuple(tensor.shape):
            raise ValueError(f"{name} is {shape and list(shape)} instead of {list(tensor.shape)}")


def _fill(network: Network, arrays: Mapping[str, np.ndarray]) -> None:
    for prefix, part in {"backbone.": network.backbone, "head.": network.head}.items():
        tensors = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        part.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in tensors.items()})
