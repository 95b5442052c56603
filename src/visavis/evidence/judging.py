"""Weighted sums of arms -> what is known of them: the interval, the test that fits the design, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, inf

import numpy as np

from visavis.conclusions import Contrast, Further, Judgement, Margin, Significance, Verdict, Weights
from visavis.pairing import Pair
from visavis.quantities import Interval
from visavis.stats import (
    ACCURACY,
    ALPHA,
    FEWEST_IMAGES,
    Adjustment,
    ByImage,
    Crossed,
    Evidence,
    MeanSquares,
    Metric,
    Resampled,
    Support,
    difference_of_two,
    equivalence_p,
    further,
    images_to_equate,
    images_to_part,
    interval_of,
    mcnemar,
    mean_squares,
    non_inferiority_p,
    smallest_image_p,
    verdict,
    widen,
    with_two_images,
)
from visavis.stats.intervals import ROUNDING
from visavis.stats.units import IMAGE


@dataclass(frozen=True)
class Few:
    """What few images can show.

    Attributes:
        support: the images that the metric rests on, and the largest size of the sum on one of them.
        apart: number of test images on which the arms part.
        squares: mean squares of the table with two images more, for the test of equivalence.
    """

    support: Support
    apart: int
    squares: MeanSquares | Resampled

    @property
    def least_p(self) -> float:
        """The smallest p that the images on which the arms part can give."""
        return smallest_image_p(self.apart)


@dataclass(frozen=True)
class Draft:
    """A weighted sum of arms before it is judged among its family.

    Attributes:
        weights: of the arms.
        metric: what is compared.
        squares: mean squares of the table of sums.
        by_seed: the sum of each seed.
        few: what few images can show.
        hits: where the one arm of a pair and the other are right, if the metric counts that and there is one seed.
        is_of_class: whether the metric is one of a class, of which nothing is judged with too few images.
    """

    weights: Weights
    metric: Metric
    squares: MeanSquares | Resampled
    by_seed: Mapping[int, float]
    few: Few
    hits: tuple[ByImage, ByImage] | None = None
    is_of_class: bool = False

    @property
    def value(self) -> float:
        """The sum of the metric itself, the mean over seeds."""
        return sum(self.by_seed.values()) / len(self.by_seed)

    @property
    def gain(self) -> int:
        """+1 where a sum above zero is better, else -1."""
        return 1 if self.metric.higher_is_better else -1


def weigh(
    weights: Weights,
    metric: Metric,
    tables: Mapping[str, Crossed],
    by_seed: Mapping[int, float],
    support: Support | None = None,
    apart: int | None = None,
) -> Draft:
    """The weighted sum of the arms' tables, seed by seed and image by image.

    Args:
        weights: of the arms.
        metric: of which the tables hold each image's share.
        tables: by arm; at least those that have a weight.
        by_seed: the same sum of the metric itself.
        support: the images that the metric of one arm rests on; all of them, if not given.
        apart: number of images on which the arms part; those on which the sum isn't zero, if not given.
    """
    unit = next(iter(tables.values())).unit
    table = Crossed(add(weights, {arm: table.values for arm, table in tables.items()}), unit)
    support = of_sum(support or Support(table.images), weights)
    unlike = int(table.values.any(axis=0).sum())
    few = Few(support, unlike if apart is None else min(apart, unlike), mean_squares(with_two_images(table, support)))
    return Draft(weights, metric, mean_squares(table), by_seed, few, _hits(weights, metric, tables))


def of_sum(support: Support, weights: Weights) -> Support:
    """What a sum of arms rests on, given what each arm's metric does."""
    return replace(support, reach=support.reach * weights.reach)


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
    of_images = all(tables[arm].seeds == 1 and tables[arm].unit == IMAGE for arm in weights.by_arm)
    if not weights.is_pair or metric != ACCURACY or not of_images:
        return None
    first, second = (ByImage(tables[arm].values[0].astype(bool)) for arm in weights.by_arm)
    return first, second


def judge(family: Sequence[Draft], margin: Margin, adjustment: Adjustment) -> list[Judgement]:
    """What is known of the sums of one family.

    Args:
        family: sums that are asked about together.
        margin: differences that are smaller don't count.
        adjustment: of tests and intervals, for so many sums.
    """
    return [_judged(draft, margin, adjustment) for draft in family]


def _judged(draft: Draft, margin: Margin, adjustment: Adjustment) -> Judgement:
    interval = _interval(draft, adjustment.alpha)
    test = _test(draft, interval)
    asks_no_loss = margin.asks_no_loss and draft.weights.is_pair
    evidence = Evidence(
        is_gain=interval.value * draft.gain > 0,
        difference=adjustment.adjust(test.p),
        equivalence=adjustment.adjust(_p_within(draft, interval, margin.size, equivalence_p)),
        not_worse=adjustment.adjust(_p_not_worse(draft, interval, margin.size)) if asks_no_loss else None,
    )
    return Judgement(
        weights=draft.weights,
        metric=draft.metric,
        # The tests take the interval as it is: clipping is for the reader, and moves no estimate and no error.
        interval=_for_readers(draft, interval, adjustment.alpha, is_different=evidence.difference < ALPHA),
        significance=replace(test, p_adjusted=evidence.difference, family=adjustment.family, looks=adjustment.looks),
        verdict=verdict(evidence),
        by_seed=draft.by_seed,
    )


