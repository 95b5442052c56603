import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import visavis as vv
from small import small_study
from visavis.design.slug import LONGEST_SLUG, slugify
from visavis.errors import InvalidStudy
from visavis.store import RunFolder

LONG = "a" * 80
STUDY = small_study()
NAMES = st.text(min_size=1, max_size=60) | st.text("aA1é\u0301 -+/.ςσ字\u200d🙂", min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("wide permuted", "wide-permuted"),
        ("A/A", "a-a"),
        ("ResNet18 (pre-trained), x10", "resnet18-pre-trained-x10"),
        ("Επίδραση", "επίδραση"),
        ("对照组 2", "对照组-2"),
        ("हिन्दी", "हिन्दी"),
        ("Straße", "strasse"),
        ("e\u0301", "é"),
        ("///", ""),
        ("\u200b\ufe0f", ""),
        (LONG, LONG),
    ],
)
def test_names_of_any_script_name_folders(name, slug):
    assert slugify(name) == slug


@pytest.mark.parametrize("name", ["+10", "🙂", "a\u202eb", "CON", "com¹", LONG + "a", "字" * 30, "a\0b", "\ud800a"])
def test_what_a_folder_cannot_say_is_in_a_digest(name):
    digest = slugify(name).rpartition("-")[2]
    assert re.fullmatch("[0-9a-f]{8}", digest)
    assert not slugify(f"{name}+").endswith(digest)


@given(NAMES)
@example("字" * 100)
@example("ς" * 79)
def test_every_file_system_takes_a_slug(name):
    slug = slugify(name)
    assert len(slug.encode()) <= LONGEST_SLUG
    assert all(letter == "-" or unicodedata.category(letter)[0] in "LMN" for letter in slug)
    assert unicodedata.is_normalized("NFC", slug)
    assert slugify(slug) == slug or not slug
    assert not slug.startswith("-")
    assert not slug.endswith("-")


@settings(deadline=None)
@given(NAMES, NAMES)
@example("plain", "PLAIN")
@example("-10", "+10")
@example(LONG + "b", LONG + "c")
@example("é", "e\u0301")
@example("a\u200db", "ab")
def test_two_arms_have_two_folders_or_are_refused(first, second):
    assume(first != second)
    study = small_study()
    try:
        study = replace(study, control=replace(study.control, name=first), arms=[replace(study.arms[0], name=second)])
    except InvalidStudy:
        return
    folder = RunFolder(Path("run"))
    assert folder.cell(first, 0).path != folder.cell(second, 0).path


@pytest.mark.parametrize("other", ["Plain", "plain!", "  plain", "PLAIN"])
def test_names_that_differ_in_case_or_punctuation_only_clash(other):
    control = small_study().control
    with pytest.raises(InvalidStudy, match=r"share a name; got 'plain' and .* more than case, spaces and punct"):
        replace(small_study(), arms=(control.but(other, input=vv.PixelPermutation()),))


def test_a_study_in_other_scripts_is_run_and_read_back(tmp_path):
    study = small_study(seeds=1, epochs=1)
    odd = study.control.but("+10 度 \u202e", model=vv.models.MLP((8,)))
    arms = [replace(study.arms[0], name="σε τυχαία σειρά"), odd]
    study = replace(study, name="字母", control=replace(study.control, name="όπως είναι"), arms=arms)
    folder = vv.run_study(study, tmp_path / study.slug)
    assert {path.name for path in (folder.path / "cells").iterdir()} == {arm.slug for arm in study.all_arms}
    assert vv.compare(folder.path).arms == ("όπως είναι", "σε τυχαία σειρά", odd.name)
    assert vv.load(folder.path, odd.name).arm == odd.name
