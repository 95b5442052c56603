import io
import json
import pickle
import re
import struct
import zipfile

import pytest
import torch
from safetensors.torch import save_file

import visavis as vv
from visavis.cells.fingerprints import weights_fingerprint
from visavis.errors import InvalidStudy, WeightsError
from visavis.parts.models import Pretrained, TimmModel, TorchvisionModel, TorchvisionWeights, Untrained, WeightsFile
from visavis.parts.models.adaptation import adapt
from visavis.parts.models.torchvision_model import classifiers
from visavis.streams import root
from visavis.training.fast.precision import Precision
from visavis.training.forward import in_batches

SHAPE = vv.ImageShape(1, 40, 40)
NAME = "shufflenet_v2_x0_5"


@pytest.fixture(scope="module")
def state():
    """What torch.save(model.state_dict()) would hold, with a head of ten classes."""
    import torchvision

    with root(9).as_global():
        return torchvision.models.get_model(NAME, num_classes=10).state_dict()


def built(path, classes=7):
    return Pretrained(TorchvisionModel(NAME, size=32), WeightsFile(path)).build(SHAPE, classes, root(0))


def same_backbone(network, state):
    return all(torch.equal(tensor, state[name]) for name, tensor in network.backbone.state_dict().items())


@pytest.mark.parametrize("wrapped", ["plain", "state_dict", "model", "parallel", "safetensors", "old", "headless"])
def test_weights_come_in_many_forms(state, wrapped, tmp_path):
    path = tmp_path / ("weights.safetensors" if wrapped == "safetensors" else "weights.pth")
    forms = {
        "plain": state,
        "state_dict": {"state_dict": state, "epoch": 3},
        "model": {"model": state},
        "parallel": {f"module.{name}": tensor for name, tensor in state.items()},
        "old": {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")},
        "headless": {name: tensor for name, tensor in state.items() if not name.startswith("fc.")},
    }
    if wrapped == "safetensors":
        save_file(state, path)
    else:
        torch.save(forms[wrapped], path)
    network = built(path)
    assert same_backbone(network, state)
    assert network.head.out_features == 7
    assert network.head_name == "fc"
    said = {"state_dict": ", state_dict", "model": ", model", "parallel": " (prefix module removed)"}
    assert network.loaded.source == f"{path.name}{said.get(wrapped, '')}"
    assert len(network.loaded.sha256) == 64


def in_transformers(name):
    """Hugging Face's name of a tensor of torchvision's ResNet18."""
    name = re.sub(r"^conv1", "embedder.embedder.convolution", name)
    name = re.sub(r"^bn1", "embedder.embedder.normalization", name)
    block = re.match(r"layer(\d)\.(\d)\.(conv|bn|downsample\.)(\d)\.(.*)", name)
    if block is None:
        return f"resnet.{name}" if name.startswith("embedder") else name.replace("fc.", "classifier.1.")
    stage, layer, kind, number, what = block.groups()
    part = f"layer.{int(number) - 1}" if kind != "downsample." else "shortcut"
    is_convolution = kind == "conv" or (kind == "downsample." and number == "0")
    suffix = "convolution" if is_convolution else "normalization"
    return f"resnet.encoder.stages.{int(stage) - 1}.layers.{layer}.{part}.{suffix}.{what}"


FOREIGN = {
    "prefix": (lambda state: {f"model.{name}": one for name, one in state.items()}, " (prefix model removed)"),
    "two prefixes": (
        lambda state: {"state_dict": {f"module.net.{name}": one for name, one in state.items()}},
        ", state_dict (prefix module.net removed)",
    ),
    "other tensors": (
        lambda state: {**{f"encoder.{name}": one for name, one in state.items()}, "projector.weight": torch.ones(2)},
        " (prefix encoder removed, 1 other tensor passed over)",
    ),
    "averaged": (lambda state: {"epoch": 3, "ema": {"state_dict": state}}, ", ema, state_dict"),
    "half": (lambda state: {name: one.half() for name, one in state.items()}, " (cast from float16)"),
    "double": (
        lambda state: {name: one.double() if one.is_floating_point() else one for name, one in state.items()},
        " (cast from float64)",
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_weights_of_other_programs_are_loaded_and_it_is_told_how(kind, state, tmp_path):
    make, said = FOREIGN[kind]
    tensors = {name: one.half().float() if one.is_floating_point() else one for name, one in state.items()}
    content = make(tensors)
    if kind == "half":
        content = {name: one if tensors[name].is_floating_point() else tensors[name] for name, one in content.items()}
    torch.save(content, tmp_path / "w.PTH")
    network = built(tmp_path / "w.PTH")
    assert same_backbone(network, tensors)
    assert network.loaded.source == f"w.PTH{said}"


def test_a_resnet_of_transformers_is_loaded():
    import torchvision

    backbone = torchvision.models.resnet18()
    expected = {name: one for name, one in backbone.state_dict().items() if not name.startswith("fc.")}
    foreign = {in_transformers(name): one for name, one in backbone.state_dict().items()}
    found = adapt(foreign, expected, ("fc",), list(expected))
    assert found.tensors.keys() == expected.keys()
    assert all(torch.equal(found.tensors[name], one) for name, one in expected.items())
    assert found.notes == ("named as in transformers",)


def test_of_two_networks_in_one_file_neither_is_guessed(state, tmp_path):
    torch.save(
        {f"{who}.{name}": one for who in ("student", "teacher") for name, one in state.items()}, tmp_path / "w.pth"
    )
    with pytest.raises(WeightsError, match=r"conv1\.0\.weight is missing"):
        built(tmp_path / "w.pth")


def test_the_head_is_drawn_from_the_stream_as_ever(state, tmp_path):
    torch.save(state, tmp_path / "w.pth")
    first, again = built(tmp_path / "w.pth"), built(tmp_path / "w.pth")
    assert weights_fingerprint(first) == weights_fingerprint(again)
    untrained = Pretrained(TorchvisionModel(NAME, size=32), Untrained()).build(SHAPE, 7, root(0))
    assert torch.equal(first.head.weight, untrained.head.weight)
    assert not same_backbone(untrained, state)


def changed(state, **changes):
    return {**state, **changes}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda state: {k: v for k, v in state.items() if k != "conv1.0.weight"}, "conv1.0.weight is missing"),
        (lambda state: changed(state, **{"conv9.weight": torch.zeros(2)}), "conv9.weight belongs nowhere"),
        (
            lambda state: changed(state, **{"conv1.0.weight": torch.zeros(3)}),
            r"conv1.0.weight is float32 \[3\] instead of float32 \[24, 3, 3, 3\]",
        ),
        (
            lambda state: changed(state, **{"conv1.0.weight": state["conv1.0.weight"].int()}),
            "is int32 .* instead of float32",
        ),
        (lambda state: [1, 2], "holds no weights; got list of 2"),
        (lambda state: {"a": 1}, "holds no weights"),
    ],
)
def test_weights_of_another_network_are_refused_with_names(state, content, message, tmp_path):
    torch.save(content(state), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=message):
        built(tmp_path / "w.pth")


