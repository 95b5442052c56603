"""What the page says of one contrast."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.conclusions import Contrast
from visavis.evidence import Comparison
from visavis.findings import Table, answer, grounds, held_equal_sentence, verdict_sentence
from visavis.pairing import AUGMENTATION, ORDER, Agreement
from visavis.report import tables
from visavis.report.pictures import Flips, flips
from visavis.report.wording import factors_text

WEIGHTS = "initial weights"


@dataclass(frozen=True)
class Section:
    """What the page says of one contrast.

    Attributes:
        contrast: of the headline.
        answer, verdict, held_equal: sentences.
        grounds: sentences on the tests, on pairing, and on what the interval can't promise.
        summary, by_class: tables of all metrics, and of F1 by class.
        flips: examples on which the arms part ways.
        agreement: fingerprints.
        surprises: fingerprints that differ without a reason.
    """

    contrast: Contrast
    answer: str
    verdict: str
    held_equal: str
    grounds: tuple[str, ...]
    summary: Table
    by_class: Table
    flips: Flips
    agreement: Agreement
    surprises: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why a fingerprint differs that may."""
        return f"differs by {factors_text(self.contrast.factors)}"

    def shared_text(self, name: str) -> str:
        """What two arms have in common of a fingerprint in which they differ."""
        agreement, epochs = self.agreement, self.agreement.epochs
        if name == WEIGHTS:
            return f"{agreement.shared_weights} of {agreement.common_weights} tensors of the same name are equal"
        common = {ORDER: epochs.order, AUGMENTATION: epochs.augmentation} if epochs else {}
        return f"the same in the first {common[name]} of {epochs.longer} epochs" if epochs and name in common else ""


def section_of(comparison: Comparison, contrast: Contrast) -> Section:
    """All that the page says of a contrast."""
    agreement = comparison.agreement(contrast.treatment, contrast.control)
    return Section(
        contrast=contrast,
        answer=answer(contrast, comparison),
        verdict=verdict_sentence(contrast, comparison),
        held_equal=held_equal_sentence(comparison, contrast),
        grounds=tuple(grounds(comparison, contrast)),
        summary=tables.summary_table(comparison, contrast),
        by_class=tables.class_table(comparison, contrast),
        flips=flips(comparison, contrast),
        agreement=agreement,
        surprises=agreement.surprises(contrast.factors),
    )
