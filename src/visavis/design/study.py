"""The whole design as one frozen value: arms that differ in a factor, trained over the same seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any, cast

from visavis.checks import excerpt, is_between, is_whole, require, require_part
from visavis.data import Dataset, TestSource
from visavis.describe import canonical
from visavis.design.arm import Arm, describe_factors, differing_factors
from visavis.design.slug import slugify
from visavis.errors import InvalidStudy
from visavis.quantities import METRIC_NAMES

MOST_SEEDS, MOST_CELLS = 10_000, 100_000
OWN_TEST = "own"
"""What the predictions for the data's own test part are called."""
TEST_EXAMPLE = "visavis.datasets.open('letters.zip') or visavis.Corrupted(visavis.GaussianNoise(0.2))"


@dataclass(frozen=True)
class Study:
    """A controlled comparison.

    Attributes:
        name: names the run folder.
        question: what the study asks, as a sentence for the report's head.
        data: where the images come from.
        control: the arm that the others are compared with.
        arms: the other arms, at least one but with ``aa``; the control among them is passed over, so that
            ``arms=control.over(...)`` can be given.
        seeds: one replication each; seed k is the same initialisation, batch order and draws in every arm. A number
            stands for so many seeds from 0 on.
        margin: shares, such as accuracies, that differ by less than this fraction count as equivalent.
        brands: remarks that every output of the study carries, such as "quick".
        asks: pairs of arms, treatment and control, that are contrasted beside each arm and the arm nearest to the
            control: two that differ in two factors or more, or two values of a factor that are both not the control's.
        tests: further test images by name, of which each network is asked when it is trained: data sets, of which the
            test part counts, with classes of ``data``; or ``Corrupted``, the study's own test images in another state.
        headline: name of the metric that the verdict goes by: accuracy, balanced_accuracy, macro_f1, ...
        aa: whether the control is trained once more under streams of its own, to see how often a difference is found
            where there is none (A/A).

    Raises:
        InvalidStudy: no seeds, no arms, names that clash, arms that are the same experiment, a margin outside (0, 1),
            asks for pairs that are none, or what is no part of a study.
    """

    name: str
    question: str
    data: Dataset
    control: Arm
    arms: Sequence[Arm]
    seeds: Sequence[int]
    margin: float = 0.01
    brands: Sequence[str] = ()
    asks: Sequence[tuple[Arm, Arm]] = ()
    tests: Mapping[str, TestSource] = field(default_factory=dict)
    headline: str = "accuracy"
    aa: bool = False

    def __post_init__(self) -> None:
        require_text(self.name, "name")
        require_text(self.question, "question")
        require(bool(self.slug), "name", repr(self.name), "a name with a letter or a digit")
        object.__setattr__(self, "seeds", _seeds(self.seeds))
        arms = _tuple_of(self.arms, "arms", "a list of arms, such as arms=[arm]")
        object.__setattr__(self, "arms", tuple(arm for arm in arms if arm != self.control))
        object.__setattr__(self, "brands", _tuple_of(self.brands, "brands", "a list of remarks, such as ['a pilot']"))
        object.__setattr__(
            self, "asks", _tuple_of(self.asks, "asks", "a list of pairs, such as asks=[(both, control)]")
        )
        for remark in self.brands:
            require_text(remark, "brands")
        require(len(self.arms) >= 1 or self.aa, "arms", "none", "at least one arm beside the control")
        require(is_between(self.margin, 0, 1), "margin", excerpt(self.margin), "a fraction between 0 and 1")
        self._require_parts()
        self._require_tests()
        self._require_headline()
        self._require_distinct_arms()
        self._require_distinct_experiments()
        self._require_asks()

    def _require_parts(self) -> None:
        """A mistaken field is found when the study is made, not after an hour of training."""
        require_part(self.data, "data", "load", "visavis.datasets.open('glyphs')")
        require(isinstance(self.control, Arm), "control", excerpt(self.control), "a visavis.Arm")
        for arm in self.all_arms:
            require(isinstance(arm, Arm), "arms", excerpt(arm), "values of visavis.Arm")
            require_text(arm.name, "arms")
        is_again = any(arm.again for arm in (self.control, *self.arms))
        require(not is_again, "arms", "an arm that is trained again", "aa=True for an A/A arm")
        cells = len(self.all_arms) * len(self.seeds)
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

    def _require_headline(self) -> None:
        near = get_close_matches(str(self.headline), METRIC_NAMES, n=1)
        expected = f"one of {', '.join(METRIC_NAMES)}{f'; perhaps {near[0]}' if near else ''}"
        require(self.headline in METRIC_NAMES, "headline", excerpt(self.headline), expected)

    def _require_distinct_arms(self) -> None:
        names: dict[str, str] = {}
        for arm in self.all_arms:
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
            factors = canonical([describe_factors(arm), arm.again])
            if factors in names:
                raise InvalidStudy(
                    "two arms are the same experiment",
                    got=f"{names[factors]!r} and {arm.name!r}, equal in every factor",
                    expected="arms that differ in a factor",
                    do="change a factor, or leave one out; to train the control once more, use --aa or Study(aa=True)",
                )
            names[factors] = arm.name

    def _require_asks(self) -> None:
        pairs: set[frozenset[str]] = set()
        for ask in self.asks:
            arms = tuple(ask) if isinstance(ask, tuple | list) else ()
            is_pair = len(arms) == 2 and all(arm in self.all_arms and not arm.again for arm in arms)
            require(is_pair, "asks", _ask_text(ask), self._ask_remedy(arms))
            factors = differing_factors(*map(describe_factors, arms))
            expected = "arms that differ in a factor"
            require(len(factors) > 0, "asks", f"{_ask_text(ask)}, which differ in nothing", expected)
            pair = frozenset(arm.name for arm in arms)
            require(pair not in pairs, "asks", f"{_ask_text(ask)} twice", "each pair once")
            pairs.add(pair)

    def _ask_remedy(self, arms: Sequence[object]) -> str:
        """What is expected in the place of an ask that is no pair of the study's own arms."""
        expected = "pairs of the study's own arms: (treatment, control)"
        if any(isinstance(arm, str) for arm in arms):
            return f"{expected}; the arms themselves, not their names"
        strangers = [repr(arm.name) for arm in arms if isinstance(arm, Arm) and arm not in self.all_arms]
        return f"{expected}; {' and '.join(strangers)} isn't among its arms" if strangers else expected

    @property
    def slug(self) -> str:
        """The study's name as a folder's name."""
        return slugify(self.name)

    @property
    def all_arms(self) -> tuple[Arm, ...]:
        """The control, then the other arms, then the A/A arm where there is one."""
        again = (replace(self.control, name="A/A", again=True),) if self.aa else ()
        return (self.control, *self.arms, *again)


