"""What tests share: a cache of their own, real data where they are, and one small study that is run once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import settings

import visavis as vv
from small import small_study
from visavis.store import RunFolder


def pytest_configure() -> None:
    """Screens are as wide everywhere; tests that run beside others take one thread each, in their own processes too."""
    os.environ["COLUMNS"] = "120"
    settings.register_profile("patient", deadline=None)  # on a busy machine an example may take long
    settings.load_profile("patient")
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is read from or written to the user's cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("VISAVIS_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture
def real_data() -> Path:
    """The folder with the real data sets; skips where there is none."""
    path = Path(os.environ.get("VISAVIS_DATA", "../shared/data"))
    if not path.is_dir():
        pytest.skip(f"no real data at {path} (set VISAVIS_DATA)")
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A 2 x 2 with three seeds, run once for all tests that only read."""
    out = tmp_path_factory.mktemp("runs") / "small"
    study = small_study(seeds=3, arms=("permuted", "wide", "wide permuted"))
    return vv.run_study(study, out, origin={"command": ["visavis", "run", "small.py"]}, study_file="# the study\n")


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch, capsys) -> Callable[..., Done]:
    """Runs the command in this process."""

    from visavis.cli import main  # which looks at once how wide the screen is

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["visavis", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Done(end.value.code if isinstance(end.value.code, int) else 0, captured.out, captured.err)

    return run
