"""What several findings say in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from visavis.conclusions import Contrast, Judgement, Significance
from visavis.evidence import Comparison
from visavis.quantities import (
    Interval,
    Quantity,
    basis_text,
    count,
    difference_range_text,
    level_text,
    list_text,
    number_text,
    p_text,
)


def basis_sentence(contrast: Contrast) -> str:
    """What the numbers of a family of contrasts rest on."""
    interval = contrast.interval
    return f"With {level_text(interval)} intervals; {basis_text(interval)}{adjustment_text(contrast)}."


def adjustment_text(contrast: Contrast) -> str:
    """What intervals and verdicts hold for at once, for the end of a sentence."""
    return adjusted_text([(contrast.significance, "contrasts")], "; ")


def factors_sentence(contrast: Contrast) -> str:
    """What a contrast can't tell apart, to be read after another sentence; empty where one factor differs."""
    if len(contrast.factors) < 2:
        return ""
    return f" The two differ in {list_text(contrast.factors)}, as the study asks: what either does alone can't be told."


def adjusted_text(families: Iterable[tuple[Significance, str]], start: str = "") -> str:
    """What intervals and verdicts hold for at once, such as ``intervals and verdicts hold at once for the 3 trends``;
    empty where each stands for itself.

    Args:
        families: a test of each, and what its members are called, in the plural.
        start: what comes before.
    """
    tests = {nouns: test for test, nouns in families}
    parts = [f"the {test.family:,} {nouns}" for nouns, test in tests.items() if test.family > 1]
    looks = max((test.looks for test in tests.values()), default=1)
    parts += [f"all {looks} looks"] if looks > 1 else []
    apart = ", each kind by itself" if sum(test.family > 1 for test in tests.values()) > 1 else ""
    return f"{start}intervals and verdicts hold at once for {list_text(parts)}{apart}" if parts else ""


def adjusted_p_text(test: Significance, noun: str) -> str:
    """A p with what it is after its adjustment; such as ``p = .020; p = .040 adjusted for 2 contrasts``."""
    numbers = [(test.family, noun), (test.looks, "look")]
    over = [count(number, word) for number, word in numbers if number > 1]
    return f"{p_text(test.p)}; {p_text(test.p_adjusted)} adjusted for {list_text(over)}" if over else p_text(test.p)


def bounds_text(interval: Interval, metric: Quantity) -> str:
    """A difference's interval with its level, such as ``95 % interval +0.4 to +2.0 pp``."""
    return f"{level_text(interval)} interval {difference_range_text(interval, metric)}"


def noun_of(contrast: Contrast, comparison: Comparison) -> str:
    """What kind of contrast it is, where a study says which are primary."""
    if not comparison.study.primary:
        return "contrast"
    return "primary contrast" if contrast.is_primary else "secondary contrast"


def family_note(family: Sequence[Judgement], nouns: str) -> str:
    """What is adjusted in a table, as the end of its note; empty without rows."""
    return families_note((judgement.significance, nouns) for judgement in family[:1])


def families_note(families: Iterable[tuple[Significance, str]]) -> str:
    """The same of several families, each with what its members are called."""
    text = adjusted_text(families)
    return f" {text[:1].upper()}{text[1:]}; so does p, which is adjusted." if text else ""


def dose_text(dose: float) -> str:
    """A dose as it is written: ``30``, ``10,000``, ``0.1``, ``1e-6``."""
    return f"{dose:,.0f}" if dose.is_integer() and abs(dose) < 1e9 else number_text(dose)
