"""Seeds until decided: when it looks, when it stops, and that an interruption changes nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import visavis as vv
from small import Seen, small_study
from visavis.conclusions import Standing
from visavis.errors import ChangedStudy, InvalidStudy
from visavis.events.cells import CellFinished
from visavis.events.runs import Looked
from visavis.evidence.path import path_of, standing_of
from visavis.findings import UntilDecided, warnings_of
from visavis.report import write_report
from visavis.runs.journal import Log
from visavis.runs.rounds import Rounds
from visavis.stats.looks import levels_of_looks


def alike(most=5, **fields):
    """A study whose arms hardly differ: nothing is decided on 50 images."""
    study = small_study(epochs=1, **fields)
    arms = [study.control.but("faster", optimizer=vv.SGD(lr=0.06, momentum=0.9))]
    return replace(study, arms=arms, seeds=vv.UntilDecided(most=most))


@pytest.fixture(scope="module")
def undecided(tmp_path_factory):
    out, seen = tmp_path_factory.mktemp("undecided") / "run", Seen()
    vv.run_study(alike(), out, vv.Options(precision="fp32"), watch=seen.append)
    return out, seen


def test_it_looks_after_every_seed_from_the_third_and_ends_at_the_last(undecided):
    _, seen = undecided
    assert seen.of(Looked) == [Looked(3, 5, False, 4), Looked(4, 5, False, 5), Looked(5, 5, False, None)]
    assert [event.line() for event in seen.of(Looked)] == [
        "3 of at most 5 seeds; not decided; next look after seed 4",
        "4 of at most 5 seeds; not decided; next look after seed 5",
        "5 of at most 5 seeds; not decided",
    ]
    assert len(seen.of(CellFinished)) == 10


def test_it_stops_when_all_is_decided(tmp_path):
    study, seen = small_study(epochs=6), Seen()
    slow = study.control.but("slow", optimizer=vv.SGD(lr=1e-5))
    study = replace(study, arms=[slow], seeds=vv.UntilDecided(most=20))
    vv.run_study(study, tmp_path, watch=seen.append)
    last = seen.of(Looked)[-1]
    assert last.is_decided
    assert last.seeds < 20
    assert len(seen.of(CellFinished)) == 2 * last.seeds
    found = vv.compare(tmp_path)
    assert found.missing == {}
    assert found.headlines[0].verdict == "worse"


def test_every_number_is_that_of_its_look(undecided):
    out, _ = undecided
    path = path_of(vv.compare(out))
    assert [look.seeds for look in path] == [3, 4, 5]
    assert [look.alpha for look in path] == list(levels_of_looks((3, 4, 5), 5))
    for look in path:
        (contrast,) = look.contrasts
        assert len(contrast.by_seed) == look.seeds
        assert (contrast.significance.p < look.alpha) == (contrast.significance.p_adjusted < 0.05)
        assert contrast.significance.looks == path.index(look) + 1


def test_what_it_says(undecided):
    out, _ = undecided
    found = vv.compare(out)
    assert not any("looks" in warning for warning in warnings_of(found))
    (line,) = UntilDecided(found).lines()
    assert line.startswith("5 of at most 5 seeds; not decided, and there are no more. Looked at 3, 4 and 5 seeds;")
    page = write_report(out).read_text()
    assert "how far from zero an estimate has to be" in page
    plain = UntilDecided(found).plain()["until_decided"]
    assert [look["seeds"] for look in plain["looks"]] == [3, 4, 5]
    json.dumps(plain)


def test_a_run_that_goes_on_looks_at_what_is_there_first(tmp_path):
    out, seen = tmp_path / "run", Seen()
    vv.run_study(alike(), out)
    (out / "cells/faster/seed-4/predictions/own.npz").unlink()
    vv.run_study(alike(), out, watch=seen.append)
    assert seen.of(Looked) == [Looked(4, 5, False, 5), Looked(5, 5, False, None)]
    assert [(event.arm, event.seed) for event in seen.of(CellFinished)] == [("faster", 4)]


def test_a_reading_between_two_looks_is_a_look(tmp_path):
    vv.run_study(alike(), tmp_path)
    (tmp_path / "looks.jsonl").write_text('{"seeds": [0, 1, 2]}\n')
    assert [look.seeds for look in path_of(vv.compare(tmp_path))] == [3, 5]


def test_what_comes_after_the_last_look_is_not_missing(tmp_path):
    vv.run_study(alike(), tmp_path)
    for arm in ("plain", "faster"):
        (tmp_path / f"cells/{arm}/seed-4/predictions/own.npz").unlink()
    assert vv.compare(tmp_path).missing == {}
    (tmp_path / "cells/faster/seed-1/predictions/own.npz").unlink()
    assert list(vv.compare(tmp_path).missing) == [("faster", 1)]


def test_the_most_can_not_be_changed_later(undecided):
    out, _ = undecided
    for seeds in (vv.UntilDecided(most=8), 5, vv.UntilDecided(first=4, most=5)):
        with pytest.raises(ChangedStudy, match=r"holds (another study|a study of at most 5 seeds)"):
            vv.run_study(replace(alike(), seeds=seeds), out)


@pytest.mark.parametrize("fields", [{"first": 1}, {"most": 2}, {"most": "20"}, {"first": 3.5}, {"most": 10**6}])
def test_seeds_that_can_not_be(fields):
    with pytest.raises(InvalidStudy, match=r"seeds\.(first|most) can't be used"):
        vv.UntilDecided(**fields)


@pytest.mark.parametrize(("at_once", "sizes"), [(1, [3, 4, 5, 6, 7]), (4, [3, 5, 7]), (7, [3, 6, 7]), (100, [3, 6, 7])])
def test_a_round_is_as_wide_as_what_trains(at_once, sizes):
    rounds = Rounds.of(alike(most=7), 3, at_once)
    trained = []
    count = rounds.train(0, lambda seeds: trained.append(len(seeds)), lambda: Standing(3, is_decided=False), Log())
    assert (count, trained) == (7, sizes)


@pytest.mark.parametrize(("settled", "trained"), [(0, [3, 4]), (2, [3, 4]), (3, [4]), (4, [])])
def test_an_interruption_changes_no_look(settled, trained):
    """Whatever is settled, a study that is decided by four seeds is trained to four."""
    rounds, sizes = Rounds(3, 20, 1), []
    count = [settled]

    def train(seeds):
        sizes.append(len(seeds))
        count[0] = len(seeds)

    total = rounds.train(settled, train, lambda: Standing(count[0], is_decided=count[0] >= 4), Log())
    assert (total, sizes) == (4, trained)


PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import visavis as vv
from runs.test_until_decided import alike
vv.run_study(alike(), {out!r}, vv.Options(precision="fp32"))
"""


