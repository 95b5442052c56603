"""What is said while a study runs, and what is guessed of its end."""

import io
import json
from dataclasses import asdict, dataclass, replace

import numpy as np
import pytest
from rich.console import Console

import visavis as vv
from small import small_study
from visavis.cli.progress import show_progress
from visavis.conclusions import Alone
from visavis.datasets.reading.ahead import decoding_counted
from visavis.events import Event, cells, course, read_event, runs
from visavis.events.cells import (
    CandidateChosen,
    CandidateFinished,
    CellAsked,
    CellDamaged,
    CellFailed,
    CellFinished,
    CellHeld,
    CellPassedOver,
    CellSettledElsewhere,
    CellsPlanned,
    CellStarted,
    CheckpointDamaged,
    CheckpointForeign,
    EpochDone,
    FeaturesDone,
    StepDone,
)
from visavis.events.event import CellEvent
from visavis.events.runs import (
    ArmAlone,
    ArmsTold,
    CodeChanged,
    CoresShared,
    DataAudited,
    DataLoaded,
    DataUnderstood,
    FewerThreads,
    FileMended,
    FolderHeld,
    FrozenInStep,
    Looked,
    OtherImagesLeft,
    OtherImagesLoaded,
    PrecisionChosen,
    Preparation,
    ProbeFailed,
    SeedsAdded,
    TimeEstimated,
    TogetherParted,
    TogetherReduced,
    Warned,
)
from visavis.results import EpochRow
from visavis.runs.journal import Log
from visavis.store import RunFolder


def told(watched, **settings):
    """What a console shows of events."""
    console = Console(file=io.StringIO(), width=200, soft_wrap=True)
    with show_progress(console, **settings) as watch:
        for event in watched:
            watch(event)
    return console.file.getvalue().splitlines()


@pytest.fixture
def whistled():
    @dataclass(frozen=True)
    class Whistled(CellEvent):
        """A new kind of event."""

        trouble = True
        says = "{0.cell} whistles {0.tone}"
        tone: str

        def move(self, course):
            course.finished_cells += 1

    yield Whistled("plain", 0, "c sharp {1}")
    del Event.kinds["Whistled"]


def test_a_new_event_is_one_class(whistled, tmp_path):
    line = "plain, seed 0 whistles c sharp {1}"
    for settings in ({"plain": True}, {"plain": False}, {"plain": True, "quiet": True}):
        assert told([whistled], **settings)[0] == line
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    log = Log(lambda event: None)
    log.open(folder)
    log(whistled)
    (plain,) = folder.read_events()
    assert read_event(plain) == whistled


EVENTS = [
    Preparation("loading data", "5 files decoded"),
    DataLoaded("letters", 1000, 100, 2),
    DataUnderstood(("A", "B"), 10, "As given by the source.", ("2 files passed over.",)),
    DataAudited(("3 constant images",)),
    FolderHeld("process 5"),
    FileMended("data.json"),
    OtherImagesLoaded("grainy", 50, "The own test images, grainy."),
    OtherImagesLeft("grainy", "runs/small"),
    CellAsked("plain", 0, "grainy"),
    FrozenInStep("augmented", 300_000, 12_000),
    ArmsTold("all arms: epochs 3; they differ in optimizer"),
    TimeEstimated(130.0, 6),
    ArmAlone(Alone("both", "plain", ("input", "model"))),
    CodeChanged("helpers.py (scaled)", ("odd",)),
    SeedsAdded((0, 1)),
    Looked(5, 20, False, 6),
    ProbeFailed("plain", "no luck"),
    PrecisionChosen("bf16", "cpu", 1.25),
    FewerThreads(1, 2),
    CoresShared(0.6, 6.2, 2),
    CellsPlanned(4, 1, ("plain",), {"plain": 1000}),
    CellPassedOver("plain", 0, "no luck"),
    CellDamaged("plain", 0, "no luck"),
    CellHeld("plain", 0, "process 5"),
    CellSettledElsewhere("plain", 0),
    CellStarted("plain", 0, 2, 100),
    CheckpointDamaged("a"),
    CheckpointForeign("plain", 0),
    FeaturesDone("plain", 0, 5, 10),
    StepDone("plain", 0, 1, 5, 0.5),
    cells.TestingDone("plain", 0, 1, 5, 10),
    EpochDone("plain", 0, EpochRow(1, 0.5, 0.8, 0.6, 0.7, 1.0, 64.0, "ab", "cd")),
    CellFinished("plain", 0, 0.9),
    CandidateFinished("x, candidate 1", 3, 0.5),
    CandidateChosen("x", 3, 2, 8, "macro_f1", "50.0 %", 1),
    CellFailed("plain", 0, "no luck", "TrainingError", "line 1"),
    TogetherReduced(4, 2),
    TogetherParted(4),
    Warned("thin ice", "UserWarning", "a.py:1"),
]


