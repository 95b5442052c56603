"""The whole design as one frozen value: arms that differ in a factor, trained over the same seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any, cast

from visavis.bounds import MOST_SEEDS
from visavis.checks import excerpt, require, require_part
from visavis.data import Dataset, TestSource
from visavis.describe import Plain, canonical
from visavis.design.arm import Arm, differing_factors
from visavis.design.best_of import NO_BUDGET, BestOf
from visavis.design.folds import CrossValidation
from visavis.design.margins import NonInferior, require_margin, require_margins, require_metric
from visavis.design.seeds import UntilDecided, numbered
from visavis.design.slug import slugify
from visavis.errors import InvalidStudy

MOST_CELLS = 100_000
BUDGET = "budget"
"""The factor that says what is spent on choosing an arm."""
OWN_TEST = "own"
"""What the predictions for the data's own test part are called."""
Entry = Arm | BestOf
"""What a study compares."""
TEST_EXAMPLE = "visavis.datasets.open('letters.zip') or visavis.Corrupted(visavis.GaussianNoise(0.2))"


@dataclass(frozen=True)
class Study:
    """A controlled comparison.

    Attributes:
        name: names the run folder.
        question: what the study asks, as a sentence for the report's head.
        data: where the images come from.
        control: the arm that the others are compared with; an arm may be the best of several, see ``BestOf``.
        arms: the other arms, at least one but with ``aa``; the control among them is passed over, so that
            ``arms=control.over(...)`` can be given.
        seeds: one replication each; seed k is the same initialisation, batch order and draws in every arm. A number
            stands for so many seeds from 0 on; ``UntilDecided()`` for as many as it takes; ``Folds(5)`` for
            cross-validation, in which each seed has a test part of its own.
        margin: shares, such as accuracies, that differ by less than this fraction count as equivalent;
            ``NonInferior(0.01)`` asks whether the treatments are no worse by as much.
        margins: of single metrics, by name, in the metric's own unit; a share has ``margin`` without, others have none.
        brands: remarks that every output of the study carries, such as "quick".
        asks: pairs of arms, treatment and control, that are contrasted beside each arm and the arm nearest to the
            control: two that differ in two factors or more, or two values of a factor that are both not the control's.
        primary: of all pairs that are contrasted those that the study is about; verdicts on the headline are adjusted
            over these alone, and all else is secondary. By default every pair.
        tests: further test images by name, of which each network is asked when it is trained: data sets, of which the
            test part counts, with classes of ``data``; or ``Corrupted``, the study's own test images in another state.
        headline: name of the metric that the verdict goes by: accuracy, balanced_accuracy, macro_f1, ...
        aa: whether the control is trained once more under streams of its own, to see how often a difference is found
            where there is none (A/A).

    Raises:
        InvalidStudy: no seeds, no arms, names that clash, arms that are the same experiment, tuned arms of unequal
            budgets, a margin outside (0, 1), asks for pairs that are none, or what is no part of a study.
    """

    name: str
    question: str
    data: Dataset
    control: Entry
    arms: Sequence[Entry]
    seeds: Sequence[int]
    margin: float | NonInferior = 0.01
    brands: Sequence[str] = ()
    asks: Sequence[tuple[Entry, Entry]] = ()
    primary: Sequence[tuple[Entry, Entry]] = ()
    margins: Mapping[str, float] = field(default_factory=dict)
    tests: Mapping[str, TestSource] = field(default_factory=dict)
    headline: str = "accuracy"
    aa: bool = False

    def __post_init__(self) -> None:
        require_text(self.name, "name")
        require_text(self.question, "question")
        require(bool(self.slug), "name", repr(self.name), "a name with a letter or a digit")
        object.__setattr__(self, "seeds", numbered(self.seeds))
        arms = _tuple_of(self.arms, "arms", "a list of arms, such as arms=[arm]")
        object.__setattr__(self, "arms", tuple(arm for arm in arms if arm != self.control))
        object.__setattr__(self, "brands", _tuple_of(self.brands, "brands", "a list of remarks, such as ['a pilot']"))
        for path in ("asks", "primary"):
            expected = f"a list of pairs, such as {path}=[(both, control)]"
            object.__setattr__(self, path, _tuple_of(getattr(self, path), path, expected))
        for remark in self.brands:
            require_text(remark, "brands")
        require(len(self.arms) >= 1 or self.aa, "arms", "none", "at least one arm beside the control")
        require_margin(self.margin)
        require_margins(self.margins)
        object.__setattr__(self, "margins", dict(self.margins))
        self._require_parts()
        self._require_tests()
        self._require_whole_folds()
        require_metric(self.headline, "headline")
        self._require_distinct_arms()
        self._require_distinct_experiments()
        self._require_equal_budgets()
        self._require_pairs(self.asks, "asks")
        self._require_pairs(self.primary, "primary")

    def _require_parts(self) -> None:
        """A mistaken field is found when the study is made, not after an hour of training."""
        require_part(self.data, "data", "load", "visavis.datasets.open('glyphs')")
        require(isinstance(self.control, Entry), "control", excerpt(self.control), "a visavis.Arm")
        for arm in self.all_arms:
            require(isinstance(arm, Entry), "arms", excerpt(arm), "values of visavis.Arm or visavis.BestOf")
            require_text(arm.name, "arms")
        is_again = any(arm.again for arm in (self.control, *self.arms))
        require(not is_again, "arms", "an arm that is trained again", "aa=True for an A/A arm")
        cells = len(self.all_arms) * len(self.seeds)
        require(cells <= MOST_CELLS, "seeds", f"{cells:,} cells", f"at most {MOST_CELLS:,}")
        cells = sum(1 for _ in self.cells(self.seeds))
        require(cells <= MOST_CELLS, "seeds", f"{cells:,} cells", f"at most {MOST_CELLS:,}")

    def _require_tests(self) -> None:
        is_mapping = isinstance(self.tests, Mapping)
        require(is_mapping, "tests", excerpt(self.tests), "data sets by name: {'hand-written': dataset}")
        object.__setattr__(self, "tests", dict(self.tests))
        slugs: dict[str, str] = {OWN_TEST: OWN_TEST}
        for name, dataset in self.tests.items():
            require_text(name, "tests")
            method = "load_from" if hasattr(dataset, "load_from") else "load"
            require_part(dataset, f"tests.{name}", method, TEST_EXAMPLE)
            slug = slugify(name)
            is_free = bool(slug) and slug not in slugs
            expected = "a name with a letter or a digit, other than those of the other test images and 'own'"
            require(is_free, "tests", repr(name), expected)
            slugs[slug] = name

    def _require_whole_folds(self) -> None:
        """Refuses what every seed would have to be tested on, where each is tested on images of its own."""
        if self.cross_validation is not None:
            require(not self.tests, "tests", "further test images with cross-validation", "seeds=5, or no tests")
            require(not self.aa, "aa", "an A/A arm with cross-validation", "seeds=5, or aa=False")

    def _require_distinct_arms(self) -> None:
        names: dict[str, str] = {}
        trials = [trial for arm in self.tuned_arms for trial in arm.trials()]
        for arm in (*self.all_arms, *trials):
            require(bool(arm.slug), "arms", repr(arm.name), "a name with a letter or a digit")
            if arm.slug in names:
                raise InvalidStudy(
                    "two arms share a name",
                    got=f"{names[arm.slug]!r} and {arm.name!r}",
                    expected="names that differ in more than case, spaces and punctuation",
                )
            names[arm.slug] = arm.name

    def _require_distinct_experiments(self) -> None:
        names: dict[str, str] = {}
        for arm in self.all_arms:
            factors = canonical([self.described_arms[arm.name], arm.again])
            if factors in names:
                raise InvalidStudy(
                    "two arms are the same experiment",
                    got=f"{names[factors]!r} and {arm.name!r}, equal in every factor",
                    expected="arms that differ in a factor",
                    do="change a factor, or leave one out; to train the control once more, use --aa or Study(aa=True)",
                )
            names[factors] = arm.name

    def _require_equal_budgets(self) -> None:
        """Refuses tuned arms of which one is tuned harder than another."""
        budgets = {canonical(arm.budget()): arm for arm in self.tuned_arms}
        if len(budgets) > 1:
            first, other = list(budgets.values())[:2]
            raise InvalidStudy(
                "tuned arms have unequal budgets",
                got=f"{_budget_text(first)} and {_budget_text(other)}",
                expected="as many candidates, chosen in the same way, in every tuned arm",
                do="give each arm as many candidates as the others",
            )
        if self.cross_validation is not None and any(arm.chosen_once for arm in self.tuned_arms):
            raise InvalidStudy(
                "one choice for all folds would be made with images that some fold tests",
                got="chosen_once=True with cross-validation",
                expected="a choice in every fold",
                do="leave out chosen_once",
            )

    def _require_pairs(self, asked: Sequence[object], path: str) -> None:
        pairs: set[frozenset[str]] = set()
        for ask in asked:
            arms = tuple(ask) if isinstance(ask, tuple | list) else ()
            is_pair = len(arms) == 2 and all(arm in self.all_arms and not arm.again for arm in arms)
            require(is_pair, path, _ask_text(ask), self._ask_remedy(arms))
            is_fair = len({isinstance(arm, BestOf) for arm in arms}) == 1
            expected = "both tuned, or none: the same recipe and each at its best are two questions"
            require(is_fair, path, f"{_ask_text(ask)}, of which one is tuned", expected)
            factors = differing_factors(*(self.described_arms[arm.name] for arm in arms))
            expected = "arms that differ in a factor"
            require(len(factors) > 0, path, f"{_ask_text(ask)}, which differ in nothing", expected)
            pair = frozenset(arm.name for arm in arms)
            require(pair not in pairs, path, f"{_ask_text(ask)} twice", "each pair once")
            pairs.add(pair)

    def _ask_remedy(self, arms: Sequence[object]) -> str:
        """What is expected in the place of an ask that is no pair of the study's own arms."""
        expected = "pairs of the study's own arms: (treatment, control)"
        if any(isinstance(arm, str) for arm in arms):
            return f"{expected}; the arms themselves, not their names"
        strangers = [repr(arm.name) for arm in arms if isinstance(arm, Entry) and arm not in self.all_arms]
        return f"{expected}; {' and '.join(strangers)} isn't among its arms" if strangers else expected

    @property
    def first_look(self) -> int | None:
        """Seeds before the first look, where they are until decided; None where their number is fixed."""
        return self.seeds.first if isinstance(self.seeds, UntilDecided) else None

    @property
    def cross_validation(self) -> CrossValidation | None:
        """How each seed's test part is told apart; None where the data set's own is used."""
        return self.seeds if isinstance(self.seeds, CrossValidation) else None

    @property
    def asks_no_loss(self) -> bool:
        """Whether it asks that the treatments are no worse."""
        return isinstance(self.margin, NonInferior)

    @property
    def margin_of_shares(self) -> float:
        """Differences of shares that are smaller don't count."""
        return self.margin.margin if isinstance(self.margin, NonInferior) else self.margin

    @property
    def slug(self) -> str:
        """The study's name as a folder's name."""
        return slugify(self.name)

    @property
    def all_arms(self) -> tuple[Entry, ...]:
        """The control, then the other arms, then the A/A arm where there is one."""
        again: tuple[Entry, ...] = (replace(self.control, name="A/A", again=True),) if self.aa else ()
        return (self.control, *self.arms, *again)

    @property
    def tuned_arms(self) -> tuple[BestOf, ...]:
        """Those that are the best of several candidates."""
        return tuple(arm for arm in self.all_arms if isinstance(arm, BestOf))

    @property
    def trained_arms(self) -> tuple[Arm, ...]:
        """Every experiment that the study may train, the candidates of tuned arms in the place of these."""
        return tuple(trained for arm in self.all_arms for trained in ((arm,) if isinstance(arm, Arm) else arm.trials()))

    @cached_property
    def described_arms(self) -> dict[str, Mapping[str, Plain]]:
        """The factors of each arm by its name; what is spent on tuning is one of them where an arm is tuned."""
        by_name: dict[str, Mapping[str, Plain]] = {arm.name: arm.factors() for arm in self.all_arms}
        if not self.tuned_arms:
            return by_name
        budgets = {arm.name: arm.budget() for arm in self.tuned_arms}
        return {name: {**factors, BUDGET: budgets.get(name, NO_BUDGET)} for name, factors in by_name.items()}

    def cells(self, seeds: Sequence[int]) -> Iterator[tuple[Arm, int]]:
        """Yields as many cells as some seeds take, those of candidates among them; arm by arm."""
        for arm in self.all_arms:
            yield from arm.cells(seeds)


