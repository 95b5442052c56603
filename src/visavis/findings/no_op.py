"""Factors that differ and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.quantities import list_text

UNTOLD_BY_FINGERPRINTS = frozenset({"model", "augmentation"})
"""Factors that may do something which no fingerprint shows: what a network's code computes between its tensors, what an
augmentation makes of its draws, or without any."""


@dataclass(frozen=True)
class NoOp:
    """Two arms that differ and do the same.

    Attributes:
        treatment, control: names of the arms.
        factors: in which they differ.
        fingerprints: those that all follow from the factor and agree; none where all predictions are the same.
    """

    treatment: str
    control: str
    factors: tuple[str, ...]
    fingerprints: tuple[str, ...]

    def __str__(self) -> str:
        differ = f"{self.treatment} and {self.control} differ in {list_text(self.factors)}"
        if not self.fingerprints:
            subject = "it" if len(self.factors) == 1 else "they"
            return f"{differ}, and {subject} changed nothing: every prediction is the same to the bit."
        return f"{differ}, and what follows from it is the same in every seed: {list_text(self.fingerprints)}."


class NoOps(Finding):
    """Arms that differ in a factor that does nothing."""

    title = "Factors that change nothing"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(map(str, self._no_ops))

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {
            "no_ops": [
                {
                    "treatment": no_op.treatment,
                    "control": no_op.control,
                    "factors": list(no_op.factors),
                    "fingerprints": list(no_op.fingerprints),
                }
                for no_op in self._no_ops
            ]
        }

    @property
    def _no_ops(self) -> tuple[NoOp, ...]:
        by_outputs = tuple(self._by_outputs())
        arm_sets = {frozenset((no_op.treatment, no_op.control)) for no_op in by_outputs}
        by_fingerprints = self._by_fingerprints()
        return (
            *by_outputs,
            *(no_op for no_op in by_fingerprints if frozenset((no_op.treatment, no_op.control)) not in arm_sets),
        )

    def _by_outputs(self) -> Iterator[NoOp]:
        """Yields each arm that says the same as another one, to the bit, with the one nearest to the control."""
        comparison, tuned = self.comparison, self.comparison.study.tuned
        groups: dict[tuple[str, ...], list[str]] = {}
        for arm in comparison.levels.in_order(comparison.compared_arms):
            groups.setdefault(comparison.outputs.digests(arm), []).append(arm)
        for control, *treatments in groups.values():
            for treatment in treatments:
                if (treatment in tuned) != (control in tuned):  # what is chosen may well be what the arm has untuned
                    continue
                yield NoOp(treatment, control, comparison.levels.between(treatment, control), ())

    def _by_fingerprints(self) -> Iterator[NoOp]:
        """Yields contrasts of one factor whose fingerprints all agree, though the predictions don't."""
        for pair in self.comparison.pairs:
            if len(pair.factors) == 1 and UNTOLD_BY_FINGERPRINTS.isdisjoint(pair.factors):
                names = self.comparison.agreement(pair.treatment, pair.control).unmoved_by(pair.factors[0])
                if names:
                    yield NoOp(pair.treatment, pair.control, pair.factors, names)
