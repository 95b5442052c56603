"""What a comparison's arms make beside pairs: squares, grids and lines, judged by the headline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from visavis.conclusions import Contrast, Judgement, Margin
from visavis.evidence.curves import Curve, CurveGap
from visavis.evidence.effects import MainEffect, effects
from visavis.evidence.interactions import Interaction, squares
from visavis.evidence.judging import judge
from visavis.evidence.lines import Line, Slip, line_pairs, lines, shared_doses, slips
from visavis.pairing import Pair

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison


def interactions_of(comparison: Comparison) -> tuple[Interaction, ...]:
    """One family; those that follow from others are left out."""
    family = squares(comparison.levels, comparison.compared_arms)
    judgements = comparison.judge(comparison.headline, [square.weights for square in family])
    return tuple(map(Interaction.of, family, judgements))


def main_effects_of(comparison: Comparison) -> tuple[MainEffect, ...]:
    """One family; none where the arms aren't a complete grid."""
    family = list(effects(comparison.levels, comparison.compared_arms))
    judgements = comparison.judge(comparison.headline, [effect.weights for effect in family])
    return tuple(map(MainEffect.of, family, judgements))


def curves_of(comparison: Comparison) -> tuple[Curve, ...]:
    """Curves, whose trends are one family."""
    family = list(lines(comparison.study.arms, comparison.levels, comparison.compared_arms))
    # A curve that rises and falls again has a straight line without slope: that isn't equivalence of its doses.
    drafts = [comparison.outputs.weigh(line.weights, comparison.headline) for line in family]
    trends = judge(drafts, Margin(), comparison.adjustment(len(family))) if family else []
    return tuple(_curve(comparison, *row) for row in zip(family, trends, strict=True))


def curve_gaps_of(comparison: Comparison) -> tuple[CurveGap, ...]:
    """Pairs of curves over the same doses."""
    return tuple(_gap(comparison, *pair) for pair in line_pairs(comparison.levels, comparison.curves))


def slips_of(comparison: Comparison) -> tuple[Slip, ...]:
    """What keeps arms from being a curve."""
    return tuple(slips(comparison.study.arms, comparison.levels, comparison.compared_arms))


def _curve(comparison: Comparison, line: Line, trend: Judgement) -> Curve:
    reference = comparison.control if comparison.control in line.arms else line.arms[0]
    estimates = tuple(comparison.measure(arm, comparison.headline) for arm in line.arms)
    family = [_pair(comparison, arm, reference) for arm in line.arms if arm != reference]
    contrasts = _headlines_of(comparison, family)
    return Curve(**vars(line), estimates=estimates, trend=trend, reference=reference, contrasts=contrasts)


def _gap(comparison: Comparison, treatment: Line, control: Line, across: str) -> CurveGap:
    curves = {curve.arms: curve for curve in comparison.curves}
    rows = shared_doses(treatment, control)
    contrasts = _headlines_of(comparison, [_pair(comparison, *arms) for _, *arms in rows])
    doses = tuple(dose for dose, *_ in rows)
    return CurveGap(curves[treatment.arms], curves[control.arms], across, doses, contrasts)


def _pair(comparison: Comparison, treatment: str, control: str) -> Pair:
    return Pair(treatment, control, comparison.levels.between(treatment, control))


def _headlines_of(comparison: Comparison, family: Sequence[Pair]) -> tuple[Contrast, ...]:
    """Pairs as contrasts of the headline: those of the study where it has them, whichever way round, so that no two
    verdicts on a pair can disagree; the others are a family.
    """
    contrasts = dict(zip(comparison.pairs, comparison.headlines, strict=True))
    contrasts |= {pair.turned: contrast.turned for pair, contrast in contrasts.items()}
    rest = [pair for pair in family if pair not in contrasts]
    contrasts |= dict(zip(rest, comparison.contrast(comparison.headline, rest), strict=True))
    return tuple(contrasts[pair] for pair in family)
