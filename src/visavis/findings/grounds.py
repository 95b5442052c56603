"""What a contrast's verdict stands on, and what it can't promise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import stdtrit

from visavis.conclusions import Contrast, Pairing, SeedTests
from visavis.evidence import Comparison
from visavis.evidence.seeds import seed_tests
from visavis.findings.twins import Twins
from visavis.findings.wording import adjusted_p_text
from visavis.quantities import count, p_text
from visavis.stats import ALPHA, FEWEST_IMAGES

MUCH = 1.02
"""Times as wide, from which on an interval is told to be wider than another."""


def grounds(comparison: Comparison, contrast: Contrast) -> Iterator[str]:
    """What a contrast's verdict stands on, and what it can't promise."""
    yield significance_sentence(contrast)
    few = few_images_sentence(comparison.draft(contrast).few.apart)
    if few:
        yield few
    if comparison.replication.are_independent:  # both take the repetitions for that
        over_seeds, pairing = seed_tests(list(contrast.by_seed.values())), comparison.pairing(contrast)
        if over_seeds:
            yield f"{seed_tests_sentence(over_seeds)}{narrower_sentence(contrast)}"
        if pairing:
            yield pairing_sentence(pairing)
    if comparison.without_twins:
        yield Twins(comparison).sentence(contrast)


def significance_sentence(contrast: Contrast) -> str:
    """Which test stands behind a contrast and why, and over which family it was adjusted."""
    test = contrast.significance
    return f"{test.name} ({test.reason}): {adjusted_p_text(test, 'contrast')}."


def few_images_sentence(apart: int) -> str | None:
    """What an interval can't promise where the arms part on a handful of test images."""
    if apart >= FEWEST_IMAGES:
        return None
    if apart == 0:
        return "The arms part on no test image: the interval is what images that weren't seen leave open."
    return f"The arms part on {count(apart, 'test image')} only: the interval can be too narrow."


def seed_tests_sentence(tests: SeedTests) -> str:
    """What tests over seeds alone say."""
    if tests.signed_rank is None:
        rank = (
            f"sign and rank tests over so few can't reach .05 (smallest {p_text(tests.smallest_rank_p)}), "
            "so none is given"
        )
    else:
        rank = f"Wilcoxon's signed-rank test {p_text(tests.signed_rank)}"
    seeds = count(tests.seeds, "seed")
    if tests.paired_t is None:
        paired = f"the difference is the same over {seeds}, so that Student's paired t has no spread to go by"
    else:
        paired = f"Student's paired t over {seeds} gives {p_text(tests.paired_t)}"
    return f"For these very test images, {paired}; {rank}."


def narrower_sentence(contrast: Contrast) -> str:
    """Why an interval for new images may be narrower than one for these, to be read after another sentence."""
    values, test = np.array(list(contrast.by_seed.values())), contrast.significance
    degrees = len(values) - 1
    over_seeds = float(-stdtrit(degrees, ALPHA / 2)) * values.std(ddof=1) / len(values) ** 0.5
    if test.family > 1 or test.looks > 1 or contrast.interval.error == 0 or over_seeds <= MUCH * _reach(contrast):
        return ""
    return (
        f" An interval over seeds alone is wider than the one above, though that speaks of new images, too: it has "
        f"{count(degrees, 'degree')} of freedom to go by, while the images lend the other one more."
    )


def _reach(contrast: Contrast) -> float:
    return (contrast.interval.high - contrast.interval.low) / 2


def pairing_sentence(pairing: Pairing) -> str:
    """What pairing by seed did to the variance between seeds."""
    ratio = pairing.variance_ratio
    gain = (
        f"pairing was worth {1 / ratio:.1f} times as many seeds"
        if 0 < ratio < 1
        else "pairing was worth nothing"
        if ratio >= 1
        else "pairing took all of it away"
    )
    return (
        f"Over {count(pairing.seeds, 'seed')} the two arms correlate by {pairing.correlation:.2f}: paired differences "
        f"have {ratio:.2f} times the variance of unpaired ones, so {gain} (rough figures, from so few seeds)."
    )
