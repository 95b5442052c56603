"""Run folder -> paired tables -> contrasts. The evidence wing's centre; it never imports torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from visavis.describe import Plain
from visavis.errors import DamagedFile, RunFolderError
from visavis.pairing import Agreement, agreement
from visavis.results import Contrast, EpochRow, Interaction, Interval, Measured, Predictions
from visavis.stats.intervals import crossed_interval, equivalence_p, holm
from visavis.stats.metrics import ACCURACY, CLASS_MEASURES, F1, METRICS, Metric, OfClass, Scored, confusion
from visavis.stats.verdicts import verdict
from visavis.store import RunFolder
from visavis.study import differing_slots


@dataclass(frozen=True)
class Comparison:
    """A study's evidence, as far as its cells are finished.

    Attributes:
        folder: the run folder.
        study, data, environment: plain data of ``study.json``, ``data.json`` and ``environment.json``.
        arms: names of those with a finished cell, the control first.
        seeds: those that are finished in every one of these arms; nothing else is compared.
        missing: (arm, seed) of the cells that aren't there, with the reason of those that failed.
        cells: plain data of each ``cell.json``, by (arm, seed).
        predictions: by (arm, seed).
    """

    folder: RunFolder
    study: dict[str, Any]
    data: dict[str, Any]
    environment: dict[str, Any]
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    missing: Mapping[tuple[str, int], str]
    cells: Mapping[tuple[str, int], dict[str, Any]]
    predictions: Mapping[tuple[str, int], Predictions]

    @property
    def control(self) -> str:
        """Name of the control arm."""
        return str(self.study["control"])

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; labels index them."""
        return tuple(self.data["classes"])

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
    def brands(self) -> tuple[str, ...]:
        """Remarks that every output carries."""
        return tuple(self.study["brands"])

    @property
    def margin(self) -> float:
        """Differences of shares below it count as equivalent."""
        return float(self.study["margin"])

    @cached_property
    def pairs(self) -> tuple[tuple[str, str, str], ...]:
        """(treatment, control, slot) of all arms that differ in exactly one slot, the study's control first."""
        return tuple(_pairs(self.study["arms"], self.arms))

    @cached_property
    def measured(self) -> dict[str, dict[str, Measured]]:
        """Each metric of each arm: arm -> metric -> value with its interval."""
        return {arm: {metric.name: self.measure(arm, metric) for metric in METRICS} for arm in self.arms}

    @cached_property
    def class_measured(self) -> dict[str, dict[str, Measured]]:
        """Precision, recall and F1 of each class of each arm: arm -> metric -> value with its interval."""
        metrics = [OfClass(measure, *place) for place in enumerate(self.classes) for measure in CLASS_MEASURES]
        return {arm: {metric.name: self.measure(arm, metric) for metric in metrics} for arm in self.arms}

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Each metric of each pair of arms; the first is the headline."""
        return tuple(contrast for metric in METRICS for contrast in self.contrast(metric, self.pairs))

    @cached_property
    def headlines(self) -> tuple[Contrast, ...]:
        """The contrasts of accuracy."""
        return tuple(contrast for contrast in self.contrasts if contrast.metric == ACCURACY.name)

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Of accuracy, for arms that make a 2 x 2."""
        return tuple(self._interact(first, second, across) for first, second, across in self._squares())

    def measure(self, arm: str, metric: Metric) -> Measured:
        """One metric of one arm."""
        scored = self._scored(arm, metric)
        interval = crossed_interval(_table(scored), _mean(scored))
        by_seed = dict(zip(self.seeds, (one.value for one in scored), strict=True))
        return Measured(clipped(interval, 0.0, 1.0) if metric.is_share else interval, by_seed)

    def contrast(self, metric: Metric, pairs: Sequence[tuple[str, str, str]]) -> list[Contrast]:
        """One metric of some pairs of arms, which are one family for Holm's adjustment."""
        return self._judged([self._contrast(metric, *pair) for pair in pairs], metric)

    def class_contrasts(self, treatment: str, control: str, slot: str) -> list[Contrast]:
        """F1 of each class; the classes are the family."""
        metrics = [OfClass(F1, label, name) for label, name in enumerate(self.classes)]
        return self._judged([self._contrast(metric, treatment, control, slot) for metric in metrics], metrics[0])

    def _judged(self, family: Sequence[Contrast], metric: Metric) -> list[Contrast]:
        """The contrasts with p adjusted over all of them, and their verdicts."""
        margin = self.margin if metric.is_share else 0.0
        different = holm([contrast.interval.p for contrast in family])
        equivalent = holm([equivalence_p(contrast.interval, margin) for contrast in family])
        return [
            replace(
                contrast,
                interval=clipped(contrast.interval, -1.0, 1.0) if metric.is_share else contrast.interval,
                p_adjusted=p,
                verdict=verdict(contrast.interval, p, same, higher_is_better=metric.higher_is_better),
            )
            for contrast, p, same in zip(family, different, equivalent, strict=True)
        ]

    def confusion(self, arm: str) -> np.ndarray:
        """int64 [classes, classes], summed over the seeds."""
        return sum(
            (confusion(self.labels, self._logits(arm, seed).argmax(1), len(self.classes)) for seed in self.seeds),
            start=np.zeros((len(self.classes), len(self.classes)), np.int64),
        )

    def hits(self, arm: str) -> np.ndarray:
        """bool [seeds, images]: where the arm is right."""
        return np.stack([self._logits(arm, seed).argmax(1) == self.labels for seed in self.seeds])

    def history(self, arm: str, seed: int) -> list[EpochRow]:
        """The learning curve of a cell."""
        return self.folder.cell(arm, seed).read_history()

    def pairing(self, contrast: Contrast) -> tuple[float, float] | None:
        """What pairing by seed did: Pearson's rho of the two arms' values over seeds, and the variance of the paired
        differences over that of unpaired ones; None for fewer than three seeds or no spread.
        """
        values = [
            np.array(list(self.measured[arm][contrast.metric].by_seed.values()))
            for arm in (contrast.treatment, contrast.control)
        ]
        if len(self.seeds) < 3 or min(np.ptp(one) for one in values) == 0:
            return None
        rho = float(np.corrcoef(values)[0, 1])
        return rho, float(np.var(values[0] - values[1]) / (np.var(values[0]) + np.var(values[1])))

    def agreement(self, treatment: str, control: str) -> Agreement:
        """What the cells of two arms were made from, seed by seed."""
        return agreement([(self.cells[treatment, seed], self.cells[control, seed]) for seed in self.seeds])

    def _logits(self, arm: str, seed: int) -> np.ndarray:
        return self.predictions[arm, seed].logits

    def _scored(self, arm: str, metric: Metric) -> list[Scored]:
        return [metric.score(self.labels, self._logits(arm, seed)) for seed in self.seeds]

    def _contrast(self, metric: Metric, treatment: str, control: str, slot: str) -> Contrast:
        """Before it is judged among its family."""
        first, second = self._scored(treatment, metric), self._scored(control, metric)
        by_seed = {seed: one.value - two.value for seed, one, two in zip(self.seeds, first, second, strict=True)}
        interval = crossed_interval(_table(first) - _table(second), float(np.mean(list(by_seed.values()))))
        return Contrast(treatment, control, slot, metric.name, interval, interval.p, "", by_seed)

    def _squares(self) -> Iterator[tuple[tuple[str, str], tuple[str, str], str]]:
        """Two contrasts of one slot whose arms differ in one other slot, each set of four arms once."""
        arms = self.study["arms"]
        seen: set[frozenset[str]] = set()
        for one, two in combinations(self.pairs, 2):
            square = frozenset((*one[:2], *two[:2]))
            if one[2] != two[2] or len(square) < 4 or square in seen:
                continue
            across = differing_slots(arms[one[1]], arms[two[1]])
            if len(across) == 1 and across == differing_slots(arms[one[0]], arms[two[0]]) and across[0] != one[2]:
                seen.add(square)
                yield one[:2], two[:2], across[0]

    def _interact(self, first: tuple[str, str], second: tuple[str, str], across: str) -> Interaction:
        tables = [_table(self._scored(arm, ACCURACY)) for arm in (*first, *second)]
        slot = differing_slots(self.study["arms"][first[0]], self.study["arms"][first[1]])[0]
        interval = crossed_interval(tables[0] - tables[1] - tables[2] + tables[3])
        return Interaction(first, second, slot, across, ACCURACY.name, interval)


