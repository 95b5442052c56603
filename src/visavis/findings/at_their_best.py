"""Tuned arms: what was chosen, by what, and whether the choice can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.evidence.tuning import CrossingPoint, TunedArm, crossings
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.table import Table
from visavis.quantities import count, difference_text, list_text, name_text, number_text, some_text, value_text

MOST_NAMED = 4
FEW = 100
"""Images to judge candidates by: of fewer, chance alone moves an accuracy by 5 points and more."""
FAILURES = 1 / 3
"""Share of an arm's candidates beyond which their failures are warned of."""


class AtTheirBest(Finding):
    """Arms that are the best of several candidates."""

    title = "Arms at their best"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (*self._border_warnings(), *self._few_warnings(), *self._failure_warnings(), *self._once_warnings())

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        if not self._arms:
            return ()
        return (self._budget_sentence(), *self._question_sentences(), *self._crossing_sentences())

    def lines(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(f"{arm.name}: {_choices_text(arm)}" for arm in self._arms)

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        return (
            (self._choices_table(), *map(self._candidates_table, self._arms), self._best_table()) if self._arms else ()
        )

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        points = [{"first": point.first, "second": point.second, "from": point.draws} for point in self._crossings]
        return {"tuned": list(map(_plain_arm, self._arms)), "tuned_crossings": points}

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for arm in self._arms:
            doses = arm.doses or [""] * len(arm.names)
            for seed, scores in zip(arm.choices, arm.scores, strict=True):
                for number, (name, dose, score) in enumerate(zip(arm.names, doses, scores, strict=True)):
                    if not np.isnan(score):
                        yield {
                            "kind": "candidate",
                            "name": arm.name,
                            "factors": name,
                            "metric": arm.metric.name,
                            "seed": seed,
                            "dose": dose,
                            "value": float(score),
                            "verdict": "chosen" if arm.numbers[seed] == number else "",
                        }

    @cached_property
    def _arms(self) -> tuple[TunedArm, ...]:
        arms = self.comparison.tuned_arms if self.shows_headline else ()
        return tuple(arm for arm in arms if self.selection.shows_any([arm.name]))

    @cached_property
    def _crossings(self) -> tuple[CrossingPoint, ...]:
        return crossings(self._arms)

    def _budget_sentence(self) -> str:
        arm = self._arms[0]
        share = f"{100 * arm.document.validation:.3g} % of its images"
        how = "once, under a seed of its own, for all seeds" if arm.document.chosen_once else "anew in every seed"
        rounds = [f"{each.candidates} for {count(each.epochs, 'epoch')}" for each in arm.document.rounds]
        return (
            f"Each tuned arm is the best of {len(arm.names)} candidates, chosen {how}. Each is trained without {share},"
            f" and the one with the best {name_text(arm.metric)} on these is trained again on all of them. No test "
            f"image has a say. A choice takes {count(arm.epochs_spent, 'epoch')} ({list_text(rounds)}) beside the "
            f"{arm.epochs} of the final training, in every tuned arm alike."
        )

    def _question_sentences(self) -> Iterator[str]:
        """Yields which two questions are asked, and how the answers differ."""
        tuned = self.comparison.study.tuned
        best = [row for row in self.comparison.headlines if row.treatment in tuned]
        same = [row for row in self.comparison.headlines if row.treatment not in tuned]
        if not best:
            return
        texts = [_contrast_text(rows) for rows in (best, same)]
        yield f"Each arm at its best: {texts[0]}."
        if same:
            yield f"The arms as they are, without tuning: {texts[1]}."

    def _crossing_sentences(self) -> Iterator[str]:
        for crossing in self._crossings:
            yield (
                f"How many candidates are tried decides who is ahead on the images held out: {crossing.first} with "
                f"fewer than {crossing.draws}, {crossing.second} from {crossing.draws} on."
            )

    def _border_warnings(self) -> Iterator[str]:
        for arm in self._arms:
            if 2 * arm.on_border >= max(2, len(arm.choices)):
                low, high = (number_text(end(arm.doses)) for end in (min, max))
                where = "the choice" if len(arm.choices) == 1 else f"{arm.on_border} of {len(arm.choices)} choices"
                yield (
                    f"The best candidate of {arm.name} lies on the border in {where} ({arm.path} from {low} to {high}):"
                    " a wider range may do better."
                )

    def _few_warnings(self) -> Iterator[str]:
        images = min((sum(self.comparison.data.train) // arm.parts for arm in self._arms), default=FEW)
        if images < FEW:
            yield (
                f"Candidates are judged by about {count(images, 'image')}, of which one is {100 / max(images, 1):.1f} "
                "points of accuracy: among near ones the choice is chance."
            )

    def _failure_warnings(self) -> Iterator[str]:
        for arm in self._arms:
            failures = arm.failures
            if sum(failures.values()) >= FAILURES * arm.scores.size:
                texts = [f"{name} ({number})" for name, number in failures.items()]
                yield (
                    f"Of {arm.scores.size} candidates of {arm.name} {sum(failures.values())} failed: "
                    f"{some_text(texts, MOST_NAMED)}. The arm was tuned less than the others."
                )

    def _once_warnings(self) -> Iterator[str]:
        if any(arm.document.chosen_once for arm in self._arms):
            yield (
                "Candidates were chosen once for all seeds: the intervals are those of one tuned recipe, and leave out "
                "that another choice may be made."
            )

    def _choices_table(self) -> Table:
        columns = (self.comparison.replication.row, *(arm.name for arm in self._arms))
        seeds = list(self._arms[0].choices)
        rows = tuple(
            (
                "all" if self._arms[0].document.chosen_once else str(seed),
                *(f"{arm.names[arm.numbers[seed]]} ({_best_text(arm, seed)})" for arm in self._arms),
            )
            for seed in seeds
        )
        return Table("What was chosen, with its value on the images held out", columns, rows)

    def _candidates_table(self, arm: TunedArm) -> Table:
        counts = Counter(arm.numbers.values())
        rows = []
        for number, name in enumerate(arm.names):
            scores = arm.scores[:, number][~np.isnan(arm.scores[:, number])]
            values = [value_text(f(scores), arm.metric) for f in (np.mean, np.min, np.max)] if len(scores) else [""] * 3
            rows.append((name, *values, str(counts[number] or ""), str(arm.failures.get(name, ""))))
        columns = ("candidate", f"{name_text(arm.metric)}, mean", "lowest", "highest", "chosen", "failed")
        return Table(f"Candidates of {arm.name}, on the images held out", columns, tuple(rows))

    def _best_table(self) -> Table:
        columns = ("candidates tried", *(arm.name for arm in self._arms))
        rows = tuple(
            (str(draws), *(value_text(arm.expected_best[draws - 1], arm.metric) for arm in self._arms))
            for draws in range(1, len(self._arms[0].names) + 1)
        )
        return Table("Expected best on the images held out", columns, rows)


def _contrast_text(rows: Sequence[Contrast]) -> str:
    texts = [f"{row.minus_text} {difference_text(row.interval.value, row.metric)}, {row.verdict}" for row in rows]
    return some_text(texts, MOST_NAMED, "; ".join)


def _choices_text(arm: TunedArm) -> str:
    counts = Counter(arm.names[candidate] for candidate in arm.numbers.values())
    choices = [
        name if number == 1 == len(counts) else f"{name} ({count(number, 'choice')})"
        for name, number in counts.most_common()
    ]
    return f"of {len(arm.names)} candidates chosen: {some_text(choices, MOST_NAMED)}"


def _best_text(arm: TunedArm, seed: int) -> str:
    row = list(arm.choices).index(seed)
    return value_text(float(arm.scores[row, arm.numbers[seed]]), arm.metric)


def _plain_arm(arm: TunedArm) -> dict[str, Plain]:
    scores = [[None if np.isnan(score) else float(score) for score in row] for row in arm.scores]
    return {
        "arm": arm.name,
        "candidates": list(arm.names),
        "path": arm.path,
        "doses": list(arm.doses),
        "metric": arm.metric.name,
        "chosen_once": arm.document.chosen_once,
        "chosen": {str(seed): arm.names[candidate] for seed, candidate in arm.numbers.items()},
        "scores": {str(seed): row for seed, row in zip(arm.choices, scores, strict=True)},
        "on_border": arm.on_border,
        "failures": arm.failures,
        "epochs": arm.epochs_spent,
        "expected_best": list(arm.expected_best),
    }
