from dataclasses import dataclass, replace

import pytest
from msgspec import structs

import visavis as vv
from small import Seen, small_study
from visavis.design.arm import FACTORS
from visavis.errors import ChangedStudy, DataError, InvalidStudy, NotARunFolder
from visavis.events.cells import CellFailed, CellFinished, CellsPlanned, CellStarted, EpochDone
from visavis.events.runs import ArmsTold, DataAudited, DataLoaded, DataUnderstood, PrecisionChosen, TimeEstimated
from visavis.runs.admission import require_same_study
from visavis.store import RunFolder, StudyDocument


def run(out, **settings):
    seen = Seen()
    vv.run_study(small_study(**settings), out, watch=seen.append)
    return seen


def test_events_tell_the_whole_course(tmp_path):
    seen = run(tmp_path / "run", seeds=1)
    kinds = [type(event) for event in seen if event.is_kept]
    cell = [CellStarted, EpochDone, EpochDone, CellFinished]
    begin = [DataLoaded, DataUnderstood, ArmsTold, PrecisionChosen, TimeEstimated, DataAudited, CellsPlanned]
    assert kinds == [*begin, *cell, *cell]


def test_running_again_trains_only_what_is_missing(tmp_path):
    out = tmp_path / "run"
    assert len(run(out).of(CellStarted)) == 4
    assert run(out).of(CellStarted) == []
    more = run(out, seeds=3).of(CellStarted)
    assert [(event.arm, event.seed) for event in more] == [("plain", 2), ("permuted", 2)]
    arm = run(out, seeds=3, arms=("permuted", "wide")).of(CellStarted)
    assert [(event.arm, event.seed) for event in arm] == [("wide", 0), ("wide", 1), ("wide", 2)]


