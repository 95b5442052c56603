"""Run folders from strangers: no code of theirs runs, nothing outside is read or written, only declared errors come."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visavis.errors import DamagedFile, NothingToCompare, RunFolderError, StorageError, VisavisError
from visavis.evidence import compare
from visavis.report import write_report
from visavis.store import RunFolder
from visavis.store.documents import FILES

CELL = "cells/plain/seed-0"


class Run:
    """A pickle that would run something."""

    def __reduce__(self):
        return os.system, ("touch pickle-was-run",)


def set_field(path, *way, value):
    plain = json.loads(path.read_text())
    place = plain
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    path.write_text(json.dumps(plain))


FIELDS = [
    ("study.json", ("seeds",), ["0"]),
    ("study.json", ("seeds",), [0, 0]),
    ("study.json", ("seeds",), [1.5]),
    ("study.json", ("seeds",), list(range(20_000))),
    ("study.json", ("arms", "plain"), 3),
    ("study.json", ("arms",), {}),
    ("study.json", ("arms", "plain"), {"input": {}}),
    ("study.json", ("again",), "plain"),
    ("study.json", ("arms", "plain", "epochs"), 0),
    ("study.json", ("control",), "nobody"),
    ("study.json", ("control",), None),
    ("study.json", ("margin",), "x"),
    ("study.json", ("margin",), 1e400),
    ("study.json", ("headline",), "accuracies"),
    ("study.json", ("brands",), "quick"),
    ("study.json", ("name",), ["small"]),
    ("data.json", ("classes",), ["A"]),
    ("data.json", ("classes",), [1, 2]),
    ("data.json", ("train",), ["many"]),
    ("data.json", ("remarks",), "limited"),
    ("data.json", ("shape",), {"width": 28}),
    ("data.json", ("left_out",), [["one"]]),
    ("environment.json", ("probes",), {"plain": {"fp32_seconds": 0}}),
    ("environment.json", ("origin",), {"command": "rm"}),
    ("environment.json", ("precision",), "fp16"),
    ("environment.json", ("cores",), -1),
    ("data.json", ("test",), [5]),
    ("data.json", ("shape",), {"channels": 1 << 20, "height": 1 << 20, "width": 1}),
    ("audit.json", ("near",), {"limit": 3}),
    ("audit.json", ("near", "surprise"), 3),
    ("audit.json", ("classes",), [{}]),
    ("audit.json", ("identical", "examples"), [[]]),
]


@pytest.mark.parametrize(("name", "way", "value"), FIELDS, ids=lambda value: str(value)[:30])
def test_a_field_of_another_kind_is_one_clear_error(copied, command, name, way, value):
    path = copied.path / name
    if not path.exists():
        path.write_text("{}")
    set_field(path, *way, value=value)
    for word in ("compare", "report"):
        done = command(word, copied.path)
        if word == "compare" and name == "audit.json":  # only the report shows it
            continue
        assert done.code == 2
        assert f"{name} can't be read; got " in done.err
        assert "Traceback" not in done.err
    assert command("status", copied.path).code == (2 if name == "study.json" else 0)


KINDS = {name: kind for kind, name in FILES.items()}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, b'{"a": NaN}', b"1" * 10_000],
    ids=["empty", "list", "bytes", "open", "deep", "NaN", "long number"],
)
def test_a_document_that_is_none_is_one_clear_error(copied, name, content):
    (copied.path / name).write_bytes(content)
    with pytest.raises(DamagedFile, match="can't be read"):
        copied.read(KINDS[name])


def test_a_huge_document_is_not_read(copied, command):
    with (copied.path / "study.json").open("wb") as file:
        file.truncate(1 << 40)
    done = command("compare", copied.path)
    assert (done.code, "1,099,511,627,776 bytes, more than" in done.err) == (2, True)


ARRAYS = {
    "object": {"logits": np.array([[Run()]], object)},
    "no rows": {"logits": np.zeros((0, 10), np.float32)},
    "other classes": {"logits": np.zeros((50, 3), np.float32)},
    "strings": {"logits": np.full((50, 10), "x")},
    "infinite": {"logits": np.full((50, 10), np.inf, np.float32)},
    "huge": {"logits": np.full((50, 10), 1e300)},
    "labels": {"labels": np.full(50, 10)},
    "three dimensions": {"logits": np.zeros((50, 10, 1), np.float32)},
}


@pytest.mark.parametrize("case", ARRAYS)
def test_predictions_that_can_be_none_are_a_missing_cell(copied, command, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = copied.path / CELL / "predictions/own.npz"
    with np.load(path) as arrays:
        np.savez(path, **{**dict(arrays), **ARRAYS[case]}, allow_pickle=True)
    assert command("compare", copied.path).code in {0, 2}
    assert ("plain", 0) in compare(copied.path).missing if case != "other classes" else True
    assert not (tmp_path / "pickle-was-run").exists()


def test_a_pickle_in_the_place_of_any_file_is_not_loaded(copied, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in {path.name: path for path in copied.path.rglob("*") if path.is_file()}.values():
        content = path.read_bytes()
        path.write_bytes(pickle.dumps(Run()))
        for word in ("report", "status") if path.suffix == ".npz" else ("compare", "status"):
            assert command(word, copied.path).code in {0, 2}
        path.write_bytes(content)
    assert not (tmp_path / "pickle-was-run").exists()


def bomb(path, names, size):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (size,)})
                for _ in range(size >> 20):
                    file.write(bytes(1 << 20))


def test_arrays_that_unpack_to_a_thousand_times_their_file_are_not_unpacked(copied, monkeypatch):
    path = copied.path / CELL / "predictions/own.npz"
    bomb(path, ("ids", "labels", "logits", "seal"), 64 << 20)
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr(np, "load", None)  # it isn't even asked
    with pytest.raises(DamagedFile, match=r"bytes that unpack to 268,4"):
        copied.cell("plain", 0).read_predictions()


@pytest.mark.parametrize("name", ["study.json", f"{CELL}/predictions/own.npz", f"{CELL}/history.jsonl", "audit.npz"])
def test_a_pipe_in_the_place_of_a_file_does_not_hang(copied, command, name):
    (copied.path / name).unlink()
    os.mkfifo(copied.path / name)
    assert command("compare", copied.path).code in {0, 2}
    assert command("report", copied.path).code in {0, 2}


def test_a_pipe_in_the_place_of_the_events_does_not_hang_a_run(copied):
    (copied.path / "events.jsonl").unlink()
    os.mkfifo(copied.path / "events.jsonl")
    with pytest.raises(StorageError, match=r"events.jsonl can't be written"):
        copied.append_event({"event": "Warned"})


def test_classes_that_do_not_fit_the_predictions_are_one_clear_error(copied, command):
    for name, value in (("classes", ["A", "B"]), ("train", [60, 60]), ("test", [25, 25])):
        set_field(copied.path / "data.json", name, value=value)
    done = command("compare", copied.path)
    assert (done.code, "doesn't fit the predictions; got 2 classes; expected 10" in done.err) == (2, True)


def test_more_cells_than_anyone_could_train_are_refused(copied, command):
    arms = json.loads((copied.path / "study.json").read_text())["arms"]
    set_field(copied.path / "study.json", "arms", value={**arms, **{f"arm {n}": arms["plain"] for n in range(900)}})
    set_field(copied.path / "study.json", "seeds", value=list(range(200)))
    assert "more than 100,000 cells" in command("status", copied.path).err


def test_a_failure_that_cannot_be_read_is_a_failure(copied):
    cell = copied.cell("plain", 0)
    (cell.path / "predictions/own.npz").unlink()
    (cell.path / "failure.txt").mkdir()
    assert "failure.txt can't be read" in cell.read_failure()


@pytest.mark.parametrize(
    "name", ["data.json", f"{CELL}/predictions/own.npz", f"{CELL}/cell.json", "test-images.npz", CELL]
)
def test_a_link_that_leads_out_is_not_followed_to_read(copied, tmp_path, name):
    outside = tmp_path / "outside"
    shutil.move(copied.path / name, outside)
    (copied.path / name).symlink_to(outside)
    try:
        found = compare(copied.path)
        write_report(copied.path)
    except RunFolderError as problem:
        assert "leads out of its folder" in str(problem)  # noqa: PT017 (either end is right)
    else:
        assert ("plain", 0) in found.missing


def test_a_link_that_leads_out_is_not_followed_to_write(copied, tmp_path, command):
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(copied.path / "report", ignore_errors=True)
    (copied.path / "report").symlink_to(outside)
    done = command("report", copied.path)
    assert (done.code, "leads out of its folder" in done.err) == (2, True)
    assert not list(outside.iterdir())
    (copied.path / "report").unlink()
    (copied.path / "report").mkdir()
    (copied.path / "report/index.html").symlink_to(tmp_path / "page")
    (tmp_path / "page").write_text("mine")
    command("report", copied.path)
    assert (tmp_path / "page").read_text() == "mine"


def test_a_link_within_the_folder_and_a_link_to_it_are_fine(copied, tmp_path):
    (copied.path / "data.json").rename(copied.path / "moved.json")
    (copied.path / "data.json").symlink_to("moved.json")
    (tmp_path / "link").symlink_to(copied.path)
    assert compare(tmp_path / "link").seeds == (0, 1, 2)


def test_code_of_the_folder_is_never_run(copied, command):
    (copied.path / "study.py").write_text("raise SystemExit('the study was run')")
    for words in (("compare",), ("report",), ("status",), ("plan", "--detect", "1pp")):
        assert command(words[0], copied.path, *words[1:]).code == 0


def test_a_report_of_a_strangers_folder_never_imports_torch(copied):
    code = f"import sys, visavis; visavis.write_report({str(copied.path)!r}); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(scope="module")
def whole(finished, tmp_path_factory):
    """A copy that is put right again after each try."""
    copy = tmp_path_factory.mktemp("hostile") / "run"
    shutil.copytree(finished.path, copy)
    compare(copy)  # leaves a line in looks.jsonl
    return copy


@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_bytes_anywhere_end_in_a_declared_error_or_none(whole, data):
    files = sorted(path for path in whole.rglob("*") if path.is_file() and "features" not in path.parts)
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    start = data.draw(st.integers(0, max(0, len(content) - 1)))
    changed = content[:start] + data.draw(st.binary(max_size=12)) + content[start + data.draw(st.integers(0, 12)) :]
    path.write_bytes(changed)
    try:
        compare(whole).table()
    except VisavisError:
        pass
    finally:
        path.write_bytes(content)


def test_nothing_finished_says_what_to_do(copied, command):
    for path in copied.path.glob("cells/plain/*/predictions/own.npz"):
        path.unlink()
    with pytest.raises(NothingToCompare):
        compare(copied.path)
    assert "run the study again to continue it" in command("compare", copied.path).err


def test_claims_of_a_stranger_are_read_with_care(copied, command):
    claims = copied.path / "claims"
    claims.mkdir(exist_ok=True)
    (copied.cell("plain", 0).path / "predictions/own.npz").unlink()
    record = {"host": "\x1b[31m<script>", "process": -1, "started": "", "since": "x" * 50, "token": ""}
    (claims / "cells-plain-seed-0.json").write_text(json.dumps(record))
    done = command("status", copied.path)
    assert (done.code, "\x1b" in done.out) == (0, False)
    assert RunFolder(copied.path).cell("plain", 0).holder is None
