"""Tuned arms: which of their candidates are trained next, and which one is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from visavis.design.arm import Arm
from visavis.design.best_of import BestOf
from visavis.design.study import Entry
from visavis.errors import DamagedFile, TrainingError
from visavis.events.cells import CandidateChosen, CellFailed
from visavis.results import HeldOutScore
from visavis.runs.journal import Log
from visavis.runs.rounds import Judge
from visavis.store import CellFolder, CellState, ChoiceDocument, RunFolder

Scores = Mapping[int, HeldOutScore | None]
"""By the candidate's number; None of one that failed."""


@dataclass(frozen=True)
class Chooser:
    """Says what can be trained of an arm, and writes down what is chosen. All of it follows from what is finished, so a
    run that was interrupted comes to the same.

    Attributes:
        folder: of the run.
        judge: of candidates.
        metric: name of the one that they are judged by.
        log: is told what happens.
    """

    folder: RunFolder
    judge: Judge
    metric: str
    log: Log

    def trainable(self, arm: Entry, seed: int) -> list[tuple[Arm, int]]:
        """The cells of an arm and a seed that can be trained now; none where nothing is left to do."""
        if self.folder.cell(arm.name, seed).is_settled():
            return []
        return [(arm, seed)] if isinstance(arm, Arm) else self._trainable(arm, seed)

    def _trainable(self, arm: BestOf, seed: int) -> list[tuple[Arm, int]]:
        survivors: Sequence[int] = range(len(arm.candidates))
        rounds: list[Scores] = []
        for number, stage in enumerate(arm.rounds):
            survivors = survivors[: stage.candidates]
            trials = {candidate: arm.trial(candidate, number) for candidate in survivors}
            cells = {
                candidate: self.folder.cell(trial.name, arm.trial_seed(seed)) for candidate, trial in trials.items()
            }
            states = {candidate: cell.state for candidate, cell in cells.items()}
            queue = [candidate for candidate, state in states.items() if not state.is_settled]
            if queue:
                return [(trials[candidate], arm.trial_seed(seed)) for candidate in queue]
            rounds.append({n: self._score(cell) if states[n] is CellState.done else None for n, cell in cells.items()})
            survivors = _best_first(rounds[-1])
        if not survivors:
            self._give_up(arm, seed)
            return []
        self._write(arm, seed, survivors[0], rounds)
        return [(arm.final(survivors[0]), seed)]

    def _score(self, cell: CellFolder) -> HeldOutScore:
        return self.judge(self.metric, cell.read_predictions())

    def _write(self, arm: BestOf, seed: int, candidate: int, rounds: Sequence[Scores]) -> None:
        values = [
            [None if (score := scores.get(number)) is None else score.value for number in range(len(arm.candidates))]
            for scores in rounds
        ]
        choice = ChoiceDocument(candidate, self.metric, tuple(map(tuple, values)))
        cell = self.folder.cell(arm.name, seed)
        if _choice_of(cell) == choice:
            return
        cell.write_choice(choice)
        failures = sum(score is None for score in rounds[0].values())
        score = rounds[-1][candidate]
        assert score is not None
        count = len(arm.candidates)
        self.log(CandidateChosen(arm.name, seed, candidate + 1, count, self.metric, score.text, failures))

    def _give_up(self, arm: BestOf, seed: int) -> None:
        reason = TrainingError(
            "no candidate could be trained",
            got=f"{len(arm.candidates)} that failed",
            do="mend what fails them, then run again with --retry-failed",
        )
        self.folder.cell(arm.name, seed).write_failure(str(reason))
        self.log(CellFailed(arm.name, seed, str(reason), type(reason).__name__))


def chosen_arm(arm: BestOf, cell: CellFolder) -> Arm:
    """What the cell of a tuned arm trains.

    Raises:
        DamagedFile: it hasn't been chosen.
    """
    return arm.final(cell.read_choice().candidate)


def _choice_of(cell: CellFolder) -> ChoiceDocument | None:
    try:
        return cell.read_choice()
    except DamagedFile:
        return None


def _best_first(scores: Scores) -> list[int]:
    """Candidates that didn't fail; of equal ones the first comes first."""
    ranks = {candidate: score.rank for candidate, score in scores.items() if score is not None}
    return sorted(ranks, key=lambda candidate: ranks[candidate], reverse=True)