def test_a_damaged_cell_is_trained_again(tmp_path):
    run(tmp_path / "run")
    RunFolder(tmp_path / "run").cell("plain", 1).path.joinpath("predictions/own.npz").write_bytes(b"PK")
    assert [event.seed for event in run(tmp_path / "run").of(CellStarted)] == [1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epochs": 3}, r"arms\.plain\.epochs: 2 -> 3, arms\.permuted\.epochs: 2 -> 3"),
        ({"lr": 0.1}, r"arms\.plain\.optimizer\.lr: 0\.05 -> 0\.1, arms\.permuted\.optimizer\.lr: 0\.05 -> 0\.1"),
        ({"seeds": 1}, r"seeds: \[0, 1\] -> \[0\]"),
        ({"arms": ("wide",)}, "no arm 'permuted'"),
    ],
)
def test_a_changed_study_is_refused_with_the_field(tmp_path, changed, message):
    run(tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    with pytest.raises(ChangedStudy, match=message):
        run(tmp_path / "run", **changed)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")} == before


def test_changed_data_are_refused(tmp_path):
    from forms import letters, write_folder

    def study():
        return replace(small_study(seeds=1), data=vv.datasets.Images(tmp_path / "letters"))

    write_folder(tmp_path / "letters", letters())
    vv.run_study(study(), tmp_path / "run")
    write_folder(tmp_path / "letters", letters(each=11))
    with pytest.raises(ChangedStudy, match=r"data\.train images"):
        vv.run_study(study(), tmp_path / "run")


def test_moved_data_are_the_same_data(tmp_path):
    from forms import letters, write_tar, write_zip

    one, two = write_tar(tmp_path / "a.tar.gz", letters()), write_zip(tmp_path / "b.zip", letters())
    study = small_study(seeds=1)
    vv.run_study(replace(study, data=vv.datasets.Images(one)), tmp_path / "run")
    seen = Seen()
    vv.run_study(replace(study, data=vv.datasets.Images(two)), tmp_path / "run", watch=seen.append)
    assert seen.of(CellStarted) == []


def test_a_cell_that_fails_is_told_and_the_others_go_on(tmp_path):
    study = small_study(seeds=1)
    broken = study.control.but("broken", optimizer=vv.SGD(lr=1e20))
    seen = Seen()
    vv.run_study(replace(study, arms=(broken, *study.arms)), tmp_path / "run", watch=seen.append)
    (failed,) = seen.of(CellFailed)
    assert failed.arm == "broken"
    assert "the loss isn't finite in epoch" in failed.reason
    assert [event.arm for event in seen.of(CellFinished)] == ["plain", "permuted"]
    cell = RunFolder(tmp_path / "run").cell("broken", 0)
    assert "isn't finite" in cell.read_failure()
    assert not cell.is_finished()


def test_a_cell_that_fails_in_its_last_step_is_not_finished(tmp_path):
    """The loss is taken before the update: a single step with a huge rate leaves a finite one."""
    study = small_study(seeds=1, epochs=1)
    one_step = study.control.but("plain", batch_size=128)
    wild = one_step.but("wild", optimizer=vv.SGD(lr=1e30))
    seen = Seen()
    vv.run_study(replace(study, control=one_step, arms=(wild,)), tmp_path / "run", watch=seen.append)
    assert "the logits aren't finite after epoch 1" in seen.of(CellFailed)[0].reason


@dataclass(frozen=True)
class Capped:
    """A loss of one's own."""

    most: float

    def criterion(self, counts):
        nll = vv.NLL().criterion(counts)
        return lambda logits, labels: nll(logits.clamp(-self.most, self.most), labels)


CHANGES = {
    "model": (vv.models.MLP(hidden=(17,)), r"model\.hidden: \[16\] -> \[17\]"),
    "optimizer": (vv.SGD(lr=0.1, momentum=0.9), r"optimizer\.lr: 0\.05 -> 0\.1"),
    "epochs": (3, "epochs: 2 -> 3"),
    "batch_size": (16, "batch_size: 32 -> 16"),
    "training": (vv.LabelNoise(0.1), r"training\.type: Everything -> LabelNoise, .*rate: \(absent\) -> 0\.1"),
    "input": (vv.PixelPermutation(), r"input\.type: Untouched -> PixelPermutation"),
    "augmentation": (vv.Shift(1), r"augmentation\.type: Unaugmented -> Shift, .*pixels: \(absent\) -> 1"),
    "tuning": (vv.NormAndBias(), r"tuning\.type: Full -> NormAndBias"),
    "loss": (Capped(3.0), r"loss\.type: NLL -> Capped, .*most: \(absent\) -> 3\.0"),
    "schedule": (vv.Constant(warmup=1), r"schedule\.warmup: 0\.0 -> 1"),
    "averaging": (vv.EMA(), r"averaging\.type: LastWeights -> EMA, .*decay: \(absent\) -> 0\.999"),
    "selection": (vv.BestEpoch(), r"selection\.type: LastEpoch -> BestEpoch"),
}
"""Another value of each factor that has several, and what is said of the field."""


@pytest.mark.parametrize("factor", FACTORS)
def test_a_changed_factor_of_an_arm_with_results_is_refused_with_the_field(tmp_path, factor):
    study = small_study(arms=("wide",))
    value, change = CHANGES[factor]
    changed = replace(study, control=study.control.but("plain", **{factor: value}))
    old, new = map(StudyDocument.of, (study, changed))
    with pytest.raises(ChangedStudy, match=rf"holds another study; got arms\.plain\.{change}"):
        require_same_study(tmp_path, old, new)
    require_same_study(tmp_path, old, new, changeable=("plain",))


def test_test_sets_may_be_added_or_left_to_the_folder(tmp_path):
    """Of test sets the images are compared, not the descriptions: see ``test_elsewhere``."""
    glyphs = {letters: vv.datasets.Glyphs(test_size=50, seed=seed) for letters, seed in (("one", 1), ("two", 2))}
    study = small_study()

    def document(**changed):
        return StudyDocument.of(replace(study, **changed))

    plain, with_one, with_both = (document(tests=dict(list(glyphs.items())[:count])) for count in range(3))
    growth = ((plain, with_one), (with_one, with_both), (with_both, with_one))
    for old, new in growth:
        require_same_study(tmp_path, old, new)


@pytest.mark.parametrize(
    "rule",
    [{"headline": "macro_f1"}, {"margin": 0.02}, {"margin": vv.NonInferior(0.01)}, {"margins": {"log_loss": 0.1}}],
)
def test_how_a_study_is_judged_is_settled_before_the_first_result(tmp_path, rule):
    study = small_study()
    old, new = StudyDocument.of(study), StudyDocument.of(replace(study, **rule))
    require_same_study(tmp_path, old, new, changeable=tuple(old.arms))
    with pytest.raises(ChangedStudy, match="holds another study"):
        require_same_study(tmp_path, old, new, changeable=("permuted",))


def test_a_folder_grows_by_all_of_it_at_once_and_trains_what_is_new(tmp_path):
    """An arm, a seed, a test set, an ask: nothing that is there is trained anew."""
    out, study = tmp_path / "run", small_study(seeds=1, epochs=1)
    vv.run_study(study, out)
    both = study.control.but("both", input=vv.PixelPermutation(), schedule=vv.Cosine())
    grown = replace(
        study,
        arms=[*study.arms, both],
        seeds=2,
        asks=[(both, study.control)],
        tests={"more": vv.datasets.Glyphs(test_size=50, seed=1)},
    )
    seen = Seen()
    folder = vv.run_study(grown, out, watch=seen.append)
    assert [(event.arm, event.seed) for event in seen.of(CellStarted)] == [
        ("both", 0), ("plain", 1), ("permuted", 1), ("both", 1),
    ]  # fmt: skip
    assert folder.study == StudyDocument.of(grown)


def test_a_part_with_an_edited_field_is_no_added_arm(tmp_path):
    study = StudyDocument.of(small_study())
    first, second = ({**study.arms["plain"], "input": {"params": params}} for params in ({"a": 1}, {"a": 1, "b": 9}))
    old = structs.replace(study, arms={"plain": first, "x": first})
    new = structs.replace(study, arms={"plain": first, "x": second, "y.z": first})
    with pytest.raises(ChangedStudy, match=r"got arms\.x\.input\.params\.b: \(absent\) -> 9; "):
        require_same_study(tmp_path, old, new)


def test_an_aa_arm_may_be_added_and_an_arm_may_not_become_one(tmp_path):
    plain, with_aa = StudyDocument.of(small_study()), StudyDocument.of(replace(small_study(), aa=True))
    require_same_study(tmp_path, plain, with_aa)
    with pytest.raises(ChangedStudy, match=r"got again: \[\] -> \[\"permuted\"\]; "):
        require_same_study(tmp_path, plain, structs.replace(plain, again=("permuted",)))


def test_nothing_is_written_for_data_that_cannot_be_used(tmp_path):
    study = replace(small_study(), data=vv.datasets.Images(tmp_path / "none.zip"))
    with pytest.raises(DataError):
        vv.run_study(study, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_arm_that_cannot_take_the_images_is_found_before_training(tmp_path):
    from forms import letters, write_folder

    write_folder(tmp_path / "letters", letters(side=6))
    study = small_study()
    study = replace(
        study,
        data=vv.datasets.Images(tmp_path / "letters"),
        arms=(study.control.but("cnn", model=vv.models.LetterCNN()),),
    )
    with pytest.raises(InvalidStudy, match="too small"):
        vv.run_study(study, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@dataclass(frozen=True)
class Odd:
    """An intervention that gives back what it likes."""

    kind: str

    def draw(self, shape, stream):
        made = {
            "nothing": lambda images: None,
            "floats": lambda images: images / 2,
            "raises": lambda images: 1 // 0,
            "others": lambda images: images[::-1],
            "several": lambda images: images if len(images) > 1 else 1 // 0,
        }
        return vv.Transform(apply=made[self.kind])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("nothing", "the input of 'odd' makes no images; got NoneType"),
        ("floats", r"makes no images; got float64 \[2, 1, 28, 28\]; expected uint8"),
        ("raises", "the input of 'odd' raises; got ZeroDivisionError"),
        ("others", "makes something else of an image when other images are with it; expected"),
        ("several", "the input of 'odd' raises for one image; got ZeroDivisionError"),
    ],
)
def test_an_intervention_that_makes_no_images_is_found_before_training(tmp_path, kind, message):
    study = small_study()
    with pytest.raises(InvalidStudy, match=message):
        vv.run_study(replace(study, arms=(study.control.but("odd", input=Odd(kind)),)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@dataclass(frozen=True)
class Text:
    """An intervention that carries something."""

    text: object

    def draw(self, shape, stream):
        return vv.Transform(apply=lambda images: images)


def nested(levels):
    return [] if levels == 0 else [nested(levels - 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "why " * 6_000},
        {"seeds": (0, 1 << 63)},
        {"arms": (small_study().control.but("a" * 20_001, input=vv.PixelPermutation()),)},
        {"arms": (small_study().control.but("deep", input=Text(nested(60))),)},
        {"arms": (small_study().control.but("half", input=Text("\ud800")),)},
    ],
    ids=["question", "seed", "name", "depth", "surrogate"],
)
def test_what_could_not_be_read_back_is_refused_before_anything_is_written(tmp_path, changes):
    with pytest.raises(InvalidStudy, match="has a value that can't be written down; got"):
        vv.run_study(replace(small_study(), **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(NotARunFolder, match="holds other files"):
        run(tmp_path)


def test_the_precision_is_settled_once(tmp_path):
    out = tmp_path / "run"
    vv.run_study(small_study(seeds=1), out, vv.Options(precision="bf16"))
    seen = Seen()
    vv.run_study(small_study(seeds=2), out, watch=seen.append)
    assert seen.of(PrecisionChosen)[0].name == "bf16"
    assert RunFolder(out).cell("plain", 1).read_document().fingerprints["arithmetic"] == "bf16 on cpu"
    with pytest.raises(InvalidStudy, match="got fp32; expected bf16"):
        vv.run_study(small_study(seeds=2), out, vv.Options(precision="fp32"))


def test_an_unknown_device_is_refused(tmp_path):
    with pytest.raises(InvalidStudy, match="no such device; got 'abacus'; expected cpu or cuda"):
        vv.run_study(small_study(), tmp_path / "run", vv.Options(device="abacus"))


def test_the_folder_says_what_was_done(finished):
    cell = finished.cell("permuted", 2)
    document = cell.read_document()
    assert document.factors["input"]["type"] == "PixelPermutation"
    assert document.trained_parameters == 784 * 16 + 16 + 16 * 10 + 10
    assert set(document.fingerprints) >= {"train images", "images as seen", "plan", "batch order"}
    assert len(cell.read_history()) == 2
    assert finished.data.synthetic is True
    environment = finished.environment
    assert environment.precision in {"fp32", "bf16"}
    assert set(environment.probes) == {"plain", "wide"}
    assert (finished.path / "study.py").read_text() == "# the study\n"
