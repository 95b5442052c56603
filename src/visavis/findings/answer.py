"""The answer of a study with one pair of arms."""

from __future__ import annotations

from visavis.conclusions import Contrast, Further, SeedCount, Verdict
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
    outlook = f" {further_sentence(contrast, further, margin)}" if further else ""
    return words[contrast.verdict] + caveat + outlook


def further_sentence(contrast: Contrast, further: Further, margin: float) -> str:
    """What would decide an inconclusive contrast."""
    interval, total = contrast.interval, further.needed
    goal = f"equivalence within {size_text(margin, contrast.metric)}" if further.goal == "equivalence" else further.goal
    difference = difference_text(interval.value, contrast.metric)
    if further.images:
        return (
            f"If the true difference is {difference}, as seen, no number of seeds shows {goal}: it is the same in all "
            f"seeds and images. {further.images:,} test images without any other outcome would."
        )
    if total.seeds is None:
        return (
            f"If the true difference is {difference}, as seen, no number of seeds is likely to decide with these "
            f"{interval.images:,} test images: it takes more images."
        )
    more = max(total.seeds - interval.seeds, 1)
    return (
        f"If the true difference is {difference}, as seen, about {count(more, 'more seed')} would show {goal} with a "
        f"probability of {100 * further.power:.0f} %; as {count(interval.seeds, 'seed')} tell the spread between "
        f"seeds only roughly, it may take {_range_text(total, interval.seeds)}."
    )


def _range_text(total: SeedCount, so_far: int) -> str:
    """How many more seeds at least and at most; there is a lower bound wherever there is an answer."""
    low, high = (None if bound is None else max(bound - so_far, 1) for bound in (total.low, total.high))
    if high is None:
        return f"from {low:,} to more than can be run"
    return f"{low:,} to {high:,}" if low != high else f"{high:,}"
