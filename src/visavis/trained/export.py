"""Trained models in ONNX, checked against themselves (needs the extra ``visavis[onnx]``)."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from visavis.describe import describe
from visavis.errors import ExportError
from visavis.store.destination import Destination
from visavis.streams import Stream
from visavis.trained.model import TrainedModel
from visavis.training import tensor_of

OPSET = 18
CHECK_IMAGES = 4
TOLERANCE = 1e-3
"""Of the largest logit: what the order of sums may change."""


class _FromBytes(torch.nn.Module):
    """Preprocessing and network as one module: uint8 [n, c, h, w] to logits."""

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        self.model, self.module = model.model, model.module

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """float32 [n, classes]."""
        logits: torch.Tensor = self.module(self.model.preprocess(images))
        return logits


def to_onnx(model: TrainedModel, path: str | Path, *, replace: bool = False) -> float:
    """Writes a model with its preprocessing; class names, shape and arm stand in the file's metadata.

    The arm's intervention isn't part of the file: where there is one, images have to go through it first.

    Args:
        model: what to write.
        path: of the file, as ``Destination`` takes it.
        replace: whether a file that is there may be replaced.

    Returns:
        The largest difference of a logit between ONNX Runtime and PyTorch, relative to the largest logit.

    Raises:
        ExportError: the extra isn't installed, or the written file gives other logits.
        UsageError: a file is there, and isn't to be replaced.
    """
    destination = Destination(Path(path), replace)
    destination.require()
    onnx, runtime = _packages()
    pixels = model.transform.apply(_some_images(model))
    images = tensor_of(pixels)
    module = _FromBytes(model).eval().to(memory_format=torch.contiguous_format)
    with torch.no_grad():  # before the export: what a model caches is then a tensor, and not the exporter's stand-in
        expected = module(images).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module, (images,), dynamo=True, opset_version=OPSET, input_names=["images"], output_names=["logits"],
            dynamic_shapes={"images": {0: torch.export.Dim("n", min=1)}}, verbose=False,
        )  # fmt: skip
    assert program is not None
    proto = program.model_proto
    metadata = {"classes": list(model.classes), "arm": model.arm, "seed": model.seed, "shape": list(pixels.shape[1:])}
    metadata["input"] = describe(model.intervention)
    onnx.helper.set_model_props(proto, {"visavis": json.dumps(metadata)})
    onnx.checker.check_model(proto)
    session = runtime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"images": images.numpy()})
    worst = float(np.abs(logits - expected).max() / np.abs(expected).max())
    if not worst <= TOLERANCE:  # also where it isn't a number
        raise ExportError("the exported model gives other logits", got=f"a difference of {worst:.1e}")
    destination.write(proto.SerializeToString())
    return worst


def _some_images(model: TrainedModel) -> np.ndarray:
    shape = (CHECK_IMAGES, model.shape.channels, model.shape.height, model.shape.width)
    return Stream(("export",)).numpy().integers(0, 256, shape, np.uint8)


def _packages() -> tuple[Any, Any]:
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401
    except ImportError as problem:
        raise ExportError(
            "exporting to ONNX needs more packages", got=str(problem), do="pip install 'visavis[onnx]'"
        ) from problem
    return onnx, onnxruntime
