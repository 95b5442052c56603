"""Further test images of a study: asked when a cell is finished, or later, to the same bits."""

import csv
import io
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec import structs

import visavis as vv
from small import small_study, transfer_study
from visavis.errors import ChangedStudy, DamagedFile, DataError, InvalidStudy, RunFolderError
from visavis.events.cells import CellAsked, CellStarted
from visavis.evidence import compare
from visavis.runs import ask_later
from visavis.runs.later import LaterTest
from visavis.stats import ACCURACY
from visavis.store import CellFolder, CellState, OtherTestsDocument, RunFolder

NOISY = {"noisy": vv.Corrupted(vv.GaussianNoise(0.2))}
FP32 = vv.Options(precision="fp32")
"""A probe on a busy machine may choose another precision, and other bits, for the second of two runs."""
SAME = {"the same": vv.Corrupted(vv.GaussianNoise(0.0))}


@dataclass(frozen=True)
class Some:
    """Test images of glyphs: some classes, whose names come in another order."""

    classes: tuple[str, ...] = ("C", "A", "B")
    size: int = 28
    count: int = 12

    def load(self) -> vv.ImageData:
        whole = vv.datasets.Glyphs(train_size=20, test_size=40).load()
        rows = np.flatnonzero(np.isin(whole.test.labels, [0, 1, 2]))[: self.count]
        part = whole.test.take(rows)
        labels = np.array([self.classes.index(whole.classes[label]) for label in part.labels], np.int64)
        images = np.resize(part.images, (len(rows), 1, self.size, self.size))
        test = replace(part, labels=labels, images=images)
        return replace(whole, classes=self.classes, name="some", source="Some.", train=test, test=test)


def study(tests=None, **settings):
    return replace(small_study(**{"epochs": 1, **settings}), tests=NOISY if tests is None else tests)


def run(out, *args, **settings):
    seen = []
    vv.run_study(study(*args, **settings), out, FP32, watch=seen.append)
    return seen


def of(kind, seen):
    return [event for event in seen if isinstance(event, kind)]


def logits(folder, test="noisy"):
    digest = folder.read(OtherTestsDocument).tests[test].digest
    found = folder.study
    cells = [(arm, seed) for arm in found.arms for seed in found.seeds]
    return {cell: folder.cell(*cell).read_predictions_elsewhere(test, digest).logits for cell in cells}