def compare(path: str | Path) -> Comparison:
    """Reads a run folder and pairs what is finished.

    Raises:
        RunFolderError: the folder holds no study, or nothing that can be compared.
    """
    folder = RunFolder(Path(path))
    folder.require()
    study = folder.read("study")
    arms = (study["control"], *(name for name in study["arms"] if name != study["control"]))
    predictions, missing = _read_cells(folder, arms, study["seeds"])
    compared = tuple(arm for arm in arms if any((arm, seed) in predictions for seed in study["seeds"]))
    seeds = tuple(seed for seed in study["seeds"] if all((arm, seed) in predictions for arm in compared))
    if not seeds or study["control"] not in compared:
        raise RunFolderError(
            f"{path} has nothing to compare yet",
            got="; ".join(f"{arm}, seed {seed}: {reason}" for (arm, seed), reason in list(missing.items())[:4]),
            expected="at least one seed that is finished in the control and in the other arms",
            do="run the study again to continue it; a cell that fails needs another study",
        )
    arms = compared
    paired = {(arm, seed): predictions[arm, seed] for arm in arms for seed in seeds}
    _require_same_images(paired)
    cells = {(arm, seed): folder.cell(arm, seed).read_about() for arm, seed in paired}
    return Comparison(
        folder, study, folder.read("data"), folder.read("environment"), arms, seeds, missing, cells, paired
    )


