"""The fast path of the letter network against the plain one: same start, same batches, comparable losses."""

import numpy as np
import pytest
import torch

import visavis as vv
from small import recipe
from visavis.parts.models import LetterCNN
from visavis.streams import root
from visavis.training.examples import Examples
from visavis.training.fast.precision import Precision, probe
from visavis.training.loop import epochs
from visavis.training.to_train import ToTrain

RECIPE = recipe(epochs=1, optimizer=vv.SGD(lr=0.01, momentum=0.5), loss=vv.NLL())


CRITERION = RECIPE.loss.criterion(torch.ones(10, dtype=torch.int64))
COUNT = 32
"""Images: a processor without bfloat16 takes many times as long for them."""


@pytest.fixture(scope="module")
def letters():
    return vv.datasets.Glyphs(train_size=COUNT, test_size=10).load()


@pytest.fixture(scope="module")
def in_bfloat16(letters):
    return fast(letters, Precision.bf16)


def plan_of(data):
    return vv.Full().plan(LetterCNN().build(data.shape, 10, root(0).child("init")), root(0))


def fast(data, precision):
    train = Examples.on(torch.device("cpu"), data.train.images, data.train.labels)
    test = Examples.on(torch.device("cpu"), data.test.images, data.test.labels)
    cell = ToTrain(RECIPE, plan_of(data), LetterCNN().preprocess, 10, train, test, root(0))
    (epoch,) = epochs(cell, precision)
    return epoch


def plain(data):
    """Contiguous, float32, no preprocessing on the fly; loss of the epoch and logits after it."""
    module = plan_of(data).trained
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.5)
    images, tests = ((torch.from_numpy(part.images).float() / 255 - 0.5) / 0.5 for part in (data.train, data.test))
    labels = torch.from_numpy(data.train.labels)
    losses = []
    for batch in torch.from_numpy(root(0).child("order", 1).numpy().permutation(COUNT)).split(16):
        loss = torch.nn.functional.nll_loss(module(images[batch]).log_softmax(1), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    module.eval()
    with torch.no_grad():
        return np.mean(losses), module(tests).numpy()


def test_float32_gives_the_plain_losses(letters):
    loss, logits = plain(letters)
    epoch = fast(letters, Precision.fp32)
    assert epoch.row.train_loss == pytest.approx(loss, rel=1e-3)
    assert np.abs(epoch.logits - logits).max() < 0.02 * np.abs(logits).max()


def test_bfloat16_stays_within_what_the_probe_states(letters, in_bfloat16):
    plan = plan_of(letters)
    plan.trained.to(memory_format=torch.channels_last)
    images = LetterCNN().preprocess(torch.from_numpy(letters.train.images[:16]))
    stated = probe(plan, images, torch.from_numpy(letters.train.labels[:16]), CRITERION)
    loss, _ = plain(letters)
    assert stated.logit_error < 0.1
    assert stated.gradient_cosine > 0.8
    assert in_bfloat16.row.train_loss == pytest.approx(loss, rel=2 * stated.logit_error)


def test_the_fast_path_gives_the_same_bits_twice(letters, in_bfloat16):
    for precision, first in ((Precision.fp32, fast(letters, Precision.fp32)), (Precision.bf16, in_bfloat16)):
        assert np.array_equal(fast(letters, precision).logits, first.logits)
