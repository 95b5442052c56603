"""Comparison -> findings: each thing that is said of it, with its sentences, tables and data.

A new thing to say is a file with a class, and an entry in ``ANSWERS`` or ``CHECKS``: every output asks all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis.evidence import Comparison
from visavis.findings.answer import Answer, answer, verdict_sentence
from visavis.findings.answers import Answers
from visavis.findings.at_their_best import AtTheirBest
from visavis.findings.brier import Brier
from visavis.findings.by_seed import SeedBySeed
from visavis.findings.claim import Claim
from visavis.findings.contrasts import Contrasts
from visavis.findings.curve import Curves
from visavis.findings.curve_gap import CurveGaps
from visavis.findings.elsewhere import OtherTests
from visavis.findings.false_alarms import AgainstItself
from visavis.findings.few_images import FewImages
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.grounds import grounds
from visavis.findings.held_equal import HeldEqual, held_equal_sentence
from visavis.findings.interaction import Interactions
from visavis.findings.look_alikes import LookAlikes
from visavis.findings.looks import SeveralLooks
from visavis.findings.missing import MissingCells
from visavis.findings.never_begun import NeverBegun
from visavis.findings.no_contrast import NoContrast
from visavis.findings.no_curve import NoCurve
from visavis.findings.no_op import NoOps
from visavis.findings.selection import FULL_SELECTION, Selection
from visavis.findings.table import Table
from visavis.findings.ties import Ties
from visavis.findings.twins import Twins
from visavis.findings.uneven import UnevenSeeds
from visavis.findings.until_decided import UntilDecided
from visavis.findings.weak_arms import WeakArms

__all__ = [
    "FULL_SELECTION",
    "AgainstItself",
    "AtTheirBest",
    "CsvRow",
    "CurveGaps",
    "Finding",
    "Interactions",
    "OtherTests",
    "Selection",
    "Table",
    "UntilDecided",
    "answer",
    "answers_of",
    "checks_of",
    "findings_of",
    "grounds",
    "headline_answer",
    "held_equal_sentence",
    "untabled_sentences",
    "verdict_sentence",
    "warnings_of",
]  # fmt: skip


def headline_answer(comparison: Comparison, selection: Selection = FULL_SELECTION) -> Contrasts:
    """What the contrasts say: in full where there is one, in a line each where there are several."""
    return (Answer if len(comparison.headlines) == 1 else Answers)(comparison, selection)


Kind = Callable[[Comparison, Selection], Finding]
ANSWERS: tuple[Kind, ...] = (headline_answer, Curves, CurveGaps, NoCurve, Interactions)
"""What answers the study's question, the first thing first."""
CHECKS: tuple[Kind, ...] = (
    UntilDecided, AtTheirBest, NoContrast, MissingCells, LookAlikes, Twins, WeakArms, Ties, UnevenSeeds, FewImages,
    SeveralLooks, OtherTests, NeverBegun, SeedBySeed, Brier, Claim, HeldEqual, NoOps, AgainstItself,
)  # fmt: skip
"""What has to be known to believe an answer; what they warn of stands in this order."""


def answers_of(comparison: Comparison, selection: Selection = FULL_SELECTION) -> tuple[Finding, ...]:
    """The answers to the study's question."""
    return tuple(kind(comparison, selection) for kind in ANSWERS)


def checks_of(comparison: Comparison, selection: Selection = FULL_SELECTION) -> tuple[Finding, ...]:
    """What has to be known to believe them."""
    return tuple(kind(comparison, selection) for kind in CHECKS)


def findings_of(comparison: Comparison, selection: Selection = FULL_SELECTION) -> tuple[Finding, ...]:
    """All that is said of a comparison."""
    return (*answers_of(comparison, selection), *checks_of(comparison, selection))


def untabled_sentences(comparison: Comparison, selection: Selection = FULL_SELECTION) -> list[str]:
    """What is said by findings that have no table, for outputs of tables."""
    silent = [finding for finding in findings_of(comparison, selection) if not finding.tables()]
    return [] if selection.brief else [sentence for finding in silent for sentence in finding.sentences()]


def warnings_of(comparison: Comparison) -> list[str]:
    """What every output warns of."""
    return [warning for finding in findings_of(comparison) for warning in finding.warnings()]
