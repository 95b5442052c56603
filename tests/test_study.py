from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
import torch

import visavis as vv
from small import small_study
from visavis.design.arm import FACTORS, PARTS, describe_factors, differing_factors
from visavis.errors import InvalidStudy
from visavis.pairing import alone
from visavis.store import StudyDocument


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"seeds": ()}, "seeds can't be used; got none; expected 1 or more"),
        ({"seeds": (1, 1)}, "each seed once"),
        ({"seeds": (-1,)}, "0 or more"),
        ({"arms": ()}, "at least one arm beside the control"),
        ({"margin": 0.0}, "margin can't be used"),
        ({"seeds": (0.5,)}, "whole numbers"),
        ({"seeds": range(10**9)}, "at most 10,000"),
        ({"data": None}, "data can't be used; got None"),
        ({"headline": "acuracy"}, "headline can't be used; got 'acuracy'; expected one of .*; perhaps accuracy"),
        ({"headline": None}, "headline can't be used; got None; expected one of accuracy"),
        ({"tests": [1]}, r"tests can't be used; got \[1\]; expected data sets by name"),
        ({"tests": {"hand": 3}}, r"tests\.hand can't be used; got 3; expected a value with the method load"),
        ({"tests": {"hand": vv.datasets.Glyphs}}, r"tests\.hand can't be used; got the class Glyphs"),
        ({"tests": {"own": vv.datasets.Glyphs()}}, "tests can't be used; got 'own'; expected a name"),
        ({"tests": {"a b": vv.datasets.Glyphs(), "A-B": vv.datasets.Glyphs()}}, "tests can't be used; got 'A-B'"),
        ({"arms": (3,)}, r"expected values of visavis\.Arm"),
        ({"name": "///"}, "a name with a letter or a digit"),
        ({"name": 3}, "name can't be used; got 3; expected text"),
        ({"name": "a\ud800"}, r"name can't be used; got 'a\\ud800'; expected text"),
        ({"question": None}, "question can't be used; got None; expected text"),
        ({"seeds": 0}, "seeds can't be used; got 0; expected 1 or more"),
        ({"seeds": -3}, "seeds can't be used; got -3; expected 1 or more"),
        ({"seeds": 10**9}, "at most 10,000"),
        ({"seeds": 3.0}, r"got 3\.0; expected how many seeds, a list of whole numbers, visavis"),
        ({"seeds": True}, "got True; expected how many seeds"),
        ({"seeds": (True,)}, "whole numbers"),
        ({"seeds": "012"}, "got '012'; expected how many seeds"),
        ({"seeds": ["0"]}, "whole numbers"),
        ({"margin": "0.1"}, r"margin can't be used; got '0\.1'; expected a fraction"),
        ({"brands": "pilot"}, "brands can't be used; got 'pilot'; expected a list of remarks"),
        ({"brands": [1]}, "brands can't be used; got 1; expected text"),
        ({"control": "plain"}, r"control can't be used; got 'plain'; expected a visavis\.Arm"),
        ({"arms": 3}, "arms can't be used; got 3; expected a list of arms"),
        ({"arms": small_study().arms[0]}, r"arms can't be used; got Arm\(name='permuted'.*expected a list of arms"),
        ({"data": "glyphs"}, r"got 'glyphs'; .* such as visavis\.datasets\.open\('glyphs'\)"),
        ({"data": vv.datasets.Glyphs}, r"data can't be used; got the class Glyphs; expected a value of it: Glyphs\("),
    ],
)
def test_a_study_that_cannot_be_is_refused(fields, message):
    with pytest.raises(InvalidStudy, match=message):
        replace(small_study(), **fields)


def test_a_factor_without_its_method_is_refused():
    study = small_study()
    with pytest.raises(InvalidStudy, match=r"arms\.odd\.input can't be used; got None; .*method draw"):
        replace(study, arms=(study.control.but("odd", input=None),))


class PlainClass:
    """Has every method that a part can have, but isn't a value."""

    def draw(self, shape, stream): ...

    def build(self, *given): ...

    def plan(self, network, stream): ...

    def load(self): ...

    def criterion(self, counts): ...

    def share(self, progress, epochs): ...

    def parts(self): ...


@dataclass(frozen=True)
class Around(PlainClass):
    """A part with another one in it."""

    part: object


