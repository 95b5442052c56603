"""A write is whole or absent, whatever fails in it and whenever the power goes."""

import errno
import os
import subprocess
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from benchmarks.write_faults import Faulty, full_after

import visavis as vv
from small import CELL, PREDICTIONS, ROW, small_study
from visavis.data import ImageShape
from visavis.errors import StorageError
from visavis.store import CellState, ModelDocument, RunFolder, files

OLD, NEW = b"old" * 1000, b"new, and longer" * 1000


def broken(*given, **named):
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def require_old(path):
    assert path.read_bytes() == OLD
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("room", [0, 1, 511, 512, 4096, len(NEW) - 1])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, room):
    path = tmp_path / "file"
    files.write_whole(path, OLD)
    monkeypatch.setattr(files, "os", Faulty(write=full_after(room)))
    with pytest.raises(StorageError, match="No space left on device; make room"):
        files.write_whole(path, NEW)
    require_old(path)


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_call_that_fails_leaves_what_was_there(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    files.write_whole(path, OLD)
    monkeypatch.setattr(files, "os", Faulty(**{call: broken}))
    with pytest.raises(StorageError, match="Input/output error"):
        files.write_whole(path, NEW)
    require_old(path)


@pytest.mark.parametrize("damage", ["flipped", "short"])
def test_what_does_not_read_back_is_not_put_in_place(tmp_path, monkeypatch, damage):
    def write(descriptor, content):
        wrong = bytearray(content)
        wrong[len(wrong) // 2] ^= 4
        os.write(descriptor, bytes(wrong) if damage == "flipped" else content[:-1])
        return len(content)

    path = tmp_path / "file"
    files.write_whole(path, OLD)
    monkeypatch.setattr(files, "os", Faulty(write=write))
    with pytest.raises(StorageError, match="doesn't read back as it was written"):
        files.write_whole(path, NEW)
    require_old(path)


@pytest.mark.parametrize("room", [0, 2_000, 30_000, 60_000, 90_000])
def test_a_run_on_a_full_disk_stops_and_goes_on_when_there_is_room(tmp_path, monkeypatch, room):
    study = small_study(seeds=1)
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", Faulty(write=full_after(room)))
        with pytest.raises(StorageError, match="No space left"):
            vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    assert not list((tmp_path / "run").rglob(f"*{files.UNFINISHED_SUFFIX}"))
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    whole = vv.run_study(study, tmp_path / "whole", vv.Options(precision="fp32"))
    for arm in ("plain", "permuted"):
        logits = [place.cell(arm, 0).read_predictions().logits for place in (folder, whole)]
        assert np.array_equal(*logits)


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "visavis", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system isn't allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_real_file_system_that_fills_up(small_disk):
    with pytest.raises(StorageError, match="No space left"):
        vv.run_study(small_study(seeds=1), small_disk / "run")
    assert not list(small_disk.rglob(f"*{files.UNFINISHED_SUFFIX}"))


class Disk:
    """Notes what is asked of the disk, and tells what may be on it after the power goes at any moment."""

    def __init__(self):
        self.names = {}
        self.notes = []
        self.paths = {}
        self.numbers = count()

    def open(self, path, flags, mode=0o777):
        descriptor = os.open(path, flags, mode)
        path = str(path)
        if not flags & os.O_DIRECTORY and path not in self.names:
            self.names[path] = next(self.numbers)
            self.notes.append(("name", path, self.names[path]))
        self.paths[descriptor] = path
        return descriptor

    def write(self, descriptor, content):
        self.notes.append(("write", self.names[self.paths[descriptor]], bytes(content)))
        return os.write(descriptor, content)

    def fsync(self, descriptor):
        path = self.paths[descriptor]
        self.notes.append(("flush folder", path) if Path(path).is_dir() else ("flush", self.names[path]))

    def replace(self, old, new):
        Path(old).replace(new)
        self.names[str(new)] = self.names.pop(str(old))
        self.notes.append(("name", str(new), self.names[str(new)]))

    def left_after(self, moment, *, names_reach_the_disk):
        """{path: content} when the power goes: what wasn't flushed of a file is lost; the names that weren't flushed
        are all lost, or all there.
        """
        content, flushed, entries, pending = {}, {}, {}, {}
        for kind, *about in self.notes[:moment]:
            if kind == "name":
                pending[about[0]] = about[1]
            elif kind == "write":
                content[about[0]] = content.get(about[0], b"") + about[1]
            elif kind == "flush":
                flushed[about[0]] = content.get(about[0], b"")
            else:
                inside = [path for path in pending if str(Path(path).parent) == about[0]]
                entries |= {path: pending.pop(path) for path in inside}
        if names_reach_the_disk:
            entries |= pending
        return {path: flushed.get(number, b"") for path, number in entries.items()}


MODEL = ModelDocument("x", 0, {}, {}, ("A", "B"), ImageShape(1, 2, 2), "few", "crop")


def write_a_cell(place):
    place.start()
    place.write_input({"examples": np.zeros((2, 1, 2, 2), np.uint8)})
    place.append_history(ROW)
    place.write_history([ROW])
    place.write_model(MODEL, {"weight": np.ones(3, np.float32)})
    place.finish(CELL, PREDICTIONS)


@pytest.mark.parametrize("names_reach_the_disk", [True, False])
def test_after_a_loss_of_power_a_cell_is_done_or_not_and_never_damaged(tmp_path, monkeypatch, names_reach_the_disk):
    disk = Disk()
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", Faulty(open=disk.open, write=disk.write, fsync=disk.fsync, replace=disk.replace))
        write_a_cell(RunFolder(tmp_path / "real").cell("x", 0))
    states = []
    for moment in range(len(disk.notes) + 1):
        left = disk.left_after(moment, names_reach_the_disk=names_reach_the_disk)
        for path, content in left.items():
            copy = tmp_path / str(moment) / os.path.relpath(path, tmp_path / "real")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
        states.append(RunFolder(tmp_path / str(moment)).cell("x", 0).state)
    assert set(states) == {CellState.waiting, CellState.done}
    assert states == sorted(states, key=lambda state: state is CellState.done)
    assert states[-1] is CellState.done


def test_the_model_of_the_disk_sees_a_write_without_its_flush(tmp_path, monkeypatch):
    """The control: with flushes that do nothing a finished cell can be damaged."""
    disk = Disk()
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", Faulty(open=disk.open, write=disk.write, fsync=lambda _: None, replace=disk.replace))
        write_a_cell(RunFolder(tmp_path / "real").cell("x", 0))
    left = disk.left_after(len(disk.notes), names_reach_the_disk=True)
    place = RunFolder(tmp_path / "copy").cell("x", 0)
    place.start()
    (place.path / "predictions").mkdir()
    (place.path / "predictions/own.npz").write_bytes(
        next(content for path, content in left.items() if path.endswith("predictions/own.npz"))
    )
    assert place.state is CellState.damaged
