"""What tests share: a cache of their own, real data where they are, and one small study that is run once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import visavis as vv
from visavis.store import RunFolder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is read from or written to the user's cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("VISAVIS_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setenv("COLUMNS", "120")
    yield
    patch.undo()


@pytest.fixture
def real_data() -> Path:
    """The folder with the real data sets; skips where there is none."""
    path = Path(os.environ.get("VISAVIS_DATA", "../shared/data"))
    if not path.is_dir():
        pytest.skip(f"no real data at {path} (set VISAVIS_DATA)")
    return path


def small_study(
    *, seeds: int = 2, epochs: int = 2, lr: float = 0.05, arms: tuple[str, ...] = ("permuted",)
) -> vv.Study:
    """Perceptrons on a few glyphs: seconds for all cells."""
    mlp = vv.models.MLP(hidden=(16,))
    control = vv.Arm("plain", input=vv.Untouched(), model=mlp, tuning=vv.FromScratch(lr=lr))
    others = {
        "permuted": control.but("permuted", input=vv.PixelPermutation()),
        "wide": control.but("wide", model=vv.models.MLP(hidden=(24,))),
        "wide permuted": control.but("wide permuted", input=vv.PixelPermutation(), model=vv.models.MLP(hidden=(24,))),
    }
    return vv.Study(
        name="small",
        question="Does it run?",
        data=vv.datasets.Glyphs(train_size=120, test_size=50),
        recipe=vv.Recipe(epochs=epochs, batch_size=32, optimizer=vv.SGD(momentum=0.9), loss=vv.NLL()),
        control=control,
        arms=[others[name] for name in arms],
        seeds=range(seeds),
    )


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A 2 x 2 with three seeds, run once for all tests that only read."""
    out = tmp_path_factory.mktemp("runs") / "small"
    study = small_study(seeds=3, arms=("permuted", "wide", "wide permuted"))
    return vv.run_study(study, out, origin={"command": ["visavis", "run", "small.py"]}, study_file="# the study\n")
