import numpy as np
import pytest

from small import CELL, PREDICTIONS, ROW
from visavis.errors import DamagedFile, NotARunFolder, StorageError
from visavis.interfaces import Loaded
from visavis.store import RunFolder, StudyDocument, WeightsDocument

SEAL = np.frombuffer(b"{}", np.uint8)


@pytest.fixture
def cell(tmp_path):
    cell = RunFolder(tmp_path).cell("An arm/..", 3)
    cell.start()
    (cell.path / "predictions").mkdir()
    return cell


def test_a_cell_lies_below_its_arm_and_seed_whatever_the_name(cell, tmp_path):
    assert cell.path == tmp_path / "cells" / "an-arm" / "seed-3"


def test_predictions_come_last_and_make_the_cell_finished(cell):
    assert not cell.is_finished()
    cell.finish(CELL, PREDICTIONS)
    assert cell.is_finished()
    found = cell.read_predictions()
    assert np.array_equal(found.logits, PREDICTIONS.logits)
    assert found.ids.tolist() == [b"a", b"b"]
    assert cell.read_document() == CELL
    assert {file.name for file in cell.path.iterdir()} == {"cell.json", "predictions"}


def test_damaged_predictions_are_not_finished(cell):
    cell.finish(CELL, PREDICTIONS)
    path = cell.path / "predictions/own.npz"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert not cell.is_finished()
    with pytest.raises(DamagedFile, match=r"own\.npz can't be read"):
        cell.read_predictions()


def test_a_pickle_is_never_loaded(cell):
    np.savez(
        cell.path / "predictions/own.npz",
        ids=np.array([object()]),
        labels=np.array([0]),
        logits=np.zeros((1, 2)),
        seal=SEAL,
    )
    with pytest.raises(DamagedFile):
        cell.read_predictions()


def test_arrays_that_do_not_fit_together_are_damaged(cell):
    np.savez(
        cell.path / "predictions/own.npz",
        ids=np.array([b"a"]),
        labels=np.array([0, 1]),
        logits=np.zeros((1, 2)),
        seal=SEAL,
    )
    with pytest.raises(DamagedFile, match="different lengths"):
        cell.read_predictions()


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"logits": np.full((2, 2), np.nan, np.float32)}, "aren't finite"),
        ({"logits": np.array([["a", "b"], ["c", "d"]])}, "aren't finite"),
        ({"labels": np.array([0, 5])}, "labels beyond the logits"),
        ({"labels": np.array([0.0, 1.0])}, "another type"),
        ({"logits": np.zeros(2, np.float32)}, "another shape"),
    ],
)
def test_arrays_that_can_be_no_predictions_are_damaged(cell, arrays, problem):
    np.savez(cell.path / "predictions/own.npz", **{**vars(PREDICTIONS), "seal": SEAL, **arrays})
    with pytest.raises(DamagedFile, match=problem):
        cell.read_predictions()


def test_a_history_whose_last_line_is_torn(cell):
    cell.append_history(ROW)
    with (cell.path / "history.jsonl").open("a") as file:
        file.write('{"epoch": 2, "train_lo')
    assert cell.read_history() == [ROW]


def test_starting_a_cell_again_empties_it(cell):
    cell.append_history(ROW)
    cell.write_failure("no luck")
    assert cell.read_failure() == "no luck"
    cell.start()
    assert cell.read_history() == []
    assert cell.read_failure() is None


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path)
    folder.write(WeightsDocument({}))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space"):
        folder.write(WeightsDocument({"plain": Loaded("weights", "0")}))
    assert folder.read(WeightsDocument).arms == {}
    assert [file.name for file in tmp_path.iterdir()] == ["weights.json"]


def test_folders_that_hold_no_study(tmp_path):
    with pytest.raises(NotARunFolder, match="no such folder"):
        RunFolder(tmp_path / "none").require()
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(NotARunFolder, match=r"no study\.json"):
        RunFolder(tmp_path).require()
    with pytest.raises(NotARunFolder, match="holds other files"):
        RunFolder(tmp_path).require_free()
    with pytest.raises(NotARunFolder, match="is a file"):
        RunFolder(tmp_path / "file.txt").require_free()


@pytest.mark.parametrize("content", ["", "[1]", "{broken"])
def test_a_damaged_study_file(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(DamagedFile, match=r"study\.json can't be read"):
        RunFolder(tmp_path).read(StudyDocument)


def test_test_images_by_id(tmp_path):
    images = np.arange(8, dtype=np.uint8).reshape(2, 1, 2, 2)
    RunFolder(tmp_path).write_test_images(np.array([b"a", b"b"]), images)
    assert np.array_equal(RunFolder(tmp_path).read_test_images()[b"b"], images[1])
