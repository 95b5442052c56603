"""Running again makes anew what is damaged, whatever file of the folder it is."""

import numpy as np
import pytest

import visavis as vv
from small import small_study
from visavis.errors import DamagedFile
from visavis.events.cells import CellStarted
from visavis.events.runs import FileMended
from visavis.store import RunFolder

STUDY = {"seeds": 3, "arms": ("permuted", "wide", "wide permuted")}
FILES = ["data.json", "environment.json", "weights.json", "audit.json", "audit.npz", "test-images.npz"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 40], ids=["empty", "no fields", "zeros"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_told_and_made_anew(copied, name, content):
    if (name, content) == ("weights.json", b"{}"):
        pytest.skip("that is what it holds where nothing is pre-trained")
    before = (copied.path / name).read_bytes()
    (copied.path / name).write_bytes(content)
    seen = []
    vv.run_study(small_study(**STUDY), copied.path, watch=seen.append)
    assert [event.name for event in seen if isinstance(event, FileMended)] == [name]
    assert not [event for event in seen if isinstance(event, CellStarted)]
    if name != "environment.json":  # it says when, and what the probe took
        assert content != (copied.path / name).read_bytes() == before
    vv.compare(copied.path).audit  # noqa: B018
    assert copied.damaged_files() == ()


def test_the_precision_of_finished_cells_outlives_their_environment(copied, monkeypatch):
    before = copied.environment
    (copied.path / "environment.json").write_bytes(b"")
    monkeypatch.setattr("visavis.runs.probe.probe_arms", None)  # it isn't even asked
    vv.run_study(small_study(**STUDY), copied.path)
    assert copied.environment.precision == before.precision


def test_a_look_that_was_cut_short_takes_no_other_with_it(tmp_path):
    out = tmp_path / "run"
    for seeds in (2, 3, 4):
        vv.run_study(small_study(seeds=seeds, epochs=1), out)
    with (out / "looks.jsonl").open("ab") as file:
        file.write(b'{"seeds": [0, 1, 2, ')
    folder = vv.run_study(small_study(seeds=4, epochs=1), out)
    assert vv.compare(folder.path).looks.seeds == (2, 3, 4)


def test_a_damaged_study_is_not_guessed(copied):
    (copied.path / "study.json").write_bytes(b"torn")
    with pytest.raises(DamagedFile, match="if that is refused, in another --out"):
        vv.run_study(small_study(**STUDY), copied.path)
    assert np.isfinite(copied.cell("plain", 0).read_predictions().logits).all()


def test_what_killed_writers_left_is_removed(tmp_path):
    names = [".study.json.1.new", "groups/.own.npz.1.new"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("half")
    (tmp_path / "groups/own.npz").write_text("whole")
    RunFolder(tmp_path).sweep()
    assert not any((tmp_path / name).exists() for name in names)
    assert (tmp_path / "groups/own.npz").exists()