@pytest.mark.parametrize("factor", PARTS)
@pytest.mark.parametrize(
    ("part", "message"),
    [
        (PlainClass, r"can't be used; got the class PlainClass; expected a value of it: PlainClass\(\.\.\.\)"),
        (PlainClass(), r": can't describe a PlainClass; .*put @dataclass\(frozen=True\) before its class"),
        (Around(PlainClass()), r": can't describe a PlainClass; .*put @dataclass\(frozen=True\) before its class"),
        (lambda *given: None, r"can't be used; got <function .*; expected a value with the method "),
        ("text", "can't be used; got 'text'; expected a value with the method "),
    ],
)
def test_what_is_no_part_is_refused_when_the_study_is_made(factor, part, message):
    study = small_study()
    with pytest.raises(InvalidStudy, match=rf"arms\.odd\.{factor} ?{message}"):
        replace(study, arms=(study.control.but("odd", **{factor: part}),))
    with pytest.raises(InvalidStudy):
        replace(study, data=PlainClass())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: vv.Pretrained(vv.models.MLP(), "w.pth"), r"model\.weights can't be used; got 'w\.pth'; .*WeightsFile"),
        (lambda: vv.Pretrained(vv.models.MLP, vv.models.Untrained()), r"model\.model can't be used; got the class MLP"),
        (lambda: vv.datasets.Limited("glyphs", 10), r"data\.data can't be used; got 'glyphs'"),
        (lambda: vv.datasets.Limited(vv.datasets.Glyphs(), "10"), r"data\.limit can't be used; got '10'"),
        (lambda: vv.datasets.Glyphs(train_size=20.5), r"data\.train_size can't be used; got 20\.5; .*a whole number"),
        (lambda: vv.datasets.Images(3), r"data\.path can't be used; got 3; expected a path"),
        (lambda: vv.datasets.Images("x", size=96), r"data\.size can't be used; got 96; expected \(height, width\)"),
        (lambda: vv.datasets.Images("x", test_fraction="a"), r"data\.test_fraction can't be used; got 'a'"),
        (lambda: vv.datasets.TorchvisionData("MNIST", None), r"data\.root can't be used; got None"),
        (lambda: vv.models.WeightsFile(None), r"weights\.path can't be used; got None; expected a path"),
        (lambda: arm(input=vv.Untouched), r"arms\.x\.input can't be used; got the class Untouched; .*: Untouched\("),
        (lambda: arm(model=vv.models.MLP), r"arms\.x\.model can't be used; got the class MLP"),
        (lambda: arm(tuning=vv.Full), r"arms\.x\.tuning can't be used; got the class Full"),
        (lambda: arm(optimizer=vv.SGD), r"arms\.x\.optimizer can't be used; got the class SGD; .*: SGD\("),
        (lambda: arm(optimizer=torch.optim.NAdam), r"optimizer can't be used; got the class NAdam; .*visavis\.Torch\("),
        (lambda: vv.models.MLP(hidden=64), r"model\.hidden can't be used; got 64; expected a list of widths"),
        (lambda: arm(optimizer="sgd"), r"arms\.x\.optimizer can't be used; got 'sgd'; .*such as visavis\.SGD\(lr="),
        (lambda: arm(optimizer=NoRate()), r"arms\.x\.optimizer\.lr can't be used; got None; expected a learning rate"),
        (lambda: arm(loss=vv.NLL), r"arms\.x\.loss can't be used; got the class NLL"),
        (lambda: arm(loss=arm), r"arms\.x\.loss can't be used; got <function arm"),
        (lambda: arm(schedule=vv.Cosine), r"arms\.x\.schedule can't be used; got the class Cosine"),
        (lambda: arm(schedule=NoShare()), r"arms\.x\.schedule\.share\(0\) can't be used; got None; expected a number"),
        (lambda: arm(training=0.5), r"arms\.x\.training can't be used; got 0\.5; .*such as visavis\.Everything\(\)"),
        (lambda: arm(training=vv.Everything), r"arms\.x\.training can't be used; got the class Everything"),
        (lambda: arm(augmentation=vv.Shift), r"arms\.x\.augmentation can't be used; got the class Shift"),
        (lambda: arm(averaging="ema"), r"arms\.x\.averaging can't be used; got 'ema'; expected a value .*EMA\(\)"),
        (lambda: arm(averaging=vv.LastWeights), r"arms\.x\.averaging can't be used; got the class LastWeights"),
        (lambda: arm(selection=vv.LastEpoch), r"arms\.x\.selection can't be used; got the class LastEpoch"),
        (lambda: arm(epochs="3"), r"arms\.x\.epochs can't be used; got '3'; expected a whole number, 1 or more"),
        (lambda: arm(epochs=0), r"arms\.x\.epochs can't be used; got 0; expected 1 or more"),
        (lambda: arm(epochs=True), r"arms\.x\.epochs can't be used; got True"),
        (lambda: arm(batch_size=2.5), r"arms\.x\.batch_size can't be used; got 2\.5; expected a whole number"),
        (lambda: arm(batch_size=1), r"arms\.x\.batch_size can't be used; got 1; expected 2 or more"),
    ],
)
def test_mistaken_fields_of_parts_are_refused(make, message):
    with pytest.raises(InvalidStudy, match=message):
        make()


