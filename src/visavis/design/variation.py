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
        until_decided: whether the seeds are as many as it takes.
        most: of these; by default as ``UntilDecided`` has it.
    """

    aa: bool = False
    until_decided: bool = False
    most: int | None = None

    def of(self, study: Study) -> Study:
        """The study as it is changed."""
        study = replace(study, aa=True) if self.aa else study
        if not self.until_decided:
            return study
        return replace(study, seeds=UntilDecided() if self.most is None else UntilDecided(most=self.most))

    @property
    def words(self) -> tuple[str, ...]:
        """Of the command that asks for it."""
        flags = {"--aa": self.aa, "--until-decided": self.until_decided}
        most = () if self.most is None else ("--most", str(self.most))
        return (*(flag for flag, is_set in flags.items() if is_set), *most)
