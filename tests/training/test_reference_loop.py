"""A plain fine-tuning loop, as torchvision's tutorials write it, comes to the same logits."""

import numpy as np
import torch
import torchvision
from benchmarks.pictures import Pictures
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

import visavis as vv
from small import recipe
from visavis.streams import root
from visavis.training.batches import epoch_order
from visavis.training.examples import Examples
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs
from visavis.training.to_train import ToTrain

LR = 1e-2
RATES = {"layer1": 1e-4, "layer2": 5e-4, "layer3": 1e-3, "layer4": 5e-3, "fc": 1e-2}
MODEL = vv.Pretrained(vv.models.TorchvisionModel("resnet18", size=64), vv.models.Untrained())


TRANSFORM = transforms.Compose(
    [
        transforms.Grayscale(3),
        transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ]
)
"""What everybody makes of grey images."""


def split(count, seed):
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 7
    images = generator.integers(0, 120, (count, 1, 64, 64)) + 15 * labels[:, None, None, None]
    ids = np.array([f"{seed}/{row}".encode() for row in range(count)])
    return vv.Split(images.astype(np.uint8), labels, ids, np.zeros(count, "S1"))


def start():
    return MODEL.build(vv.ImageShape(1, 64, 64), 7, root(3).child("init"))


def plain(train, test, epochs):
    """Logits after each epoch."""
    network, begun = torchvision.models.resnet18(), start()
    network.fc = nn.Linear(512, 7)
    own = dict(begun.backbone.state_dict())
    own |= {f"fc.{name}": tensor for name, tensor in begun.head.state_dict().items()}
    network.load_state_dict(own)
    groups = [{"params": getattr(network, name).parameters(), "lr": lr} for name, lr in RATES.items()]
    groups.append({"params": [*network.conv1.parameters(), *network.bn1.parameters()], "lr": 1e-4})
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    for epoch in range(1, epochs + 1):
        order = epoch_order(root(3).child("order"), epoch, len(train)).tolist()
        network.train()
        for images, labels in DataLoader(Pictures(train, TRANSFORM), batch_size=16, sampler=order):
            loss = nn.functional.cross_entropy(network(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    network.eval()
    with torch.no_grad():
        return torch.cat(
            [network(images) for images, _ in DataLoader(Pictures(test, TRANSFORM), batch_size=16)]
        ).numpy()


def test_two_epochs_give_the_same_logits():
    train, test = split(64, 0), split(28, 1)
    expected = plain(train, test, 2)
    plan = vv.DifferentialRates({name: rate / LR for name, rate in RATES.items()}, others=1e-4 / LR).plan(
        start(), root(3).child("tuning")
    )
    how = recipe(epochs=2, optimizer=vv.SGD(lr=LR, momentum=0.9))
    cpu = torch.device("cpu")
    parts = [Examples.on(cpu, part.images, part.labels) for part in (train, test)]
    *_, last = epochs(ToTrain(how, plan, MODEL.preprocess, 7, *parts, root(3)), Precision.fp32)
    assert np.abs(last.logits - expected).max() < 1e-2 * np.abs(expected).max()
    untrained = in_eval(start(), test)
    assert np.abs(last.logits - untrained).max() > 0.2 * np.abs(expected).max()


def in_eval(network, test):
    module = nn.Sequential(network.backbone, network.head).eval()
    with torch.no_grad():
        return module(MODEL.preprocess(torch.from_numpy(test.images))).numpy()
