"""Sentences, each made from the object whose numbers it tells."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.evidence import Comparison
from visavis.evidence.squares import Interaction
from visavis.quantities import (
    basis_text,
    count,
    difference_range_text,
    difference_text,
    level_text,
    list_text,
    p_text,
    value_text,
)
from visavis.results import Contrast, FalseAlarms, Further, Looks, Pairing, SeedCount, SeedTests, Verdict
from visavis.stats import ACCURACY

UNEQUAL = 5.0
"""Ratio of the standard deviations of two arms from which few seeds are warned of."""
FEW_SEEDS = 9
ONE_SEED = "One run per arm: this describes these two models only, not the procedure that made them."


def answer(contrast: Contrast, comparison: Comparison) -> str:
    """The result of a contrast in one sentence."""
    interval, metric = contrast.interval, contrast.metric
    treatment, control = (
        value_text(comparison.measured[arm][metric.name].interval.value, metric)
        for arm in (contrast.treatment, contrast.control)
    )
    return (
        f"{contrast.treatment} reaches {treatment} against {control} for {contrast.control}: "
        f"{difference_text(interval.value, metric)} of {metric.title.lower()} "
        f"({level_text(interval)} interval {difference_range_text(interval, metric)}; {basis_text(interval)})."
        f"{factors_sentence(contrast)}"
    )


def short_answers(comparison: Comparison) -> Iterator[str]:
    """The result of each contrast of accuracy in a line, and what they rest on: for studies that ask more than one."""
    for contrast in comparison.headlines:
        interval, metric = contrast.interval, contrast.metric
        yield (
            f"{contrast.arms_text}: {contrast.verdict}, "
            f"{difference_text(interval.value, metric)} of {metric.title.lower()} "
            f"({difference_range_text(interval, metric)})"
        )


def basis_sentence(contrast: Contrast) -> str:
    """What the numbers of a family of contrasts rest on."""
    interval = contrast.interval
    return f"With {level_text(interval)} intervals; {basis_text(interval)}{adjustment_text(contrast)}."


def adjustment_text(contrast: Contrast) -> str:
    """Why an interval without zero may stand beside an inconclusive verdict, for the end of a sentence."""
    family = contrast.significance.family
    return f"; verdicts, not intervals, adjusted by Holm over the {family} contrasts" if family > 1 else ""


def factors_sentence(contrast: Contrast) -> str:
    """What a contrast can't tell apart, to be read after another sentence; empty where one factor differs."""
    if len(contrast.factors) < 2:
        return ""
    return f" The two differ in {list_text(contrast.factors)}, as the study asks: what either does alone can't be told."


def verdict_sentence(contrast: Contrast, comparison: Comparison) -> str:
    """What the verdict says, in words."""
    treatment, control, margin = contrast.treatment, contrast.control, comparison.margin
    words = {
        Verdict.better: f"{treatment} is better than {control}.",
        Verdict.worse: f"{treatment} is worse than {control}.",
        Verdict.equivalent: f"{treatment} and {control} are equivalent within {100 * margin:g} pp.",
        Verdict.inconclusive: f"Whether {treatment} is better or worse than {control} is not decided by these data.",
    }
    caveat = f" {ONE_SEED}" if contrast.interval.seeds == 1 else ""
    further = comparison.further(contrast)
    outlook = f" {further_sentence(contrast, further, margin)}" if further else ""
    return words[contrast.verdict] + caveat + outlook


def further_sentence(contrast: Contrast, further: Further, margin: float) -> str:
    """What would decide an inconclusive contrast."""
    interval, total = contrast.interval, further.needed
    goal = f"equivalence within {100 * margin:g} pp" if further.goal == "equivalence" else further.goal
    difference = difference_text(interval.value, contrast.metric)
    if total.seeds is None:
        return (
            f"If the true difference is {difference}, as seen, no number of seeds is likely to decide with these "
            f"{interval.images:,} test images: it takes more images."
        )
    more = max(total.seeds - interval.seeds, 1)
    return (
        f"If the true difference is {difference}, as seen, about {count(more, 'more seed')} would show {goal} with a "
        f"probability of {100 * further.power:.0f} %; as {count(interval.seeds, 'seed')} tell the spread between "
        f"seeds only roughly, it may take {_range_text(total, interval.seeds)}."
    )


def _range_text(total: SeedCount, so_far: int) -> str:
    """How many more seeds at least and at most; there is a lower bound wherever there is an answer."""
    low, high = (None if bound is None else max(bound - so_far, 1) for bound in (total.low, total.high))
    if high is None:
        return f"from {low:,} to more than can be run"
    return f"{low:,} to {high:,}" if low != high else f"{high:,}"


