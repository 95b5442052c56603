"""``study.json``: a study as it is written, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from visavis.bounds import MOST_SEEDS, Margin, Name, Positive, Seed, Text
from visavis.checks import is_whole
from visavis.describe import Plain, describe
from visavis.design.arm import describe_factors
from visavis.design.best_of import MOST_CANDIDATES, ONCE, BestOf, is_one_of, trial_name
from visavis.design.study import MOST_CELLS, Entry, Study
from visavis.errors import InvalidStudy, first_line
from visavis.quantities import METRIC_NAMES
from visavis.store.document import Document, Factors
from visavis.store.elsewhere import MOST_TESTS, require_names
from visavis.store.files import decode, encode

MOST_ARMS = 1_000
MOST_EPOCHS = 1 << 31
Asks = Annotated[tuple[tuple[Name, Name], ...], msgspec.Meta(max_length=MOST_ARMS)]
"""Names of treatment and control."""


class FoldsDocument(Document, frozen=True):
    """How cross-validation tells train and test apart.

    Attributes:
        k: folds in a repeat; seed s tests fold s % k.
        by: name of the rule.
    """

    k: Annotated[int, msgspec.Meta(ge=2, le=MOST_SEEDS)]
    by: Name


class CandidateDocument(Document, frozen=True):
    """One of those of which a tuned arm is the best.

    Attributes:
        name: its own.
        factors: as an arm's.
    """

    name: Text
    factors: Factors


class RoundDocument(Document, frozen=True):
    """Candidates that are compared with each other.

    Attributes:
        epochs: that each is trained for.
        candidates: how many they are.
    """

    epochs: Annotated[int, msgspec.Meta(ge=1, le=MOST_EPOCHS)]
    candidates: Annotated[int, msgspec.Meta(ge=1, le=MOST_CANDIDATES)]


class TunedDocument(Document, frozen=True):
    """An arm that is the best of several candidates, as ``BestOf`` has it.

    Attributes:
        candidates: all of them.
        rounds: in which they are compared.
        validation: share of the training images that they are judged by.
        chosen_once: whether one choice holds for all seeds.
    """

    candidates: Annotated[tuple[CandidateDocument, ...], msgspec.Meta(min_length=2, max_length=MOST_CANDIDATES)]
    rounds: Annotated[tuple[RoundDocument, ...], msgspec.Meta(min_length=1, max_length=64)]
    validation: Annotated[float, msgspec.Meta(gt=0, le=0.5)]
    chosen_once: bool

    @property
    def trial_count(self) -> int:
        """Cells of candidates that one choice takes, in all rounds."""
        return sum(stage.candidates for stage in self.rounds)

    def trial_seed(self, seed: int) -> int:
        """The seed under which the candidates of a seed are trained."""
        return ONCE if self.chosen_once else seed

    def trial_names(self, arm: str) -> list[str]:
        """What the cells of the arm's candidates are called, in every round in which they might be trained."""
        rounds, numbers = range(len(self.rounds)), range(len(self.candidates))
        return [trial_name(arm, number, stage) for stage in rounds for number in numbers]

    @classmethod
    def of(cls, arm: BestOf) -> TunedDocument:
        """A tuned arm as it is written."""
        return cls(
            tuple(CandidateDocument(entry.name, describe_factors(entry)) for entry in arm.candidates),
            tuple(RoundDocument(entry.epochs, entry.candidates) for entry in arm.rounds),
            arm.validation,
            arm.chosen_once,
        )


class ChoiceDocument(Document, frozen=True):
    """``choice.json``: which candidate the cell of a tuned arm trains, and what that rests on.

    Attributes:
        candidate: its number, from 0 on.
        metric: by which it was chosen.
        scores: its value on the images that were held out, of each candidate in each round; None where it wasn't in the
            round, or failed.
    """

    candidate: Annotated[int, msgspec.Meta(ge=0, lt=MOST_CANDIDATES)]
    metric: Name
    scores: Annotated[tuple[tuple[float | None, ...], ...], msgspec.Meta(min_length=1, max_length=64)]

    def __post_init__(self) -> None:
        if not all(self.candidate < len(row) for row in self.scores):
            raise ValueError("a candidate without a score")


