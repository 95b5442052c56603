"""One contract for all who train cells: the same bits, nothing lost, everything told."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from visavis.store import RunFolder

STUDY = '''"""Slow enough to be stopped."""

import visavis as vv
from rates import CALM, WILD

def study(seeds: int = 2, size: int = 800, epochs: int = 2, fails: bool = False) -> vv.Study:
    model = vv.models.MLP(hidden=(64,))
    sgd = vv.SGD(lr=0.01, momentum=0.9)
    plain = vv.Arm("plain", model=model, optimizer=sgd, epochs=epochs, batch_size=4, loss=vv.NLL())
    other = plain.but(
        "other",
        optimizer=vv.AdamW(lr=WILD if fails else CALM),
        schedule=vv.Cosine(warmup=0.5),
        augmentation=vv.Shift(2),
        training=vv.LabelNoise(0.2),
    )
    return vv.Study(
        name="slow",
        question="When does it end?",
        data=vv.datasets.Glyphs(train_size=size, test_size=40),
        control=plain,
        arms=[other],
        asks=[(other, plain)],
        seeds=range(seeds),
    )
'''
KINDS = {
    "one process": (),
    "processes": ("--jobs", "2"),
    "ray": ("--jobs", "2", "--executor", "ray"),
    "slurm": ("--jobs", "2", "--executor", "slurm", "--slurm", "cluster=local"),
}
CELLS = [("plain", 0), ("other", 0), ("plain", 1), ("other", 1)]
NEEDED = {"ray": "ray", "slurm": "submitit"}


def start(kind, folder, *words):
    """The command in a process of its own."""
    pytest.importorskip(NEEDED.get(kind, "visavis"))
    (folder.parent / "slow.py").write_text(STUDY)
    (folder.parent / "rates.py").write_text("CALM, WILD = 0.002, 1e20\n")
    command = [sys.executable, "-m", "visavis", "run", "slow.py", "--precision", "fp32", "--threads", "1"]
    return subprocess.Popen(
        [*command, "--out", str(folder), *KINDS[kind], *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder.parent,
    )


def end(process):
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def logits(folder, cells=CELLS):
    return {cell: RunFolder(folder).cell(*cell).read_predictions().logits for cell in cells}


def require_same_bits(folder, expected):
    found = logits(folder)
    assert all(np.array_equal(found[cell], expected[cell]) for cell in CELLS)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What one process makes of it."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    assert end(start("one process", folder))[0] == 0
    return logits(folder)


def events(folder, name):
    return [event for event in RunFolder(folder).read_events() if event["event"] == name]


def wait_for(process, folder, name, number=1):
    """Until so many events of that name are told."""
    for _ in range(1200):
        if (folder / "study.json").exists() and len(events(folder, name)) >= number:
            return events(folder, name)
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError(f"no {name}")


SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("ray", "slurm")]
OTHERS = ["processes", *SLOW]


@pytest.mark.parametrize("kind", ["processes", "ray", "slurm"])
def test_the_same_bits_whoever_trains(kind, expected, tmp_path):
    folder = tmp_path / "run"
    code, out, err = end(start(kind, folder))
    assert code == 0, err
    require_same_bits(folder, expected)
    finished = events(folder, "CellFinished")
    assert Counter((event["arm"], event["seed"]) for event in finished) == dict.fromkeys(CELLS, 1)
    assert str(os.getpid()) not in {str(event["process"]) for event in finished}
    assert len({event["run"] for event in RunFolder(folder).read_events()}) == 1
    for arm, seed in CELLS:
        assert err.count(f"{arm}, seed {seed}: test accuracy") == 1, err
    assert "Traceback" not in out + err
    assert "Warning" not in out + err
    assert RunFolder(folder).environment.threads == 1


@pytest.mark.parametrize("kind", OTHERS)
def test_candidates_and_what_is_chosen_are_the_same_whoever_trains_and_is_killed(kind, tmp_path):
    words = ("--size", 400, "--seeds", 1, "--tune", "optimizer.lr=0.001..0.01:2")
    cells = [("plain, tuned", 0), ("other, tuned", 0), ("other, tuned, candidate 2", 0)]
    found = []
    for who in ("one process", kind):
        (tmp_path / who).mkdir()
        process = start(who, tmp_path / who / "run", *words)
        if who == kind:
            os.kill(wait_for(process, tmp_path / who / "run", "EpochDone")[-1]["process"], signal.SIGKILL)
        code, _, err = end(process)
        assert code == 0, err
        assert err.count("is the best, accuracy") == 2, err
        found.append(logits(tmp_path / who / "run", cells))
    assert all(np.array_equal(found[0][cell], found[1][cell]) for cell in cells)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_worker_that_is_killed_loses_nothing(kind, expected, tmp_path):
    folder = tmp_path / "run"
    process = start(kind, folder, "--epochs", 2)
    begun = wait_for(process, folder, "EpochDone")[-1]
    os.kill(begun["process"], signal.SIGKILL)
    code, _, err = end(process)
    assert code == 0, err
    require_same_bits(folder, expected)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "ray", "slurm"])
def test_a_driver_that_dies_can_be_started_again(kind, expected, tmp_path):
    folder = tmp_path / "run"
    process = start(kind, folder)
    wait_for(process, folder, "EpochDone")
    process.kill()
    process.communicate(timeout=120)  # which waits for its workers, too
    code, _, err = end(start("one process", folder))
    assert code == 0, err
    require_same_bits(folder, expected)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_signal_keeps_what_is_in_work_and_ends_all_processes(kind, expected, tmp_path):
    folder = tmp_path / "run"
    process = start(kind, folder)
    workers = {event["process"] for event in wait_for(process, folder, "EpochDone")}
    process.send_signal(signal.SIGTERM)
    code, _, err = end(process)
    assert code == 143, err
    assert "the same command continues" in err
    assert "Traceback" not in err
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert list(folder.glob("cells/*/*/checkpoint/*/*")) or list(folder.glob("cells/*/*/predictions/own.npz"))
    assert end(start("one process", folder))[0] == 0
    require_same_bits(folder, expected)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "ray", "slurm"])
def test_cells_that_fail_are_told_and_the_others_go_on(kind, expected, tmp_path):
    folder = tmp_path / "run"
    code, _, err = end(start(kind, folder, "--fails"))
    assert code == 1, err
    assert err.count("other, seed 0 failed: the loss isn't finite") == 1
    found = logits(folder, CELLS[::2])
    assert all(np.array_equal(found[cell], expected[cell]) for cell in found)
    code, _, err = end(start(kind, folder, "--fails", "--retry-failed", "--fail-fast"))
    assert code == 1, err
    assert "failed: the loss isn't finite" in err


@pytest.mark.slow
def test_two_runs_on_one_folder_share_the_cells(expected, tmp_path):
    folder = tmp_path / "run"
    first = start("processes", folder)
    wait_for(first, folder, "CellStarted")
    second = start("processes", folder)
    assert [end(run)[0] for run in (first, second)] == [0, 0]
    require_same_bits(folder, expected)
    finished = Counter((event["arm"], event["seed"]) for event in events(folder, "CellFinished"))
    assert finished == dict.fromkeys(CELLS, 1)
