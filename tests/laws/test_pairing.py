"""What makes two arms a pair, and two runs the same run."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import visavis as vv
from small import small_study
from visavis.store import RunFolder


def logits(folder: RunFolder, arm: str, seed: int) -> np.ndarray:
    return folder.cell(arm, seed).read_predictions().logits


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return vv.run_study(small_study(), tmp_path_factory.mktemp("pair") / "run", vv.Options(precision="fp32"))


def test_two_runs_give_the_same_bits(pair, tmp_path):
    again = vv.run_study(small_study(), tmp_path / "run", vv.Options(precision="fp32"))
    for arm in ("plain", "permuted"):
        for seed in (0, 1):
            assert np.array_equal(logits(pair, arm, seed), logits(again, arm, seed))
    assert not np.array_equal(logits(pair, "plain", 0), logits(pair, "plain", 1))


def test_the_name_and_the_order_of_arms_change_no_stream(pair, tmp_path):
    study = small_study(arms=("wide", "permuted"))
    renamed = replace(
        study,
        control=replace(study.control, name="another name"),
        arms=(study.arms[0], replace(study.arms[1], name="shuffled")),
    )
    other = vv.run_study(renamed, tmp_path / "run", vv.Options(precision="fp32"))
    for seed in (0, 1):
        assert np.array_equal(logits(pair, "plain", seed), logits(other, "another name", seed))
        assert np.array_equal(logits(pair, "permuted", seed), logits(other, "shuffled", seed))


def test_arms_of_a_seed_share_everything_but_their_factor(finished):
    comparison = vv.compare(finished.path)
    found = comparison.agreement("permuted", "plain")
    assert found.differ == ("images as seen",)
    shared = {"initial weights", "training rows", "batch order", "augmentation", "train images", "plan"}
    assert shared <= set(found.same)
    found = comparison.agreement("wide", "plain")
    assert set(found.differ) == {"plan", "initial weights"} or set(found.differ) == {"initial weights"}
    assert (
        comparison.cells["plain", 0].fingerprints["batch order"]
        != comparison.cells["plain", 1].fingerprints["batch order"]
    )


def test_a_plain_loop_gives_the_same_losses(tmp_path):
    """The textbook loop, written out: same start, same order, same losses to float tolerance."""
    from visavis.streams import root

    study = small_study(seeds=1, epochs=3)
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    data = study.data.load()
    network = study.control.model.build(data.shape, 10, root(0).child("init"))
    module = torch.nn.Sequential(network.backbone, network.head)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    images = (torch.from_numpy(data.train.images).float() / 255 - 0.5) / 0.5
    labels = torch.from_numpy(data.train.labels)
    for row in folder.cell("plain", 0).read_history():
        order = torch.from_numpy(root(0).child("order", row.epoch).numpy().permutation(120))
        total = 0.0
        for batch in order.split(32):
            loss = torch.nn.functional.nll_loss(module(images[batch]).log_softmax(1), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        assert row.train_loss == pytest.approx(total / 120, rel=1e-4)


@dataclass(frozen=True)
class Dropping:
    """A perceptron with dropout, and a field that can't be hashed."""

    rates: list[float]

    def build(self, shape, classes, stream):
        network = vv.models.MLP(hidden=(8,)).build(shape, classes, stream)
        return vv.Network(torch.nn.Sequential(network.backbone, torch.nn.Dropout(self.rates[0])), network.head)

    def preprocess(self, images):
        return vv.models.MLP().preprocess(images)


def test_dropout_is_paired_too(tmp_path):
    study = small_study(seeds=1)
    control = replace(study.control, model=Dropping([0.5]))
    study = replace(study, control=control, arms=(control.but("permuted", input=vv.PixelPermutation()),))
    torch.manual_seed(1)
    first = vv.run_study(study, tmp_path / "first", vv.Options(precision="fp32"))
    torch.manual_seed(2)
    second = vv.run_study(study, tmp_path / "second", vv.Options(precision="fp32"))
    assert np.array_equal(logits(first, "plain", 0), logits(second, "plain", 0))


def test_a_cell_that_is_removed_and_run_again_ends_with_the_same_logits(tmp_path):
    out = tmp_path / "run"
    folder = vv.run_study(small_study(), out, vv.Options(precision="fp32"))
    before = logits(folder, "permuted", 1)
    (folder.cell("permuted", 1).path / "predictions/own.npz").unlink()
    vv.run_study(small_study(), out)
    assert np.array_equal(logits(folder, "permuted", 1), before)