def arm(**factors):
    return small_study().control.but("x", **factors)


@dataclass(frozen=True)
class NoRate:
    """An optimizer without a learning rate."""

    def build(self, groups): ...


@dataclass(frozen=True)
class NoShare:
    """A schedule that forgets to return."""

    def share(self, progress, epochs): ...


LONG = [vv.Constant(warmup=2), vv.Cosine(warmup=3), vv.Linear(warmup=2.5), vv.Steps(every=2), vv.Steps(1, 0.5, 2)]


@pytest.mark.parametrize("schedule", LONG, ids=str)
def test_a_schedule_that_is_longer_than_the_training_is_refused(schedule):
    arm(epochs=4, schedule=schedule)
    message = (
        r"is longer than the training; got schedule\.\w+ [\d.]+ of 2 epochs; expected fewer than 2; train for more"
    )
    with pytest.raises(InvalidStudy, match=message):
        arm(epochs=2, schedule=schedule)


@pytest.mark.parametrize("seeds", [3, np.int64(3), np.arange(3), range(3), [np.uint8(0), 1, 2], iter((0, 1, 2))])
def test_seeds_may_be_given_by_their_number(seeds):
    study = replace(small_study(), seeds=seeds)
    assert study.seeds == (0, 1, 2)
    assert all(type(seed) is int for seed in study.seeds)


def test_paths_may_be_text(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"weights")
    for kind in (vv.datasets.Images, vv.models.WeightsFile, lambda path: vv.datasets.TorchvisionData("MNIST", path)):
        assert kind(str(tmp_path / "w.pth")) == kind(tmp_path / "w.pth")


def test_two_arms_with_one_folder_are_refused():
    control = small_study().control
    with pytest.raises(InvalidStudy, match="two arms share a name; got 'plain' and 'Plain!'"):
        replace(small_study(), arms=(control.but("Plain!", input=vv.PixelPermutation()),))


def test_two_arms_that_are_the_same_experiment_are_refused():
    study = small_study()
    twin = study.control.but("twin", input=vv.Untouched())
    with pytest.raises(InvalidStudy, match=r"two arms are the same experiment; got 'plain' and 'twin'.*aa=True"):
        replace(study, arms=(*study.arms, twin))
    assert [arm.name for arm in replace(study, aa=True).all_arms] == ["plain", "permuted", "A/A"]
    assert [arm.name for arm in replace(study, arms=(), aa=True).all_arms] == ["plain", "A/A"]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("epoch", "epochs"), ("optimiser", "optimizer"), ("batchsize", "batch_size"), ("width", None)],
)
def test_a_slip_in_a_factors_name_names_the_one_that_was_meant(slip, meant):
    remedy = rf"; did you mean {meant}\?$" if meant else "averaging, selection$"
    for change in (lambda: arm(**{slip: 3}), lambda: small_study().control.over(**{slip: [3]})):
        with pytest.raises(InvalidStudy, match=rf"an arm has no factor '{slip}'; expected training, input, .*{remedy}"):
            change()


@pytest.mark.parametrize(
    ("field", "remedy"),
    [
        ("lr", r"lr is a field of optimizer: give another one, such as optimizer=SGD\(lr=\.\.\.\)$"),
        ("hidden", r"hidden is a field of model: give another one, such as model=MLP\(hidden="),
        ("momentum", "momentum is a field of optimizer"),
    ],
)
def test_a_parts_field_in_the_place_of_a_factor_is_told_whose_it_is(field, remedy):
    for change in (lambda: arm(**{field: 3}), lambda: small_study().control.over(**{field: [3]})):
        with pytest.raises(InvalidStudy, match=rf"an arm has no factor '{field}'.*; {remedy}"):
            change()


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"epochs": []}, r"over\.epochs can't be used; got no values; expected one or more"),
        ({"epochs": 3}, r"over\.epochs can't be used; got 3; expected a list of values"),
        ({"epochs": "12"}, r"over\.epochs can't be used; got '12'; expected a list of values"),
        ({"optimizer": [vv.Adam]}, r"over\.optimizer can't be used; got the class Adam"),
        ({"optimizer": vv.Adam(lr=0.1)}, r"over\.optimizer can't be used; got Adam\(.*; expected a list of values"),
        ({"epochs": [2, 5, 5]}, r"over\.epochs can't be used; got 5 twice; expected each level once"),
        ({"optimizer": [vv.Adam(lr=0.1), vv.Adam(lr=0.10)]}, r"over\.optimizer can't be used; got Adam\(.*\) twice"),
        ({"loss": [print]}, r"over\.loss: can't describe a builtin_function_or_method"),
        ({"epochs": [PlainClass()]}, r"over\.epochs: can't describe a PlainClass"),
        ({"epochs": [1, 0]}, r"arms\.epochs 0\.epochs can't be used; got 0; expected 1 or more"),
        (
            {"epochs": range(1, 102), "batch_size": range(2, 12)},
            "over can't be used; got 1,010 arms; expected at most 1,000",
        ),
    ],
)
def test_levels_that_cannot_be_are_refused(levels, message):
    with pytest.raises(InvalidStudy, match=message):
        small_study().control.over(**levels)


