import json

import msgspec
import numpy as np
import pytest
from forms import letters, png, write_folder, write_idx
from PIL import Image

from visavis.audit import Audit


def made(folder, more=None):
    """Twelve letters of noise, none like another, and what else is given."""
    files = {f"{part}/{name}": content for part in ("train",) for name, content in letters("AB", each=4).items()}
    generator = np.random.default_rng(9)
    files |= {
        f"test/{label}/{n}.png": png(generator.integers(0, 256, (28, 28), np.uint8)) for label in "AB" for n in "12"
    }
    return write_folder(folder, files | (more or {}))


def soft(side=28):
    coarse = np.random.default_rng(1).integers(40, 200, (5, 5), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


@pytest.fixture
def fine(tmp_path):
    return made(tmp_path / "fine")


@pytest.fixture
def bad(tmp_path):
    dark = (soft() * 0.7).astype(np.uint8)
    return made(
        tmp_path / "bad",
        {
            "train/A/twin.png": png(soft()),
            "test/B/twin.png": png(soft()),
            "test/B/dark.png": png(dark),
            "train/B/blank.png": png(np.zeros((28, 28), np.uint8)),
            "train/B/empty.png": b"",
        },
    )


def test_what_is_fine_is_told_in_one_line(command, fine):
    done = command("audit", fine, "--strict")
    assert done.code == 0
    assert "fine: 8 training and 4 test images in 2 classes. As given by the source." in done.out
    assert "Before decoding: 28 x 28, L: 12." in done.out
    assert "Largest over smallest class: 1.0 in train, 1.0 in test." in done.out
    (line,) = [line for line in done.out.splitlines() if line.startswith("None found:")]
    for what in ("groups of identical images", "near-duplicate pairs", "constant images", "unreadable files"):
        assert what in line
    assert done.err == ""


def test_every_finding_is_told(command, bad):
    done = command("audit", bad)
    assert done.code == 0
    rows = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in done.out.splitlines() if "│" in line}
    assert rows["groups of identical images"] == "1"
    assert rows["near-duplicate pairs"] == "2"
    assert rows["constant images"] == "1"
    assert rows["unreadable files"] == "1"
    assert "train/B/blank.png (train, B)" in done.out
    assert "train/B/empty.png: empty file (0 bytes)" in done.out
    assert "None found: classes missing in train; classes missing in test." in done.out


def test_strict_has_an_exit_code_for_trouble(command, bad):
    done = command("audit", bad, "--strict")
    assert done.code == 3
    assert "Trouble: 1 test image with an identical twin in train;" in done.err
    assert "1 unreadable file" in done.err


def test_json_is_one_object(command, bad):
    done = command("audit", bad, "--json", "--strict")
    assert done.code == 3
    found = json.loads(done.out)
    assert found["identical"]["groups"] == found["identical"]["conflicting"] == 1
    assert found["problems"][0] == {"what": "test images with an identical twin in train", "count": 1}
    assert found["originals"] == [["28 x 28, L", 16]]
    assert msgspec.convert(found, Audit).near.pairs == 2
    assert found["imbalance"] == {"train": 1.0, "test": 2.0}


def test_a_sheet_of_near_duplicates(command, bad, fine, tmp_path):
    done = command("audit", bad, "--sheet", tmp_path / "sheet.png")
    assert done.code == 0
    assert "Drew 1 pairs" in done.out
    assert "train/A/twin.png (train, A) and test/B/dark.png (test, B)" in done.out.split("Drew")[1]
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > sheet.height
    json.loads(command("audit", bad, "--json", "--sheet", tmp_path / "sheet.png", "--force").out)
    done = command("audit", fine, "--sheet", tmp_path / "other.png")
    assert done.code == 2
    assert "there are no near-duplicates to draw; got none found" in done.err
    assert not (tmp_path / "other.png").exists()


def test_a_large_set_says_what_was_not_looked_for(command, fine, monkeypatch, tmp_path):
    monkeypatch.setattr("visavis.audit.near.MOST_IMAGES", 10)
    done = command("audit", fine, "--strict")
    assert done.code == 0
    assert "Near-duplicates weren't looked for: 12 images, at most 10." in done.out
    done = command("audit", fine, "--sheet", tmp_path / "sheet.png")
    assert "they weren't looked for" in done.err


def test_names_from_strangers_stay_on_one_line(command, tmp_path):
    blank = png(np.zeros((28, 28), np.uint8))
    evil = "A\n[bold]owned[red]\x1b[31m"
    path = made(tmp_path / "[red]set", {f"train/{evil}/x\ny.png": blank, f"test/{evil}/{'z' * 3}\r.png": b""} | {
        f"test/{evil}/ok.png": png(soft())
    })  # fmt: skip
    done = command("audit", path)
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "\r" not in done.out
    assert "[bold]owned[red]" in done.out
    assert not any(line.startswith(("y.png", "[bold]owned")) for line in done.out.splitlines())
    assert "[red]set" in done.out


def test_mixed_sizes_are_told(command, tmp_path):
    path = made(tmp_path / "mixed", {"train/A/large.png": png(soft(40)), "test/A/wide.png": png(soft(40)[:20])})
    assert "Sizes differ: every image is brought to 28 x 28 pixels (crop)" in command("audit", path).out
    done = command("audit", path, "--decode-size", 16)
    assert done.code == 0
    assert "Before decoding: 28 x 28, L: 12; 40 x 20, L: 1; 40 x 40, L: 1." in done.out


def test_many_kinds_of_originals_are_told_in_short(command, tmp_path):
    sizes = {f"train/A/{side}.png": png(soft(side)) for side in range(30, 40)}
    done = command("audit", made(tmp_path / "mixed", sizes), "--decode-size", 16)
    assert "28 x 28, L: 12; 30 x 30, L: 1" in done.out
    assert "; and 5 other kinds." in done.out


def test_idx_files_are_read_as_the_letter_study_reads_them(command, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    path = write_idx(tmp_path, images, (np.arange(20) % 2).astype(np.uint8))
    for place in (path, tmp_path):
        assert "16 training and 4 test images in 2 classes" in command("audit", place).out
    refused = command("audit", path, "--decode-size", 16)
    assert refused.code == 2
    assert "data.size can't be used" in refused.err
    assert "the choice is for FER2013" in command("audit", path, "--test-part", "public").err


def test_glyphs_and_what_is_not_there(command):
    assert "4,000 training and 1,000 test images" in command("audit", "glyphs").out
    for word in ("nowhere.zip", ""):
        assert command("audit", word).code == 2


def test_help_names_the_exit_code(command):
    done = command("audit", "--help")
    assert "exit code is 3" in " ".join(done.out.split())