def test_every_event_says_itself_and_is_read_back():
    kinds = {name for name, kind in Event.kinds.items() if kind.__module__ in (cells.__name__, runs.__name__)}
    assert {type(event).__name__ for event in EVENTS} == kinds
    moved = course.Course()
    for event in EVENTS:
        plain = json.loads(json.dumps({"event": type(event).__name__, "time": "now", **asdict(event)}))
        again = read_event(plain)
        assert type(again) is type(event)
        assert json.dumps(asdict(again)) == json.dumps(asdict(event))
        assert event.line() is None or (event.line() and "{" not in event.line())
        event.move(moved)
    assert moved.failures == ["no luck"]


def test_quietly_only_trouble_is_told():
    lines = told(EVENTS, plain=True, quiet=True)
    assert lines == [event.line() for event in EVENTS if event.trouble]
    assert "warning: thin ice" in lines
    assert not any("accuracy" in line for line in lines)


def test_without_a_terminal_each_phase_is_said_as_it_begins():
    phases = [
        Preparation("loading data"),
        Preparation("loading data", "100 files decoded"),
        Preparation("probing fp32 and bf16", "plain"),
        CellsPlanned(2, 0, ("plain", "plain"), {"plain": 10}),
    ]
    assert told(phases, plain=True) == ["loading data", "probing fp32 and bf16: plain"]


def test_where_a_phase_takes_long_it_is_counted(monkeypatch):
    monkeypatch.setattr("visavis.cli.progress.SECONDS_BETWEEN_LINES", -1.0)
    phases = [Preparation("loading data", f"{count} files decoded") for count in (100, 200)]
    assert told(phases, plain=True) == ["loading data: 100 files decoded", "loading data: 200 files decoded"]


def test_a_run_says_what_it_prepares(tmp_path):
    seen = []
    vv.run_study(small_study(seeds=1, epochs=1), tmp_path / "run", watch=seen.append)
    phases = list(dict.fromkeys(event.phase for event in seen if isinstance(event, Preparation)))
    assert phases == ["loading data", "rehearsing each arm", "probing fp32 and bf16", "auditing the images"]