def test_arms_that_are_equal_are_refused_however_they_are_written():
    study = small_study()
    same = study.control.but("twin", optimizer=vv.SGD(lr=0.05, momentum=0.90))
    with pytest.raises(InvalidStudy, match="two arms are the same experiment; got 'plain' and 'twin', equal in every"):
        replace(study, arms=[same])


PLAIN, PERMUTED, WIDE, BOTH = small_study(arms=("permuted", "wide", "wide permuted")).all_arms


@pytest.mark.parametrize(
    ("asks", "message"),
    [
        ([(BOTH, BOTH)], "which differ in nothing; expected arms that differ in a factor"),
        ([(BOTH, PLAIN), (PLAIN, BOTH)], r"got \('plain', 'wide permuted'\) twice; expected each pair once"),
        (
            [(BOTH.but("stranger"), PLAIN)],
            r"got \('stranger', 'plain'\); expected pairs .*; 'stranger' isn't among its arms",
        ),
        (
            [("wide permuted", "plain")],
            "expected pairs of the study's own arms: .*; the arms themselves, not their names",
        ),
        ([BOTH], r"expected pairs of the study's own arms: \(treatment, control\)"),
        ([(BOTH, PLAIN, WIDE)], "expected pairs of the study's own arms"),
        (3, "asks can't be used; got 3; expected a list of pairs"),
    ],
)
def test_asks_that_cannot_be_are_refused(asks, message):
    with pytest.raises(InvalidStudy, match=message):
        replace(small_study(arms=("permuted", "wide", "wide permuted")), asks=asks)


def alone_in(*arms, asks=(), aa=False):
    study = replace(small_study(), control=arms[0], arms=arms[1:], asks=asks, aa=aa)
    return [(arm.arm, arm.nearest, arm.factors) for arm in alone(StudyDocument.of(study))]


def test_an_arm_that_no_contrast_is_made_with_is_found():
    other = WIDE.but("other", tuning=vv.NormAndBias(), input=vv.PixelPermutation())
    assert alone_in(PLAIN, PERMUTED, WIDE, BOTH) == []
    assert alone_in(PLAIN, BOTH) == [
        ("plain", "wide permuted", ("input", "model")),
        ("wide permuted", "plain", ("input", "model")),
    ]
    assert alone_in(PLAIN, BOTH, asks=[(BOTH, PLAIN)]) == []
    assert alone_in(PLAIN, PERMUTED, WIDE, other) == [("other", "wide", ("input", "tuning"))]
    assert alone_in(PLAIN, PERMUTED, aa=True) == []


def test_asks_are_by_value():
    twin = WIDE.but("wide permuted", input=vv.PixelPermutation())
    study = replace(small_study(arms=("permuted", "wide", "wide permuted")), asks=[(twin, PLAIN)])
    assert StudyDocument.of(study).asks == (("wide permuted", "plain"),)
    assert replace(study, aa=True).asks == ((twin, PLAIN),)


def test_factors_that_differ():
    plain, permuted, wide, both = small_study(arms=("permuted", "wide", "wide permuted")).all_arms
    described = {arm.name: describe_factors(arm) for arm in (plain, permuted, wide, both)}
    assert differing_factors(described["plain"], described["permuted"]) == ("input",)
    assert differing_factors(described["plain"], described["wide"]) == ("model",)
    assert differing_factors(described["plain"], described["wide permuted"]) == ("input", "model")
    assert differing_factors(described["plain"], described["plain"]) == ()


def test_every_field_of_an_arm_but_its_name_is_a_factor():
    names = {entry.name for entry in fields(vv.Arm)}
    assert names - {"name", "again", "held_out"} == set(FACTORS)