def significance_sentence(contrast: Contrast) -> str:
    """Which test stands behind a contrast and why, and over which family it was adjusted."""
    test = contrast.significance
    adjustment = (
        f"; {p_text(test.p_adjusted)} after Holm over {count(test.family, 'contrast')}" if test.family > 1 else ""
    )
    return f"{test.name} ({test.reason}): {p_text(test.p)}{adjustment}."


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
    return f"For these very test images, Student's paired t over {seeds} gives {p_text(tests.paired_t)}; {rank}."


def grounds(comparison: Comparison, contrast: Contrast) -> Iterator[str]:
    """What a contrast's verdict stands on, and what it can't promise."""
    yield significance_sentence(contrast)
    over_seeds, pairing = comparison.over_seeds(contrast), comparison.pairing(contrast)
    if over_seeds:
        yield seed_tests_sentence(over_seeds)
    if pairing:
        yield pairing_sentence(pairing)
        unequal = unequal_sentence(contrast, pairing)
        if unequal:
            yield unequal
    if comparison.without_twins:
        yield twins_sentence(contrast, comparison, comparison.without_twins)


def interaction_sentence(interaction: Interaction, comparison: Comparison) -> str:
    """How far one factor's effect depends on another factor."""
    first, second = (
        next(c for c in comparison.headlines if (c.treatment, c.control) == pair)
        for pair in (interaction.first, interaction.second)
    )
    interval = interaction.interval
    return (
        f"{first.treatment} against {first.control} is {difference_text(first.interval.value, first.metric)}; "
        f"{second.treatment} against {second.control} is {difference_text(second.interval.value, second.metric)}. "
        f"The difference between the two, the interaction of {interaction.factor} and {interaction.across}, is "
        f"{difference_text(interval.value, interaction.metric)} ({level_text(interval)} interval "
        f"{difference_range_text(interval, interaction.metric)}; {p_text(interval.p)}; {basis_text(interval)})."
    )


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


def unequal_sentence(contrast: Contrast, pairing: Pairing) -> str | None:
    """What an interval can't promise where one arm's seeds spread much more than the other's."""
    wide, narrow = contrast.treatment, contrast.control
    ratio = pairing.treatment_deviation / pairing.control_deviation
    if ratio < 1:
        wide, narrow, ratio = narrow, wide, 1 / ratio
    if ratio < UNEQUAL or pairing.seeds > FEW_SEEDS:
        return None
    return (
        f"The seeds of {wide} spread {ratio:.0f} times as widely as those of {narrow}. If such runs now and then fail "
        f"badly, an interval from {count(pairing.seeds, 'seed')} covers about 90 %, not 95 %."
    )


def looks_sentence(looks: Looks) -> str:
    """Seeds that were added after looking, and what that does to the error rate."""
    return (
        f"Seeds were added after a result could be seen: looks at {list_text(looks.seeds)} seeds. Where there is no "
        f"difference, at least one of {len(looks.seeds)} such looks finds one in about {100 * looks.error_rate:.0f} % "
        "of studies, not 5 %."
    )


def false_alarms_sentences(false_alarms: FalseAlarms) -> Iterator[str]:
    """What the tests make of the control against itself."""
    contrast = false_alarms.contrast
    yield (
        f"{contrast.treatment} is {contrast.control} once more under streams of its own, so there is no difference to "
        f"find: {difference_text(contrast.interval.value, ACCURACY)} of accuracy ({level_text(contrast.interval)} "
        f"interval {difference_range_text(contrast.interval, ACCURACY)}; {p_text(contrast.significance.p)})."
    )
    runs, ways = count(2 * contrast.interval.seeds, "run"), count(false_alarms.comparisons, "way")
    share = 100 * false_alarms.alarms / false_alarms.comparisons
    yield (
        f"Dealing these {runs} into two arms in {ways}, the test of this report finds a difference in "
        f"{false_alarms.alarms:,} ({share:.0f} %; nominal 5 %, rough because all of them share the same runs)."
    )
    yield (
        f"One run per arm and McNemar's test would find one in {false_alarms.single_alarms:,} of "
        f"{count(false_alarms.pairs, 'pair')} of single runs "
        f"({100 * false_alarms.single_alarms / false_alarms.pairs:.0f} %)."
    )


def twins_sentence(contrast: Contrast, comparison: Comparison, rest: Comparison) -> str:
    """A contrast on the test images that have no twin in the training part.

    Args:
        contrast: on all test images.
        comparison: whose contrast it is.
        rest: the comparison without twins.
    """
    twins = comparison.images - rest.images
    arms = contrast.treatment, contrast.control
    same = next(headline for headline in rest.headlines if (headline.treatment, headline.control) == arms)
    return (
        f"{count(twins, 'test image')} of {comparison.images:,} have an identical twin in the training part. Without "
        f"them {contrast.treatment} against {contrast.control} is {difference_text(same.interval.value, same.metric)} "
        f"({level_text(same.interval)} interval {difference_range_text(same.interval, same.metric)}; "
        f"{basis_text(same.interval)}): {same.verdict}."
    )


