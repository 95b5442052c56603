"""How far a run is, and how fast it goes: what events move, and a progress display shows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_SHOWN = 3
"""Cells in work that one line tells of."""
SECONDS_TO_WARM_UP = 2.0
"""After a cell's first step, whose speed says nothing: memory is taken, kernels are chosen, graphs are recorded."""
SECONDS_TO_MEASURE = 1.0
"""That training has to go on before its speed is believed."""


@dataclass
class CellCourse:
    """How far a cell in work is.

    Attributes:
        epochs, train_images: what it has before it.
        at: where it is, as a phrase.
        images: training images it has gone through, those of earlier sittings included.
        start: when it began, in this sitting.
        measured_from: when its speed began to be measured, and the images at that time; None before the first step.
        is_warm: whether the slow first steps lie before ``measured_from``.
    """

    epochs: int
    train_images: int
    at: str = ""
    images: int = 0
    start: float = field(default_factory=lambda: time.monotonic())
    measured_from: tuple[float, int] | None = None
    is_warm: bool = False

    def __post_init__(self) -> None:
        self.at = self.at or f"epoch 1 of {self.epochs}"

    def step(self, epoch: int, images: int, loss: float) -> None:
        """So many images of an epoch have been trained on."""
        self._move(epoch, images, loss)
        now = time.monotonic()
        if self.measured_from is None:
            self.measured_from = now, self.images
        elif not self.is_warm and now - self.measured_from[0] >= SECONDS_TO_WARM_UP:
            self.measured_from, self.is_warm = (now, self.images), True

    def end_epoch(self, epoch: int, loss: float, seconds: float) -> None:
        """An epoch is over, which took so many seconds."""
        self._move(epoch, self.train_images, loss)
        if self.measured_from is None:  # another process trains the cell, and tells of its epochs only
            self.measured_from, self.is_warm = (time.monotonic() - seconds, self.images - self.train_images), True

    def _move(self, epoch: int, images: int, loss: float) -> None:
        self.at = f"epoch {epoch} of {self.epochs}, loss {loss:.3f}"
        self.images = (epoch - 1) * self.train_images + images

    @property
    def seconds_so_far(self) -> float:
        """Seconds since it began."""
        return max(time.monotonic() - self.start, 1e-9)  # never 0: a speed is divided by it

    @property
    def speed(self) -> float | None:
        """Training images per second, without the slow first steps; None where that isn't known yet."""
        if self.measured_from is None or not self.is_warm:
            return None
        seconds, images = time.monotonic() - self.measured_from[0], self.images - self.measured_from[1]
        return images / seconds if images > 0 and seconds >= SECONDS_TO_MEASURE else None

    @property
    def seconds(self) -> float | None:
        """That the whole cell takes; None where that isn't known yet."""
        if self.speed is None or self.measured_from is None:
            return None
        start, images = self.measured_from
        before = start - self.start - images / self.speed  # the network is built, features are computed
        return max(0.0, before) + self.epochs * self.train_images / self.speed

    @property
    def seconds_left(self) -> float | None:
        """That the rest takes; None where that isn't known yet."""
        return None if self.speed is None else (self.epochs * self.train_images - self.images) / self.speed

    def line(self) -> str:
        """Where it is, and images per second: the mean so far until the speed is known."""
        speed = self.speed or self.images / self.seconds_so_far
        return f"{self.at}, {speed:,.0f} images/s" if self.images else self.at


@dataclass
class Course:
    """How far a run is. Of arms that take unlike times each has its own.

    Attributes:
        phase: what is done before the first cell.
        progress: how far that is, where it is counted.
        cells, finished_cells: of the study.
        images_each: training images that a cell of each arm goes through.
        queue: the arm of each cell that is to be trained and hasn't begun.
        in_work: each cell in work, by arm and seed.
        failures: why cells have failed.
        total, images: training images of this run, and those of cells that are over.
        took: seconds that the last finished cell of an arm took.
    """

    phase: str = "loading data and networks"
    progress: str = ""
    cells: int = 0
    finished_cells: int = 0
    images_each: Mapping[str, int] = field(default_factory=dict)
    queue: list[str] = field(default_factory=list)
    in_work: dict[tuple[str, int], CellCourse] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    total: int = 0
    images: int = 0
    took: dict[str, float] = field(default_factory=dict)

    def plan(self, cells: int, finished_cells: int, arms: tuple[str, ...], images_each: Mapping[str, int]) -> None:
        """Cells are about to be trained."""
        self.phase = self.progress = ""
        self.cells, self.finished_cells, self.images_each = cells, finished_cells, images_each
        self.queue, self.total = list(arms), self.images + sum(images_each[arm] for arm in arms)

    def begin(self, arm: str, seed: int, cell: CellCourse) -> None:
        """A cell begins, perhaps anew, since the process that trained it has died."""
        if (arm, seed) not in self.in_work:
            self._leave_queue(arm)
        self.in_work[arm, seed] = cell

    def end(self, arm: str, seed: int) -> None:
        """A cell is over."""
        self.finished_cells += 1
        self.images += self.images_each.get(arm, 0)
        cell = self.in_work.pop((arm, seed), None)
        if cell is not None:
            self.took[arm] = cell.seconds_so_far

    def end_elsewhere(self, arm: str) -> None:
        """A cell is over that nobody of this run has trained."""
        self.finished_cells += 1
        self._leave_queue(arm)
        self.total -= self.images_each.get(arm, 0)

    def _leave_queue(self, arm: str) -> None:
        if arm in self.queue:
            self.queue.remove(arm)

    @property
    def images_done(self) -> int:
        """Training images gone through in this run."""
        return self.images + sum(cell.images for cell in self.in_work.values())

    @property
    def time_left(self) -> str:
        """Each cell as long as the last of its arm; of an arm that hasn't been seen, image by image as long as the
        slowest.
        """
        durations = {arm: cell.seconds for (arm, _), cell in self.in_work.items() if cell.seconds is not None}
        whole = self.took | durations
        if not whole and (self.queue or self.in_work or self.phase):
            return "time left unknown"
        of_an_image = max((seconds / max(1, self._images_of(arm)) for arm, seconds in whole.items()), default=0.0)
        whole = {arm: of_an_image * self._images_of(arm) for arm in self.images_each} | whole
        seconds = sum(whole.get(arm, 0.0) for arm in self.queue)
        for (arm, _), cell in self.in_work.items():
            rest = cell.seconds_left
            seconds += max(0.0, whole.get(arm, 0.0) - cell.seconds_so_far) if rest is None else rest
        return f"{duration(seconds / max(1, len(self.in_work)))} left"

    def _images_of(self, arm: str) -> int:
        return self.images_each.get(arm, 0)

    def line(self) -> str:
        """What is prepared; then cells done, epoch, loss, time left."""
        if self.phase:
            return f"{self.phase}: {self.progress}" if self.progress else self.phase
        cells = [f"{arm}, seed {seed}: {cell.line()}" for (arm, seed), cell in self.in_work.items()]
        more = [f"{len(cells) - MOST_SHOWN} more in work"] if len(cells) > MOST_SHOWN else []
        summary = f"{self.finished_cells} of {self.cells} cells done"
        return "; ".join([summary, *cells[:MOST_SHOWN], *more]) + f", {self.time_left}"


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