def files_of(folder):
    return {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*")}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Two arms, two seeds, asked about noisy images, run once for all tests that only read."""
    run(out := tmp_path_factory.mktemp("elsewhere") / "small")
    return RunFolder(out)


@pytest.fixture
def copied(asked, tmp_path):
    shutil.copytree(asked.path, tmp_path / "copy")
    return RunFolder(tmp_path / "copy")


@pytest.fixture(scope="module")
def every_tuning(tmp_path_factory):
    out = tmp_path_factory.mktemp("elsewhere") / "tunings"
    vv.run_study(replace(transfer_study(epochs=1), tests={**NOISY, **SAME}), out)
    return RunFolder(out)


def test_each_network_is_asked_about_the_images_as_its_arm_sees_them(asked):
    data = NOISY["noisy"].load_from(study().data.load())
    for (arm, seed), found in logits(asked).items():
        model = vv.load(asked.path, arm, seed)
        assert np.array_equal(model.logits(data.test.images), found)
    assert np.abs(data.test.images.astype(int) - study().data.load().test.images).mean() > 5


def test_the_own_images_asked_about_as_others_give_the_own_predictions_to_the_bit(every_tuning):
    for (arm, seed), found in logits(every_tuning, "the same").items():
        assert np.array_equal(every_tuning.cell(arm, seed).read_predictions().logits, found), arm


def test_asking_later_gives_the_bits_of_asking_at_the_end(every_tuning, tmp_path):
    shutil.copytree(every_tuning.path, tmp_path / "copy")
    folder, expected = RunFolder(tmp_path / "copy"), logits(every_tuning)
    for path in folder.path.glob("cells/*/*/predictions/noisy.npz"):
        path.unlink()
    seen = []
    vv.run_study(replace(transfer_study(epochs=1), tests={**NOISY, **SAME}), folder.path, watch=seen.append)
    assert not of(CellStarted, seen)
    assert len(of(CellAsked, seen)) == len(expected)
    assert all(np.array_equal(expected[cell], found) for cell, found in logits(folder).items())


def test_tests_are_added_later_without_training_and_only_what_is_missing_is_asked(tmp_path):
    run(tmp_path / "run", {})
    before = {path: path.read_bytes() for path in (tmp_path / "run").glob("cells/**/*") if path.is_file()}
    seen = run(tmp_path / "run", {**NOISY, "some": Some()})
    assert not of(CellStarted, seen)
    assert len(of(CellAsked, seen)) == 8
    assert {path: path.read_bytes() for path in before} == before
    folder = RunFolder(tmp_path / "run")
    assert list(folder.study.tests) == list(folder.read(OtherTestsDocument).tests) == ["noisy", "some"]
    folder.cell("permuted", 1).path.joinpath("predictions/some.npz").unlink()
    (event,) = of(CellAsked, run(tmp_path / "run", {**NOISY, "some": Some()}))
    assert (event.arm, event.seed, event.test) == ("permuted", 1, "some")


def test_a_study_without_the_tests_goes_on_and_keeps_them(copied, command):
    seen = run(copied.path, {}, seeds=3)
    assert {event.seed for event in of(CellStarted, seen)} == {2}
    assert any("cells trained now aren't asked about noisy" in (event.line() or "") for event in seen)
    assert list(copied.study.tests) == ["noisy"]
    found = compare(copied.path)
    assert found.elsewhere == {}
    assert found.asked_elsewhere["noisy"].unasked == (("plain", 2), ("permuted", 2))
    shown = command("compare", copied.path).out
    assert "Nothing is said of the test images noisy: plain seed 2, permuted seed 2 were not asked" in shown
    assert json.loads(command("compare", copied.path, "--json").out)["elsewhere"]["noisy"]["not_asked"] == [
        {"arm": "plain", "seed": 2},
        {"arm": "permuted", "seed": 2},
    ]
    assert len(of(CellAsked, run(copied.path, seeds=3))) == 2
    assert set(compare(copied.path).elsewhere) == {"noisy"}


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ({"noisy": vv.Corrupted(vv.GaussianNoise(0.3))}, "has other test images under the name 'noisy'"),
        ({"noisy": Some()}, "has other test images under the name 'noisy'; got Some."),
        (
            {"Noisy!": vv.Corrupted(vv.GaussianNoise(0.2))},
            "test images of nearly this name; got 'Noisy!' beside 'noisy'",
        ),
    ],
)
def test_other_images_under_the_same_name_are_refused(copied, tests, message):
    before = files_of(copied.path)
    with pytest.raises(ChangedStudy, match=message):
        run(copied.path, tests)
    assert files_of(copied.path) == before


def test_labels_are_matched_by_the_names_of_classes_some_of_which_may_be_missing(tmp_path):
    run(tmp_path / "run", {"some": Some()}, seeds=1)
    there = compare(tmp_path / "run").elsewhere["some"]
    images = Some().load().test
    names = [Some().classes[label] for label in images.labels]
    assert [there.classes[label] for label in there.labels] == names
    assert there.supports == tuple(names.count(name) for name in there.classes)
    assert there.images == len(names)
    hits = vv.load(tmp_path / "run", "plain").logits(images.images).argmax(1) == there.labels
    assert there.measured["plain"]["accuracy"].by_seed[0] == hits.mean()


@dataclass(frozen=True)
class Raising:
    def load(self):
        raise KeyError("no such thing")


@dataclass(frozen=True)
class Cut:
    """An intervention that makes other shapes."""

    def draw(self, shape, stream):
        return vv.Transform(apply=lambda images: images[:, :, :-1])


REFUSALS = {
    "classes": (Some(("C", "a", "B", "A")), r"classes that the study doesn't have: 'a'.*rename them \('a' to 'A'\)"),
    "shape": (
        Some(size=20),
        r"images of 20 x 20 pixels, 1 channel; .* 28 x 28 .*open\(path, size=\(28, 28\), channels=1\)",
    ),
    "one image": (Some(count=1), r"got 1 test images; expected 2 or more"),
    "raises": (Raising(), r"the data set Raising raises; got KeyError"),
    "corrupted": (vv.Corrupted(Cut()), r"images of 28 x 27 pixels"),
    "no file": (vv.datasets.Images("no/such/place"), r"no such file or folder"),
}


