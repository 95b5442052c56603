"""Seed by seed: every difference, and how often the treatment is ahead."""

import numpy as np
import pytest
from scipy import stats

import visavis as vv
from small import small_study
from visavis.findings.by_seed import SeedBySeed
from visavis.report import write_report
from visavis.stats.improvement import improvement


def test_the_interval_is_that_of_clopper_and_pearson():
    found = improvement(np.array([0.1, 0.2, -0.1, 0.3, 0.2]), higher_is_better=True)
    exact = stats.binomtest(4, 5).proportion_ci(0.95, "exact")
    assert (found.wins, found.ties, found.probability) == (4, 0, 0.8)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert found.median is found.interquartile_mean is None


def test_a_loss_that_falls_is_a_gain_and_ties_count_half():
    found = improvement(np.array([-0.1, -0.2, 0.0, 0.3]), higher_is_better=False)
    assert (found.wins, found.ties, found.probability) == (2, 1, 0.625)
    against, in_favour = (stats.binomtest(wins, 4).proportion_ci(0.95, "exact") for wins in (2, 3))
    assert (found.low, found.high) == pytest.approx((against.low, in_favour.high))


def test_the_middle_of_ten_seeds():
    values = np.random.default_rng(0).exponential(size=12)
    found = improvement(values, higher_is_better=True)
    assert found.median == np.median(values)
    assert found.interquartile_mean == pytest.approx(np.sort(values)[3:9].mean())
    assert (found.low, found.high) == pytest.approx((0.025 ** (1 / 12), 1.0))


def test_its_interval_covers():
    generator = np.random.default_rng(1)
    for chance in (0.5, 0.8, 0.95):
        covered = [
            found.low <= chance <= found.high
            for found in (
                improvement(np.where(generator.random(8) < chance, 1.0, -1.0), higher_is_better=True)
                for _ in range(800)
            )
        ]
        assert np.mean(covered) > 0.935


def test_the_report_has_every_difference(tmp_path):
    vv.run_study(small_study(seeds=3, epochs=1), tmp_path)
    found = vv.compare(tmp_path)
    (table,) = SeedBySeed(found).tables()
    (contrast,) = found.headlines
    assert [row[0] for row in table.rows[:3]] == ["seed 0", "seed 1", "seed 2"]
    for row, value in zip(table.rows, contrast.by_seed.values(), strict=False):
        assert float(row[1].replace("\N{MINUS SIGN}", "-")) == pytest.approx(100 * value, abs=0.06)
    (plain,) = SeedBySeed(found).plain()["improvement"]
    assert plain["seeds"] == 3
    assert "probability of being ahead" in write_report(tmp_path).read_text()
