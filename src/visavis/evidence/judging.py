"""Weighted sums of arms -> what is known of them: the interval, the test that fits the design, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.pairing import Pair
from visavis.quantities import Interval, Quantity
from visavis.results import Contrast, Further, Judgement, Significance, Verdict, Weights
from visavis.stats import (
    ACCURACY,
    ALPHA,
    ByImage,
    Components,
    Crossed,
    MeanSquares,
    Metric,
    equivalence_p,
    further,
    holm,
    interval_of,
    mcnemar,
    mean_squares,
    smallest_image_p,
    verdict,
    widen,
    with_two_images,
)
from visavis.stats.intervals import ROUNDING


@dataclass(frozen=True)
class Few:
    """What few images can show.

    Attributes:
        least_p: the smallest p that the images on which the sum isn't zero can give.
        squares: of the table with two images more, for the test of equivalence.
    """

    least_p: float
    squares: MeanSquares


@dataclass(frozen=True)
class Draft:
    """A weighted sum of arms before it is judged among its family.

    Attributes:
        weights: of the arms.
        metric: what is compared.
        squares: of the table of sums.
        by_seed: the sum of each seed.
        hits: where the one arm of a pair and the other are right, if the metric counts that and there is one seed.
        few: what few images can show of a sum of more than two arms.
    """

    weights: Weights
    metric: Metric
    squares: MeanSquares
    by_seed: Mapping[int, float]
    hits: tuple[ByImage, ByImage] | None = None
    few: Few | None = None

    @property
    def value(self) -> float:
        """The sum of the metric itself, the mean over seeds."""
        return sum(self.by_seed.values()) / len(self.by_seed)


def weigh(weights: Weights, metric: Metric, tables: Mapping[str, Crossed], by_seed: Mapping[int, float]) -> Draft:
    """The weighted sum of the arms' tables, seed by seed and image by image.

    Args:
        weights: of the arms.
        metric: of which the tables hold each image's share.
        tables: by arm; at least those that have a weight.
        by_seed: the same sum of the metric itself.
    """
    table = Crossed(add(weights, {arm: table.values for arm, table in tables.items()}))
    few = None
    if not weights.is_pair:
        apart = int(table.values.any(axis=0).sum())
        few = Few(smallest_image_p(apart), mean_squares(with_two_images(table, weights.reach)))
    return Draft(weights, metric, mean_squares(table), by_seed, _hits(weights, metric, tables), few)


def add(weights: Weights, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """The weighted sum of what the arms have, which is zero where they all have the same.

    Weights such as a third don't cancel to the last digit. Of arms that give the same answers a sum of 1e-17 would
    remain, in all seeds and images alike: a difference beyond doubt.
    """
    terms = [weight * values[arm] for arm, weight in weights.by_arm.items()]
    total = np.sum(terms, axis=0)
    return np.where(np.abs(total) > ROUNDING * np.abs(terms).max(initial=0.0), total, 0.0)


def _hits(weights: Weights, metric: Metric, tables: Mapping[str, Crossed]) -> tuple[ByImage, ByImage] | None:
    """Where the two models of a pair are right; None where there are more, or the metric isn't one of hits."""
    if not weights.is_pair or metric != ACCURACY or any(tables[arm].seeds > 1 for arm in weights.by_arm):
        return None
    first, second = (ByImage(tables[arm].values[0].astype(bool)) for arm in weights.by_arm)
    return first, second