@dataclass(frozen=True)
class OtherNames(Some):
    """A class under a name that the study doesn't have."""

    def load(self):
        data = super().load()
        return replace(data, classes=("C", "a", "B"))


REFUSALS["classes"] = (OtherNames(), REFUSALS["classes"][1])


@pytest.mark.parametrize("case", REFUSALS)
def test_images_that_cant_be_asked_about_are_refused_before_anything_is_written(tmp_path, case):
    source, message = REFUSALS[case]
    with pytest.raises(DataError, match=message) as problem:
        run(tmp_path / "run", {"others": source})
    assert "\n" not in str(problem.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ([vv.datasets.Glyphs()], r"tests can't be used; got \["),
        ({"own": vv.datasets.Glyphs()}, r"tests can't be used; got 'own'"),
        ({"a b": vv.datasets.Glyphs(), "A-B": vv.datasets.Glyphs()}, r"tests can't be used; got 'A-B'"),
        ({"x": vv.Corrupted}, r"tests\.x can't be used; got the class Corrupted"),
        ({"x": vv.GaussianNoise(0.1)}, r"tests\.x can't be used; got GaussianNoise.* with the method load"),
    ],
)
def test_what_is_no_test_is_refused_when_the_study_is_made(tests, message):
    with pytest.raises(InvalidStudy, match=message):
        study(tests)
    with pytest.raises(InvalidStudy, match=r"tests\.intervention can't be used"):
        vv.Corrupted(vv.datasets.Glyphs())


def test_a_data_set_that_is_all_for_tests_is_no_study_data(tmp_path):
    from forms import letters, write_folder

    write_folder(tmp_path / "letters", letters())
    whole = vv.datasets.Images(tmp_path / "letters", test_fraction=1)
    assert len(whole.load().test) == len(letters())
    with pytest.raises(DataError, match="has no training images"):
        vv.run_study(replace(small_study(seeds=1), data=whole), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_killed_between_two_predictions_ends_with_the_same_bits(asked, tmp_path, monkeypatch):
    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(CellFolder, "finish", killed)
        with pytest.raises(SystemExit):
            run(tmp_path / "run")
    cell = RunFolder(tmp_path / "run").cell("plain", 0)
    assert (cell.path / "predictions/noisy.npz").exists()
    assert cell.state is CellState.waiting
    (cell.path / "predictions/.own.npz.1.new").touch()
    run(tmp_path / "run")
    assert not list(cell.path.glob("predictions/.*"))
    expected = logits(asked)
    assert all(np.array_equal(expected[key], found) for key, found in logits(RunFolder(tmp_path / "run")).items())


def test_asking_that_is_interrupted_goes_on(copied, monkeypatch):
    tests = {**NOISY, "some": Some()}
    write, count = CellFolder.write_predictions_elsewhere, 0

    def write_two(*args):
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(CellFolder, "write_predictions_elsewhere", write_two)
        with pytest.raises(KeyboardInterrupt):
            run(copied.path, tests)
    assert compare(copied.path).asked_elsewhere["some"].unasked == (("plain", 1), ("permuted", 1))
    assert [(event.arm, event.seed) for event in of(CellAsked, run(copied.path, tests))] == [
        ("plain", 1),
        ("permuted", 1),
    ]


def other_cell(cell):
    return cell.parent.parent.parent / "seed-1/predictions/noisy.npz"


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"PK"),
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
        lambda path: shutil.copy(other_cell(path), path),
        lambda path: shutil.copy(path.with_name("own.npz"), path),
    ],
    ids=["no archive", "cut short", "of another cell", "of other images"],
)
def test_damaged_predictions_are_missing_and_made_anew_without_training(asked, copied, damage):
    cell = copied.cell("plain", 0)
    damage(cell.path / "predictions/noisy.npz")
    assert cell.is_finished()
    assert compare(copied.path).asked_elsewhere["noisy"].unasked == (("plain", 0),)
    seen = run(copied.path)
    assert not of(CellStarted, seen)
    assert len(of(CellAsked, seen)) == 1
    assert np.array_equal(logits(copied)["plain", 0], logits(asked)["plain", 0])


