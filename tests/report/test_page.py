import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
from msgspec import structs

import fabricated
from visavis import quantities
from visavis.evidence import compare
from visavis.report import write_report
from visavis.report.page import render
from visavis.report.pictures import flips, strips
from visavis.report.section import section_of
from visavis.store import RunFolder
from visavis.store.documents import Origin


class Page(HTMLParser):
    """Collects tags with their attributes and the text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, text):
        self.text += text

    def of(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def page(finished):
    return Page(write_report(finished.path))


@pytest.fixture
def copied(finished, tmp_path):
    return shutil.copytree(finished.path, tmp_path / "copy")


def test_it_says_what_the_comparison_says(page, finished):
    comparison = compare(finished.path)
    for arm in comparison.arms:
        value = comparison.measured[arm]["accuracy"].interval.value
        assert f"{100 * value:.1f} %" in page.text
    assert "Does it run?" in page.text
    assert "synthetic images" in page.text
    assert "visavis run small.py" in page.text
    for heading in (
        "What the arms see",
        "Evidence",
        "Class by class",
        "Examples that flip",
        "What was held equal",
        "Data",
    ):
        assert heading in page.text


def test_it_needs_nothing_from_outside(page, finished):
    source = (finished.path / "report" / "index.html").read_text()
    links = [value for _, attributes in page.tags for name, value in attributes.items() if name in {"src", "href"}]
    assert all(link.startswith(("data:", "#")) for link in links if link)
    assert not page.of("script")
    assert "@import" not in source
    assert set(re.findall(r"url\((.)", source)) <= {"#"}


def test_pictures_have_alternatives_and_charts_have_names(page):
    assert all(image.get("alt") for image in page.of("img"))
    charts = [chart for chart in page.of("svg") if chart.get("aria-hidden") != "true"]
    assert len(charts) == 6 + 4
    assert all(chart.get("role") == "img" and chart.get("aria-label") for chart in charts)


def test_ids_are_unique(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_colours_follow_the_page(finished, page):
    source = (finished.path / "report" / "index.html").read_text()
    charts = "".join(re.findall(r"<svg.*?</svg>", source, re.DOTALL))
    assert "var(--arm-0)" in charts
    assert not re.findall(r"#0[0-9a-f]{5}\b", charts)


def test_the_same_folder_gives_the_same_page(finished, page):
    before = (finished.path / "report" / "index.html").read_text()
    write_report(finished.path)
    assert (finished.path / "report" / "index.html").read_text() == before


def test_the_card_tells_every_contrast(page, finished):
    text = " ".join(page.text.split())
    for contrast in compare(finished.path).headlines:
        signed = quantities.difference_text(contrast.interval.value, contrast.metric)
        assert f"{contrast.verdict} {signed} {contrast.treatment} against {contrast.control}" in text
    assert re.search("intervals and verdicts hold at once for [^.]*the 4 contrasts", text)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["/home/me/study.py", "--data", "/home/me/fer2013.zip"], "PATH/TO/study.py --data PATH/TO/fer2013.zip"),
        (
            ["mine.py", "--data", "torchvision:CIFAR10:/home/me/cifar"],
            "mine.py --data torchvision:CIFAR10:PATH/TO/cifar",
        ),
        (["mine.py", "--data", "C:\\me\\f.zip", "--out", "~/r"], "mine.py --data PATH/TO/f.zip --out PATH/TO/r"),
        (["mine.py", "--data", "data/letters"], "mine.py --data data/letters"),
    ],
)
def test_how_to_repeat_it_shows_no_folder_of_the_machine(copied, words, shown):
    folder = RunFolder(copied)
    folder.write(structs.replace(folder.environment, origin=Origin(("visavis", "run", *words))))
    text = Page(write_report(copied)).text
    assert f"visavis run {shown}\n" in text
    assert "/me" not in text


OTHER_SCRIPTS = ("αλφα", "字母", "حرف", "हि", "ან")


@pytest.mark.filterwarnings("error")
def test_names_in_other_scripts_are_left_to_the_browser(copied):
    folder = RunFolder(copied)
    names = (*OTHER_SCRIPTS, *folder.data.classes[len(OTHER_SCRIPTS) :])
    folder.write(structs.replace(folder.data, classes=names))
    source = write_report(copied).read_text()
    charts = "".join(re.findall(r"<svg.*?</svg>", source, re.DOTALL))
    assert all(f">{name}</tspan>" in charts for name in OTHER_SCRIPTS)
    assert re.search(r"svg text {[^}]*, sans-serif;", source)


def test_arms_with_the_same_input_share_a_strip(page):
    strips = [image["alt"] for image in page.of("img") if "as seen by" in image["alt"]]
    assert len(strips) == 20
    assert "A as seen by plain and wide" in strips


def test_flips_are_images_on_which_the_arms_part_ways(finished):
    comparison = compare(finished.path)
    contrast = comparison.headlines[0]
    found = flips(comparison, contrast)
    control, treatment = comparison.outputs.hits("plain"), comparison.outputs.hits("permuted")
    assert found.control_only_share == pytest.approx((control & ~treatment).mean())
    assert found.treatment_only_share - found.control_only_share == pytest.approx(contrast.interval.value)
    assert all(flip.control == flip.label != flip.treatment for flip in found.control_only)
    assert all(flip.treatment == flip.label != flip.control for flip in found.treatment_only)
    times = [flip.seeds for flip in found.control_only]
    assert times == sorted(times, reverse=True)


HOSTILE = "<img src=x onerror=alert(1)></script>\N{RIGHT-TO-LEFT OVERRIDE}$x$"


def test_hostile_names_are_text(copied):
    for name in ("study", "data"):
        path = copied / f"{name}.json"
        plain = json.loads(path.read_text())
        if name == "data":
            plain["classes"][0] = HOSTILE
            plain["left_out"] = [{"name": HOSTILE, "reason": HOSTILE}]
            plain["name"] = plain["source"] = HOSTILE
        else:
            plain["question"], plain["brands"] = HOSTILE, [HOSTILE]
        path.write_text(json.dumps(plain))
    page = Page(write_report(copied))
    assert not page.of("script")
    assert all(image["src"].startswith("data:image/png") for image in page.of("img"))
    assert not any("onerror" in attributes for _, attributes in page.tags)


def test_many_classes_and_a_long_name_stay_small(copied):
    data = json.loads((copied / "data.json").read_text())
    data["classes"][3] = "x" * 5000
    (copied / "data.json").write_text(json.dumps(data))
    assert write_report(copied).stat().st_size < 1_000_000


def test_missing_cells_and_uncontrolled_arms_are_warned_of(copied):
    (copied / "cells" / "plain" / "seed-2" / "predictions/own.npz").unlink()
    place = RunFolder(copied).cell("permuted", 1)
    document, predictions = place.read_document(), place.read_predictions()
    document.fingerprints["batch order"] = "another"
    place.finish(document, predictions)
    text = Page(write_report(copied)).text
    assert "Incomplete: 1 cell missing: plain seed 2 (not finished)" in text
    assert "Not a controlled comparison: between permuted and plain" in text
    assert "differs, and should not" in text


def test_one_seed_and_one_epoch(tmp_path):
    import visavis as vv
    from small import small_study

    vv.run_study(small_study(seeds=1, epochs=1), tmp_path / "run")
    assert "One run per arm" in Page(write_report(tmp_path / "run")).text


def test_colour_images_are_shown_in_colour():
    from visavis.report.pictures import data_uri

    assert data_uri(np.zeros((3, 4, 4), np.uint8)).startswith("data:image/png;base64,")


@pytest.fixture(scope="module")
def ten(finished, tmp_path_factory):
    return fabricated.fabricate(finished, tmp_path_factory.mktemp("ten") / "run", fabricated.ten())


def words_of(folder):
    """The text of a folder's page, with what stands in different elements apart."""
    source = write_report(folder.path).read_text()
    return " ".join(re.sub("<[^>]*>", " ", source).split())


