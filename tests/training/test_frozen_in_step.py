"""With augmentation, what is frozen runs in every step: no two epochs show the same images."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

import visavis as vv
from small import cell_of, tiny_arm
from visavis.cells.assemble import assemble
from visavis.cells.fingerprints import plan_fingerprint, tensors_fingerprint
from visavis.cells.in_memory import in_memory, train
from visavis.events.cells import CellStarted
from visavis.events.runs import FrozenInStep
from visavis.interfaces import ParamGroup, Plan
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs
from visavis.training.plans import enter_epoch, untouched_tensors, with_frozen_in_step


@pytest.fixture(scope="module")
def data():
    return vv.datasets.Glyphs(train_size=40, test_size=20).load()


MODEL = vv.Pretrained(vv.models.LetterCNN(), vv.models.Untrained())
"""With batch normalisation."""


def arm(tuning, augmentation=None):
    name = "plain" if augmentation is None else "augmented"
    augmentation = augmentation or vv.Unaugmented()
    return tiny_arm(model=MODEL, tuning=tuning, augmentation=augmentation, epochs=2).but(name)


def trained(assembly):
    *_, last = train(assembly)
    return last


def test_a_frozen_backbone_stays_as_it_was_with_its_statistics(data):
    assembly = assemble(arm(vv.LinearProbe(), vv.Shift(2)), 0, data)
    assert assembly.plan.frozen is None
    before = {name: tensor.clone() for name, tensor in assembly.network.backbone.state_dict().items()}
    head = assembly.network.head.weight.detach().clone()
    assert any(name.endswith("running_mean") for name in before)
    trained(assembly)
    after = assembly.network.backbone.state_dict()
    assert all(torch.equal(tensor, before[name]) for name, tensor in after.items())
    assert not torch.equal(head, assembly.network.head.weight)


def test_what_it_costs_is_told_before_training(tmp_path):
    plain, augmented = arm(vv.LinearProbe()), arm(vv.LinearProbe(), vv.Shift(1))
    study = vv.Study("probe", "?", vv.datasets.Glyphs(train_size=40, test_size=20), plain, [augmented], seeds=1)
    told = []
    vv.run_study(study, tmp_path, watch=told.append)
    (costly,) = (event for event in told if isinstance(event, FrozenInStep))
    assert (costly.arm, costly.images, costly.otherwise) == ("augmented", 2 * (40 + 20), 40 + 20)
    assert told.index(costly) < next(number for number, event in enumerate(told) if isinstance(event, CellStarted))


def test_all_that_is_frozen_is_watched(data):
    """As many tensors as where the features are computed once, under the same names."""
    probe, augmented = (assemble(arm(vv.LinearProbe(), how), 0, data) for how in (None, vv.Shift(1)))
    tensors = [untouched_tensors(assembly.plan, 2) for assembly in (probe, augmented)]
    assert tensors[0].keys() == tensors[1].keys()
    assert tensors_fingerprint(tensors[0]) == tensors_fingerprint(tensors[1])


def test_augmentation_is_no_other_plan(data):
    plans = [assemble(arm(vv.LinearProbe(), how), 0, data).tuning_plan for how in (None, vv.Shift(1))]
    assert plan_fingerprint(plans[0]) == plan_fingerprint(plans[1])


def test_a_shift_by_nothing_gives_nearly_the_logits_of_features_that_are_computed_once(data):
    """Only the order of sums differs: features come in batches of 64 with normalisations folded, steps in theirs. Over
    two epochs the logits stay within a thousandth of the largest.
    """
    once, in_step = (trained(assemble(arm(vv.LinearProbe(), how), 0, data)) for how in (None, vv.Shift(0)))
    assert np.abs(once.logits - in_step.logits).max() < 1e-3 * np.abs(once.logits).max()
    assert in_step.row.train_loss == pytest.approx(once.row.train_loss, rel=1e-4)
    shifted = trained(assemble(arm(vv.LinearProbe(), vv.Shift(3)), 0, data))
    assert np.abs(once.logits - shifted.logits).max() > 1e-2 * np.abs(once.logits).max()


def test_no_gradients_flow_into_what_is_frozen(data):
    cell = in_memory(assemble(arm(vv.LinearProbe(), vv.Shift(1)), 0, data))
    enter_epoch(cell.plan, 1)
    assert not any(weight.requires_grad for weight in cell.plan.trained.frozen.parameters())
    assert not any(module.training for module in cell.plan.trained.frozen.modules())
    assert cell.plan.trained.trained.training


def test_a_frozen_part_without_parameters_is_asked_in_evaluation_mode():
    """As where it runs once: its dropout drops nothing, its statistics stay."""
    frozen = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.BatchNorm1d(4, affine=False))
    plan = with_frozen_in_step(Plan(nn.Linear(4, 2), (ParamGroup("head", ("weight", "bias")),), frozen=frozen))
    enter_epoch(plan, 1)
    assert not any(module.training for module in frozen.modules())
    names = set(untouched_tensors(plan, 1))
    assert names == {"frozen.2.running_mean", "frozen.2.running_var", "frozen.2.num_batches_tracked"}


@pytest.mark.parametrize("tuning", [vv.LinearProbe(), vv.LowRankAdapters(rank=2), vv.Full()], ids=str)
def test_a_saved_model_gives_the_predictions_of_its_cell(tuning, tmp_path):
    """Adapters are merged, what ran in the step stands in its own place."""
    study = vv.Study(
        name="augmented",
        question="Does it load?",
        data=vv.datasets.Glyphs(train_size=40, test_size=20),
        control=arm(tuning, vv.Shift(1)),
        arms=[arm(tuning)],
        seeds=range(1),
    )
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    cell = folder.cell("augmented", 0)
    model, images = vv.load(folder.path, "augmented", 0), study.data.load().test.images
    saved = cell.read_predictions().logits
    assert np.allclose(model.logits(images), saved, rtol=1e-3, atol=1e-3 * np.abs(saved).max())
    assert cell.read_document().frozen.count > 0 or tuning == vv.Full()


def test_adapters_learn_from_augmented_images(data):
    assembly = assemble(arm(vv.LowRankAdapters(rank=2), vv.Shift(2)), 0, data)
    last = trained(assembly)
    assembly.plan.merge()
    assert not any("parametrizations" in name for name in assembly.network.tensors())
    module = nn.Sequential(assembly.network.backbone, assembly.network.head).eval()
    with torch.no_grad():
        logits = module(MODEL.preprocess(torch.from_numpy(data.test.images))).numpy()
    assert np.allclose(logits, last.logits, rtol=1e-3, atol=1e-3 * np.abs(logits).max())


@dataclass(frozen=True)
class Watched:
    """Says which images it was handed."""

    def draw(self, count, stream):
        return vv.EpochDraws(lambda images, rows: images, {"rows": np.arange(count)})


def test_an_augmentation_of_ones_own_runs_in_the_step_too(data):
    cell = cell_of(arm(vv.LinearProbe(), Watched()), data)
    assert cell.train.images.dtype == torch.uint8
    assert len(list(epochs(cell, Precision.fp32))) == 2