def _tuple_of(values: object, path: str, expected: str) -> tuple[Any, ...]:
    require(isinstance(values, Iterable) and not isinstance(values, str), path, excerpt(values), expected)
    # One more than there may be, so that too many are noticed without being counted.
    return tuple(islice(cast("Iterable[Any]", values), MOST_SEEDS + 1))


def require_text(value: object, path: str) -> None:
    """Refuses what is no text, and text that can't be written to a file.

    Raises:
        InvalidStudy: with the field's path.
    """
    is_text = isinstance(value, str) and value.encode(errors="replace").decode() == value
    require(is_text, path, ascii(value), "text")


def _ask_text(ask: object) -> str:
    """A pair by the names of its arms, and whatever else as it is."""
    if isinstance(ask, tuple | list):
        return f"({', '.join(repr(arm.name) if isinstance(arm, Entry) else excerpt(arm) for arm in ask)})"
    return excerpt(ask)


def _budget_text(arm: BestOf) -> str:
    """Such as ``'SGD' of 8 candidates (validation 0.1)``."""
    settings = f"validation {arm.validation:g}"
    settings += ", chosen once" if arm.chosen_once else ""
    settings += f", halving {arm.halving}" if arm.halving else ""
    return f"{arm.name!r} of {len(arm.candidates)} candidates ({settings})"
