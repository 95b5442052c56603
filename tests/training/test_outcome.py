"""Which network is tested and saved: averages, and the best epoch's."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tape import TapeRecorder

import visavis as vv
from small import cell_of, small_study, tiny_arm, tiny_data
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import in_memory
from visavis.errors import InvalidStudy
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs, fit

NORMALISING = vv.models.ConvNet(widths=(4,))
"""With batch normalisation."""


@pytest.fixture(scope="module")
def data():
    return tiny_data()


def weights_by_step(arm, data):
    """What is trained, after each step; and the outcome at the end."""
    assembly, copies = assemble(arm, 0, data), []
    cell = in_memory(assembly)
    state_dict = cell.plan.trained.state_dict()

    for pause in fit([replace_optimizer(cell, lambda: copies.append(copy_of(state_dict)))], Precision.fp32):
        if pause.epochs:
            last = pause.epochs[0]
    return copies, copy_of(cell.plan.trained.state_dict()), last


def copy_of(state_dict):
    return {name: tensor.detach().clone() for name, tensor in state_dict.items()}


def replace_optimizer(cell, after_step):
    class Telling(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            after_step()

    class Build:
        lr = 0.05

        def build(self, groups):
            return Telling(groups, lr=self.lr, momentum=0.9)

    return replace(cell, recipe=replace(cell.recipe, optimizer=Build()))


def test_an_ema_is_the_recursion_it_says(data):
    arm = tiny_arm(averaging=vv.EMA(0.9))
    steps, saved, _ = weights_by_step(arm, data)
    start = assemble(arm, 0, data).plan.trained.state_dict()
    expected = {name: tensor.double() for name, tensor in start.items()}
    for number, newest in enumerate(steps, start=1):
        decay = min(0.9, (1 + number) / (10 + number))
        expected = {name: decay * value + (1 - decay) * newest[name].double() for name, value in expected.items()}
    assert len(steps) == 12
    for name, value in expected.items():
        assert saved[name].numpy() == pytest.approx(value.numpy(), abs=1e-6)


def test_swa_is_the_mean_over_the_last_epochs(data):
    steps, saved, _ = weights_by_step(tiny_arm(averaging=vv.SWA(0.3)), data)
    ends = steps[3::4]
    assert len(ends) == 3
    for name, value in saved.items():
        expected = np.mean([weights[name].numpy() for weights in ends], axis=0)  # floor(.3 * 3) epochs are left out
        assert value.numpy() == pytest.approx(expected, abs=1e-6)


def test_the_statistics_of_an_average_are_those_of_the_training_images(data):
    arm = tiny_arm(model=NORMALISING, averaging=vv.SWA(0.0), epochs=2)
    assembly = assemble(arm, 0, data)
    cell = in_memory(assembly)
    for _ in epochs(cell, Precision.fp32):
        pass
    norm = assembly.plan.trained
    first = next(module for module in norm.modules() if isinstance(module, torch.nn.BatchNorm2d))
    conv = next(module for module in norm.modules() if isinstance(module, torch.nn.Conv2d))
    order = cell.order(2)
    means = [
        conv(arm.model.preprocess(torch.from_numpy(data.train.images[rows]))).mean((0, 2, 3)).detach()
        for rows in np.split(order, range(16, 60, 16))
    ]
    assert first.running_mean.numpy() == pytest.approx(torch.stack(means).mean(0).numpy(), abs=1e-4)
    assert first.momentum == 0.1


@pytest.mark.parametrize("averaging", [vv.EMA(0), vv.SWA(1)], ids=str)
def test_an_average_of_the_newest_alone_is_the_newest(data, averaging):
    plain, averaged = (list(epochs(cell_of(arm, data), Precision.fp32)) for arm in arms_with(averaging))
    for one, other in zip(plain, averaged, strict=True):
        assert np.array_equal(one.logits, other.logits)


def arms_with(averaging):
    return tiny_arm(model=NORMALISING), tiny_arm(model=NORMALISING, averaging=averaging)


def test_training_never_sees_the_average(data):
    plain, averaged = (list(epochs(cell_of(arm, data), Precision.fp32)) for arm in arms_with(vv.EMA(0.9)))
    assert [one.row.train_loss for one in plain] == [one.row.train_loss for one in averaged]
    assert not np.array_equal(plain[-1].logits, averaged[-1].logits)


@pytest.mark.parametrize(
    "changed",
    [{"averaging": vv.EMA(0.9)}, {"averaging": vv.SWA(0.0), "model": NORMALISING}, {"selection": vv.BestEpoch(0.2)},
     {"averaging": vv.EMA(0.8), "selection": vv.BestEpoch(0.2)}],
    ids=str,
)  # fmt: skip
def test_what_is_stopped_anywhere_and_continued_ends_with_the_same_bits(data, changed, monkeypatch):
    monkeypatch.setattr("visavis.training.loop.SECONDS_BETWEEN_PAUSES", -1.0)  # after every step
    arm = tiny_arm(**changed)
    whole = list(epochs(cell_of(arm, data), Precision.fp32))
    snapshots = [pause.states[0].snapshot() for pause in fit([cell_of(arm, data)], Precision.fp32)]
    middles = [one for one in snapshots if one.epoch <= 3]
    assert len(middles) > 12
    for snapshot in middles[:: len(middles) // 7]:
        *_, last = epochs(replace(cell_of(arm, data), start=snapshot), Precision.fp32)
        assert np.array_equal(last.logits, whole[-1].logits)


def test_recorded_steps_are_averaged_too(data):
    arm = tiny_arm(averaging=vv.EMA(0.9))
    recorder = TapeRecorder()
    *_, recorded = epochs(cell_of(arm, data), Precision.fp32, recorder)
    *_, plain = epochs(cell_of(arm, data), Precision.fp32, TapeRecorder())
    assert recorder.replayed > 6
    assert np.array_equal(recorded.logits, plain.logits)
    *_, newest = epochs(cell_of(tiny_arm(), data), Precision.fp32, TapeRecorder())
    assert not np.array_equal(recorded.logits, newest.logits)


def test_the_best_epoch_is_chosen_on_the_validation_part(data):
    arm = tiny_arm(selection=vv.BestEpoch(0.25), optimizer=vv.SGD(lr=0.1, momentum=0.9), epochs=8)
    rows, last = [], None
    for epoch in epochs(cell_of(arm, data), Precision.fp32):
        rows, last = [*rows, epoch.row], epoch
    scores = [(row.validation_accuracy, -row.validation_loss) for row in rows]
    best = scores.index(max(scores)) + 1
    assert best < 8  # else nothing is chosen here
    *_, there = epochs(cell_of(arm.but("shorter", epochs=best), data), Precision.fp32)
    assert np.array_equal(last.logits, there.logits)
    assert rows[-1].test_accuracy != pytest.approx(float((last.logits.argmax(1) == data.test.labels).mean()))


def test_test_images_choose_nothing(data):
    arm = tiny_arm(selection=vv.BestEpoch(0.25), optimizer=vv.SGD(lr=0.1, momentum=0.9), epochs=8)
    shuffled = replace(data, test=replace(data.test, labels=np.roll(data.test.labels, 3)))
    ends = [list(epochs(cell_of(arm, part), Precision.fp32))[-1] for part in (data, shuffled)]
    assert np.array_equal(ends[0].logits, ends[1].logits)


def test_the_validation_part_is_cut_from_training_and_paired(data):
    best = tiny_arm(selection=vv.BestEpoch(0.25))
    arms = [best, best.but("adam", optimizer=vv.Adam(lr=0.01))]
    first, second = (assemble(arm, 0, data) for arm in arms)
    assert np.array_equal(first.training.rows, second.training.rows)
    cut = set(first.data.validation.ids.tolist())
    assert cut == set(second.data.validation.ids.tolist())
    assert len(first.data.train) + len(cut) == len(data.train)
    assert cut.isdisjoint(first.data.train.ids.tolist())
    assert set(first.data.validation.labels.tolist()) == set(data.train.labels.tolist())
    ungrouped = replace(data, train=replace(data.train, groups=np.full(60, b"")))
    halves = tiny_arm(selection=vv.BestEpoch(0.5))
    cuts = [set(assemble(halves, seed, ungrouped).data.validation.ids.tolist()) for seed in range(2)]
    assert cuts[0] != cuts[1]
    assert {len(part) for part in cuts} <= set(range(27, 34))


def test_groups_stay_together(data):
    groups = np.array([f"font {number % 7}".encode() for number in range(60)])
    grouped = replace(data, train=replace(data.train, groups=groups))
    cell = assemble(tiny_arm(selection=vv.BestEpoch(0.3)), 0, grouped)
    assert set(cell.data.validation.groups.tolist()).isdisjoint(cell.data.train.groups.tolist())


def test_a_row_that_stands_twice_is_on_one_side(data):
    cell = assemble(tiny_arm(selection=vv.BestEpoch(0.25), training=vv.Fraction(0.5, same_steps=True)), 0, data)
    assert set(cell.data.validation.ids.tolist()).isdisjoint(cell.data.train.ids.tolist())


def test_a_validation_part_of_the_data_set_is_used_as_it_is(data):
    own = replace(data, validation=data.test.take(np.arange(10)))
    cell = assemble(tiny_arm(selection=vv.BestEpoch()), 0, own)
    assert cell.data.validation.ids.tolist() == data.test.ids[:10].tolist()
    assert len(cell.data.train) == len(data.train)
    assert assemble(tiny_arm(), 0, own).data.validation is None


def test_too_few_images_to_cut_are_told(tmp_path):
    study = small_study(seeds=1, epochs=1)
    arm = study.control.but("best", selection=vv.BestEpoch(0.01))
    with pytest.raises(
        InvalidStudy,
        match=r"arms\.best\.selection can't cut a validation part; got 12 groups; expected 100 groups, .*larger",
    ):
        vv.run_study(replace(study, arms=(arm,)), tmp_path)


def test_a_run_with_both_is_saved_as_it_was_tested(tmp_path):
    study = small_study(seeds=1, epochs=3)
    arm = study.control.but("best average", averaging=vv.SWA(0.3), selection=vv.BestEpoch(0.2))
    folder = vv.run_study(replace(study, arms=(arm,)), tmp_path)
    network = vv.load(tmp_path, "best average", 0)
    cell = folder.cell("best average", 0)
    predictions = cell.read_predictions()
    images = study.data.load().test
    assert np.array_equal(images.ids, predictions.ids)
    assert network.logits(images.images).argmax(1).tolist() == predictions.logits.argmax(1).tolist()
    assert all(row.validation_accuracy is not None for row in cell.read_history())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: vv.EMA(1), r"averaging\.decay can't be used; got 1"),
        (lambda: vv.SWA(2), r"averaging\.start can't be used; got 2"),
        (lambda: vv.BestEpoch(0.6), r"selection\.validation can't be used; got 0\.6"),
        (lambda: tiny_arm(averaging=vv.EMA), r"averaging can't be used; got the class EMA"),
        (lambda: tiny_arm(selection="best"), r"selection can't be used; got 'best'; .*visavis\.BestEpoch"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(InvalidStudy, match=message):
        wrong()