def _read_cells(
    folder: RunFolder, arms: Sequence[str], seeds: Sequence[int]
) -> tuple[dict[tuple[str, int], Predictions], dict[tuple[str, int], str]]:
    found, missing = {}, {}
    for arm in arms:
        for seed in seeds:
            try:
                found[arm, seed] = folder.cell(arm, seed).read_predictions()
            except DamagedFile:
                missing[arm, seed] = folder.cell(arm, seed).read_failure() or "not finished"
    return found, missing


def _require_same_images(predictions: Mapping[tuple[str, int], Predictions]) -> None:
    first = next(iter(predictions.values()))
    for (arm, seed), other in predictions.items():
        same_names = np.array_equal(first.ids, other.ids) and np.array_equal(first.labels, other.labels)
        if not same_names or first.logits.shape != other.logits.shape:
            raise RunFolderError(
                f"the cell of {arm!r}, seed {seed}, was tested on other images",
                expected="the same test images in every cell",
                do="remove that cell's folder and run the study again",
            )


def _pairs(described: Mapping[str, dict[str, Plain]], arms: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """In each pair, the arm that has the study's control's value in the slot is the control."""
    base = described[arms[0]]
    for first, second in combinations(arms, 2):
        slots = differing_slots(described[first], described[second])
        if len(slots) == 1:
            turned = described[second][slots[0]] == base[slots[0]]
            yield (first, second, slots[0]) if turned else (second, first, slots[0])


def clipped(interval: Interval, lowest: float, highest: float) -> Interval:
    """The interval within the bounds that its quantity has."""
    return replace(interval, low=max(interval.low, lowest), high=min(interval.high, highest))


def _table(scored: Sequence[Scored]) -> np.ndarray:
    return np.stack([one.shares for one in scored])


def _mean(scored: Sequence[Scored]) -> float:
    return float(np.mean([one.value for one in scored]))
