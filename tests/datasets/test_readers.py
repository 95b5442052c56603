"""Each form in which people have labelled images has its reader, and the first that takes a path reads it."""

import numpy as np
import pytest
from forms import letters, write_folder, write_idx, write_tar, write_zip

from visavis.datasets import Images
from visavis.datasets.reading import idx, readers
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.readers import READERS, Reader, read_images
from visavis.errors import DataError, InvalidStudy

LABELS = (np.arange(8) % 2).astype(np.uint8)
PIXELS = np.arange(8 * 4 * 4, dtype=np.uint8).reshape(8, 4, 4)


def idx_folder(folder):
    write_idx(folder / "idx", PIXELS, LABELS)
    return folder / "idx"


def table(folder, head="path,label"):
    path = folder / "set.csv"
    path.write_text(f"{head}\n")
    return path


FORMS = {
    "an IDX file": (lambda folder: write_idx(folder, PIXELS, LABELS), "IDX"),
    "a folder of IDX files": (idx_folder, "IDX"),
    "IDX files beside class folders": (lambda folder: write_folder(idx_folder(folder), letters("AB", 2)), "IDX"),
    "a manifest": (table, "CSV"),
    "a manifest that begins as a zip does": (lambda folder: table(folder, "PK,path,label"), "CSV"),
    "a folder": (lambda folder: write_folder(folder / "set", letters("AB", 2)), "class folders"),
    "a folder that is called as a table is": (lambda folder: write_folder(folder / "a.csv", {"A/x": b""}), "class"),
    "a tar": (lambda folder: write_tar(folder / "set.tar.gz", letters("AB", 2)), "class folders"),
    "a zip": (lambda folder: write_zip(folder / "set.zip", letters("AB", 2)), "class folders"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken(form, tmp_path):
    write, word = FORMS[form]
    path = write(tmp_path)
    assert word in next(reader for reader in READERS if reader.takes(path)).phrase


def test_a_new_form_is_one_entry(monkeypatch, tmp_path):
    tmp_path.joinpath("set.letters").write_text("AABB")
    collection = read_images(idx_folder(tmp_path), Form())
    reader = Reader("a file of letters", lambda path: path.suffix == ".letters", lambda path, form, read_as: collection)
    monkeypatch.setattr(readers, "READERS", (reader, *READERS))
    assert Images(tmp_path / "set.letters").load().classes == ("A", "B")


@pytest.mark.parametrize("name", ["nothing", "text.txt"])
def test_what_no_reader_takes_is_refused_with_all_that_they_take(name, tmp_path):
    tmp_path.joinpath("text.txt").write_text("hello")
    with pytest.raises(DataError, match=r"no such file|isn't an archive of images") as refusal:
        Images(tmp_path / name).load()
    assert all(reader.phrase in str(refusal.value) for reader in READERS)


def test_the_form_of_idx_files_is_given(tmp_path):
    path = idx_folder(tmp_path)
    assert Images(path, channels=1).load().shape.channels == 1
    with pytest.raises(
        InvalidStudy, match=r"data\.size can't be used; got \(8, 8\); expected \(4, 4\) or none: the images of"
    ):
        Images(path, size=(8, 8)).load()
    assert Images(path, size=(4, 4)).load().shape.height == 4
    with pytest.raises(InvalidStudy, match=r"data\.channels can't be used; got 3; expected 1 or none: the images of"):
        Images(path, channels=3).load()


def test_what_the_system_refuses_is_told_by_name(monkeypatch, tmp_path):
    """Whichever reader asks for it, and whether it looks or reads."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(idx, "file_key", refuse)
    with pytest.raises(DataError, match=r"idx3-ubyte\.gz can't be read; got Permission denied"):
        Images(idx_folder(tmp_path)).load()
    monkeypatch.setattr("pathlib.Path.is_file", refuse)
    with pytest.raises(DataError, match=r"set\.csv can't be read; got Permission denied"):
        Images(tmp_path / "set.csv").load()
