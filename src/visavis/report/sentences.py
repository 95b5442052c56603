"""Sentences, each made from the object whose numbers it tells."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.comparison import Comparison
from visavis.pairing import unexpected
from visavis.report.numbers import (
    basis_text,
    count,
    difference_range_text,
    difference_text,
    level_text,
    p_text,
    title,
    value_text,
)
from visavis.results import Contrast, Interaction

ONE_SEED = "One run per arm: this describes these two models only, not the procedure that made them."


def answer(contrast: Contrast, comparison: Comparison) -> str:
    """The result of a contrast in one sentence."""
    interval, metric = contrast.interval, contrast.metric
    treatment, control = (
        value_text(comparison.measured[arm][metric].interval.value, metric)
        for arm in (contrast.treatment, contrast.control)
    )
    return (
        f"{contrast.treatment} reaches {treatment} against {control} for {contrast.control}: "
        f"{difference_text(interval.value, metric)} of {title(metric).lower()} "
        f"({level_text(interval)} interval {difference_range_text(interval, metric)}; {basis_text(interval)})."
    )


def verdict_sentence(contrast: Contrast, margin: float) -> str:
    """What the verdict says, in words."""
    treatment, control = contrast.treatment, contrast.control
    words = {
        "better": f"{treatment} is better than {control}.",
        "worse": f"{treatment} is worse than {control}.",
        "equivalent": f"{treatment} and {control} are equivalent within {100 * margin:g} pp.",
        "inconclusive": f"Whether {treatment} is better or worse than {control} is not decided by these data.",
    }
    caveat = f" {ONE_SEED}" if contrast.interval.seeds == 1 else ""
    return words[contrast.verdict] + caveat


def significance_sentence(contrast: Contrast, family: int) -> str:
    """Which test stands behind a contrast, and over which family it was adjusted."""
    interval = contrast.interval
    test = (
        "Student's t over the test images of one seed"
        if interval.seeds == 1
        else f"Student's t with {interval.degrees:.1f} degrees of freedom, seeds and test images crossed"
    )
    adjusted = f"; {p_text(contrast.p_adjusted)} after Holm over {family} contrasts" if family > 1 else ""
    return f"{test}: {p_text(interval.p)}{adjusted}."


def interaction_sentence(interaction: Interaction, comparison: Comparison) -> str:
    """How far one slot's effect depends on another slot."""
    first, second = (
        next(c for c in comparison.headlines if (c.treatment, c.control) == pair)
        for pair in (interaction.first, interaction.second)
    )
    interval = interaction.interval
    return (
        f"{first.treatment} against {first.control} is {difference_text(first.interval.value, first.metric)}; "
        f"{second.treatment} against {second.control} is {difference_text(second.interval.value, second.metric)}. "
        f"The difference between the two, the interaction of {interaction.slot} and {interaction.across}, is "
        f"{difference_text(interval.value, interaction.metric)} ({level_text(interval)} interval "
        f"{difference_range_text(interval, interaction.metric)}; {p_text(interval.p)}; {basis_text(interval)})."
    )


def pairing_sentence(comparison: Comparison, contrast: Contrast) -> str | None:
    """What pairing by seed did to the variance between seeds."""
    found = comparison.pairing(contrast)
    if found is None:
        return None
    rho, ratio = found
    return (
        f"Over {count(len(comparison.seeds), 'seed')} the two arms correlate by {rho:.2f}: paired differences have "
        f"{ratio:.2f} times the variance of unpaired ones (rough figures, from so few seeds)."
    )


def remarks(comparison: Comparison) -> list[str]:
    """What every output carries: the study's brands, and whether the images are synthetic."""
    return [*comparison.brands, *(["synthetic images"] if comparison.data["synthetic"] else [])]


def warnings(comparison: Comparison) -> list[str]:
    """What every output warns of: cells that are missing, contrasts that aren't controlled."""
    missing = missing_sentence(comparison)
    uncontrolled = [
        held_equal_sentence(comparison, contrast)
        for contrast in comparison.headlines
        if unexpected(comparison.agreement(contrast.treatment, contrast.control), contrast.slot)
    ]
    return [*([missing] if missing else []), *_unbegun(comparison), *uncontrolled]


def _unbegun(comparison: Comparison) -> Iterator[str]:
    """Arms that were to train more than the epochs gave them time for."""
    for arm in comparison.arms:
        names = comparison.cells[arm, comparison.seeds[0]]["never begun"]
        if names:
            epochs = count(comparison.study["recipe"]["epochs"], "epoch")
            yield f"{arm} never came to train {', '.join(names)}: they were to begin after its {epochs}."


def weights_sentences(comparison: Comparison) -> list[str]:
    """Which pre-trained weights went into which arms; none where no arm has any."""
    arms_of: dict[tuple[str, str], list[str]] = {}
    for arm in comparison.arms:
        loaded = comparison.cells[arm, comparison.seeds[0]]["pre-trained weights"]
        if loaded is not None:
            arms_of.setdefault((loaded["source"], loaded["sha256"]), []).append(arm)
    return [
        f"{', '.join(arms)}: {source}{f' (SHA-256 {digest})' if digest else ''}."
        for (source, digest), arms in arms_of.items()
    ]


def missing_sentence(comparison: Comparison) -> str | None:
    """Which cells the numbers don't rest on."""
    if not comparison.missing:
        return None
    cells = ", ".join(f"{arm} seed {seed} ({reason})" for (arm, seed), reason in comparison.missing.items())
    absent = [arm for arm in comparison.study["arms"] if arm not in comparison.arms]
    left_out = f" Left out altogether: {', '.join(absent)}." if absent else ""
    return (
        f"Incomplete: {count(len(comparison.missing), 'cell')} missing: {cells}.{left_out} "
        f"Compared are the seeds that are finished in every other arm: {', '.join(map(str, comparison.seeds))}. "
        "Where cells failed, the result holds for runs that don't fail."
    )


def held_equal_sentence(comparison: Comparison, contrast: Contrast) -> str:
    """Whether the contrast differs in its slot and in nothing else."""
    found = comparison.agreement(contrast.treatment, contrast.control)
    surprises = unexpected(found, contrast.slot)
    if surprises:
        return (
            f"Not a controlled comparison: between {contrast.treatment} and {contrast.control}, beside the slot "
            f"{contrast.slot}, there differ {', '.join(surprises)}."
        )
    differ = f"; what differs follows from it: {', '.join(found.differ)}" if found.differ else ""
    return (
        f"The arms differ in the slot {contrast.slot} and in nothing else{differ}. "
        f"{count(len(found.same), 'fingerprint')} agree in every seed."
    )