def test_decoded_files_are_counted(tmp_path):
    from PIL import Image

    for name in "AB":
        (tmp_path / name).mkdir()
        for number in range(15):
            pixels = np.full((8, 8), 100 + number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    counts = []
    with decoding_counted(counts.append):
        vv.datasets.Images(tmp_path).load()
    assert counts == sorted(counts)
    assert counts[-1] > 15
    vv.datasets.Images(tmp_path).load()
    assert counts[-1] <= 30


class Clock:
    """Goes on when it is told to."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr("visavis.events.course.time.monotonic", lambda: self.now)


def seconds(text):
    """Of ``2 h 10 min left``."""
    units = {"s": 1, "min": 60, "h": 3600}
    words = text.split()[:-1]
    return sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))


EPOCHS, IMAGES = 10, 10_000


def cell(clock, moved, seed, *, speed, startup, first_step, steps=25):
    """Trains a cell on a simulated clock; yields after each event what is said of the time left, and what is true."""
    CellStarted("plain", seed, EPOCHS, IMAGES).move(moved)
    clock.now += startup
    each = IMAGES // steps
    for epoch in range(1, EPOCHS + 1):
        for step in range(1, steps + 1):
            slow = first_step if (epoch, step) == (1, 1) else 0.0
            clock.now += each / speed + slow
            StepDone("plain", seed, epoch, step * each, 0.5).move(moved)
            yield moved.time_left, (EPOCHS * IMAGES - (epoch - 1) * IMAGES - step * each) / speed
    CellFinished("plain", seed, 0.9).move(moved)


def test_the_first_time_left_is_right_though_the_first_steps_are_slow(monkeypatch):
    clock, moved = Clock(monkeypatch), course.Course()
    CellsPlanned(2, 0, ("plain", "plain"), {"plain": EPOCHS * IMAGES}).move(moved)
    whole = EPOCHS * IMAGES / 1000 + 8
    guesses = [(said, left + whole) for said, left in cell(clock, moved, 0, speed=1000, startup=2.0, first_step=6.0)]
    assert guesses[0][0] == "time left unknown"
    known = [(seconds(said), left) for said, left in guesses if said != "time left unknown"]
    assert len(known) > len(guesses) * 0.9
    assert all(0.8 * left <= said <= 1.25 * left for said, left in known), known[:5]


def test_a_cell_that_goes_on_from_a_state_is_no_faster_for_it(monkeypatch):
    """The images of earlier sittings took no time of this one."""
    clock, moved = Clock(monkeypatch), course.Course()
    CellsPlanned(1, 0, ("plain",), {"plain": EPOCHS * IMAGES}).move(moved)
    CellStarted("plain", 0, EPOCHS, IMAGES).move(moved)
    for done in range(1000, 10_000, 500):
        clock.now += 0.5
        StepDone("plain", 0, 8, done, 0.5).move(moved)
    assert seconds(moved.time_left) == pytest.approx(20.5, abs=1)


def test_the_time_left_knows_how_many_images_an_arm_goes_through(monkeypatch):
    """An arm of ten times as many epochs takes ten times as long before its first cell, one with few images less."""
    clock, moved = Clock(monkeypatch), course.Course()
    images = {"plain": EPOCHS * IMAGES, "longer": 10 * EPOCHS * IMAGES, "a tenth": EPOCHS * IMAGES // 10}
    CellsPlanned(6, 0, tuple(images) * 2, images).move(moved)
    *_, (last, _) = cell(clock, moved, 0, speed=1000, startup=0.0, first_step=0.0)
    assert last != "time left unknown"
    assert seconds(moved.time_left) == pytest.approx((10 + 0.1 + 1 + 10 + 0.1) * EPOCHS * IMAGES / 1000, rel=0.02)
    assert (moved.total, moved.images_done) == (2 * sum(images.values()), images["plain"])
    CellStarted("longer", 0, 10 * EPOCHS, IMAGES).move(moved)
    StepDone("longer", 0, 3, IMAGES // 2, 0.5).move(moved)
    assert moved.images_done == images["plain"] + 2.5 * IMAGES
    assert f"longer, seed 0: epoch 3 of {10 * EPOCHS}, loss 0.500" in moved.line()
    CellFinished("longer", 0, 0.9).move(moved)
    CellSettledElsewhere("a tenth", 0).move(moved)
    assert moved.images_done == images["plain"] + images["longer"]
    assert moved.total == 2 * (images["plain"] + images["longer"]) + images["a tenth"]


def test_a_run_counts_the_images_of_each_arm(tmp_path):
    plain = small_study(seeds=1, epochs=1).control
    arms = [
        plain.but("longer", epochs=3),
        plain.but("fewer", training=vv.Fraction(0.5)),
        plain.but("steps", batch_size=8),
    ]
    study = replace(small_study(seeds=1, epochs=1), arms=arms)
    seen, moved = [], course.Course()
    vv.run_study(study, tmp_path / "run", watch=lambda event: (seen.append(event), event.move(moved)))
    (planned,) = [event for event in seen if isinstance(event, CellsPlanned)]
    assert planned.images == {"plain": 120, "longer": 360, "fewer": 60, "steps": 120}
    started = {event.arm: (event.epochs, event.train_images) for event in seen if isinstance(event, CellStarted)}
    assert started == {"plain": (1, 120), "longer": (3, 120), "fewer": (1, 60), "steps": (1, 120)}
    assert moved.images_done == moved.total == 660


def test_status_shows_the_epochs_of_each_arm(command, tmp_path):
    study = small_study(seeds=1, epochs=1)
    folder = vv.run_study(replace(study, arms=[study.control.but("longer", epochs=3)]), tmp_path / "run").path
    rows = [line for line in command("status", folder).out.splitlines() if "done" in line]
    assert ["1 of 1" in rows[0], "3 of 3" in rows[1]] == [True, True]
    assert json.loads(command("status", folder, "--json").out)["epochs"] == {"plain": 1, "longer": 3}


def test_of_other_processes_epochs_are_enough(monkeypatch):
    """They tell of no step. An hour before the first epoch, while features were computed, isn't part of the speed."""
    clock, moved = Clock(monkeypatch), course.Course()
    CellsPlanned(1, 0, ("plain",), {"plain": EPOCHS * IMAGES}).move(moved)
    CellStarted("plain", 0, EPOCHS, IMAGES).move(moved)
    clock.now += 3610.0
    EpochDone("plain", 0, EpochRow(1, 0.5, 0.8, 0.6, 0.7, 10.0, 1000.0, "ab", "cd")).move(moved)
    assert seconds(moved.time_left) == 90
