from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from visavis.store import RunFolder

STUDY = '''"""Slow enough to be stopped."""

import visavis as vv

def study(epochs: int = 3, seeds: int = 1, size: int = 1500) -> vv.Study:
    mlp, sgd = vv.models.MLP(hidden=(256,)), vv.SGD(lr=0.01, momentum=0.9)
    plain = vv.Arm("plain", model=mlp, optimizer=sgd, epochs=epochs, batch_size=4, loss=vv.NLL())
    return vv.Study(
        name="slow",
        question="When does it end?",
        data=vv.datasets.Glyphs(train_size=size, test_size=40),
        control=plain,
        arms=[plain.but("permuted", input=vv.PixelPermutation())],
        seeds=range(seeds),
    )
'''


class Running:
    """A run of the slow study in a process of its own."""

    def __init__(self, folder: Path, *words: object) -> None:
        command = [sys.executable, "-m", "visavis", "run", "slow.py", "--precision", "fp32", "--out", folder, *words]
        self.folder = folder
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder.parent,
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # two runs on two cores
        )

    def wait_for(self, event: str, number: int = 1) -> None:
        """Until the run has told so many of these events."""
        for _ in range(1200):
            if sum(told["event"] == event for told in self.events()) >= number:
                return
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)
        raise AssertionError(f"no {event}: {self.events()}")

    def events(self) -> list[dict]:
        """What this process has told so far."""
        told = RunFolder(self.folder).read_events() if self.folder.exists() else ()
        return [event for event in told if event["process"] == self.process.pid]

    def logits(self) -> list[np.ndarray]:
        """Of the first seed of each arm."""
        return [RunFolder(self.folder).cell(arm, 0).read_predictions().logits for arm in ("plain", "permuted")]

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """The exit code and what was said on the way."""
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out + err


@contextmanager
def runs_below(place: Path) -> Iterator[Callable[..., Running]]:
    """Starts runs of the slow study, all in one folder; what still runs at the end is killed."""
    (place / "slow.py").write_text(STUDY)
    started: list[Running] = []

    def run(*words: object) -> Running:
        started.append(Running(place / "run", *words))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            os.kill(one.process.pid, signal.SIGKILL)
            one.process.communicate()


@pytest.fixture
def start(tmp_path):
    """See ``runs_below``."""
    with runs_below(tmp_path) as run:
        yield run


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory) -> list[np.ndarray]:
    """The logits of a run that nothing happens to."""
    with runs_below(tmp_path_factory.mktemp("alone")) as run:
        whole = run()
        assert whole.end()[0] == 0
    return whole.logits()


@pytest.fixture
def copied(finished, tmp_path) -> RunFolder:
    """A finished folder that may be damaged."""
    shutil.copytree(finished.path, tmp_path / "copied")
    return RunFolder(tmp_path / "copied")
