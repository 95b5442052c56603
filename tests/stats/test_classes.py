"""All classes at once, against each class on its own."""

import time
import tracemalloc

import numpy as np
import pytest

from visavis.stats.classes import class_tables
from visavis.stats.intervals import mean_squares
from visavis.stats.metrics import CLASS_MEASURES, F1, METRICS, OfClass
from visavis.stats.units import Crossed


def arms(seeds, images, classes, arms=2):
    """Labels and the logits of some arms [arms, seeds, images, classes]; the last class is never given."""
    generator = np.random.default_rng(images)
    labels = generator.permutation(np.arange(images) % classes)
    logits = generator.normal(size=(arms, seeds, images, classes)).astype(np.float32) + 2 * np.eye(classes)[labels]
    logits[..., -1] -= 100
    return labels, logits


def table_of(metric, labels, logits):
    scored = [metric.score(labels, of_seed) for of_seed in logits]
    return [one.value for one in scored], Crossed(np.stack([one.shares for one in scored]))


def numbers_of(squares):
    return {name: value for name, value in vars(squares).items() if name != "unit"}


@pytest.mark.parametrize("measure", CLASS_MEASURES, ids=lambda measure: measure.name)
@pytest.mark.parametrize("seeds", [1, 2, 4])
def test_every_class_is_as_on_its_own(measure, seeds):
    labels, logits = arms(seeds, images=40, classes=6)
    first, second = (class_tables(measure, labels, arm.argmax(2), 6) for arm in logits)
    for label, (alone, paired) in enumerate(zip(first.mean_squares(), (first - second).mean_squares(), strict=True)):
        values, table = table_of(OfClass(measure, label, "x"), labels, logits[0])
        _, other = table_of(OfClass(measure, label, "x"), labels, logits[1])
        assert first.values[label] == pytest.approx(values, abs=1e-12)
        for squares, expected in ((alone, mean_squares(table)), (paired, mean_squares(table - other))):
            assert squares.unit == expected.unit
            assert numbers_of(squares) == pytest.approx(numbers_of(expected), rel=1e-9, abs=1e-12)


def test_an_arm_against_itself_has_no_spread_at_all():
    labels, logits = arms(3, images=40, classes=6)
    table = class_tables(F1, labels, logits[0].argmax(2), 6)
    assert all((one.seed, one.image, one.rest) == (0, 0, 0) for one in (table - table).mean_squares())


def test_a_thousand_classes_take_no_more_than_their_logits():
    labels, logits = arms(1, images=3000, classes=1000, arms=1)
    tracemalloc.start()
    start = time.process_time()
    for metric in METRICS:
        metric.score(labels, logits[0, 0])
    tables = class_tables(F1, labels, logits[0].argmax(2), 1000)
    assert len(list((tables - tables).mean_squares())) == 1000
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 5
    assert peak < 300e6
