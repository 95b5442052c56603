"""Weighted sums of arms -> what is known of them: the interval, the test that fits the design, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    verdict,
)


@dataclass(frozen=True)
class Draft:
    """A weighted sum of arms before it is judged among its family.

    Attributes:
        weights: of the arms.
        metric: what is compared.
        squares: of the table of sums.
        by_seed: the sum of each seed.
        hits: where the one arm of a pair and the other are right, if the metric counts that and there is one seed.
    """

    weights: Weights
    metric: Metric
    squares: MeanSquares
    by_seed: Mapping[int, float]
    hits: tuple[ByImage, ByImage] | None = None

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
    table = Crossed(sum(weight * tables[arm].values for arm, weight in weights.by_arm.items()))  # type: ignore[arg-type]
    return Draft(weights, metric, mean_squares(table), by_seed, _hits(weights, metric, tables))


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
    margins = [_margin_of(draft.metric, margin) for draft in family]
    tests = [_test(draft, interval) for draft, interval in zip(family, intervals, strict=True)]
    different = holm([test.p for test in tests])
    equivalent = holm([equivalence_p(interval, bound) for interval, bound in zip(intervals, margins, strict=True)])
    judgements = []
    # The verdict takes the interval as it is: clipping is for the reader, and moves no estimate and no error.
    for draft, interval, test, p, same in zip(family, intervals, tests, different, equivalent, strict=True):
        reach = draft.weights.reach
        judgements.append(
            Judgement(
                weights=draft.weights,
                metric=draft.metric,
                interval=clip(interval, -reach, reach) if draft.metric.is_share else interval,
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


def _test(draft: Draft, interval: Interval) -> Significance:
    """The test that fits the design."""
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
