"""Models from strangers: what their description asks for is built only where the tensors are there for it."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save
from safetensors.torch import save as save_torch

import visavis as vv
from visavis.errors import DamagedFile, VisavisError
from visavis.store.files import content_digest

BIG = 1 << 40


def doctor(cell, about=None, tensors=None):
    """Another description, or other tensors, sealed as if they had always been there."""
    path = cell.path / "model.json"
    plain = json.loads(path.read_text())
    for name, value in (about or {}).items():
        plain[name] = {**plain[name], **value} if isinstance(value, dict) else value
    if tensors is not None:
        (cell.path / "model.safetensors").write_bytes(tensors)
        plain["sha256"] = content_digest(tensors)
    path.write_text(json.dumps(plain))
    predictions, described = cell.path / "predictions/own.npz", json.loads((cell.path / "cell.json").read_text())
    with np.load(predictions) as arrays:
        found = {name: arrays[name] for name in ("ids", "labels", "logits")}
    predictions.unlink()
    cell.finish(described, vv.results.Predictions(**found))


@pytest.mark.parametrize(
    "about",
    [
        {"model": {"hidden": [1 << 17, 1 << 17]}},
        {"model": {"hidden": [BIG]}},
        {"model": {"hidden": [16] * 20_000}},
        {"model": {"hidden": "wide"}},
        {"model": {"hidden": None}},
        {"model": {"hidden": [[16]]}},
        {"model": {"hidden": []}},
        {"model": {"depth": 3}},
        {"model": {"type": "Untrained"}},
        {"model": {"type": "READINGS"}},
        {"model": {"type": "LetterCNN", "padding": BIG}},
        {"model": {"type": "TorchvisionModel", "architecture": "resnet18", "size": BIG, "hidden": 0}},
        {"model": {"type": "Pretrained", "model": {"type": "Untrained"}}},
        {"input": {"type": "PixelPermutation", "again": 3}},
        {"input": {"type": ["Untouched"]}},
        {"shape": {"channels": 1 << 20, "height": 1 << 20, "width": 1 << 20}},
        {"shape": {"channels": 1, "height": 1 << 14, "width": 1 << 14}},
        {"shape": {"channels": 0}},
        {"classes": ["A", "B"]},
    ],
    ids=lambda about: str(about)[:70],
)
def test_a_doctored_description_is_one_declared_error(copied, command, about, tmp_path):
    doctor(copied.cell("plain", 0), about)
    with pytest.raises(VisavisError):
        vv.load(copied.path, "plain", 0)
    done = command("predict", copied.path, tmp_path / "none.png", "--arm", "plain", "--seed", 0)
    assert (done.code, len(done.err.strip().splitlines())) == (2, 1)


def kinds(cell):
    """Tensors of other types and shapes than the network's."""
    whole = load_file(cell.path / "model.safetensors")
    first, *rest = whole
    return {
        "none": save({}),
        "one is missing": save({name: whole[name] for name in rest}),
        "one is larger": save({**whole, first: np.zeros((40, *whole[first].shape[1:]), np.float32)}),
        "bfloat16": save_torch({name: torch.from_numpy(array).bfloat16() for name, array in whole.items()}),
        "no tensors": b"\x08\0\0\0\0\0\0\0{}      ",
    }


@pytest.mark.parametrize("case", ["none", "one is missing", "one is larger", "bfloat16", "no tensors"])
def test_doctored_tensors_are_one_declared_error(copied, case):
    doctor(copied.cell("plain", 0), tensors=kinds(copied.cell("plain", 0))[case])
    with pytest.raises(DamagedFile):
        vv.load(copied.path, "plain", 0)
