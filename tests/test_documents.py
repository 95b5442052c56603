"""The documents of a run folder: written from the values that they are read as."""

import json
import pickle
import shutil
from dataclasses import replace
from enum import StrEnum

import numpy as np
import pytest
import torch

import visavis as vv
from small import CELL, small_study
from visavis.audit import Audit, NearDuplicates, NotLookedFor
from visavis.conclusions import Verdict
from visavis.errors import DamagedFile, InvalidStudy
from visavis.results import EpochRow
from visavis.store import CellDocument, DataDocument, Holder, ModelDocument, RunFolder, StudyDocument
from visavis.store.documents import FILES
from visavis.store.files import read_document, write_document

CELLS = {CellDocument: "cell.json", ModelDocument: "model.json"}
DOCUMENTS = FILES | {kind: f"cells/plain/seed-0/{name}" for kind, name in CELLS.items()}


@pytest.fixture
def copied(finished, tmp_path):
    """A finished run that may be changed."""
    shutil.copytree(finished.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.__name__)
def test_what_is_written_is_what_is_read(finished, tmp_path, kind):
    """Not a field is written that the type doesn't have."""
    path = finished.path / DOCUMENTS[kind]
    if not path.exists():
        pytest.skip("no seeds were added")
    write_document(tmp_path / "again.json", read_document(path, kind))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "value",
    [EpochRow(1, 0.5, 0.8, 0.6, 0.7, 1.0, 64.0, "ab", "cd"), Holder.of_this_process(), CELL],
    ids=lambda value: type(value).__name__,
)
def test_a_dataclass_and_a_struct_read_back(tmp_path, value):
    write_document(tmp_path / "x.json", value)
    assert read_document(tmp_path / "x.json", type(value)) == value


def changed(folder, name, **fields):
    path = folder.path / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_field_that_a_document_does_not_have_is_passed_over(copied):
    before = copied.study, copied.data
    for name in ("study.json", "data.json"):
        changed(copied, name, surprise=[3])
    assert (copied.study, copied.data) == before


@pytest.mark.parametrize(
    ("name", "kind", "fields", "problem"),
    [
        ("study.json", StudyDocument, {"seeds": [0, 1, "2"]}, r"Expected `int`, got `str` - at `\$\.seeds\[2\]`"),
        ("study.json", StudyDocument, {"seeds": [4, 4]}, "a seed twice"),
        ("study.json", StudyDocument, {"asks": [["permuted", "nobody"]]}, "asks for a pair that is none"),
        ("study.json", StudyDocument, {"asks": [["plain", "plain"]]}, "asks for a pair that is none"),
        ("study.json", StudyDocument, {"asks": [["permuted", "plain"], ["plain", "permuted"]]}, "an ask twice"),
        ("study.json", StudyDocument, {"margin": 1}, r"Expected `float` < 1\.0 - at `\$\.margin`"),
        ("data.json", DataDocument, {"test": [5]}, "counts of images that don't fit the classes"),
        (
            "data.json",
            DataDocument,
            {"shape": {"channels": 1 << 20, "height": 1 << 20, "width": 1}},
            "images of more than 268,",
        ),
        ("audit.json", Audit, {"near": {"kind": "found", "pairs": -1}}, r"Expected `int` >= 0 - at `\$\.near\.pairs`"),
        ("audit.json", Audit, {"near": {"kind": "unknown"}}, r"Invalid value 'unknown' - at `\$\.near\.kind`"),
    ],
)
def test_what_does_not_fit_is_named_with_its_path(copied, name, kind, fields, problem):
    changed(copied, name, **fields)
    with pytest.raises(DamagedFile, match=rf"{name} can't be read; got {problem}"):
        copied.read(kind)


def test_look_alikes_are_found_or_were_not_looked_for(copied):
    assert isinstance(copied.read(Audit).near, NearDuplicates)
    changed(copied, "audit.json", near={"kind": "not looked for", "unit": "images", "count": 7, "limit": 5})
    assert copied.read(Audit).near == NotLookedFor("images", 7, 5)


class Brand(StrEnum):
    quick = "quick"


def test_more_special_types_of_texts_and_numbers_are_written_as_plain_ones(tmp_path):
    study = replace(small_study(), brands=(Brand.quick, torch.__version__), margin=np.float64(0.02))
    folder = RunFolder(tmp_path)
    folder.write(StudyDocument.of(study))
    assert folder.study.brands == ("quick", str(torch.__version__))
    assert folder.study.margin == 0.02


def test_a_document_holds_nothing_else(tmp_path):
    with pytest.raises(TypeError, match="a document can't hold a complex"):
        write_document(tmp_path / "x.json", {"x": 1j})
    assert not (tmp_path / "x.json").exists()


def test_a_study_of_more_cells_than_its_document_may_hold_is_refused():
    study, many = small_study(), range(10)
    with pytest.raises(InvalidStudy, match=r"seeds can't be used; got 110,000 cells; expected at most 100,000"):
        replace(study, arms=[study.control.but(f"arm {number}") for number in many], seeds=range(10_000))


def test_a_contrast_is_a_value_and_what_would_decide_it_is_asked_of_the_comparison(finished):
    comparison = vv.compare(finished.path)
    of_classes = next(iter(comparison.class_contrasts.values()))
    assert pickle.loads(pickle.dumps(comparison.headlines)) == comparison.headlines
    for contrast in (*comparison.headlines[:1], *of_classes[:1]):
        assert contrast.verdict is Verdict.inconclusive
        assert comparison.further(contrast).seeds != len(comparison.seeds)
        assert comparison.further(contrast) is comparison.further(contrast)
    assert len({comparison.further(contrast) for contrast in comparison.headlines}) > 1


def test_nothing_further_is_said_of_a_contrast_that_is_decided(finished):
    comparison = vv.compare(finished.path)
    decided = replace(comparison.headlines[0], verdict=Verdict.worse)
    assert comparison.further(decided) is None
