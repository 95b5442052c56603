"""A study's evidence, as far as its cells are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from visavis.audit import Audit
from visavis.conclusions import (
    Alone,
    Contrast,
    Estimate,
    FalseAlarms,
    Further,
    Judgement,
    Looks,
    Margin,
    Pairing,
    Weights,
)
from visavis.design.levels import Levels
from visavis.design.study import OWN_TEST
from visavis.evidence import frames
from visavis.evidence.alike import ALIKE, without
from visavis.evidence.classes import Answers, class_drafts, class_estimates, metrics_of
from visavis.evidence.curves import Curve, CurveGap
from visavis.evidence.designs import curve_gaps_of, curves_of, interactions_of, main_effects_of, slips_of
from visavis.evidence.effects import MainEffect
from visavis.evidence.elsewhere import Elsewhere, read_elsewhere
from visavis.evidence.families import Families, primary_pairs
from visavis.evidence.folds import Folding, Replication, outputs_of, replication_of
from visavis.evidence.interactions import Interaction
from visavis.evidence.judging import Draft, contrast_of, judge, outlook
from visavis.evidence.lines import Slip
from visavis.evidence.outputs import Estimates, Outputs
from visavis.evidence.seeds import false_alarms_of, look_sizes, looks_at, pairing_of
from visavis.evidence.tuning import tuned_arms
from visavis.pairing import Agreement, Pair, agreement, alone, levels_of, pairs, with_epochs
from visavis.quantities import Quantity
from visavis.results import EpochRow, Predictions
from visavis.stats import EVERY_METRIC, F1, METRIC_BY_NAME, METRICS, Adjustment, AtOnce, Components, Metric, OverLooks
from visavis.store import CellDocument, DataDocument, EnvironmentDocument, RunFolder, StudyDocument

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Comparison:
    """A study's evidence, as far as its cells are finished.

    Attributes:
        folder: the run folder.
        study, data, environment: its documents.
        arms: names of those with a finished cell, the control first.
        seeds: those that are finished in every one of these arms; nothing else is compared.
        missing: (arm, seed) of the cells that aren't there, with the reason of those that failed.
        cells: what each cell was made from, by (arm, seed).
        predictions: by (arm, seed); with cross-validation by (arm, repeat), its folds together.
        folding: which seed tested which image; None where each tested all.
        own_metrics: of one's own, which are measured beside the usual ones.
        test: name of the test images, of the study's own part or of further ones.
    """

    folder: RunFolder
    study: StudyDocument
    data: DataDocument
    environment: EnvironmentDocument
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    missing: Mapping[tuple[str, int], str]
    cells: Mapping[tuple[str, int], CellDocument]
    predictions: Mapping[tuple[str, int], Predictions]
    folding: Folding | None = None
    own_metrics: tuple[Metric, ...] = ()
    test: str = OWN_TEST

    def __repr__(self) -> str:
        """The question and a line for each contrast of the headline."""
        return f"{self.study.name}: {self.study.question}" + "".join(f"\n{line}" for line in self.headlines)

    def _repr_html_(self) -> str:
        """What a notebook shows: the table of contrasts."""
        return str(self.table().to_html())

    def table(self) -> pd.DataFrame:
        """One row for each metric of each contrast."""
        return frames.contrasts_frame(self.contrasts)

    def arm_table(self) -> pd.DataFrame:
        """One row for each metric of each arm."""
        return frames.arms_frame(self.measured)

    def seed_table(self) -> pd.DataFrame:
        """One row for each cell, one column for each metric."""
        return frames.seeds_frame(self.measured)

    @property
    def control(self) -> str:
        """Name of the control arm."""
        return self.study.control

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; labels index them."""
        return self.data.classes

    @property
    def images(self) -> int:
        """Number of test images."""
        return len(self.labels)

    @property
    def labels(self) -> np.ndarray:
        """int64 [images], the same for every cell."""
        return next(iter(self.predictions.values())).labels

    @property
    def ids(self) -> np.ndarray:
        """bytes [images], the same for every cell."""
        return next(iter(self.predictions.values())).ids

    @property
    def supports(self) -> tuple[int, ...]:
        """Number of test images of each class."""
        return tuple(np.bincount(self.labels, minlength=len(self.classes)).tolist())

    @property
    def brands(self) -> tuple[str, ...]:
        """Remarks that every output carries, of the study and of its data."""
        return (*self.study.brands, *self.data.brands)

    def margin_of(self, metric: Quantity) -> Margin:
        """Differences of a metric that are smaller don't count."""
        size = self.study.margins.get(metric.name, self.study.margin if metric.is_share else 0.0)
        return Margin(size, self.study.non_inferior)

    def adjustment(self, family: int) -> Adjustment:
        """Of tests and intervals, where so many sums are judged together."""
        if self.study.first_look is None:
            return AtOnce(family)
        return OverLooks(family, look_sizes(self.folder.read_looks(), self.seeds), len(self.study.seeds))

    @property
    def replication(self) -> Replication:
        """What the study is repeated over: seeds, or folds of cross-validation."""
        return replication_of(self.seeds, self.folding)

    @property
    def again(self) -> str | None:
        """Name of the A/A arm, the control under streams of its own; None where there is none."""
        return next((arm for arm in self.arms if arm in self.study.again), None)

    @property
    def headline(self) -> Metric:
        """The metric that the study asks about."""
        return METRIC_BY_NAME[self.study.headline]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The usual metrics and one's own, the headline first."""
        return (self.headline, *(metric for metric in METRICS if metric != self.headline), *self.own_metrics)

    @property
    def compared_arms(self) -> tuple[str, ...]:
        """The arms but for the A/A arm, the control first."""
        return tuple(arm for arm in self.arms if arm != self.again)

    @cached_property
    def levels(self) -> Levels:
        """Where the study's arms stand among each other."""
        return levels_of(self.study)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of arms that are contrasted, as far as both have a finished cell; see ``pairing.pairs``."""
        return tuple(pair for pair in pairs(self.study) if {pair.treatment, pair.control} <= set(self.arms))

    @property
    def alone(self) -> tuple[Alone, ...]:
        """The arms that no contrast is made with, by how the study is made."""
        return tuple(alone(self.study))

    @cached_property
    def outputs(self) -> Outputs:
        """What the cells say of the test images."""
        return outputs_of(self)

    @cached_property
    def measured(self) -> dict[str, Estimates]:
        """Each metric of each arm: arm -> name of the metric -> value with its interval."""
        return {arm: self.outputs.estimates(arm, self.metrics) for arm in self.arms}

    @cached_property
    def class_measured(self) -> dict[str, dict[str, Estimate]]:
        """Measures of each class of each arm: arm -> name of the metric -> value with its interval."""
        return {arm: class_estimates(self._answers(arm), self.outputs, arm) for arm in self.arms}

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Each usual metric of each pair of arms, the headline first."""
        return tuple(contrast for metric in self.metrics for contrast in self.contrasts_of(metric))

    def contrasts_of(self, metric: Metric) -> tuple[Contrast, ...]:
        """A metric of each pair of arms."""
        return self._families.of(metric)

    @cached_property
    def headlines(self) -> tuple[Contrast, ...]:
        """The contrasts of the headline, some of them primary."""
        return self.contrasts_of(self.headline)

    @cached_property
    def class_contrasts(self) -> dict[Pair, tuple[Contrast, ...]]:
        """F1 of each class, for each pair of arms; the classes are the family."""
        return {pair: self._class_contrasts(pair) for pair in self.pairs}

    def _class_contrasts(self, pair: Pair) -> tuple[Contrast, ...]:
        drafts = class_drafts(pair, self._answers(pair.treatment), self._answers(pair.control), self.outputs)
        return tuple(contrast_of(pair, judgement) for judgement in self._judge(list(drafts)))

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Of the headline, for arms that make a 2 x 2; a family. Those that follow from others are left out."""
        return interactions_of(self)

    @cached_property
    def main_effects(self) -> tuple[MainEffect, ...]:
        """Of the headline, where the arms are a complete grid of two factors or more; a family."""
        return main_effects_of(self)

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """Of the headline, for three arms or more that differ in one number only; the trends are a family."""
        return curves_of(self)

    @cached_property
    def curve_gaps(self) -> tuple[CurveGap, ...]:
        """Curves over the same doses whose arms differ in one other factor."""
        return curve_gaps_of(self)

    @cached_property
    def slips(self) -> tuple[Slip, ...]:
        """What keeps arms of one type from being a curve, or one of them from being on it."""
        return slips_of(self)

    @cached_property
    def false_alarms(self) -> FalseAlarms | None:
        """What tests make of the control against itself; None without an A/A arm."""
        return false_alarms_of(self)

    @cached_property
    def looks(self) -> Looks | None:
        """What reading results at several numbers of seeds costs; None of one look, or with seeds until decided."""
        if self.study.first_look is not None:
            return None
        return looks_at(self.folder.read_looks(), self.seeds, len(primary_pairs(self)))

    @cached_property
    def audit(self) -> Audit | None:
        """What the audit of the data found; None in a folder without one."""
        return self.folder.read(Audit) if self.folder.has(Audit) else None

    @cached_property
    def without_twins(self) -> Comparison | None:
        """The same without the test images that have a twin in train; None where none has one, or one image is left."""
        return without(self, ["twins"])

    @cached_property
    def without_look_alikes(self) -> Comparison | None:
        """The same without those that look like a training image, or have a twin."""
        return without(self, ALIKE)

    @cached_property
    def asked_elsewhere(self) -> dict[str, Elsewhere]:
        """What the compared cells say of each of the study's further test images, by name; some may not."""
        return read_elsewhere(self.folder, list(self.study.tests), self.data, list(self.predictions))

    @cached_property
    def elsewhere(self) -> dict[str, Comparison]:
        """The same evidence on the further test images that all compared cells were asked about, by name."""
        return {
            name: replace(self, data=asked.data, predictions=asked.predictions, test=name)
            for name, asked in self.asked_elsewhere.items()
            if not asked.unasked
        }

    def measure(self, arm: str, metric: Metric) -> Estimate:
        """One metric of one arm."""
        return self.outputs.measure(arm, metric)

    def judge(self, metric: Metric, family: Sequence[Weights]) -> list[Judgement]:
        """One metric of some weighted sums of arms, which are one family."""
        return self._judge([self.outputs.weigh(weights, metric) for weights in family])

    def contrast(self, metric: Metric, family: Sequence[Pair]) -> list[Contrast]:
        """One metric of some pairs of arms, which are one family."""
        return list(map(contrast_of, family, self.judge(metric, [pair.weights for pair in family])))

    def components(self, contrast: Contrast) -> Components | None:
        """What the variance of a contrast is made of; None with one seed."""
        return self.draft(contrast).squares.components()

    def draft(self, contrast: Contrast) -> Draft:
        """What a contrast was judged by."""
        metrics = (*self.metrics, *EVERY_METRIC, *metrics_of(F1, self.classes))
        metric = next(metric for metric in metrics if metric == contrast.metric)
        return self.outputs.weigh(contrast.weights, metric)

    def further(self, contrast: Contrast) -> Further | None:
        """What would decide a contrast; None where it is, one seed says nothing, or seeds are until decided."""
        name = contrast.treatment, contrast.control, contrast.metric.name
        if self.study.first_look is None and name not in self._further:
            self._further[name] = outlook(contrast, self.draft(contrast), self.margin_of(contrast.metric))
        return self._further.get(name)

    def pairing(self, contrast: Contrast) -> Pairing | None:
        """What pairing by seed did; None for fewer than three seeds or where an arm has no spread."""
        arms = contrast.treatment, contrast.control
        return pairing_of(*(list(self.measured[arm][contrast.metric.name].by_seed.values()) for arm in arms))

    def history(self, arm: str, seed: int) -> list[EpochRow]:
        """The learning curve of a cell."""
        return self.folder.cell(arm, seed).read_history()

    def agreement(self, treatment: str, control: str) -> Agreement:
        """What the cells of two arms were made from, seed by seed."""
        cells = [(self.cells[treatment, seed], self.cells[control, seed]) for seed in self.seeds]
        whole = agreement(cells, self.study.tuned_factors(treatment, control))
        if self.study.epochs(treatment) == self.study.epochs(control):
            return whole
        return with_epochs(whole, [(self.history(treatment, seed), self.history(control, seed)) for seed in self.seeds])

    _families = cached_property(Families)
    tuned_arms = cached_property(tuned_arms)

    @cached_property
    def _further(self) -> dict[tuple[str, str, str], Further | None]:
        """What would decide contrasts, as far as it was asked for, by (treatment, control, name of the metric)."""
        return {}

    def _judge(self, family: Sequence[Draft]) -> list[Judgement]:
        return judge(family, self.margin_of(family[0].metric), self.adjustment(len(family))) if family else []

    def _answers(self, arm: str) -> Answers:
        return Answers(self.classes, self.outputs.seeds, self.labels, self.outputs.guesses(arm))
