"""What a result speaks for: which sources of variation its intervals cover."""

from __future__ import annotations

import numpy as np

from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.evidence.folds import Folding
from visavis.evidence.groups import names_of
from visavis.findings.finding import Finding
from visavis.quantities import list_text

NOT_COVERED = "another data set, or other settings of an arm"


def unused_groups(comparison: Comparison, noun: str) -> str:
    """A sentence where test images have groups that aren't the units of the intervals; else nothing.

    Args:
        comparison: on these images.
        noun: what they are called.
    """
    names = names_of(comparison)
    number, without = len(np.unique(names[names != b""])), int((names == b"").sum())
    if comparison.outputs.groups is not None or number < 2 or number == len(names):
        return ""
    reason = f"{without:,} have none" if without else "too few to be units"
    return (
        f"The {len(names):,} {noun} belong to {number} groups, {reason}: the intervals take each image by itself, and "
        "don't cover other groups."
    )


class Claim(Finding):
    """The sources of variation that intervals cover, and those that they don't."""

    title = "What the result speaks for"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        if not self.comparison.replication.are_independent:  # folds keep groups together
            return ()
        places = {"test images": self.comparison}
        places |= {f"test images {name}": there for name, there in self.comparison.elsewhere.items()}
        return tuple(filter(None, (unused_groups(there, noun) for noun, there in places.items())))

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        if len(self.comparison.seeds) == 1:
            return ("The intervals cover new test images, for these very networks: with one seed nothing else varied.",)
        if self.comparison.folding is not None:
            return (self._folds_sentence(self.comparison.folding),)
        sample = "" if self._draws_training else "other training images, "
        groups = self._groups_sentence()
        covered = f"The intervals cover {list_text(self._sources)}. They don't cover {sample}{NOT_COVERED}."
        return (covered, groups) if groups else (covered,)

    def lines(self) -> tuple[str, ...]:
        """See ``Finding``: the page has it."""
        return ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"covers": list(self._sources)}

    @property
    def _groups(self) -> int:
        """That are the units of intervals; 0 where images are."""
        return len(np.unique(names_of(self.comparison))) if self._are_units else 0

    @property
    def _are_units(self) -> bool:
        return self.comparison.outputs.groups is not None

    def _groups_sentence(self) -> str:
        """What is made of test images that belong together; empty where they don't, or are warned of."""
        if not self._groups:
            return ""
        images = self.comparison.images
        return (
            f"The {images:,} test images come in {self._groups} groups that belong together: a group is one unit, in "
            "every interval."
        )

    def _folds_sentence(self, folding: Folding) -> str:
        """What cross-validation speaks for."""
        return (
            f"Cross-validation: each of {self.comparison.images:,} images is tested by networks that were trained on "
            f"the other folds of {folding.k}. The intervals cover {list_text(self._sources)} of the "
            "same origin. Training sets overlap, which the variance makes up for by a rule of thumb (Nadeau and Bengio "
            f"2003). They don't cover {NOT_COVERED}."
        )

    @property
    def _draws_training(self) -> bool:
        """Whether every arm's training images are a sample drawn anew in each seed."""
        training = [self.comparison.study.arms[arm]["training"] for arm in self.comparison.arms]
        return all(isinstance(part, dict) and part.get("type") == "Bootstrap" for part in training)

    @property
    def _sources(self) -> tuple[str, ...]:
        if len(self.comparison.seeds) == 1:
            return ("new test images",)
        is_drawn = self._draws_training or self.comparison.folding is not None
        sample = ("new training images",) if is_drawn else ()
        return ("new seeds (first weights, data order, augmentation)", *sample, "new test images")
