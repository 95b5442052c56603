"""Whether arms differ in their factors and in nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.conclusions import Contrast
from visavis.evidence import Comparison
from visavis.findings.finding import Finding
from visavis.pairing import SharedEpochs
from visavis.quantities import count, list_text


class HeldEqual(Finding):
    """Contrasts whose arms differ in more than their factors explain."""

    title = "Comparisons that aren't controlled"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        comparison = self.comparison
        return tuple(
            held_equal_sentence(comparison, contrast)
            for contrast in comparison.headlines
            if comparison.agreement(contrast.treatment, contrast.control).surprises(contrast.factors)
        )


def held_equal_sentence(comparison: Comparison, contrast: Contrast) -> str:
    """Whether the contrast differs in its factors and in nothing else."""
    agreement = comparison.agreement(contrast.treatment, contrast.control)
    surprises = agreement.surprises(contrast.factors)
    factors = f"the factor{'s' if len(contrast.factors) > 1 else ''} {list_text(contrast.factors)}"
    if surprises:
        return (
            f"Not a controlled comparison: between {contrast.treatment} and {contrast.control}, beside {factors}, "
            f"there differ {', '.join(surprises)}."
        )
    differ = f"; what differs follows from that: {', '.join(agreement.differ)}" if agreement.differ else ""
    return " ".join(
        (
            f"The arms differ in {factors} and in nothing else{differ}.",
            f"{count(len(agreement.same), 'fingerprint')} agree in every seed.",
            *_shared_sentences(comparison, contrast, agreement.epochs),
        )
    )


def _shared_sentences(comparison: Comparison, contrast: Contrast, epochs: SharedEpochs | None) -> Iterator[str]:
    """What stays paired between arms that train for other epochs, or in other batches."""
    if epochs and epochs.order:
        yield (
            f"They stay paired: the first {epochs.order} of {epochs.longer} epochs take the images in the same order."
        )
    if "batch_size" in contrast.factors and epochs is None:
        sizes = [comparison.study.arms[arm]["batch_size"] for arm in (contrast.control, contrast.treatment)]
        yield f"They stay paired: they take the images in the same order, in batches of {list_text(sizes)}."