def judge(family: Sequence[Draft], margin: float) -> list[Judgement]:
    """What is known of the sums of one family, with p adjusted over all of it.

    Args:
        family: sums that are asked about together.
        margin: shares that differ by less count as equivalent; for other metrics there is no equivalence.
    """
    intervals = [interval_of(draft.squares, draft.value) for draft in family]
    tests = [_test(draft, interval) for draft, interval in zip(family, intervals, strict=True)]
    different = holm([test.p for test in tests])
    equivalent = holm(
        [_equivalence_p(draft, interval, margin) for draft, interval in zip(family, intervals, strict=True)]
    )
    judgements = []
    # The verdict takes the interval as it is: clipping is for the reader, and moves no estimate and no error.
    for draft, interval, test, p, same in zip(family, intervals, tests, different, equivalent, strict=True):
        judgements.append(
            Judgement(
                weights=draft.weights,
                metric=draft.metric,
                interval=_for_readers(draft, interval),
                significance=replace(test, p_adjusted=p, family=len(family)),
                verdict=verdict(interval, p, same, higher_is_better=draft.metric.higher_is_better),
                by_seed=draft.by_seed,
            )
        )
    return judgements


def contrast_of(pair: Pair, judgement: Judgement) -> Contrast:
    """What is known of a pair."""
    return Contrast(**vars(judgement), treatment=pair.treatment, control=pair.control, factors=pair.factors)


def pair_of(contrast: Contrast) -> Pair:
    """The arms of a contrast."""
    return Pair(contrast.treatment, contrast.control, contrast.factors)


def _for_readers(draft: Draft, interval: Interval) -> Interval:
    """The interval within the bounds that the sum has; and not without width, where that rests on images alone."""
    if not draft.metric.is_share:
        return interval
    reach = draft.weights.reach
    return clip(widen(interval, reach) if draft.few and interval.error == 0 else interval, -reach, reach)


def _equivalence_p(draft: Draft, interval: Interval, margin: float) -> float:
    """Of the tests that the sum lies within the margin."""
    bound = _margin_of(draft.metric, margin)
    p = equivalence_p(interval, bound, draft.weights.reach)
    return max(p, equivalence_p(interval_of(draft.few.squares, draft.value), bound)) if draft.few else p


def _test(draft: Draft, interval: Interval) -> Significance:
    """The test that fits the design; of more than two arms never surer than the images on which they part allow."""
    test = _plain_test(draft, interval)
    if draft.few is None or draft.few.least_p <= test.p:
        return test
    reason = "on so few test images do the arms part that no other test can say more"
    return Significance("Sign test over test images, at its best", reason, draft.few.least_p, draft.few.least_p, 1)


def _plain_test(draft: Draft, interval: Interval) -> Significance:
    if interval.seeds > 1:
        name = f"Student's t with {interval.degrees:.1f} degrees of freedom, seeds and test images crossed"
        reason = "the claim is about procedures, on new seeds and new images"
        return Significance(name, reason, interval.p, interval.p, 1)
    if draft.hits:
        p = mcnemar(*draft.hits)
        reason = "one run per arm: two given models, judged on the same images"
        return Significance("McNemar's exact test", reason, p, p, 1)
    reason = "one run per arm: two given models, by a metric that is no count of right and wrong"
    if not draft.weights.is_pair:
        reason = f"one run per arm: {len(draft.weights.by_arm)} given models, judged on the same images"
    return Significance("Student's t over test images", reason, interval.p, interval.p, 1)


def outlook(contrast: Contrast, parts: Components | None, margin: float) -> Further | None:
    """What would decide a contrast; None where it is decided, or where one seed tells nothing of the spread.

    Args:
        contrast: what ``judge`` made.
        parts: of its variance; None with one seed.
        margin: that of ``judge``.
    """
    if contrast.verdict is not Verdict.inconclusive or parts is None:
        return None
    alpha = ALPHA / contrast.significance.family
    return further(parts, contrast.interval.value, _margin_of(contrast.metric, margin), alpha)


def _margin_of(metric: Quantity, margin: float) -> float:
    """The margin where it means something: it is one of shares."""
    return margin if metric.is_share else 0.0


def clip(interval: Interval, lowest: float, highest: float) -> Interval:
    """The interval within the bounds that its quantity has."""
    return replace(interval, low=max(interval.low, lowest), high=min(interval.high, highest))
