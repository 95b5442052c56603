"""Several processes on one folder, and signals to one of them."""

import json
import os
import signal
import time
from collections import Counter

import numpy as np
import pytest

from visavis.store import RunFolder


def trained(folder):
    """How often each cell was finished, over all processes."""
    events = RunFolder(folder).read_events()
    return Counter((event["arm"], event["seed"]) for event in events if event["event"] == "CellFinished")


def test_two_processes_train_each_cell_once_and_say_who_holds_it(start, command):
    first = start("--seeds", 2)
    first.wait_for("CellStarted")
    cells = json.loads(command("status", first.folder, "--json").out)["cells"]
    assert cells[0]["state"] == "running"
    assert f"process {first.process.pid} on" in cells[0]["reason"]
    first.send(signal.SIGSTOP)  # or it would be done before the second one has begun
    second = start("--seeds", 2)
    second.wait_for("CellHeld")
    first.send(signal.SIGCONT)
    (code_1, _), (code_2, said) = first.end(), second.end()
    assert code_1 == code_2 == 0
    assert f"is trained by process {first.process.pid} on" in said
    assert trained(first.folder) == {(arm, seed): 1 for arm in ("plain", "permuted") for seed in (0, 1)}
    for run in (first, second):
        assert any(event["event"] == "CellFinished" for event in run.events()), "both have trained"


def test_a_dead_holder_is_taken_over_and_the_bits_are_the_same(start, uninterrupted):
    first = start()
    first.wait_for("CellStarted")
    first.send(signal.SIGSTOP)
    second = start()
    second.wait_for("CellHeld")
    first.send(signal.SIGKILL)
    first.end()
    code, _ = second.end()
    assert code == 0
    assert all(map(np.array_equal, second.logits(), uninterrupted))
    assert not list((second.folder / "claims").glob("*.json"))


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_the_run_after_the_step_and_it_goes_on_from_there(start, number, code, uninterrupted):
    running = start()
    running.wait_for("EpochDone")
    time.sleep(0.1)  # on a fast machine the cell is over in half a second
    running.send(number)
    assert (ended := running.end())[0] == code
    assert "the same command continues" in ended[1]
    assert "Traceback" not in ended[1]
    assert len(list(running.folder.glob("cells/*/seed-0/checkpoint/*"))) == 1
    again = start()
    assert again.end()[0] == 0
    stopped = again.logits()
    rows = RunFolder(again.folder).cell("plain", 0).read_history()
    assert [row.epoch for row in rows] == [1, 2, 3]
    assert next(event["row"]["epoch"] for event in again.events() if event["event"] == "EpochDone") > 1
    assert all(map(np.array_equal, stopped, uninterrupted))


def test_a_second_signal_ends_the_process_at_once(start):
    running = start("--epochs", 100)
    running.wait_for("CellStarted")
    os.kill(running.process.pid, signal.SIGSTOP)  # so that both come before the step is over
    running.send(signal.SIGTERM)
    running.send(signal.SIGINT)
    os.kill(running.process.pid, signal.SIGCONT)
    assert running.end()[0] in {-signal.SIGINT, -signal.SIGTERM}


def test_handlers_are_as_they_were_after_a_run(tmp_path):
    import visavis as vv
    from small import small_study

    def mine(number, frame):
        """A handler of the program's own."""

    before = {number: signal.signal(number, mine) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        vv.run_study(small_study(seeds=1, epochs=1), tmp_path / "run")
        assert all(signal.getsignal(number) is mine for number in before)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