def test_each_arm_is_described_under_the_head(ten):
    text = words_of(ten)
    head = text[: text.index("Differences of accuracy")]
    assert "plain model LetterCNN(channels=[16, 32]); optimizer SGD(lr=0.01, momentum=0.9, weight_decay=0)" in head
    assert "twice as long epochs 12 instead of 6" in head
    assert "layer7" not in head  # too long for a line
    assert "layer7=0.08" in text


def test_the_table_of_arms_has_only_what_differs_and_says_once_what_doesnt(finished, ten, tmp_path):
    square = fabricated.fabricate(finished, tmp_path / "square", fabricated.square())
    text = words_of(square)
    assert "arm model input trained parameters frozen CNN LetterCNN(channels=[16, 32]) Untouched" in text
    assert "The same in every arm: optimizer SGD(lr=0.01, momentum=0.9, weight_decay=0) epochs 6 batch size 64" in text
    many = words_of(ten)
    assert "arm against plain trained parameters frozen" in many
    assert "The same in every arm: batch size 64 training Everything" in many


def test_arms_that_train_longer_say_what_they_share(ten):
    comparison = compare(ten.path)
    contrast = next(row for row in comparison.headlines if row.treatment == "twice as long")
    section = section_of(comparison, contrast)
    assert section.surprises == ()
    assert section.reason == "differs by epochs"
    assert section.shared_text("batch order") == "the same in the first 6 of 12 epochs"


def test_arms_that_see_the_same_share_one_strip(ten):
    (strip,) = strips(compare(ten.path))  # the cells are copies
    assert strip.arm.startswith("plain, AdamW, RMSprop, MLP,")


def test_many_warnings_are_folded_up(finished, tmp_path):
    noise = {"type": "LabelNoise", "rate": 0.1, "kind": "pair"}
    slips = {
        f"arm {number}": ({"training": noise | {"rate": rate, "kind": f"kind {number}"}}, 0.8)
        for number, rate in enumerate((0.1, 0.2, 0.4))
    }
    folder = fabricated.fabricate(finished, tmp_path / "run", {"plain": ({}, 0.9), **slips})
    page = Page(write_report(folder.path))
    assert "No curve over training.rate: its levels differ in training.kind as well." in page.text


def test_a_large_study_stays_below_three_megabytes(copied):
    """Four arms, ten seeds, ten classes."""
    path = copied / "study.json"
    study = json.loads(path.read_text())
    for arm in (copied / "cells").iterdir():
        for seed in range(3, 10):
            shutil.copytree(arm / f"seed-{seed % 3}", arm / f"seed-{seed}")
    path.write_text(json.dumps(study | {"seeds": list(range(10))}))
    assert write_report(copied).stat().st_size < 3_000_000


def test_a_check_that_says_nothing_has_no_section(finished):
    text = render(compare(finished.path))
    assert "<h2>On other test images</h2>" not in text
    assert re.search(r"</h2>\s*</section>", text) is None
