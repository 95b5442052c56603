"""Which metrics and arms are shown. What is shown is what the whole study says: p stays adjusted over all contrasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from visavis.conclusions import Contrast
from visavis.errors import UsageError, did_you_mean
from visavis.evidence import Comparison
from visavis.stats import CLASS_MEASURES, EVERY_METRIC, METRICS, ClassMeasure, Metric

NAMES = (*(metric.name for metric in EVERY_METRIC), *(measure.name for measure in CLASS_MEASURES))
"""Metrics by name; the last three are those of each class."""
USUAL_NAMES = (*(metric.name for metric in METRICS), *(measure.name for measure in CLASS_MEASURES))
"""Those that are shown where none is named; the headline is, too."""


@dataclass(frozen=True)
class Selection:
    """What is shown of a comparison.

    Attributes:
        names: of metrics, and of measures of each class.
        arms: whose values and contrasts are shown; all where none is named.
        brief: whether contrasts are shown without the tables that explain them.
    """

    names: tuple[str, ...] = USUAL_NAMES
    arms: tuple[str, ...] = ()
    brief: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Those of all classes together."""
        return tuple(metric for metric in EVERY_METRIC if metric.name in self.names)

    @property
    def class_measures(self) -> tuple[ClassMeasure, ...]:
        """Those of each class; none in brief."""
        return tuple(measure for measure in CLASS_MEASURES if measure.name in self.names and not self.brief)

    def arms_of(self, comparison: Comparison) -> tuple[str, ...]:
        """The arms that are shown, in the comparison's order."""
        return tuple(arm for arm in comparison.arms if not self.arms or arm in self.arms)

    def has_arm_of(self, contrast: Contrast) -> bool:
        """Whether one of its arms is shown."""
        return self.shows_any((contrast.treatment, contrast.control))

    def shows_any(self, arms: Iterable[str]) -> bool:
        """Whether one of some arms is shown."""
        return not self.arms or not set(arms).isdisjoint(self.arms)

    def contrasts_of(self, comparison: Comparison) -> tuple[Contrast, ...]:
        """The contrasts that are shown, those of each class apart."""
        contrasts = (contrast for metric in self.metrics_of(comparison) for contrast in comparison.contrasts_of(metric))
        return self.contrasts_among(contrasts)

    def metrics_of(self, comparison: Comparison) -> tuple[Metric, ...]:
        """Those of all classes together, the headline first; it is among the usual ones."""
        always = (comparison.headline, *comparison.own_metrics) if self.names == USUAL_NAMES else ()
        names = {*self.names, *(metric.name for metric in always)}
        first = (comparison.headline, *comparison.own_metrics)
        metrics = (*first, *(metric for metric in EVERY_METRIC if metric not in first))
        return tuple(metric for metric in metrics if metric.name in names)

    def headlines_of(self, comparison: Comparison) -> tuple[Contrast, ...]:
        """The pairs of arms that are shown, as contrasts of the headline."""
        return self.contrasts_among(comparison.headlines)

    def contrasts_among(self, contrasts: Iterable[Contrast]) -> tuple[Contrast, ...]:
        """Those of some contrasts that are shown."""
        return tuple(filter(self.has_arm_of, contrasts))


FULL_SELECTION = Selection()


def select(comparison: Comparison, names: Sequence[str], arms: Sequence[str], *, brief: bool) -> Selection:
    """A selection by name.

    Args:
        comparison: whose arms are meant.
        names: of metrics; by default all of them, and in brief the headline's.
        arms: by default all.
        brief: see ``Selection``.

    Raises:
        UsageError: there is no such metric or arm; in brief, only measures of each class are named.
    """
    _require_names("metric", names, NAMES)
    _require_names("arm", arms, comparison.arms)
    default = (comparison.headline.name,) if brief else USUAL_NAMES
    selection = Selection(tuple(names) or default, tuple(arms), brief)
    if brief and not selection.metrics:
        raise UsageError(
            "--brief shows no tables of classes",
            got=" ".join(f"--metric {name}" for name in names),
            expected=f"one of {', '.join(metric.name for metric in EVERY_METRIC)}",
            do="leave out --brief to see the classes",
        )
    return selection


def _require_names(kind: str, names: Sequence[str], choices: Sequence[str]) -> None:
    for name in names:
        if name not in choices:
            expected, do = ", ".join(choices), did_you_mean(name, choices, repr)
            raise UsageError(f"no such {kind}", got=repr(name), expected=expected, do=do)
