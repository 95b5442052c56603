"""What several findings say in the same words."""

from __future__ import annotations

from visavis.conclusions import Contrast, Significance
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
    family = contrast.significance.family
    return f"; {adjusted_text(family, 'contrasts')}" if family > 1 else ""


def factors_sentence(contrast: Contrast) -> str:
    """What a contrast can't tell apart, to be read after another sentence; empty where one factor differs."""
    if len(contrast.factors) < 2:
        return ""
    return f" The two differ in {list_text(contrast.factors)}, as the study asks: what either does alone can't be told."


def adjusted_text(family: int, nouns: str) -> str:
    """What intervals and verdicts hold for, such as ``intervals and verdicts hold at once for the 3 trends``."""
    return f"intervals and verdicts hold at once for the {family:,} {nouns}"


def adjusted_p_text(test: Significance, noun: str) -> str:
    """A p with what it is after its adjustment; such as ``p = .020; p = .040 adjusted for 2 contrasts``."""
    if test.p_adjusted == test.p:
        return p_text(test.p)
    over = f" for {count(test.family, noun)}" if test.family > 1 else " for the looks before"
    return f"{p_text(test.p)}; {p_text(test.p_adjusted)} adjusted{over}"


def bounds_text(interval: Interval, metric: Quantity) -> str:
    """A difference's interval with its level, such as ``95 % interval +0.4 to +2.0 pp``."""
    return f"{level_text(interval)} interval {difference_range_text(interval, metric)}"


def family_note(family: int, noun: str) -> str:
    """What is adjusted in a table, as the end of its note."""
    return f" p adjusted (Bonferroni); {adjusted_text(family, noun)}." if family > 1 else ""


def dose_text(dose: float) -> str:
    """A dose as it is written: ``30``, ``10,000``, ``0.1``, ``1e-6``."""
    return f"{dose:,.0f}" if dose.is_integer() and abs(dose) < 1e9 else number_text(dose)