def warnings(comparison: Comparison) -> list[str]:
    """What every output warns of: arms without a contrast, cells that are missing, seeds added after looking, verdicts
    that hang on twins, contrasts that aren't controlled.
    """
    missing_cells = missing_sentence(comparison)
    return [
        *map(str, comparison.alone),
        *([missing_cells] if missing_cells else []),
        *_waiting_arms(comparison),
        *([looks_sentence(comparison.looks)] if comparison.looks else []),
        *_undone_by_twins(comparison),
        *_never_begun(comparison),
        *_uncontrolled_contrasts(comparison),
    ]


def _waiting_arms(comparison: Comparison) -> Iterator[str]:
    """Arms whose contrasts are all with arms that have no finished cell."""
    compared_arms = {arm for pair in comparison.pairs for arm in (pair.treatment, pair.control)}
    exceptions = {comparison.again, *(arm.arm for arm in comparison.alone)}
    for arm in comparison.arms:
        if arm not in compared_arms | exceptions:
            yield f"{arm} stands in no contrast yet: no arm that it is to be compared with has a finished cell."


def _undone_by_twins(comparison: Comparison) -> Iterator[str]:
    """Contrasts whose verdict is another one without test images that have a twin in the training part."""
    rest = comparison.without_twins
    if rest:
        for whole, part in zip(comparison.headlines, rest.headlines, strict=True):
            if whole.verdict != part.verdict:
                yield twins_sentence(whole, comparison, rest)


def _never_begun(comparison: Comparison) -> Iterator[str]:
    """Arms that were to train more than the epochs gave them time for."""
    for arm in comparison.arms:
        names = comparison.cells[arm, comparison.seeds[0]].never_begun
        if names:
            epochs = count(comparison.study.recipe.epochs, "epoch")
            yield f"{arm} never came to train {', '.join(names)}: they were to begin after its {epochs}."


def _uncontrolled_contrasts(comparison: Comparison) -> Iterator[str]:
    """Contrasts whose arms differ in more than their factors explain."""
    for contrast in comparison.headlines:
        if comparison.agreement(contrast.treatment, contrast.control).surprises(contrast.factors):
            yield held_equal_sentence(comparison, contrast)


def weights_sentences(comparison: Comparison) -> list[str]:
    """Which pre-trained weights went into which arms; none where no arm has any."""
    arms_of: dict[tuple[str, str | None], list[str]] = {}
    for arm in comparison.arms:
        weights = comparison.cells[arm, comparison.seeds[0]].loaded
        if weights is not None:
            arms_of.setdefault((weights.source, weights.sha256), []).append(arm)
    return [
        f"{', '.join(arms)}: {source}{f' (SHA-256 {digest})' if digest else ''}."
        for (source, digest), arms in arms_of.items()
    ]


def missing_sentence(comparison: Comparison) -> str | None:
    """Which cells the numbers don't rest on."""
    if not comparison.missing:
        return None
    cells = ", ".join(f"{arm} seed {seed} ({reason})" for (arm, seed), reason in comparison.missing.items())
    absent = [arm for arm in comparison.study.arms if arm not in comparison.arms]
    left_out = f" Left out altogether: {', '.join(absent)}." if absent else ""
    return (
        f"Incomplete: {count(len(comparison.missing), 'cell')} missing: {cells}.{left_out} "
        f"Compared are the seeds that are finished in every other arm: {', '.join(map(str, comparison.seeds))}. "
        "Where cells failed, the result holds for runs that don't fail."
    )


def held_equal_sentence(comparison: Comparison, contrast: Contrast) -> str:
    """Whether the contrast differs in its factors and in nothing else."""
    agreement = comparison.agreement(contrast.treatment, contrast.control)
    surprises = agreement.surprises(contrast.factors)
    factors = f"the factor{'s' if len(contrast.factors) > 1 else ''} {list_text(contrast.factors)}"
    if surprises:
        return (
            f"Not a controlled comparison: between {contrast.treatment} and {contrast.control}, beside {factors}, "
            f"there differ {', '.join(surprises)}."
        )
    differ = f"; what differs follows from that: {', '.join(agreement.differ)}" if agreement.differ else ""
    return (
        f"The arms differ in {factors} and in nothing else{differ}. "
        f"{count(len(agreement.same), 'fingerprint')} agree in every seed."
    )