class Malicious:
    """A pickle that would write a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_no_code_in_a_file_of_weights_is_run(tmp_path):
    buffer = io.BytesIO()
    torch.save({"x": Malicious(tmp_path / "written")}, buffer)
    (tmp_path / "w.pth").write_bytes(buffer.getvalue())
    (tmp_path / "old.pth").write_bytes(pickle.dumps(Malicious(tmp_path / "written")))
    for name in ("w.pth", "old.pth"):
        with pytest.raises(WeightsError, match=r"can't be read as weights.*never loaded"):
            built(tmp_path / name)
    assert not (tmp_path / "written").exists()


def laughs():
    """A few bytes that would be text without end."""
    value = [1]
    for _ in range(60):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    "content",
    [
        {"a": torch.zeros(1).expand(10**12)},
        laughs(),
        {"state_dict": {"a": laughs()}},
        [10**6000],
        {"conv1.0.weight": torch.zeros(1).expand(24, 3, 3, 3)},
    ],
    ids=["a shape without numbers", "laughs", "wrapped laughs", "a long number", "repeated"],
)
def test_weights_that_would_take_all_memory_are_refused(content, tmp_path):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"holds no weights|can't be read as weights") as found:
        built(tmp_path / "w.pth")
    assert len(str(found.value)) < 600


def test_a_file_of_weights_that_unpacks_to_far_more_than_itself_is_refused(tmp_path):
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1 << 23)}, buffer)
    with zipfile.ZipFile(buffer) as whole, zipfile.ZipFile(tmp_path / "w.pth", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in whole.namelist():
            packed.writestr(name, whole.read(name))
    with pytest.raises(WeightsError, match=r"can't be read as weights; got ValueError: [\d,]+ bytes unpack to 33,5"):
        built(tmp_path / "w.pth")


def test_a_file_of_weights_larger_than_any_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("visavis.parts.models.weights.LARGEST_FILE", 10)
    (tmp_path / "w.pth").write_bytes(bytes(11))
    with pytest.raises(WeightsError, match="is too large; got 11 bytes; expected at most 10"):
        WeightsFile(tmp_path / "w.pth")


@pytest.mark.parametrize(
    "tensor",
    [
        {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]},
        {"dtype": "F32", "shape": [2**63, 0], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]},
    ],
)
def test_safetensors_that_promise_what_cannot_be_are_refused(tensor, tmp_path):
    head = json.dumps({"a": tensor}).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + bytes(tensor["data_offsets"][1] % 9))
    with pytest.raises(WeightsError, match=r"w\.safetensors can't be read"):
        built(tmp_path / "w.safetensors")


@pytest.mark.parametrize("content", [b"", b"PK", b"not weights at all", b"\x08\0\0\0\0\0\0\0{}      "])
@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
def test_damaged_files_are_refused(content, name, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError):
        built(tmp_path / name)


def test_a_cached_download_is_checked_and_never_unpickled(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = tmp_path / "hub" / "checkpoints"
    place.mkdir(parents=True)
    (place / "resnet18-f37072fd.pth").write_bytes(pickle.dumps(Malicious(tmp_path / "written")))
    with pytest.raises(WeightsError, match=r"isn't what torchvision gives under that name; .* expected f37072fd"):
        TorchvisionWeights().load("resnet18")
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    "content", [{1: torch.zeros(1)}, {"a": torch.zeros(2, 2).to_sparse()}, {"a": torch.zeros(2, device="meta")}]
)
def test_only_dense_tensors_by_name_are_weights(content, tmp_path):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WeightsError):
        built(tmp_path / "w.pth")


def test_weights_that_are_no_numbers_are_refused(state, tmp_path):
    torch.save(changed(state, **{"conv1.0.weight": torch.full((24, 3, 3, 3), float("nan"))}), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"conv1\.0\.weight holds numbers that aren't finite"):
        built(tmp_path / "w.pth")


def test_architectures_with_versions_take_their_own_weights(tmp_path):
    import torchvision

    state = torchvision.models.mnasnet0_5().state_dict()
    torch.save(state, tmp_path / "w.pth")
    network = Pretrained(TorchvisionModel("mnasnet0_5"), WeightsFile(tmp_path / "w.pth")).build(SHAPE, 7, root(0))
    assert same_backbone(network, state)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(WeightsError, match=r"no weights at .*none\.pth; got no such file; .*--weights"):
        WeightsFile(tmp_path / "none.pth")
    with pytest.raises(WeightsError, match=r"got a folder without model\.safetensors"):
        WeightsFile(tmp_path)


def test_without_a_network_the_download_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr("torch.hub.download_url_to_file", lambda *_, **__: (_ for _ in ()).throw(OSError("no route")))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    model = Pretrained(TorchvisionModel(NAME), TorchvisionWeights())
    with pytest.raises(WeightsError, match=r"can't be downloaded; got no route; .*--weights"):
        model.build(SHAPE, 7, root(0))
    with pytest.raises(WeightsError, match="torchvision has no weights 'NONE' for"):
        TorchvisionWeights("NONE").load(NAME)


def test_unknown_architectures_get_near_names():
    with pytest.raises(InvalidStudy, match="expected a classifier of torchvision, perhaps resnet18"):
        TorchvisionModel("resnet81")
    with pytest.raises(InvalidStudy, match="images of 2 channels"):
        TorchvisionModel(NAME).build(vv.ImageShape(2, 40, 40), 7, root(0))


FAMILIES = (
    "alexnet", "densenet121", "efficientnet_b0", "googlenet", "mnasnet0_5", "mobilenet_v3_small", "regnet_y_400mf",
    "resnet18", "squeezenet1_1", "vgg11",
)  # fmt: skip


def takes_images(name):
    model = TorchvisionModel(name, size=64)
    network = model.build(SHAPE, 7, root(0))
    module = torch.nn.Sequential(network.backbone, network.head)
    for channels in (1, 3):
        images = torch.randint(0, 256, (2, channels, 40, 40), dtype=torch.uint8)
        assert in_batches(module, model.preprocess, images, Precision.fp32).shape == (2, 7)
    return network


@pytest.mark.parametrize("name", FAMILIES)
def test_families_of_torchvision(name):
    takes_images(name)


def test_auxiliary_heads_are_left_out_of_network_and_weights(tmp_path):
    import torchvision

    state = torchvision.models.googlenet(init_weights=False).state_dict()
    assert any(name.startswith("aux1.") for name in state)
    torch.save(state, tmp_path / "w.pth")
    network = Pretrained(TorchvisionModel("googlenet"), WeightsFile(tmp_path / "w.pth")).build(SHAPE, 7, root(0))
    assert same_backbone(network, state)
    network.backbone.train()
    assert isinstance(network.backbone(torch.zeros(2, 3, 64, 64)), torch.Tensor)


def test_transformers_are_built_for_their_images_size():
    images = torch.zeros(2, 1, 40, 40, dtype=torch.uint8)
    model = TorchvisionModel("vit_b_32", size=96)
    network = model.build(SHAPE, 7, root(0))
    assert network.head(network.backbone(model.preprocess(images))).shape == (2, 7)


def test_old_names_of_densenets_are_understood(tmp_path):
    import re

    import torchvision

    state = torchvision.models.densenet121().state_dict()
    old = {re.sub(r"(denselayer\d+\.(?:norm|relu|conv))([12])", r"\1.\2", name): one for name, one in state.items()}
    assert set(old) != set(state)
    torch.save(old, tmp_path / "w.pth")
    network = Pretrained(TorchvisionModel("densenet121"), WeightsFile(tmp_path / "w.pth")).build(SHAPE, 7, root(0))
    assert same_backbone(network, state)


def test_a_file_that_changes_after_the_study_was_made_is_refused(state, tmp_path):
    torch.save(state, tmp_path / "w.pth")
    weights = WeightsFile(tmp_path / "w.pth")
    (tmp_path / "w.pth").write_bytes(b"other")
    with pytest.raises(WeightsError, match="has changed since the study was made"):
        weights.load(NAME)


def test_a_second_head_of_timm_is_passed_over(tmp_path):
    timm = pytest.importorskip("timm")
    name = "deit_tiny_distilled_patch16_224"
    torch.save(timm.create_model(name).state_dict(), tmp_path / "w.pth")
    network = Pretrained(TimmModel(name), WeightsFile(tmp_path / "w.pth")).build(SHAPE, 7, root(0))
    assert network.other_heads == ("head_dist",)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in classifiers() if name not in ("vit_h_14", "regnet_y_128gf")])
def test_every_classifier_of_torchvision_can_be_cut(name):
    network = TorchvisionModel(name).build(SHAPE, 7, root(0))
    last = network.head[0] if isinstance(network.head, torch.nn.Sequential) else network.head
    assert last.weight.shape[0] == 7


@pytest.mark.parametrize("name", ["resnet10t", "vit_tiny_patch16_224", "convnext_atto"])
def test_models_of_timm(name):
    pytest.importorskip("timm")
    model = Pretrained(TimmModel(name), Untrained())
    network = model.build(SHAPE, 7, root(0))
    images = torch.randint(0, 256, (2, 1, 40, 40), dtype=torch.uint8)
    assert network.head(network.backbone(model.preprocess(images))).shape == (2, 7)
    held = [parameter for layer in network.layers for parameter in layer.parameters]
    own = {f"backbone.{name}" for name, _ in network.backbone.named_parameters()} | {"head.weight", "head.bias"}
    assert set(held) == own
    assert len(held) == len(own)
    assert network.layers[-1].name == network.head_name


def test_a_timm_model_has_its_own_preprocessing():
    pytest.importorskip("timm")
    model = TimmModel("vit_tiny_patch16_224")
    assert (model.size, tuple(model.mean)) == (224, (0.5, 0.5, 0.5))
    with pytest.raises(InvalidStudy, match="timm has no such model; got 'resnext9000'"):
        TimmModel("resnext9000")


def exported(name, path, size):
    """What ONNX Runtime's logits differ by, of a network of torchvision as a cell would leave it."""
    from visavis.trained.export import to_onnx

    pytest.importorskip("onnxscript")
    model, untouched = TorchvisionModel(name, size=size), vv.Untouched()
    network = model.build(SHAPE, 7, root(0))
    transform = untouched.draw(SHAPE, root(0))
    return to_onnx(vv.TrainedModel("a", 0, tuple("abcdefg"), SHAPE, untouched, transform, model, network), path)


@pytest.mark.parametrize("name", [NAME, "squeezenet1_1"])
def test_networks_of_torchvision_leave_as_onnx_before_and_after_they_are_asked(name, tmp_path):
    """What preprocessing caches in an export mustn't be met afterwards, and the other way round."""
    from visavis.parts.models.pixels import _scale_and_offset

    _scale_and_offset.cache_clear()
    for turn in range(2):
        assert exported(name, tmp_path / f"{turn}.onnx", 64) < 1e-4
        images = torch.zeros(2, 1, 40, 40, dtype=torch.uint8)
        assert type(TorchvisionModel(name).preprocess(images)) is torch.Tensor


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in classifiers() if name not in ("vit_h_14", "regnet_y_128gf")])
def test_every_classifier_of_torchvision_leaves_as_onnx(name, tmp_path):
    """But two that are larger than ONNX takes in one file."""
    exported(name, tmp_path / "model.onnx", 224)
