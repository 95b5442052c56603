"""What is made of collections as people have them; the table in the docs is the same."""

import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from forms import png
from layouts import FILES, LAYOUTS, RESULTS, Layout, flags, table
from PIL import Image

import visavis as vv
from small import small_study
from visavis.audit import audit
from visavis.datasets import Images, ReadAs
from visavis.datasets.reading import sources
from visavis.errors import DataError, InvalidStudy
from visavis.report import write_report

OUTCOMES = json.loads(RESULTS.read_text())


@pytest.mark.parametrize("number", range(len(LAYOUTS)), ids=[layout.title for layout in LAYOUTS])
def test_a_collection_is_read_as_the_docs_say(number, tmp_path):
    layout, expected = LAYOUTS[number], OUTCOMES[number]
    assert (layout.title, flags(layout)) == (expected["title"], expected["flags"])
    assert layout.outcome(tmp_path) == expected["outcome"]


def test_each_collection_has_its_outcome():
    assert len(OUTCOMES) == len(LAYOUTS) >= 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "class/class"}, "data.layout"),
        ({"layout": "group"}, "data.layout"),
        ({"layout": "class/kind"}, "data.layout"),
        ({"groups": "(p"}, "data.groups"),
        ({"fit": "stretch"}, "data.fit"),
        ({"decode_size": 0}, "data.decode_size"),
    ],
)
def test_what_cannot_be_said_is_refused(options, message):
    with pytest.raises(InvalidStudy, match=message):
        ReadAs(**options)


@pytest.mark.parametrize("pattern", ["(p[0-9]+)_", "cat(x)?"])
def test_a_pattern_that_is_not_in_every_name_is_refused(pattern, tmp_path):
    path = LAYOUTS[0].write(tmp_path)
    with pytest.raises(DataError, match="pattern of the groups isn't in every name; got 'cat/0"):
        Images(path, read_as=ReadAs(groups=pattern)).load()


def test_what_means_nothing_for_a_source_is_refused(tmp_path):
    path = LAYOUTS[0].write(tmp_path)
    with pytest.raises(
        InvalidStudy, match=r"data\.path_column can't be used; got 'x'; expected --layout, .*class folders"
    ):
        Images(path, read_as=ReadAs(path_column="x")).load()
    with pytest.raises(DataError, match="there are no folds"):
        Images(path, read_as=ReadAs(test_fold="1")).load()


# What changes, and what lies where it shouldn't


def test_two_folders_that_look_the_same_are_not_taken_for_one(tmp_path):
    """Names, sizes and times agree, as of two archives that are unpacked with one fixed time."""
    found = []
    for name, shade in (("first", 10), ("second", 200)):
        for label in "ab":
            for number in range(5):
                path = tmp_path / name / label / f"{number}.bmp"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("L", (4, 4), shade + number).save(path)
                os.utime(path, (1, 1))
        found.append(Images(tmp_path / name).load().train.images.mean())
    assert found[0] != found[1]


def test_class_folders_that_swap_their_names_are_read_anew(tmp_path):
    path = LAYOUTS[0].write(tmp_path)
    before = Images(path).load()
    (path / "cat").rename(path / "cow")
    (path / "dog").rename(path / "cat")
    (path / "cow").rename(path / "dog")
    after = Images(path).load()
    assert before.train.images[0].tobytes() not in {
        one.tobytes() for one in after.train.images[after.train.labels == 0]
    }


def test_a_renamed_file_stays_in_its_part(tmp_path):
    path = LAYOUTS[0].write(tmp_path)
    before = {one.tobytes() for one in Images(path).load().test.images}
    for number, file in enumerate(sorted(path.rglob("*.png"), reverse=True)):
        file.rename(file.with_name(f"renamed {number}.png"))
    assert {one.tobytes() for one in Images(path).load().test.images} == before


def test_files_that_change_while_they_are_read_are_refused(tmp_path, monkeypatch):
    path = LAYOUTS[0].write(tmp_path)
    real = sources.gather

    def gather_and_change(*arguments):
        collection = real(*arguments)
        (path / "cat" / "0.png").write_bytes(b"something else")
        return collection

    monkeypatch.setattr(sources, "gather", gather_and_change)
    with pytest.raises(DataError, match="changed while it was read"):
        Images(path).load()


