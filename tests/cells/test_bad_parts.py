"""Parts of one's own that can't work are told before anything is written, in one clear line."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
import pytest
import torch

import visavis as vv
from small import tiny_arm, tiny_data
from visavis.cells.rehearsal import rehearse
from visavis.errors import InvalidStudy

CASES = {}


@pytest.fixture(scope="module")
def data():
    return tiny_data()


def case(factor, message):
    """A class whose value, as this factor of an arm, is refused with a message."""

    def add(kind):
        CASES[kind.__name__] = factor, dataclass(frozen=True)(kind), message
        return kind

    return add


@case("optimizer", r"the optimizer of 'bad' raises; got RuntimeError: out of order")
class RaisesWhenBuilt:
    lr: float = 0.1

    def build(self, groups):
        raise RuntimeError("out of order")


class OutOfStep(torch.optim.SGD):
    def step(self, closure=None):
        raise ValueError("no step\ntoday")


@case("optimizer", r"a step of training of 'bad' raises; got ValueError: no step today")
class RaisesInItsStep:
    lr: float = 0.1

    def build(self, groups):
        return OutOfStep(groups, lr=self.lr)


@case("optimizer", r"arms\.bad\.optimizer can't be used; got list; expected build\(\) to give a torch.optim.Optimizer")
class BuildsAList:
    lr: float = 0.1

    def build(self, groups):
        return list(groups)


@case("optimizer", r"the optimizer of 'bad' raises; got ValueError: Muon only supports 2D parameters")
class Muon:
    lr: float = 0.1

    def build(self, groups):
        return torch.optim.Muon(groups, lr=self.lr)


@case("optimizer", "the optimizer has other groups of parameters than it was given")
class LosesParameters:
    lr: float = 0.1

    def build(self, groups):
        return torch.optim.SGD(groups[0]["params"][:1], lr=self.lr)


@case("optimizer", r"arms\.bad\.optimizer\.lr can't be used; got None; expected a learning rate")
class HasNoRate:
    def build(self, groups):
        return torch.optim.SGD(groups, lr=0.1)


@case("loss", r"the loss of 'bad' gives no mean; got numbers of shape \[2\]; expected one number with a gradient")
class GivesOneLossForEachImage:
    def criterion(self, counts):
        return torch.nn.CrossEntropyLoss(reduction="none")


@case("loss", r"the loss of 'bad' gives no mean; got float; expected one number with a gradient")
class GivesAFloat:
    def criterion(self, counts):
        return lambda logits, labels: float(logits.detach().mean())


@case("loss", r"the loss of 'bad' gives no mean; got numbers of shape \[\]; expected one number with a gradient")
class HasNoGradient:
    def criterion(self, counts):
        return lambda logits, labels: logits.detach().mean()


@case("loss", r"the loss of 'bad' raises; got TypeError: 'NoneType' object is not callable")
class GivesNoFunction:
    def criterion(self, counts):
        return None


@case("loss", r"the loss of 'bad' raises; got ZeroDivisionError: division by zero")
class RaisesAtOnce:
    def criterion(self, counts):
        return 1 / 0


class KnowsNoShares:
    """Of labels that are shares of the classes."""

    def criterion(self, counts):
        return lambda logits, labels: torch.nn.functional.nll_loss(logits.log_softmax(1), labels)


def test_a_loss_that_knows_no_shares_is_no_loss_for_mixed_images(data):
    loss = dataclass(frozen=True)(KnowsNoShares)()
    rehearse(tiny_arm(loss=loss), 0, data)
    expected = (
        r"the loss of 'changed' can't take the labels that its augmentation mixes; got RuntimeError: .*CrossEntropy"
    )
    with pytest.raises(InvalidStudy, match=expected):
        rehearse(tiny_arm(loss=loss, augmentation=vv.Mixup()), 0, data)


class NoWayBack(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits):
        return logits.mean()

    @staticmethod
    def backward(ctx, gradient):
        raise ArithmeticError("no way back")


@case("loss", r"a step of training of 'bad' raises; got ArithmeticError: no way back")
class RaisesInItsGradient:
    def criterion(self, counts):
        return lambda logits, labels: NoWayBack.apply(logits)


class Draws:
    """What an augmentation of one function draws."""

    apply: Callable

    def draw(self, count, stream):
        return vv.EpochDraws(type(self).apply)


@case("augmentation", r"the augmentation of 'bad' makes no images; got torch.float32 \[2, 1, 28, 28\]; .* torch.uint8")
class GivesFloats(Draws):
    apply = staticmethod(lambda images, rows: images / 255)


@case("augmentation", r"makes no images; got torch.uint8 \[2, 1, 24, 24\]; expected torch.uint8 \[2, 1, 28, 28\]")
class Crops(Draws):
    apply = staticmethod(lambda images, rows: images[..., 2:-2, 2:-2])


@case("augmentation", r"makes no images; got torch.uint8 \[1, 1, 28, 28\]")
class DropsAnImage(Draws):
    apply = staticmethod(lambda images, rows: images[:1])


@case("augmentation", r"makes no images; got uint8 \[2, 1, 28, 28\]; expected torch.uint8")
class GivesAnArray(Draws):
    apply = staticmethod(lambda images, rows: images.numpy())


@case("augmentation", r"'bad': EpochDraws\.arrays\['angle'\] can't be used; got torch\.float32 \[2\]")
class HandsOverTensors:
    def draw(self, count, stream):
        return vv.EpochDraws(lambda images, rows: images, {"angle": torch.zeros(count)})


@case("augmentation", r"got float64 \[1\]; expected a NumPy array with an entry for each of 2 images")
class HandsOverTooFew:
    def draw(self, count, stream):
        return vv.EpochDraws(lambda images, rows: images, {"angle": np.zeros(1)})


@case("augmentation", r"makes no images; got NoneType")
class GivesNothing(Draws):
    apply = staticmethod(lambda images, rows: None)


@case("augmentation", r"the augmentation of 'bad' raises; got KeyError: 'pixels'")
class RaisesWhereItApplies(Draws):
    apply = staticmethod(lambda images, rows: {}["pixels"])


@case("augmentation", r"the augmentation of 'bad' makes something else of an image when other images are with it")
class TurnsRoundTheOrder(Draws):
    apply = staticmethod(lambda images, rows: images.flip(0))


@case("augmentation", r"the augmentation of 'bad': draw\(\) can't be used; got function; expected visavis.EpochDraws")
class DrawsAFunction:
    def draw(self, count, stream):
        return lambda images, rows: images


def rows(chosen, labels=None):
    """A training set of these rows, of arrays as they come."""

    def draw(self, own, classes, stream):
        return vv.TrainingRows(
            chosen(own), own[np.asarray(chosen(own), int) % len(own)] if labels is None else labels(own)
        )

    return draw


@case(
    "training",
    r"training\.rows can't be used; got int64 \[60\] from 1 to 60; expected whole numbers in one row, from 0 to 59",
)
class RowsOutOfRange:
    draw = rows(lambda labels: np.arange(1, 61))


@case(
    "training",
    r"training\.rows can't be used; got int64 \[41\] from -1 to 39; expected whole numbers in one row, from 0 to 59",
)
class NegativeRows:
    draw = rows(lambda labels: np.arange(-1, 40))


@case("training", r"training\.rows can't be used; got float64 \[60\] from 0\.0 to 59\.0; expected whole numbers")
class FractionalRows:
    draw = rows(lambda labels: np.arange(60.0))


@case("training", r"training\.rows can't be used; got bool \[60\]; expected whole numbers")
class AMask:
    draw = rows(lambda labels: np.ones(60, bool), lambda labels: labels)


@case("training", r"training\.rows can't be used; got int64 \[0\]; expected whole numbers")
class NoRows:
    draw = rows(lambda labels: np.zeros(0, int))


@case(
    "training",
    r"training\.labels can't be used; got int64 \[60\] from 1 to 10; expected as many labels as rows, from 0 to 9",
)
class LabelsOutOfRange:
    draw = rows(lambda labels: np.arange(60), lambda labels: labels + 1)


@case("training", r"training\.labels can't be used; got int64 \[59\] from 0 to 9; expected as many labels as rows")
class TooFewLabels:
    draw = rows(lambda labels: np.arange(60), lambda labels: labels[1:])


@case("training", r"arms\.bad\.training can't be used; got no image of C; expected an image of every class")
class DropsAClass:
    draw = rows(lambda labels: np.flatnonzero(labels != 2))


@case("training", r"arms\.bad\.training can't be used; got tuple; expected draw\(\) to give visavis.TrainingRows")
class GivesATuple:
    def draw(self, labels, classes, stream):
        return np.arange(60), labels


@case("training", r"the training set of 'bad' raises; got ValueError: .*read-only")
class WritesIntoItsArgument:
    def draw(self, labels, classes, stream):
        labels[0] = 1
        return vv.TrainingRows(np.arange(60), labels)


@case("training", r"the training set of 'bad' raises; got IndexError: list index out of range")
class RaisesAtItsDraw:
    def draw(self, labels, classes, stream):
        return [][0]


@case("schedule", r"arms\.bad\.schedule\.share\(0\) can't be used; got .*nan.*; expected a number, 0 or more")
class GivesNoNumber:
    def share(self, progress, epochs):
        return nan


@case("schedule", r"arms\.bad\.schedule\.share\(0\.5\) can't be used; got -0\.5; expected a number, 0 or more")
class FallsBelowZero:
    def share(self, progress, epochs):
        return 0.0 if progress < 0.4 else -progress


@case("schedule", r"arms\.bad\.schedule\.share\(0\.25\) can't be used; got .*nan.*; expected a number, 0 or more")
class HasAHole:
    """Where nothing but a step asks it."""

    def share(self, progress, epochs):
        return nan if 0.2 < progress < 0.3 else 1.0


@case("schedule", r"the schedule of 'bad' raises; got ZeroDivisionError")
class RaisesBetweenEpochs:
    def share(self, progress, epochs):
        return 1 / 0 if 0.2 < progress < 0.3 else 1.0


@case("schedule", r"arms\.bad\.schedule\.share\(0\) can't be used; got tensor\(1\.\)")
class GivesATensor:
    def share(self, progress, epochs):
        return torch.tensor(1.0)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_in_one_clear_line(name, data):
    factor, kind, message = CASES[name]
    with pytest.raises(InvalidStudy, match=message) as refusal:
        rehearse(tiny_arm().but("bad", **{factor: kind()}), 0, data)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("epochs", 0, "1 or more"),
        ("epochs", 1.5, "a whole number, 1 or more"),
        ("epochs", "3", "a whole number, 1 or more"),
        ("epochs", None, "a whole number, 1 or more"),
        ("batch_size", 1, "2 or more"),
        ("batch_size", -4, "2 or more"),
        ("batch_size", 8.0, "a whole number, 2 or more"),
        ("batch_size", True, "2 or more"),
    ],
)
def test_numbers_of_an_arm_that_cannot_be_are_refused(field, value, expected):
    with pytest.raises(InvalidStudy, match=rf"arms\.bad\.{field} can't be used; got .*; expected {expected}"):
        tiny_arm().but("bad", **{field: value})


def test_a_step_that_isnt_finite_is_left_to_the_cell(data):
    """Which is told as failed, while the others go on."""
    rehearse(tiny_arm(optimizer=vv.SGD(lr=1e30)), 0, data)


@dataclass(frozen=True)
class Wide:
    """Makes images of another shape, which is what an augmentation is then given."""

    def draw(self, shape, stream):
        return vv.Transform(lambda images: np.repeat(images, 2, axis=3))


@dataclass(frozen=True)
class Expecting:
    """An augmentation for images as the input leaves them."""

    def draw(self, count, stream):
        def apply(images, rows):
            assert images.shape[2:] == (28, 56)
            return images.flip(3)

        return vv.EpochDraws(apply)


def test_an_augmentation_is_tried_on_images_as_the_input_leaves_them(data):
    rehearse(tiny_arm(input=Wide(), augmentation=Expecting()), 0, data)