def test_damaged_documents_of_tests(copied, command):
    copied.path.joinpath("tests.json").write_text("{")
    done = command("compare", copied.path)
    assert (done.code, "tests.json can't be read" in done.err) == (2, True)
    run(copied.path, {})
    assert len(compare(copied.path).asked_elsewhere["noisy"].unasked) == 4
    run(copied.path)
    assert set(compare(copied.path).elsewhere) == {"noisy"}
    for tests in ({"own": {}}, {"...": {}}, {"a b": {}, "A B": {}}):
        plain = json.loads(copied.path.joinpath("study.json").read_text())
        copied.path.joinpath("study.json").write_text(json.dumps({**plain, "tests": tests}))
        with pytest.raises(DamagedFile, match="test images without a name of their own"):
            _ = copied.study


def test_tests_that_the_documents_describe_otherwise_are_not_compared(copied):
    document = copied.read(OtherTestsDocument).tests["noisy"]
    counts = (document.classes[0] + 1, *document.classes[1:])
    copied.write(OtherTestsDocument({"noisy": structs.replace(document, classes=counts)}))
    assert len(compare(copied.path).asked_elsewhere["noisy"].unasked) == 4
    copied.path.joinpath("tests.json").unlink()
    assert len(compare(copied.path).asked_elsewhere["noisy"].unasked) == 4


def test_each_test_is_a_family_of_its_own(tmp_path):
    run(tmp_path / "run", {**NOISY, "some": Some()}, arms=("permuted", "wide"))
    found = compare(tmp_path / "run")
    for there in found.elsewhere.values():
        alone = there.contrast(ACCURACY, there.pairs)
        assert [contrast.significance for contrast in there.headlines] == [one.significance for one in alone]
        assert {contrast.significance.family for contrast in there.headlines} == {2}
    assert {contrast.significance.family for contrast in found.headlines} == {2}


def test_every_output_shows_the_tests(copied, command):
    there = compare(copied.path).elsewhere["noisy"]
    (contrast,) = there.headlines
    plain = json.loads(command("compare", copied.path, "--json").out)["elsewhere"]["noisy"]
    assert plain["images"] == 50
    assert plain["contrasts"][0]["difference"] == contrast.interval.value
    assert plain["arms"]["plain"]["accuracy"]["mean"] == there.measured["plain"]["accuracy"].interval.value
    rows = list(csv.DictReader(io.StringIO(command("compare", copied.path, "--csv").out)))
    (row,) = [
        row
        for row in rows
        if (row["test"], row["kind"], row["metric"], row["seed"]) == ("noisy", "contrast", "accuracy", "")
    ]
    assert float(row["value"]) == contrast.interval.value
    assert any(row["test"] == "" for row in rows)
    for flags in ((), ("--markdown",), ("--latex",)):
        assert "On other test images: noisy" in command("compare", copied.path, *flags).out
    assert "On other test images" not in command("compare", copied.path, "--brief").out
    assert "On other test images" not in command("compare", copied.path, "--metric", "log_loss").out
    page = vv.write_report(copied.path).read_text()
    assert (
        page.count("<h2>On other test images</h2>")
        == page.count("Differences on the own and on other test images")
        == 1
    )
    assert "on noisy</tspan>" in page
    assert "through GaussianNoise(deviation=0.2)" in page


@pytest.fixture
def hand(tmp_path):
    """Grey images of 40 x 40 pixels of two classes, without parts."""
    from PIL import Image

    test = Some(count=10).load().test
    for row, image in enumerate(test.images):
        path = tmp_path / "hand" / Some().classes[test.labels[row]] / f"{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0]).resize((40, 40)).save(path)
    return tmp_path / "hand"