def _seeds(seeds: object) -> tuple[int, ...]:
    """The seeds, whether they were given or only how many they are."""
    content = range(int(seeds)) if is_whole(seeds) else seeds
    numbers = _tuple_of(content, "seeds", "how many seeds, or a list of whole numbers")
    require(len(numbers) <= MOST_SEEDS, "seeds", "more", f"at most {MOST_SEEDS:,}")
    count = content.stop if isinstance(content, range) and content.start == 0 else "none"  # how many were asked for
    require(len(numbers) >= 1, "seeds", count, "1 or more")
    require(all(is_whole(seed) for seed in numbers), "seeds", excerpt(numbers), "whole numbers")
    require(len(set(numbers)) == len(numbers), "seeds", excerpt(numbers), "each seed once")
    require(min(numbers) >= 0, "seeds", excerpt(numbers), "0 or more")
    return tuple(map(int, numbers))


def _tuple_of(values: object, path: str, expected: str) -> tuple[Any, ...]:
    """As many values as a study may have seeds, and one more, so that too many are noticed without being counted."""
    require(isinstance(values, Iterable) and not isinstance(values, str), path, excerpt(values), expected)
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
        return f"({', '.join(repr(arm.name) if isinstance(arm, Arm) else excerpt(arm) for arm in ask)})"
    return excerpt(ask)