@pytest.mark.parametrize("lines", [4, 12, 19, 27])
def test_it_survives_a_kill_between_any_two_steps(undecided, tmp_path, lines):
    whole, _ = undecided
    out, tests = tmp_path / "run", str(Path(__file__).parents[1])
    words = [sys.executable, "-c", PROGRAM.format(tests=tests, out=str(out))]
    paths = os.pathsep.join(filter(None, [tests, os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(words, env=os.environ | {"PYTHONPATH": paths})
    events, deadline = out / "events.jsonl", time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if events.exists() and events.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    vv.run_study(alike(), out, vv.Options(precision="fp32"))
    one, other = path_of(vv.compare(out)), path_of(vv.compare(whole))
    assert [look.seeds for look in one] == [look.seeds for look in other]
    assert [look.contrasts[0].by_seed for look in one] == [look.contrasts[0].by_seed for look in other]


def test_nothing_to_decide_is_refused(tmp_path):
    study = replace(small_study(), arms=[], aa=True, seeds=vv.UntilDecided())
    with pytest.raises(InvalidStudy, match="seeds until decided have nothing to decide; got no contrast"):
        vv.run_study(study, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_arm_that_has_no_result_yet_keeps_a_study_undecided(tmp_path):
    vv.run_study(alike(), tmp_path)
    for path in tmp_path.glob("cells/faster/*/predictions/own.npz"):
        path.unlink()
    found = vv.compare(tmp_path)
    assert found.headlines == ()
    assert not standing_of(found).is_decided
    assert UntilDecided(found).tables() == ()
    write_report(tmp_path)


def test_the_command(command, tmp_path):
    few = ("spatial-locality", "--quick", "--limit", 40, "--epochs", 1, "--out", tmp_path / "run")
    done = command("run", *few, "--until-decided", "--most", 4)
    assert done.code == 0
    assert "of at most 4 seeds" in done.out
    assert "of at most 4 seeds" in done.err
    status = command("status", tmp_path / "run").out
    assert "Seeds until decided: " in status
    assert " of at most 4 so far." in status
    words = json.loads((tmp_path / "run" / "environment.json").read_text())["origin"]["command"]
    assert words[-3:] == ["--until-decided", "--most", "4"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--most", 5), "--most is for --until-decided"),
        (("--until-decided", "--seeds", 3), "--seeds fixes what --until-decided leaves open"),
        (("--until-decided", "--most", 2), r"seeds.most can't be used"),
    ],
)
def test_words_that_do_not_go_together(command, tmp_path, words, message):
    done = command("run", "spatial-locality", "--quick", "--out", tmp_path / "run", *words)
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_processes_train_it_in_rounds(command, tmp_path):
    few = ("spatial-locality", "--quick", "--limit", 40, "--epochs", 1, "--out", tmp_path / "run", "--jobs", 4)
    done = command("run", *few, "--until-decided", "--most", 7)
    assert done.code == 0
    looks = [json.loads(line)["seeds"] for line in (tmp_path / "run" / "looks.jsonl").read_text().splitlines()]
    assert {len(seeds) for seeds in looks} <= {3, 5, 7}
