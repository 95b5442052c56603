"""Sets that don't fit into memory are the same sets, to the bit."""

import numpy as np
import pytest
from forms import is_mapped, letters, png, write_folder, write_idx, write_tar, write_zip

import visavis as vv
from visavis import arrays
from visavis.audit import audit
from visavis.cells.fingerprints import data_fingerprints
from visavis.datasets import Images, Limited
from visavis.runs.data import describe_data

PIXELS = np.random.default_rng(0).integers(0, 256, (90, 12, 12), np.uint8)
LABELS = (np.arange(90) % 3).astype(np.uint8)


def idx_file(folder):
    return Images(write_idx(folder, PIXELS, LABELS, packed=False))


def idx_packed(folder):
    return Images(write_idx(folder, PIXELS, LABELS))


def idx_pair(folder):
    write_idx(folder, PIXELS[:60], LABELS[:60], "train")
    write_idx(folder, PIXELS[60:], LABELS[60:], "t10k")
    return Images(folder)


def font_disjoint(folder):
    return Images(write_tar(folder / "letters.tar.gz", letters()), font_disjoint=True)


def limited(folder):
    return Limited(Images(write_zip(folder / "letters.zip", letters())), 11)


def in_no_order(folder):
    files = dict(reversed(letters(fonts=False).items()))
    return Images(write_zip(folder / "letters.zip", files))


def late_colours(folder):
    """Grey images, and a single coloured one as the last."""
    files = {f"{label}/{row}.png": png(PIXELS[10 * row + "ab".index(label)]) for row in range(8) for label in "ab"}
    files["b/7x.png"] = png(np.stack([PIXELS[3], PIXELS[3], PIXELS[4]], 2))
    return Images(write_folder(folder / "images", files))


def unused_validation(folder):
    parts = ("train", "val", "test")
    files = {
        f"{part}/{label}/{row}.png": png(PIXELS[number])
        for number, (part, label, row) in enumerate((p, c, r) for p in parts for c in "ab" for r in range(9))
    }
    return Images(write_folder(folder / "images", files))


@pytest.fixture
def beyond(monkeypatch):
    """Has almost everything lie beyond memory from now on, and be worked on in tiny slices."""

    def lower():
        monkeypatch.setattr(arrays, "IN_MEMORY", 1000)
        monkeypatch.setattr(arrays, "SLICE", 500)

    return lower


@pytest.mark.parametrize(
    "make",
    [idx_file, idx_packed, idx_pair, font_disjoint, limited, in_no_order, late_colours, unused_validation],
    ids=lambda make: make.__name__,
)
def test_every_source_gives_the_same_data(make, tmp_path, monkeypatch, beyond):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "first"))
    (tmp_path / "data").mkdir()
    source = make(tmp_path / "data")
    expected = source.load()
    found, fingerprints = audit(expected), data_fingerprints(expected)
    beyond()
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "second"))
    for _ in range(2):
        data = source.load()
        assert data_fingerprints(data) == fingerprints
        assert describe_data(data, data_fingerprints(data)) == describe_data(expected, data_fingerprints(expected))
        for part in (data.train, data.test):
            assert is_mapped(part.images)
        again = audit(data)
        assert again.audit == found.audit
        assert np.array_equal(again.pictures, found.pictures)
    assert not list((tmp_path / "second").glob("tmp*"))


def trained(source, out):
    mlp = vv.models.MLP(hidden=(8,))
    control = vv.Arm("plain", mlp, vv.SGD(lr=0.05), epochs=2, batch_size=16, loss=vv.NLL())
    study = vv.Study(
        name="large",
        question="Is it the same?",
        data=source,
        control=control,
        arms=[control.but("permuted", input=vv.PixelPermutation())],
        seeds=range(1),
    )
    run = vv.run_study(study, out, vv.Options(precision="fp32"))
    cells = [run.cell(arm, 0) for arm in ("plain", "permuted")]
    return [(cell.read_document().fingerprints, cell.read_predictions().logits) for cell in cells]


def test_a_study_comes_to_the_same(tmp_path, beyond):
    source = idx_pair(tmp_path / "data")
    expected = trained(source, tmp_path / "first")
    beyond()
    found = trained(source, tmp_path / "second")
    for (prints, logits), (other_prints, other_logits) in zip(expected, found, strict=True):
        assert prints == other_prints
        assert np.array_equal(logits, other_logits)
