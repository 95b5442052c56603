"""What is known of arms and of sums of arms, as data: fractions, in full precision."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.conclusions import Contrast, Estimate, Judgement
from visavis.describe import Plain
from visavis.findings.finding import CsvRow
from visavis.quantities import Interval


def plain_estimate(estimate: Estimate) -> dict[str, Plain]:
    """One metric of an arm."""
    return {
        "mean": estimate.interval.value,
        "low": estimate.interval.low,
        "high": estimate.interval.high,
        "seeds": estimate.interval.seeds,
        "by_seed": {str(seed): value for seed, value in estimate.by_seed.items()},
    }


def plain_contrast(contrast: Contrast) -> dict[str, Plain]:
    """One metric of a pair of arms."""
    return {
        "treatment": contrast.treatment,
        "control": contrast.control,
        "factors": list(contrast.factors),
        "primary": contrast.is_primary,
        **plain_judgement(contrast),
    }


def plain_judgement(judgement: Judgement) -> dict[str, Plain]:
    """One metric of a sum of arms."""
    interval = judgement.interval
    return {
        "metric": judgement.metric.name,
        "difference": interval.value,
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "basis": "images" if interval.seeds == 1 else "seeds and images",
        "seeds": interval.seeds,
        "images": interval.images,
        "unit": interval.unit,
        "test": judgement.significance.name,
        "p": judgement.significance.p,
        "p_adjusted": judgement.significance.p_adjusted,
        "verdict": judgement.verdict,
        "by_seed": {str(seed): value for seed, value in judgement.by_seed.items()},
    }


def contrast_rows(kind: str, contrast: Contrast, **more: object) -> Iterator[CsvRow]:
    """Yields the rows of a pair: its mean over seeds, then each seed."""
    factors = " and ".join(contrast.factors)
    yield from judgement_rows(
        contrast, kind=kind, name=contrast.treatment, control=contrast.control, factors=factors, **more
    )


def judgement_rows(judgement: Judgement, **subject: object) -> Iterator[CsvRow]:
    """Yields the rows of a sum of arms: its mean over seeds, then each seed."""
    subject |= {"metric": judgement.metric.name}
    test = judgement.significance
    decision = {"p": test.p, "p_adjusted": test.p_adjusted, "verdict": judgement.verdict}
    yield subject | interval_columns(judgement.interval) | decision
    for seed, value in judgement.by_seed.items():
        yield subject | {"seed": seed, "value": value}


def estimate_rows(estimate: Estimate, **subject: object) -> Iterator[CsvRow]:
    """Yields the rows of an arm: its mean over seeds, then each seed."""
    yield subject | interval_columns(estimate.interval)
    for seed, value in estimate.by_seed.items():
        yield subject | {"seed": seed, "value": value}


def interval_columns(interval: Interval) -> dict[str, object]:
    """The columns of an estimate."""
    names = ("value", "low", "high", "seeds", "images")
    return {name: getattr(interval, name) for name in names}
