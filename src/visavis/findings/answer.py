"""The answer of a study with one pair of arms."""

from __future__ import annotations

from visavis.conclusions import Contrast, Further, Verdict
from visavis.evidence import Comparison
from visavis.findings.contrasts import Contrasts
from visavis.findings.wording import bounds_text, factors_sentence
from visavis.quantities import basis_text, count, difference_text, name_text, size_text, value_text

ONE_SEED = "One run per arm: this describes these two models only, not the procedure that made them."


class Answer(Contrasts):
    """The result of the one contrast, and what its verdict says."""

    title = "The answer"

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        kinds = (answer, verdict_sentence)
        return tuple(sentence(contrast, self.comparison) for contrast in self._headlines for sentence in kinds)


def answer(contrast: Contrast, comparison: Comparison) -> str:
    """The result of a contrast in one sentence."""
    interval, metric = contrast.interval, contrast.metric
    treatment, control = (
        value_text(comparison.measured[arm][metric.name].interval.value, metric)
        for arm in (contrast.treatment, contrast.control)
    )
    return (
        f"{contrast.treatment} reaches {treatment} against {control} for {contrast.control}: "
        f"{difference_text(interval.value, metric)} of {name_text(metric)} "
        f"({bounds_text(interval, metric)}; {basis_text(interval)})."
        f"{factors_sentence(contrast)}"
    )


def verdict_sentence(contrast: Contrast, comparison: Comparison) -> str:
    """What the verdict says, in words."""
    treatment, control, margin = contrast.treatment, contrast.control, comparison.margin_of(contrast.metric).size
    size = size_text(margin, contrast.metric)
    words = {
        Verdict.better: f"{treatment} is better than {control}.",
        Verdict.worse: f"{treatment} is worse than {control}.",
        Verdict.better_within: f"{treatment} is better than {control}, by less than {size}.",
        Verdict.worse_within: f"{treatment} is worse than {control}, by less than {size}.",
        Verdict.not_worse: f"{treatment} is not worse than {control} by {size} or more.",
        Verdict.equivalent: f"{treatment} and {control} are equivalent within {size}.",
        Verdict.inconclusive: f"Whether {treatment} is better or worse than {control} is not decided by these data.",
    }
    caveat = f" {ONE_SEED}" if contrast.interval.seeds == 1 else ""
    further = comparison.further(contrast)
    outlook = f" {further_sentence(contrast, further)}" if further else ""
    return words[contrast.verdict] + caveat + outlook


def further_sentence(contrast: Contrast, further: Further) -> str:
    """What is likely to decide an inconclusive contrast."""
    interval = contrast.interval
    if further.seeds is not None and further.difference is not None:
        outcome = "a difference" if further.difference >= 0.5 else "equivalence"
        share = max(further.difference, 1 - further.difference)
        return (
            f"With {count(further.seeds - interval.seeds, 'more seed')} a decision has a probability of "
            f"{100 * further.probability:.0f} % ({outcome} in {100 * share:.0f} % of the cases)."
        )
    images = f"; {count(further.images, interval.unit)} may" if further.images else ""
    if interval.error == 0:
        return f"No number of seeds decides: the difference is the same in all seeds and images{images}."
    return (
        f"No number of seeds is likely to decide with these {count(interval.images, interval.unit)} (the likeliest "
        f"number decides in {100 * further.probability:.0f} % of the cases){images}."
    )
