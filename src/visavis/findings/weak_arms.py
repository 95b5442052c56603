"""Arms that have learned nothing, or not yet all that they were learning."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np
from scipy.special import bdtrc

from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.quantities import list_text, some_text

ABOVE_CHANCE = 0.01
"""Probability with which guessing the most frequent class would be right as often."""
MOST_NAMED = 3
STEEP = 0.1
"""Share of its test loss that an arm loses in its last epoch, beyond which it is far from done: a loss that halves
every seven epochs. The training loss doesn't tell: a large network's falls to zero long after it has learned all."""


class WeakArms(Finding):
    """Arms that give one class only, that are no better than guessing, or whose loss still falls steeply."""

    title = "Arms that have not learned"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (*self._guess_warnings(), *self._fall_warnings())

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"arms_that_guess": self._guesses, "falling_losses": self._falls}

    @property
    def _guesses(self) -> dict[str, list[int]]:
        """Arm -> seeds in which it gives one class only, or is no better than guessing."""
        outputs, supports = self.comparison.outputs, np.array(self.comparison.supports)
        images, most = int(supports.sum()), supports.max() / supports.sum()
        seeds_of_arms = {}
        for arm in self.comparison.compared_arms:
            hits = outputs.hits(arm).sum(1)
            constant = np.ptp(outputs.guesses(arm), axis=1) == 0
            # bdtrc(k, n, p) is the chance of more than k.
            is_chance = bdtrc(np.maximum(hits - 1, 0).astype(float), images, most) > ABOVE_CHANCE
            rows = np.flatnonzero(constant | is_chance)
            if len(rows):
                seeds_of_arms[arm] = [outputs.seeds[row] for row in rows]
        return seeds_of_arms

    def _guess_warnings(self) -> Iterator[str]:
        arms: dict[str, list[str]] = {}
        for arm, seeds in self._guesses.items():
            unit = self.comparison.replication.row
            is_everywhere = len(seeds) == len(self.comparison.outputs.seeds)
            where = f"in every {unit}" if is_everywhere else f"in {unit} {list_text(seeds)}"
            arms.setdefault(where, []).append(arm)
        most = 100 * max(self.comparison.supports) / sum(self.comparison.supports)
        for where, names in arms.items():
            yield (
                f"{some_text(names, MOST_NAMED, list_text)} can't be told from naming the most frequent class, which "
                f"is right for {most:.1f} %, {where}: a difference may be that an arm was not trained, say at a "
                "learning rate that doesn't fit."
            )

    @property
    def _falls(self) -> dict[str, float]:
        """Arm -> share of its test loss that it lost in its last epoch, the mean over seeds, where that is much."""
        falls = {arm: self._fall(arm) for arm in self.comparison.compared_arms}
        return {arm: fall for arm, fall in falls.items() if fall > STEEP}

    def _fall(self, arm: str) -> float:
        # A network that guesses has the loss log(classes): what one of one epoch began with.
        histories = [self.comparison.history(arm, seed) for seed in self.comparison.seeds]
        losses = [[log(len(self.comparison.classes)), *(row.test_loss for row in history)] for history in histories]
        falls = [1 - row[-1] / row[-2] for row in losses if row[-2] > 0]
        return float(np.mean(falls)) if falls else 0.0

    def _fall_warnings(self) -> Iterator[str]:
        falls = self._falls
        if falls:
            texts = [f"{arm} ({100 * fall:.0f} %)" for arm, fall in falls.items()]
            yield (
                f"The test loss was still falling steeply in the last epoch: {some_text(texts, MOST_NAMED)}. "
                "With more epochs the result may be another one."
            )
