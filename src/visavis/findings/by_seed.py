"""Every seed's difference, and how often the treatment is ahead."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.findings.table import Table
from visavis.quantities import count, difference_text, name_text, signed_number
from visavis.stats.improvement import Improvement, improvement

MOST_CONTRASTS = 6
"""That have a column each."""


class SeedBySeed(Finding):
    """The headline's differences, seed by seed; silent with one seed."""

    title = "Seed by seed"

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        contrasts = self._contrasts
        if not contrasts:
            return ()
        metric, seeds = self.comparison.headline, contrasts[0].by_seed
        replication = self.comparison.replication
        unit = replication.unit
        rows = [(f"{unit} {seed}", *(signed_number(row.by_seed[seed], metric) for row in contrasts)) for seed in seeds]
        middles = [improvement_of(row) for row in contrasts]
        rows.append(("ahead", *map(_wins_text, middles)))
        if replication.are_independent:  # of folds no interval of a share of them is known
            rows.append(("probability of being ahead", *map(_probability_text, middles)))
        for name, values in (
            ("median", [row.median for row in middles]),
            ("interquartile mean", [row.interquartile_mean for row in middles]),
        ):
            numbers = [difference_text(value, metric) for value in values if value is not None]
            rows += [(name, *numbers)] if numbers else []
        scale = ", in percentage points" if metric.is_share else ""
        note = f"Differences of {name_text(metric)}{scale}, each of two runs of one {unit}."
        if replication.are_independent:
            note += (
                " The probability that the treatment is ahead in a new seed, on these test images, with its exact 95 % "
                "interval."
            )
        more = len(self.selection.headlines_of(self.comparison)) - len(contrasts)
        note += f" {count(more, 'more contrast')} left out." if more else ""
        return (Table(self.title, ("", *(row.minus_text for row in contrasts)), tuple(rows), note),)

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        is_told = self.shows_headline and self.comparison.replication.are_independent
        rows = self.selection.headlines_of(self.comparison) if is_told else ()
        return {
            "improvement": [
                {"treatment": row.treatment, "control": row.control, **asdict(improvement_of(row))} for row in rows
            ]
        }

    @property
    def _contrasts(self) -> tuple[Contrast, ...]:
        if not self.shows_headline or len(self.comparison.seeds) == 1:
            return ()
        return self.selection.headlines_of(self.comparison)[:MOST_CONTRASTS]


def improvement_of(contrast: Contrast) -> Improvement:
    """How often a contrast's treatment is ahead."""
    differences = np.array(list(contrast.by_seed.values()))
    return improvement(differences, higher_is_better=contrast.metric.higher_is_better)


def _wins_text(share: Improvement) -> str:
    ties = f", {share.ties} tied" if share.ties else ""
    return f"in {share.wins} of {share.seeds}{ties}"


def _probability_text(share: Improvement) -> str:
    return f"{100 * share.probability:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"
