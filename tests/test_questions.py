"""Every line of "Ask a question" is run, with few images and one epoch."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import visavis as vv
from visavis.interfaces import Loaded

PAGE = Path(__file__).parent.parent / "docs/how-to/ask-a-question.md"
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL) for line in block.splitlines() if line
]


def photos(folder, seed):
    """Three classes of pictures of 32 x 32, 16 each, that differ in brightness."""
    generator = np.random.default_rng(seed)
    for number in range(48):
        path = folder / ("cat", "dog", "owl")[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 90, (32, 32, 3)) + 60 * (number % 3)
        Image.fromarray(pixels.astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with photos, others, and the runs of the lines so far."""
    folder = tmp_path_factory.mktemp("questions")
    photos(folder / "photos", 0)
    photos(folder / "other", 1)
    return folder


def random_weights(self, architecture):
    """In the place of a download."""
    import torchvision.models

    torch.manual_seed(0)
    return torchvision.models.get_model(architecture).state_dict(), Loaded(f"random {architecture}", None)


def quick(line):
    """The words of a line, with few epochs and seeds and a folder of its own."""
    words = shlex.split(line)[1:]
    if words[0] == "run" and "--quick" not in words:
        words += ["--epochs", "1"]
        words += [] if {"--folds", "--until-decided"} & set(words) else ["--seeds", "2"]
        words += [] if "--out" in words else ["--out", f"runs/{LINES.index(line)}"]
    return words


@pytest.mark.parametrize("line", LINES)
def test_every_line_runs(line, place, command, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.setattr(vv.models.TorchvisionWeights, "load", random_weights)
    if "runs/flips" in line and "--out" not in line and not (place / "runs/flips").exists():
        command(*quick(next(earlier for earlier in LINES if "--out runs/flips" in earlier)))
    done = command(*quick(line))
    assert done.code == 0, done.err