class StudyDocument(Document, frozen=True):
    """``study.json``: a study as ``Study`` has it.

    Attributes:
        arms: by name, the control first.
        tuned: of the arms that are the best of several candidates, these.
        again: names of the arms that draw from streams of their own (A/A).
        seeds: all that there may be.
        first_look: seeds before the first look, where the seeds are until decided.
        folds: of cross-validation, in which each seed has a test part of its own.
        margin: of shares.
        non_inferior: whether the study asks that the treatments are no worse.
        margins: of single metrics.
        asks: names of treatment and control of each contrast that is asked for.
        primary: the same of those that the study is about; all, if there are none.
        tests: further test images by name, described.
        headline: name of the metric that the verdict goes by.
    """

    name: Name
    question: Text
    brands: tuple[Text, ...]
    data: Plain
    control: Name
    arms: Annotated[dict[Name, Factors], msgspec.Meta(min_length=2, max_length=MOST_ARMS)]
    tuned: Annotated[dict[Name, TunedDocument], msgspec.Meta(max_length=MOST_ARMS)]
    again: tuple[Name, ...]
    seeds: Annotated[tuple[Seed, ...], msgspec.Meta(min_length=1, max_length=MOST_SEEDS)]
    first_look: Annotated[int, msgspec.Meta(ge=2, le=MOST_SEEDS)] | None
    folds: FoldsDocument | None
    margin: Margin
    non_inferior: bool
    margins: dict[Name, Positive]
    asks: Asks
    primary: Asks
    tests: Annotated[dict[Name, Plain], msgspec.Meta(max_length=MOST_TESTS)]
    headline: Name

    def __post_init__(self) -> None:
        self._require_arms()
        self._require_seeds()
        if len(self.arms) * len(self.seeds) > MOST_CELLS:
            raise ValueError(f"more than {MOST_CELLS:,} cells")
        arms = self.arms.keys() - set(self.again)
        for asks in (self.asks, self.primary):
            if not all(len(arms.intersection(ask)) == 2 for ask in asks):
                raise ValueError("asks for a pair that is none")
            if len(set(map(frozenset, asks))) < len(asks):
                raise ValueError("an ask twice")
        require_names(self.tests)
        if self.headline not in METRIC_NAMES:
            raise ValueError(f"a headline {self.headline!r} that is no metric")

    def _require_seeds(self) -> None:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed twice")
        if self.first_look is not None and self.first_look > len(self.seeds):
            raise ValueError("a first look after the last seed")
        if self.folds is not None and self.seeds != tuple(range(len(self.seeds))):
            raise ValueError("seeds that aren't those of folds")

    def _require_arms(self) -> None:
        if self.control not in self.arms:
            raise ValueError(f"a control {self.control!r} that is no arm")
        if any(set(arm) != set(self.arms[self.control]) for arm in self.arms.values()):
            raise ValueError("arms that don't have the same factors")
        if not self.tuned.keys() <= self.arms.keys():
            raise ValueError("a tuned arm that is none")
        if not all(is_whole(arm.get("epochs"), 1, MOST_EPOCHS) for arm in self.arms.values()):
            raise ValueError("an arm without epochs")

    def epochs(self, arm: str) -> int:
        """That an arm is trained for."""
        return int(self.arms[arm]["epochs"])

    def tuned_factors(self, *arms: str) -> tuple[str, ...]:
        """The factors of which some arms may choose another value in each seed."""
        tuned = {factor for arm in arms for factor, value in self.arms[arm].items() if is_one_of(value)}
        return tuple(factor for factor in self.arms[self.control] if factor in tuned)

    @classmethod
    def of(cls, study: Study) -> StudyDocument:
        """The study as it is written.

        Raises:
            InvalidStudy: it has a value that wouldn't be read back.
        """
        document = cls(
            name=study.name,
            question=study.question,
            brands=tuple(study.brands),
            data=describe(study.data),
            control=study.control.name,
            arms=study.described_arms,
            tuned={arm.name: TunedDocument.of(arm) for arm in study.tuned_arms},
            again=tuple(arm.name for arm in study.all_arms if arm.again),
            seeds=tuple(study.seeds),
            first_look=study.first_look,
            folds=_folds_of(study),
            margin=study.margin_of_shares,
            non_inferior=study.asks_no_loss,
            margins=dict(study.margins),
            asks=_names_of(study.asks),
            primary=_names_of(study.primary),
            tests={name: describe(dataset) for name, dataset in study.tests.items()},
            headline=study.headline,
        )
        try:
            decode(encode(document), cls)
        except (ValueError, RecursionError) as problem:
            raise InvalidStudy("the study has a value that can't be written down", got=first_line(problem)) from problem
        return document


class EarlierStudyDocument(Document, frozen=True):
    """``study.json`` of the first format, by which it is known: all arms had one recipe."""

    recipe: dict[str, Any]


def _folds_of(study: Study) -> FoldsDocument | None:
    rule = study.cross_validation
    return None if rule is None else FoldsDocument(rule.k, type(rule).__name__)


def _names_of(asks: Sequence[tuple[Entry, Entry]]) -> tuple[tuple[str, str], ...]:
    return tuple((treatment.name, control.name) for treatment, control in asks)