def test_runs_within_the_data_are_no_part_of_them(tmp_path):
    path = LAYOUTS[0].write(tmp_path)
    before = Images(path).load()
    for folder in (path / "runs" / "a study", path / "elsewhere"):
        (folder / "cells" / "one").mkdir(parents=True)
        (folder / "events.jsonl").write_text("{}")
        (folder / "cells" / "one" / "0.png").write_bytes((path / "cat" / "0.png").read_bytes())
    assert Images(path).load().classes == before.classes


def test_what_a_killed_writer_left_in_the_cache_is_swept(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    old, fresh = (tmp_path / "cache" / f"new-{name}" for name in ("old", "fresh"))
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    Images(LAYOUTS[0].write(tmp_path / "data")).load()
    assert not old.exists()
    assert fresh.exists()


def test_an_audit_tells_groups_in_both_parts_and_classes_that_lack(tmp_path):
    rows = [
        f"{label}{number}.png,{label},{'test' if number > 3 else 'train'},p{number % 4}"
        for label in "ab"
        for number in range(6)
    ]
    layout = Layout("", texts={"t.csv": table("path,label,split,patient", *rows)}, images=FILES, opens="t.csv")
    found = audit(Images(layout.write(tmp_path / "one")).load()).audit
    assert (found.groups.total, found.groups.across, found.groups.examples) == (4, 2, ("p0", "p1"))
    lacking = next(layout for layout in LAYOUTS if layout.title == "a class in test only")
    assert audit(Images(lacking.write(tmp_path / "two")).load()).audit.empty_classes == (("cow",), ())


def test_a_zip_with_backslashes_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for label in "ab":
            for number in range(5):
                pixels = np.full((4, 4), 20 * number, np.uint8)
                archive.writestr(zipfile.ZipInfo(f"set\\{label}\\{number}.png"), png(pixels))
    assert Images(tmp_path / "set.zip").load().classes == ("a", "b")


def test_absolute_paths_below_the_folder_of_a_table_are_read(tmp_path):
    rows = [f"{tmp_path}/{name},{name[0]}" for name in FILES]
    layout = Layout("", texts={"t.csv": table("path,label", *rows)}, images=FILES, opens="t.csv")
    assert Images(layout.write(tmp_path)).load().classes == ("a", "b")
    elsewhere = Layout("", texts={"t.csv": table("path,label", "/etc/passwd,a", *rows)}, images=FILES, opens="t.csv")
    with pytest.raises(DataError, match="leads out of its folder"):
        Images(elsewhere.write(tmp_path)).load()


ODD = (
    *("<b>bold</b>", "&amp;", "=1+1", "+cmd", "@at", "..", "a|b"),
    *("\U0001f600", "\u05e2\u05d1", "tail ", "$x$", "100%", "{b}"),
)


def test_odd_names_of_classes_are_classes_of_their_own_in_every_output(tmp_path, command):
    columns = [f'{row}.png,"{ODD[row // 6]}",{"test" if row % 6 > 3 else "train"}' for row in range(6 * len(ODD))]
    images = tuple(f"{row}.png" for row in range(6 * len(ODD)))
    texts = {"t.csv": "\n".join(["path,label,split", *columns])}
    path = Layout("", texts=texts, images=images, opens="t.csv").write(tmp_path / "data")
    vv.run_study(replace(small_study(seeds=2, epochs=1), data=Images(path)), tmp_path / "run")
    assert set(vv.compare(tmp_path / "run").classes) == {name.strip() for name in ODD}
    assert "<b>bold</b>" not in write_report(tmp_path / "run").read_text()
    for form in ("--csv", "--json", "--markdown", "--latex"):
        done = command("compare", tmp_path / "run", form)
        assert done.code == 0
        assert "bold" in done.out or form in ("--markdown", "--latex")
    assert "=1+1" in command("audit", path).out
