"""What flags of the command change in a study that a file builds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visavis.data import reread
from visavis.design.best_of import HELD_OUT
from visavis.design.folds import Folds
from visavis.design.seeds import UntilDecided
from visavis.design.study import Study
from visavis.design.tune import tune_arms
from visavis.read_as import AS_THEY_ARE, ReadAs


@dataclass(frozen=True)
class Variation:
    """Changes of a study.

    Attributes:
        aa: whether an A/A arm is added.
        until_decided: whether the seeds are as many as it takes.
        most: of these; by default as ``UntilDecided`` has it.
        folds: of cross-validation, in the place of the study's seeds; None for these.
        repeats: of it.
        read_as: what is said of the files of the data.
        tune: what every arm is tuned by, once more; see ``tune_arms``.
        held_out: share of the training images by which that is judged.
    """

    aa: bool = False
    until_decided: bool = False
    most: int | None = None
    folds: int | None = None
    repeats: int | None = None
    read_as: ReadAs = AS_THEY_ARE
    tune: tuple[str, ...] = ()
    held_out: float | None = None

    def of(self, study: Study) -> Study:
        """The study as it is changed."""
        study = replace(study, aa=True) if self.aa else study
        study = (
            tune_arms(study, self.tune, HELD_OUT if self.held_out is None else self.held_out) if self.tune else study
        )
        if self.read_as != AS_THEY_ARE:
            study = replace(study, data=reread(study.data, self.read_as))
        if self.folds is not None:
            return replace(study, seeds=Folds(self.folds, self.repeats or 1))
        if not self.until_decided:
            return study
        return replace(study, seeds=UntilDecided() if self.most is None else UntilDecided(most=self.most))

    @property
    def words(self) -> tuple[str, ...]:
        """Of the command that asks for it."""
        flags = {"--aa": self.aa, "--until-decided": self.until_decided}
        numbers = {
            "--most": self.most,
            "--folds": self.folds,
            "--repeats": self.repeats,
            "--held-out": self.held_out,
        }
        given = {flag: str(number) for flag, number in numbers.items() if number is not None}
        words = [word for pair in given.items() for word in pair]
        words += [word for text in self.tune for word in ("--tune", text)]
        return (*(flag for flag, is_set in flags.items() if is_set), *words, *self.read_as.words)
