"""What flags of the command change in a study that a file builds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visavis.design.seeds import UntilDecided
from visavis.design.study import Study


@dataclass(frozen=True)
class Variation:
    """Changes of a study.

    Attributes:
        aa: whether an A/A arm is added.
        most: seeds at most, where they are to be until decided; None where they stay as they are.
    """

    aa: bool = False
    most: int | None = None

    def of(self, study: Study) -> Study:
        """The study as it is changed."""
        study = replace(study, aa=True) if self.aa else study
        return replace(study, seeds=UntilDecided(most=self.most)) if self.most is not None else study

    @property
    def words(self) -> tuple[str, ...]:
        """Of the command that asks for it."""
        until_decided = () if self.most is None else ("--until-decided", "--most", str(self.most))
        return (*(("--aa",) if self.aa else ()), *until_decided)
