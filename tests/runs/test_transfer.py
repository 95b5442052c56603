"""Transfer from end to end: every strategy, features, saved models, checkpoints."""

import json
import shutil
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from forms import letters, write_folder
from safetensors.torch import save_file

import visavis as vv
from small import STRATEGIES, small_study, transfer_study
from visavis.cells import features
from visavis.cells.assemble import assemble
from visavis.cells.fingerprints import plan_fingerprint
from visavis.errors import ChangedStudy, DamagedFile, DataError, InvalidStudy, RunFolderError
from visavis.events.cells import CellStarted, EpochDone
from visavis.evidence import compare
from visavis.findings import warnings_of
from visavis.findings.never_begun import NeverBegun
from visavis.options import Cadence
from visavis.report import provenance, tables
from visavis.store import RunFolder, WeightsDocument


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every strategy, one seed."""
    return vv.run_study(transfer_study(), tmp_path_factory.mktemp("transfer") / "run", vv.Options(precision="fp32"))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_saved_model_gives_the_saved_predictions_to_the_bit(folder, name):
    data = transfer_study().data.load()
    model = vv.load(folder.path, name)
    assert np.array_equal(model.logits(data.test.images), folder.cell(name, 0).read_predictions().logits)
    assert model.classes == data.classes
    assert model.probabilities(data.test.images).sum(1) == pytest.approx(np.ones(30))


@pytest.mark.parametrize(
    "images", [np.zeros((1, 1, 28, 28)), np.zeros((1, 3, 28, 28), np.uint8), np.zeros((28, 28), np.uint8), [1]]
)
def test_only_bytes_of_the_right_shape_are_taken(folder, images):
    with pytest.raises(
        DataError, match=r"can't take these images; got .*; expected an array of uint8 \[n, 1, 28, 28\]"
    ):
        vv.load(folder.path, "probe").logits(images)


def test_a_saved_model_holds_no_adapters(folder):
    _, arrays = folder.cell("low rank", 0).read_model()
    plain = folder.cell("full", 0).read_model()[1]
    assert set(arrays) == set(plain)


def test_a_network_that_sees_permuted_images_is_asked_about_plain_ones(finished):
    """The permutation is part of the saved model."""
    for arm in ("permuted", "wide"):
        predictions = finished.cell(arm, 1).read_predictions()
        kept = finished.read_test_images()
        images = np.stack([kept[name] for name in predictions.ids.tolist()])
        assert np.array_equal(vv.load(finished.path, arm, 1).logits(images), predictions.logits)


def test_every_arm_begins_with_the_same_network_and_differs_in_its_tuning_alone(folder):
    found = compare(folder.path)
    for contrast in found.headlines:
        if contrast.control == "probe":
            agreement = found.agreement(contrast.treatment, contrast.control)
            assert agreement.surprises(contrast.factors) == ()
            assert agreement.differ == ("plan",)
            assert "initial weights" in agreement.same


def test_the_folder_says_what_was_loaded_trained_and_frozen(folder):
    probe = folder.cell("probe", 0).read_document()
    assert probe.trained_parameters == 1024 * 10 + 10
    assert probe.parameters > probe.trained_parameters
    assert probe.frozen.count > 100
    assert probe.loaded.source.startswith("nothing: drawn at random, on purpose")
    assert folder.cell("full", 0).read_document().frozen.count == 0
    assert set(folder.read(WeightsDocument).arms) == set(STRATEGIES)
    assert provenance.weights(compare(folder.path))[0].startswith("probe, full, differential")


def test_features_are_computed_once_for_all_seeds(tmp_path, monkeypatch):
    passed = []
    real = features.through

    def counted(module, preprocess, images, **settings):
        passed.append(len(images))
        return real(module, preprocess, images, **settings)

    monkeypatch.setattr(features, "through", counted)
    study = replace(weighted(tmp_path / "a.safetensors", 0), seeds=range(3))
    vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    assert passed == [60, 30]


def test_damaged_features_are_computed_again(tmp_path):
    study = transfer_study(names=("probe", "full"))
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    expected = folder.cell("probe", 0).read_predictions().logits
    for path in (folder.path / "features").rglob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    (folder.cell("probe", 0).path / "predictions/own.npz").unlink()
    vv.run_study(study, tmp_path / "run")
    assert np.array_equal(folder.cell("probe", 0).read_predictions().logits, expected)


class Stop(BaseException):
    pass


@pytest.mark.parametrize("name", ["gradual", "full"])
def test_a_cell_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path, name):
    study = transfer_study(names=("probe", name), epochs=4)
    whole = vv.run_study(study, tmp_path / "whole", vv.Options(precision="fp32"))

    def stop(event):
        if isinstance(event, EpochDone) and event.row.epoch == 2 and started[-1] == name:
            raise Stop
        if isinstance(event, CellStarted):
            started.append(event.arm)

    started: list[str] = []
    with pytest.raises(Stop):
        vv.run_study(
            study, tmp_path / "stopped", vv.Options(precision="fp32", cadence=Cadence(0.0, 1.0, 0.0)), watch=stop
        )
    stopped = RunFolder(tmp_path / "stopped")
    place = stopped.cell(name, 0)
    assert 1 <= len(list((place.path / "checkpoint").iterdir())) <= 2
    epochs = []
    vv.run_study(
        study,
        tmp_path / "stopped",
        watch=lambda event: epochs.append(event.row.epoch) if isinstance(event, EpochDone) else None,
    )
    assert epochs == [3, 4]
    assert np.array_equal(place.read_predictions().logits, whole.cell(name, 0).read_predictions().logits)
    assert [row.epoch for row in place.read_history()] == [1, 2, 3, 4]
    assert place.read_document().fingerprints == whole.cell(name, 0).read_document().fingerprints
    assert not (place.path / "checkpoint").exists()


def weighted(path, seed):
    """A study whose weights are a file."""
    import torchvision

    with vv.Stream((seed,)).as_global():
        state = torchvision.models.get_model("shufflenet_v2_x0_5").state_dict()
    save_file(state, path)
    study = transfer_study(names=("probe", "full"))
    model = vv.Pretrained(study.control.model.model, vv.models.WeightsFile(path))
    arms = [replace(arm, model=model) for arm in study.all_arms]
    return replace(study, control=arms[0], arms=arms[1:])


def test_other_weights_are_another_study(tmp_path):
    vv.run_study(weighted(tmp_path / "a.safetensors", 0), tmp_path / "run", vv.Options(precision="fp32"))
    moved = tmp_path / "b.safetensors"
    moved.write_bytes((tmp_path / "a.safetensors").read_bytes())
    model = vv.Pretrained(transfer_study().control.model.model, vv.models.WeightsFile(moved))
    study = weighted(tmp_path / "a.safetensors", 0)
    arms = [replace(arm, model=model) for arm in study.all_arms]
    vv.run_study(replace(study, control=arms[0], arms=arms[1:]), tmp_path / "run")
    with pytest.raises(ChangedStudy, match=r"arms\.probe\.model\.weights\.sha256"):
        vv.run_study(weighted(tmp_path / "a.safetensors", 1), tmp_path / "run")


def test_a_finished_cell_is_a_source_of_weights(folder, tmp_path):
    source = folder.cell("full", 0).path
    weights = vv.models.WeightsFile(source)
    model = vv.Pretrained(transfer_study().control.model.model, weights)
    network = model.build(vv.ImageShape(1, 28, 28), 4, vv.Stream((0,)))
    _, arrays = folder.cell("full", 0).read_model()
    for name, tensor in network.backbone.state_dict().items():
        assert np.array_equal(tensor.numpy(), arrays[f"backbone.{name}"])
    assert network.head.out_features == 4


def test_tuning_that_does_not_fit_is_found_before_anything_is_written(tmp_path):
    study = transfer_study(names=("probe", "full"))
    wrong = study.control.but("wrong", tuning=vv.DifferentialRates({"layer4": 1.0}, others=1.0))
    with pytest.raises(InvalidStudy, match="no parameter is called 'layer4'"):
        vv.run_study(replace(study, arms=(wrong,)), tmp_path / "run")
    partial = study.control.but("partial", tuning=vv.DifferentialRates({"fc": 1.0}))
    with pytest.raises(InvalidStudy, match=r"the tuning of 'partial' can't be used: .* stands in no group"):
        vv.run_study(replace(study, arms=(partial,)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_images_that_do_not_fit_the_network_are_found_before_anything_is_written(tmp_path):
    study = transfer_study(names=("probe", "full"))
    model = vv.Pretrained(vv.models.TorchvisionModel("alexnet", size=32), vv.models.Untrained())
    with pytest.raises(InvalidStudy, match="the network of 'large' can't take the images; got RuntimeError"):
        vv.run_study(replace(study, arms=(study.control.but("large", model=model),)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_a_strategy_adds_is_part_of_the_plans_fingerprint():
    glyphs = vv.datasets.Glyphs(train_size=20, test_size=20).load()

    def prints(tuning, seed=0):
        arm = transfer_study().control.but("x", tuning=tuning)
        return plan_fingerprint(assemble(arm, seed, glyphs).plan)

    small, other = (vv.LowRankAdapters(rank=rank) for rank in (2, 3))
    assert len({prints(small), prints(small, 1), prints(other)}) == 3
    assert prints(small) == prints(small)


class Rectified(torch.nn.Module):
    """A backbone with something behind it that has no tensors: its own tensors keep their names."""

    def __init__(self, backbone):
        super().__init__()
        for name, part in backbone.named_children():
            self.add_module(name, part)
        self.whole = [backbone]

    def forward(self, images):
        return self.whole[0](images).relu() - 1


@dataclass(frozen=True)
class Other:
    """Freezes the same tensors as a linear probe, but another module."""

    def plan(self, network, stream):
        names = tuple(name for name, _ in network.head.named_parameters())
        group = vv.ParamGroup("fc", names)
        return vv.Plan(network.head, (group,), frozen=Rectified(network.backbone))


def test_features_belong_to_the_structure_and_not_to_the_tensors_alone(tmp_path):
    study = transfer_study(names=("probe", "full"))
    study = replace(study, arms=(study.control.but("other", tuning=Other()),))
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    assert len(list((folder.path / "features").rglob("*.npz"))) == 4


def test_arms_that_never_come_to_train_everything_are_named(tmp_path):
    study = transfer_study(names=("probe", "probe then full"), epochs=1)
    found = compare(vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32")).path)
    assert NeverBegun(found).warnings()[0] in warnings_of(found)
    (warning,) = NeverBegun(found).warnings()
    assert warning == "probe then full never came to train backbone: they were to begin after its 1 epoch."


@dataclass(frozen=True)
class Dimmed:
    """Darker images."""

    share: float

    def draw(self, shape, stream):
        return vv.Transform(apply=lambda images: (images * self.share).astype(np.uint8))


def test_parts_of_ones_own_have_to_be_those_of_the_run(tmp_path):
    study = transfer_study(names=("probe", "full"))
    own = study.control.but("probe", input=Dimmed(0.5))
    study = replace(study, control=own, arms=(own.but("full", tuning=vv.Full()),))
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    images = study.data.load().test.images
    expected = folder.cell("probe", 0).read_predictions().logits
    other = replace(own, model=vv.Pretrained(vv.models.TorchvisionModel("resnet18"), vv.models.Untrained()))
    assert np.array_equal(vv.load(folder.path, "probe", parts=own).logits(images), expected)
    assert np.array_equal(vv.load(folder.path, "probe", parts=other).logits(images), expected)
    with pytest.raises(RunFolderError, match=r"another Dimmed than the one given; got share: 0\.5 -> 0\.9"):
        vv.load(folder.path, "probe", parts=replace(own, input=Dimmed(0.9)))


def test_weights_that_a_study_makes_for_itself_belong_to_their_images(tmp_path):
    mlp = vv.models.MLP(hidden=(4,))
    first = vv.Arm("first", mlp, vv.SGD(lr=0.1), epochs=1, batch_size=8, loss=vv.NLL())

    def loaded(folder):
        return vv.TrainedOn(first, vv.datasets.Images(folder)).load("MLP")[1].sha256

    one = write_folder(tmp_path / "one", letters())
    assert loaded(one) == loaded(one)
    assert loaded(one) != loaded(write_folder(tmp_path / "two", letters(each=12)))


def test_what_cannot_be_loaded_says_why(folder, tmp_path):
    with pytest.raises(RunFolderError, match="has no arm 'none'; expected 'probe'"):
        vv.load(folder.path, "none")
    with pytest.raises(RunFolderError, match="'probe', seed 7, isn't finished"):
        vv.load(folder.path, "probe", 7)


def test_a_seed_is_never_a_path(folder):
    with pytest.raises(RunFolderError, match=r"has no such seed; got '0/\.\./\.\./elsewhere'"):
        vv.load(folder.path, "probe", "0/../../elsewhere")


def test_what_is_no_file_is_not_read(folder):
    model = vv.load(folder.path, "probe")
    for path in ("/dev/zero", folder.path):
        with pytest.raises(DataError, match="not a file, or too large a one"):
            model.read([path])


def test_a_damaged_model_is_noticed(folder, tmp_path):
    shutil.copytree(folder.path, tmp_path / "copy")
    place = RunFolder(tmp_path / "copy").cell("probe", 0).path
    about = json.loads((place / "model.json").read_text())
    predictions = RunFolder(tmp_path / "copy").cell("probe", 0).read_predictions()
    cell = RunFolder(tmp_path / "copy").cell("probe", 0)
    (place / "model.json").write_text(json.dumps({**about, "model": {"type": "os.system"}}))
    with pytest.raises(RunFolderError, match="isn't finished"):
        vv.load(tmp_path / "copy", "probe")
    cell.finish(json.loads((place / "cell.json").read_text()), predictions)
    with pytest.raises(RunFolderError, match=r"os\.system is code of your own"):
        vv.load(tmp_path / "copy", "probe")
    (place / "model.json").write_text(json.dumps(about))
    cell.finish(json.loads((place / "cell.json").read_text()), predictions)
    content = bytearray((place / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (place / "model.safetensors").write_bytes(content)
    with pytest.raises(DamagedFile, match="another digest"):
        vv.load(tmp_path / "copy", "probe")


def test_every_class_counts_alike_where_the_loss_says_so():
    labels = torch.tensor([0] * 6 + [1] * 2 + [2])
    counts = labels.bincount()
    assert vv.Balanced().of(counts).tolist() == pytest.approx([0.5, 1.5, 3.0])
    logits = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    each = [
        torch.stack([-logits[row].log_softmax(0)[labels[row]] for row in range(9) if labels[row] == k]).mean()
        for k in range(3)
    ]
    for kind in (vv.CrossEntropy, vv.NLL):
        loss = kind(weights=vv.Balanced()).criterion(counts)(logits, labels)
        assert float(loss) == pytest.approx(float(sum(each) / 3), rel=1e-5)


@dataclass(frozen=True)
class Lopsided:
    """Two letters, one of them rare in training."""

    def load(self):
        data = vv.datasets.Glyphs(train_size=200, test_size=40, letters="AB").load()
        rows = np.flatnonzero((data.train.labels == 0) | (np.arange(200) < 10))
        return replace(data, train=data.train.take(rows))


def test_a_balanced_loss_finds_the_rare_class(tmp_path):
    """The weights come from the training labels."""

    def share_of_rare(balanced):
        study = small_study(seeds=1, epochs=3)
        control = study.control.but("plain", loss=vv.NLL(weights=vv.Balanced() if balanced else None))
        study = replace(study, data=Lopsided(), control=control)
        folder = vv.run_study(study, tmp_path / str(balanced), vv.Options(precision="fp32"))
        return (folder.cell("plain", 0).read_predictions().logits.argmax(1) == 1).mean()

    assert share_of_rare(True) > share_of_rare(False) + 0.1


def test_the_summary_turns_the_loss_so_that_better_is_positive(folder):
    found = compare(folder.path)
    contrast = found.headlines[0]
    rows = {row[0]: row for row in tables.summary_table(found, contrast).rows}
    loss = next(
        c
        for c in found.contrasts
        if c.metric.name == "log_loss" and c.treatment == contrast.treatment and c.control == contrast.control
    )
    sign = "+" if -loss.interval.value >= 0 else "−"
    assert rows["Log-loss"][3].startswith(sign)
    assert "pp" not in rows["Log-loss"][3]
    assert "pp" in rows["Accuracy"][3]
    assert rows["Accuracy"][1].endswith(")")
    by_class = tables.class_table(found, contrast)
    assert by_class.columns == ("class", contrast.control, contrast.treatment, "improvement", "verdict", "support")
    assert [row[-1] for row in by_class.rows] == ["3"] * 10
    assert all(" pp (" in row[3] for row in by_class.rows)