def test_the_command_asks_says_so_and_goes_on(copied, command, hand):
    done = command("test", copied.path, "--data", hand)
    assert done.code == 0
    assert (
        "hand: 10 further test images. 10 images in 3 classes from hand, each brought to 28 x 28 pixels (crop)."
        in done.err
    )
    assert "permuted, seed 1: asked about hand" in done.err
    assert "On hand: permuted against plain: " in done.out
    assert "10 images of hand" in (copied.path / "report/index.html").read_text()
    assert list(copied.study.tests) == ["noisy", "hand"]
    assert set(compare(copied.path).elsewhere) == {"noisy", "hand"}
    (copied.cell("plain", 1).path / "predictions/hand.npz").unlink()
    again = command("test", copied.path, "--data", hand)
    assert again.err.count("asked about hand") == 1
    assert "Every trained network was asked about hand before." in command("test", copied.path, "--data", hand).out
    # the study itself, which knows nothing of them, goes on
    assert not of(CellStarted, run(copied.path))


def test_the_command_refuses_what_it_cannot_ask_about(copied, command, hand, tmp_path):
    before = files_of(copied.path)
    shutil.copytree(hand, tmp_path / "others")
    (tmp_path / "others/A").rename(tmp_path / "others/Z")
    for words, message in {
        ("--data", hand, "--name", "noisy"): "has other test images under the name 'noisy'",
        ("--data", hand, "--name", "OWN"): "test images can't have this name; got 'OWN'",
        ("--data", hand, "--name", "..."): "test images can't have this name; got '...'",
        ("--data", tmp_path / "others"): "tests.others can't be used; got classes that the study doesn't have: 'Z'",
        ("--data", tmp_path / "nowhere"): "no such file or folder",
        ("--data", hand, "--device", "tpu"): "device",
    }.items():
        done = command("test", copied.path, *words)
        assert done.code == 2, words
        assert message in done.err
        assert done.err.count("Error:") == 1
    assert {path: time for path, time in files_of(copied.path).items() if "claims" not in path.parts} == {
        path: time for path, time in before.items() if "claims" not in path.parts
    }
    for path in copied.path.glob("cells/*/*/predictions/own.npz"):
        path.unlink()
    assert "has no trained network to ask; got no finished cell" in command("test", copied.path, "--data", hand).err
    assert "holds no study" in command("test", tmp_path, "--data", hand).err


STUDY = """
from dataclasses import dataclass
import visavis as vv

@dataclass(frozen=True)
class Mine:
    def draw(self, shape, stream):
        return vv.Transform(apply=lambda images: 255 - images)

def study(seeds: int = 1) -> vv.Study:
    plain = vv.Arm("plain", vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.05), epochs=1, batch_size=32)
    return vv.Study("mine", "Does it run?", vv.datasets.Glyphs(train_size=60, test_size=20), plain,
                    [plain.but("mine", input=Mine())], range(seeds),
                    tests={"noisy": vv.Corrupted(vv.GaussianNoise(0.1))})
"""


def test_processes_side_by_side_ask_too_and_own_code_is_given_with_the_study(tmp_path, monkeypatch, command, hand):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(STUDY)
    fp32 = ("--threads", 1, "--precision", "fp32")
    done = command("run", "mine.py", "--jobs", 2, *fp32, "--out", "two")
    assert done.code == 0, done.err
    assert "On noisy: mine against plain: " in done.out
    assert command("run", "mine.py", *fp32, "--out", "one").code == 0
    one, two = (logits(RunFolder(Path(name))) for name in ("one", "two"))
    assert all(np.array_equal(one[cell], two[cell]) for cell in one)
    before = files_of("two")
    refused = command("test", "two", "--data", hand)
    assert refused.code == 2
    assert "--study" in refused.err
    assert files_of("two") == before
    assert command("test", "two", "--data", hand, "--study", "mine.py").code == 0
    assert set(compare("two").elsewhere) == {"noisy", "hand"}


def test_asking_in_python(copied, hand):
    dataset = vv.datasets.Images(hand, size=(28, 28), channels=1, test_fraction=1)
    assert ask_later(copied.path, dataset, "mine") == LaterTest("mine", 4)
    assert ask_later(copied.path, dataset, "mine") == LaterTest("mine", 0)
    assert compare(copied.path).elsewhere["mine"].images == 10
    with pytest.raises(DataError, match="images of 40 x 40 pixels"):
        ask_later(copied.path, vv.datasets.Images(hand, test_fraction=1), "other")
    with pytest.raises(RunFolderError, match="holds no study"):
        ask_later(hand, dataset)
