import errno
import os
import subprocess
import sys

import numpy as np
import pytest
from forms import is_mapped

from visavis import arrays
from visavis.arrays import GrowingArray, concatenate, in_slices, slices, take
from visavis.errors import DataError
from visavis.training import tensor_of

WHOLE = np.random.default_rng(0).integers(0, 256, (50, 3, 4), np.uint8)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch, tmp_path):
    """Six rows of ``WHOLE`` lie in memory, and three are worked on at once."""
    monkeypatch.setattr(arrays, "IN_MEMORY", 72)
    monkeypatch.setattr(arrays, "SLICE", 36)
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def kept_in_memory(monkeypatch):
    monkeypatch.setattr(arrays, "IN_MEMORY", 1 << 30)


def parts_of(whole):
    return (whole[part] for part in slices(whole))


@pytest.mark.parametrize("count", [0, 1, 6, 7, 50])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.int64])
def test_rows_are_the_same_in_memory_and_on_disk(count, kind):
    whole = WHOLE[:count].astype(kind)
    grown = concatenate([whole[:1], *(row[None] for row in whole[1:])])
    assert grown.dtype == kind
    assert np.array_equal(grown, whole)
    assert is_mapped(grown) == (whole.nbytes > 72)
    assert grown.flags.writeable
    assert grown.flags.c_contiguous


def test_pytorch_takes_it_without_a_copy():
    grown = concatenate(parts_of(WHOLE))
    assert tensor_of(grown).data_ptr() == grown.ctypes.data


def test_pytorch_takes_a_copy_of_what_it_could_not_share(tmp_path):
    np.save(tmp_path / "whole.npy", WHOLE)
    read_only = np.load(tmp_path / "whole.npy", mmap_mode="r")
    for array in (read_only, np.frombuffer(WHOLE.tobytes(), np.uint8), WHOLE[:, ::-1], WHOLE.transpose(2, 0, 1)):
        tensor = tensor_of(array)  # warnings are errors here
        tensor.add_(1)
        assert np.array_equal(tensor.numpy(), array + 1)


def test_rows_of_another_shape_or_type_are_refused():
    growing = GrowingArray()
    growing.add(WHOLE)
    for other in (WHOLE[:, :2], WHOLE.astype(np.int16)):
        with pytest.raises(ValueError, match="rows of"):
            growing.add(other)


def test_no_file_is_ever_seen(tmp_path):
    growing = GrowingArray()
    for part in parts_of(WHOLE):
        growing.add(part)
        assert not list((tmp_path / "cache").rglob("*"))
    assert is_mapped(growing.array())
    assert not list((tmp_path / "cache").rglob("*"))


def test_a_process_that_is_killed_leaves_nothing(tmp_path):
    code = """
import os, signal
import numpy as np
from visavis import arrays
arrays.IN_MEMORY = 100
held = arrays.concatenate(np.full((1 << 20, 2), number, np.uint8) for number in range(20))
print(held.sum(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -9
    assert done.stdout.strip() == str(sum(range(20)) << 21)
    assert (tmp_path / "cache").is_dir()
    assert not list((tmp_path / "cache").rglob("*"))


@pytest.mark.parametrize("written", [0, 1, 3])
def test_a_full_disk_costs_memory(written, monkeypatch):
    real, calls = arrays._write, []

    def full_after(file, content):
        calls.append(content)
        if len(calls) > written:
            file.write(content[:5])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file, content)

    monkeypatch.setattr(arrays, "_write", full_after)
    grown = concatenate(parts_of(WHOLE))
    assert len(calls) == written + 1
    assert not is_mapped(grown)
    assert np.array_equal(grown, WHOLE)


def test_a_file_that_cannot_be_mapped_costs_memory(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    monkeypatch.setattr(arrays.np, "memmap", refuse)
    grown = concatenate(parts_of(WHOLE))
    monkeypatch.undo()
    assert np.array_equal(grown, WHOLE)


def test_a_folder_that_cannot_be_written_costs_memory(tmp_path, monkeypatch):
    (tmp_path / "blocked").write_text("no folder")
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "blocked"))
    assert np.array_equal(concatenate(parts_of(WHOLE)), WHOLE)


def test_no_room_anywhere_is_said(monkeypatch):
    class Full:
        def __init__(self, file):
            self.seek, self.close, self.write = file.seek, file.close, file.write

        def read(self, size):
            raise MemoryError

    real, written = arrays._write, []

    def full(file, content):
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(content)
        real(file, content)

    monkeypatch.setattr(arrays, "_write", full)
    made = arrays._nameless
    monkeypatch.setattr(arrays, "_nameless", lambda: Full(made()))
    with pytest.raises(DataError, match=r"no room for the images; got No space left .* expected more than .* bytes"):
        concatenate(parts_of(WHOLE))


@pytest.mark.parametrize(
    "rows", [[], [4], range(10, 30), range(50), [3, 1, 2], [7, 7, 8], np.random.default_rng(1).permutation(50)]
)
def test_rows_are_taken_in_their_order(rows):
    taken = take(WHOLE, np.array(rows, np.int64))
    assert np.array_equal(taken, WHOLE[list(rows)])


def test_of_neighbours_a_view_is_taken():
    assert take(WHOLE, np.arange(5, 45)).base is WHOLE
    assert is_mapped(take(WHOLE, np.arange(0, 40, 2)))
    assert not is_mapped(take(WHOLE, np.array([0, 2])))


def darkened(images):
    return np.where(images.max(axis=(1, 2), keepdims=True) > 250, images // 2, images)


def darkened_only_where_needed(images):
    return darkened(images) if (images > 250).any() else images


@pytest.mark.parametrize("apply", [darkened, darkened_only_where_needed, lambda images: images[:, :, ::-1]])
def test_a_function_is_applied_in_slices(apply):
    before = WHOLE.copy()
    assert np.array_equal(in_slices(apply, WHOLE), apply(WHOLE))
    assert np.array_equal(WHOLE, before)
    late = np.concatenate([WHOLE[:20] // 2, WHOLE])
    assert np.array_equal(in_slices(apply, late), apply(late))


def test_a_function_sees_no_more_than_a_slice():
    seen = []
    assert in_slices(lambda images: [seen.append(len(images)), images][1], WHOLE) is WHOLE
    assert max(seen) == 3
    assert sum(seen) == 50


@pytest.mark.usefixtures("kept_in_memory")
def test_what_is_small_stays_in_memory():
    assert not is_mapped(concatenate(parts_of(WHOLE)))
    assert not is_mapped(in_slices(darkened, WHOLE))
