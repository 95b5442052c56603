"""A plain fine-tuning loop, as torchvision's tutorials write it, comes to the same logits."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
import torchvision
from benchmarks.pictures import Pictures
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

import visavis as vv
from small import cell_of, recipe, tiny_arm, tiny_data
from visavis.recipe import Recipe
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


@dataclass(frozen=True)
class Case:
    """A recipe, and what a plain loop takes in its place."""

    how: Recipe
    optimizer: Callable[[list], torch.optim.Optimizer]
    loss: nn.Module = field(default_factory=nn.CrossEntropyLoss)
    share: Callable[[int], float] = lambda step: 1.0


STEPS = 3 * 4
"""Of a tiny training."""
WARM = 1.5 * 4


def cosine_after_warm_up(step):
    """As people write it for LambdaLR."""
    return step / WARM if step < WARM else 0.5 * (1 + math.cos(math.pi * (step - WARM) / (STEPS - WARM)))


def balanced():
    labels = tiny_data().train.labels
    return torch.tensor(compute_class_weight("balanced", classes=np.unique(labels), y=labels), dtype=torch.float32)


CASES = {
    "SGD": Case(tiny_arm().recipe(), lambda weights: torch.optim.SGD(weights, lr=0.05, momentum=0.9)),
    "AdamW, cosine after warm-up": Case(
        tiny_arm(optimizer=vv.AdamW(lr=0.01), schedule=vv.Cosine(warmup=1.5)).recipe(),
        lambda weights: torch.optim.AdamW(weights, lr=0.01),
        share=cosine_after_warm_up,
    ),
    "Adam with an L2 penalty, a line": Case(
        tiny_arm(optimizer=vv.Adam(lr=0.01, weight_decay=0.1), schedule=vv.Linear(end=0.1)).recipe(),
        lambda weights: torch.optim.Adam(weights, lr=0.01, weight_decay=0.1),
        share=lambda step: 1 - 0.9 * step / STEPS,
    ),
    "Nesterov, a step each epoch": Case(
        tiny_arm(
            optimizer=vv.SGD(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01), schedule=vv.Steps(every=1)
        ).recipe(),
        lambda weights: torch.optim.SGD(weights, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
        share=lambda step: 0.1 ** (step // 4),
    ),
    "smooth labels": Case(
        tiny_arm(loss=vv.CrossEntropy(label_smoothing=0.1)).recipe(),
        lambda weights: torch.optim.SGD(weights, lr=0.05, momentum=0.9),
        nn.CrossEntropyLoss(label_smoothing=0.1),
    ),
    "class weights": Case(
        tiny_arm(loss=vv.CrossEntropy(weights=vv.Balanced())).recipe(),
        lambda weights: torch.optim.SGD(weights, lr=0.05, momentum=0.9),
        nn.CrossEntropyLoss(weight=balanced()),
    ),
    "RMSprop": Case(
        tiny_arm(optimizer=vv.Torch("RMSprop", lr=0.01, options={"alpha": 0.9})).recipe(),
        lambda weights: torch.optim.RMSprop(weights, lr=0.01, alpha=0.9),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_textbook_loop_gives_the_same_losses_and_logits(case):
    """With PyTorch's own LambdaLR, called after every step."""
    data, model = tiny_data(), tiny_arm().model
    network = model.build(data.shape, 10, root(0).child("init"))
    module = nn.Sequential(network.backbone, network.head)
    optimizer = case.optimizer(list(module.parameters()))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, case.share)
    images, tests = ((torch.from_numpy(part.images).float() / 255 - 0.5) / 0.5 for part in (data.train, data.test))
    labels, means = torch.from_numpy(data.train.labels), []
    for epoch in range(1, 4):
        total = 0.0
        for batch in torch.from_numpy(epoch_order(root(0).child("order"), epoch, 60)).split(16):
            loss = case.loss(module(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item() * len(batch)
        means.append(total / 60)
    with torch.no_grad():
        expected = module(tests).numpy()
    cell = replace(cell_of(tiny_arm(), data), recipe=case.how)
    found = list(epochs(cell, Precision.fp32))
    assert [epoch.row.train_loss for epoch in found] == pytest.approx(means, rel=1e-5)
    assert np.allclose(found[-1].logits, expected, rtol=1e-4, atol=1e-5)


def in_eval(network, test):
    module = nn.Sequential(network.backbone, network.head).eval()
    with torch.no_grad():
        return module(MODEL.preprocess(torch.from_numpy(test.images))).numpy()
