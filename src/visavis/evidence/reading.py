"""Run folder -> comparison: reads what is finished, and pairs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from visavis.errors import DamagedFile, NothingToCompare, RunFolderError
from visavis.evidence.comparison import Comparison
from visavis.evidence.folds import put_together, whole_repeats
from visavis.evidence.own_metrics import require_metrics
from visavis.results import Predictions
from visavis.stats import Metric
from visavis.store import CellFolder, CellState, RunFolder

UNFINISHED = "not finished"


def compare(path: str | Path, metrics: Sequence[Metric] = ()) -> Comparison:
    """Reads a run folder and pairs what is finished; that the results of so many seeds are read is written down there.

    Args:
        path: of the run folder.
        metrics: of one's own, which are measured beside the usual ones.

    Raises:
        RunFolderError: the folder holds no study, or nothing that can be compared; or a file of it is damaged.
        UsageError: a metric of one's own can't be used.
    """
    folder = RunFolder(Path(path))
    folder.require()
    cells = Cells.in_folder(folder)
    comparison = _comparison_of(folder, cells, metrics)
    folder.note_look(comparison.seeds)
    return comparison


@dataclass(frozen=True)
class Cells:
    """What a run folder has of the cells of its study.

    Attributes:
        arms: names of those with a finished cell, the control first.
        seeds: those that are finished in every one of these arms, at least one; of cross-validation, whole repeats.
        predictions: of each of these cells, by (arm, seed).
        reasons: why other cells aren't there, by (arm, seed).
    """

    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    predictions: Mapping[tuple[str, int], Predictions]
    reasons: Mapping[tuple[str, int], str]

    @classmethod
    def in_folder(cls, folder: RunFolder) -> Cells:
        """What a folder has.

        Raises:
            NothingToCompare: no seed is finished in the control and in the other arms.
        """
        study = folder.study
        names = (study.control, *(name for name in study.arms if name != study.control))
        predictions, reasons = _read_cells(folder, names, study.seeds)
        arms = tuple(arm for arm in names if any((arm, seed) in predictions for seed in study.seeds))
        seeds = tuple(seed for seed in study.seeds if all((arm, seed) in predictions for arm in arms))
        if not seeds or study.control not in arms:
            raise NothingToCompare(
                f"{folder.path} has nothing to compare yet",
                got="; ".join(f"{arm}, seed {seed}: {reason}" for (arm, seed), reason in list(reasons.items())[:4]),
                expected="at least one seed that is finished in the control and in the other arms",
                do="run the study again to continue it, with --retry-failed once what failed is mended",
            )
        if study.first_look is not None:  # what comes after the last look isn't missing
            last = max(seeds)
            reasons = {cell: why for cell, why in reasons.items() if cell[1] <= last or why != UNFINISHED}
        seeds = whole_repeats(seeds, study.folds.k) if study.folds else seeds
        return cls(arms, seeds, {(arm, seed): predictions[arm, seed] for arm in arms for seed in seeds}, reasons)


def _comparison_of(folder: RunFolder, cells: Cells, metrics: Sequence[Metric]) -> Comparison:
    """What is finished, once it is sure that it goes together."""
    study, arms, seeds = folder.study, cells.arms, cells.seeds
    _require_same_images(cells.predictions, arms, seeds, each=study.folds is not None)
    predictions, folding = cells.predictions, None
    if study.folds and len(seeds) > 1:
        predictions, folding = put_together(predictions, arms, seeds, study.folds.k)
    data = folder.data
    _require_classes(folder, data.classes, predictions)
    require_metrics(metrics, next(iter(predictions.values())))
    return Comparison(
        folder=folder,
        study=study,
        data=data,
        environment=folder.environment,
        arms=arms,
        seeds=seeds,
        missing=cells.reasons,
        cells={(arm, seed): folder.cell(arm, seed).read_document() for arm in arms for seed in seeds},
        predictions=predictions,
        folding=folding,
        own_metrics=tuple(metrics),
    )


def _read_cells(
    folder: RunFolder, arms: Sequence[str], seeds: Sequence[int]
) -> tuple[dict[tuple[str, int], Predictions], dict[tuple[str, int], str]]:
    """Predictions of the cells that have them, and why the others don't."""
    predictions, reasons = {}, {}
    for arm, seed in product(arms, seeds):
        try:
            predictions[arm, seed] = folder.cell(arm, seed).read_predictions()
        except DamagedFile as problem:
            reasons[arm, seed] = _reason(folder.cell(arm, seed), problem)
    return predictions, reasons


def _reason(cell: CellFolder, problem: DamagedFile) -> str:
    """Why a cell isn't compared whose predictions don't read back."""
    if cell.state is CellState.damaged:
        return f"damaged: {problem.got}, running again trains it anew"
    return cell.read_failure() or UNFINISHED


def _require_classes(
    folder: RunFolder, classes: Sequence[str], predictions: Mapping[tuple[str, int], Predictions]
) -> None:
    logits = next(iter(predictions.values())).logits.shape[1]
    if logits != len(classes):
        raise DamagedFile(
            f"data.json in {folder.path} doesn't fit the predictions",
            got=f"{len(classes):,} classes",
            expected=f"{logits:,}",
            do="run the study again in another --out",
        )


def _require_same_images(
    predictions: Mapping[tuple[str, int], Predictions], arms: Sequence[str], seeds: Sequence[int], *, each: bool
) -> None:
    """Refuses arms that were tested on other images than the first: in the same seed if each has its own, else in the
    first.
    """
    for arm, seed in product(arms, seeds):
        first, cell = predictions[arms[0], seed if each else seeds[0]], predictions[arm, seed]
        same_names = np.array_equal(first.ids, cell.ids) and np.array_equal(first.labels, cell.labels)
        if not same_names or first.logits.shape != cell.logits.shape:
            raise RunFolderError(
                f"the cell of {arm!r}, seed {seed}, was tested on other images",
                expected="the same test images in every cell",
                do="remove that cell's folder and run the study again",
            )
