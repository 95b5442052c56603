"""Why an interval for new images may be narrower than one for these is said where it is, and nowhere else."""

import numpy as np
import pytest
from scipy import stats

from visavis.conclusions import Contrast, Judgement, Margin, Weights
from visavis.evidence.judging import judge, weigh
from visavis.findings.grounds import narrower_sentence
from visavis.stats import ACCURACY, AtOnce, Crossed

PAIR = Weights({"b": 1.0, "a": -1.0})


def contrast(by_seed, seed=0, family=1):
    """A contrast whose seeds differ by so much, on 2,000 images on which the arms part often."""
    generator = np.random.default_rng(seed)
    tables = {
        "a": Crossed((generator.random((len(by_seed), 2000)) < 0.7).astype(float)),
        "b": Crossed((generator.random((len(by_seed), 2000)) < 0.7 + np.array(by_seed)[:, None]).astype(float)),
    }
    means = dict(enumerate((tables["b"] - tables["a"]).values.mean(1).tolist()))
    judgement: Judgement = judge([weigh(PAIR, ACCURACY, tables, means)], Margin(0.01), AtOnce(family))[0]
    return Contrast(**vars(judgement), treatment="b", control="a", factors=("model",))


@pytest.mark.parametrize("by_seed", [(0.05, 0.06, 0.07), (0.06,) * 20])
def test_it_is_said_exactly_where_the_interval_over_seeds_is_wider(by_seed):
    for seed in range(10):
        found = contrast(by_seed, seed)
        values = np.array(list(found.by_seed.values()))
        over_seeds = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
        is_wider = over_seeds > 1.02 * (found.interval.high - found.interval.low) / 2
        said = narrower_sentence(found)
        assert bool(said) == is_wider
        assert not said or f"it has {len(values) - 1} degrees of freedom" in said


def test_it_depends_on_the_number_of_seeds():
    assert any(narrower_sentence(contrast((0.06, 0.06, 0.06), seed)) for seed in range(10))
    assert not all(narrower_sentence(contrast((0.06,) * 20, seed)) for seed in range(10))


def test_of_several_contrasts_at_once_it_is_not_said():
    assert all(narrower_sentence(contrast([0.05, 0.06, 0.07], seed, family=3)) == "" for seed in range(10))