def _interval(draft: Draft, alpha: float) -> Interval:
    """By the crossed variance; of two given models by the test that they are judged by."""
    interval = interval_of(draft.squares, draft.value, alpha=alpha)
    if draft.hits is None or interval.error == 0:
        return interval
    low, high = difference_of_two(*draft.hits, alpha)
    return replace(interval, low=low, high=high)


def contrast_of(pair: Pair, judgement: Judgement) -> Contrast:
    """What is known of a pair."""
    return Contrast(**vars(judgement), treatment=pair.treatment, control=pair.control, factors=pair.factors)


def pair_of(contrast: Contrast) -> Pair:
    """The arms of a contrast."""
    return Pair(contrast.treatment, contrast.control, contrast.factors)


def _for_readers(draft: Draft, interval: Interval, alpha: float, *, is_different: bool) -> Interval:
    """The interval within the bounds that the sum has; not without width, where that rests on images alone; and not
    without zero, where the test can't leave it out.
    """
    if draft.metric.is_share:
        reach = draft.weights.reach
        interval = clip(widen(interval, draft.few.support, alpha) if interval.error == 0 else interval, -reach, reach)
    return interval if is_different else replace(interval, low=min(interval.low, 0.0), high=max(interval.high, 0.0))


def _p_within(draft: Draft, interval: Interval, margin: float, p_of: Callable[..., float]) -> float:
    """Of a test that the sum lies within the margin, with two images more where few are there."""
    if margin == 0 or _is_too_few(draft):
        return 1.0
    few = draft.few
    p = p_of(replace(interval, images=few.support.images), margin, reach=few.support.reach)
    return max(p, p_of(interval_of(few.squares, draft.value), margin))


def _p_not_worse(draft: Draft, interval: Interval, margin: float) -> float:
    return _p_within(draft, interval, margin, partial(non_inferiority_p, gain=draft.gain))


def _is_too_few(draft: Draft) -> bool:
    """Whether a class has so few images that nothing is judged of it."""
    return draft.is_of_class and draft.few.support.images < FEWEST_IMAGES


def _test(draft: Draft, interval: Interval) -> Significance:
    """The test that fits the design, never surer than the images on which the arms part allow."""
    reason = _too_few(draft)
    if reason:
        return Significance("No test", reason, 1.0, 1.0, 1)
    test = _plain_test(draft, interval)
    if draft.few.least_p <= test.p:
        return test
    reason = "on so few test images do the arms part that no other test can say more"
    return Significance("Sign test over test images, at its best", reason, draft.few.least_p, draft.few.least_p, 1)


def _too_few(draft: Draft) -> str:
    """Why no difference is judged: too few images of the class, or too few on which the arms part; else empty."""
    if _is_too_few(draft):
        return f"{draft.few.support.images} test images of the class; a verdict takes {FEWEST_IMAGES}"
    if draft.few.apart < FEWEST_IMAGES and draft.few.least_p < ALPHA:  # with fewer no test finds anything
        return f"the arms part on {draft.few.apart} test images; a verdict takes {FEWEST_IMAGES}"
    return ""


def _plain_test(draft: Draft, interval: Interval) -> Significance:
    if interval.are_folds:
        name = f"Student's t over {interval.seeds} folds, corrected for training sets that overlap"
        reason = "cross-validation: the folds are not independent of each other; Nadeau and Bengio 2003"
        return Significance(name, reason, interval.p, interval.p, 1)
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


def outlook(contrast: Judgement, draft: Draft, margin: Margin) -> Further | None:
    """What would decide a contrast; None where it is decided, or where one seed tells nothing of the spread.

    Args:
        contrast: what ``judge`` made.
        draft: of what.
        margin: that of ``judge``.
    """
    if contrast.verdict is not Verdict.inconclusive:
        return None
    alpha, bound = ALPHA / contrast.significance.family, margin.size
    if contrast.interval.error == 0:
        return _more_images(draft, bound, alpha)
    parts = draft.few.squares.components()
    return further(parts, contrast.interval.value, bound, draft.squares.images, alpha) if parts else None


def _more_images(draft: Draft, margin: float, alpha: float) -> Further | None:
    """What would decide a sum that is the same in all seeds and images: no number of seeds."""
    few = draft.few
    if draft.value != 0:
        return Further(None, 0.0, images=max(images_to_part(alpha), FEWEST_IMAGES))
    if margin == 0:
        return None
    images = images_to_equate(margin, few.support.reach, alpha)
    # The metric may rest on a part of the images: the others grow with it.
    return Further(None, 0.0, images=ceil(images * draft.squares.images / max(few.support.images, 1)))


def range_of(metric: Metric) -> tuple[float, float]:
    """The smallest and the largest value that a metric can have; one that is no share may say its ``lowest``."""
    return getattr(metric, "lowest", 0.0 if metric.is_share else -inf), 1.0 if metric.is_share else inf


def clip(interval: Interval, lowest: float, highest: float) -> Interval:
    """The interval within the bounds that its quantity has."""
    return replace(interval, low=max(interval.low, lowest), high=min(interval.high, highest))
