"""How many threads are worth it, what a quota leaves, and whether a run waits for cores."""

import os
import time
from dataclasses import replace

import pytest
import torch

import visavis as vv
from small import Seen, tiny_arm, tiny_data
from visavis.cells import rehearse
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import in_memory
from visavis.events import ignore
from visavis.events.runs import CoresShared
from visavis.runs import core_watch
from visavis.runs.core_watch import CoreWatch
from visavis.runs.probe import fewer_threads
from visavis.training import Precision, fit
from visavis.training.fast import threads
from visavis.training.fast.threads import CoreTime, available_cores, choose_threads


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        ("0::/\n", {}, 8),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "150000 100000"}, 2),
        ("0::/a\n", {"cpu.max": "50000 100000"}, 1),
        ("5:memory:/m\n1:cpu:/c\n0::/\n", {"cpu/c/cpu.cfs_quota_us": "300000", "cpu/c/cpu.cfs_period_us": "100000"}, 3),
        ("4:cpu,cpuacct:/c\n", {"cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 8),
        ("odd", {}, 8),
    ],
)
def test_a_quota_leaves_so_many_cores(groups, files, cores, tmp_path, monkeypatch):
    (tmp_path / "cgroup").write_text(groups)
    for name, content in files.items():
        (tmp_path / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / name).write_text(content)
    monkeypatch.setattr(threads, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(threads, "HIERARCHIES", tmp_path / "fs")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8))
    assert available_cores() == cores


@pytest.mark.parametrize(("seconds", "best"), [({4: 0.03, 2: 0.01, 1: 0.02}, 2), ({4: 0.02, 2: 0.02, 1: 0.05}, 4)])
def test_fewer_threads_are_chosen_where_they_are_clearly_faster(seconds, best, monkeypatch):
    now = []
    monkeypatch.setattr(torch, "set_num_threads", now.append)
    assert choose_threads([lambda: time.sleep(seconds[now[-1]])], 4) == best
    assert now[-1] == 4


def test_threads_are_tried_where_steps_are_short(monkeypatch):
    arm, data = tiny_arm(), vv.datasets.Glyphs(train_size=40, test_size=20)
    study = vv.Study("small", "?", data, arm, [arm.but("other", epochs=2)], seeds=1)
    rehearsals = {each.name: rehearse(each, 0, data.load()) for each in study.trained_arms}
    tried = []
    monkeypatch.setattr("visavis.runs.probe.choose_threads", lambda passes, most: tried.append(len(passes)) or 1)
    for count, expected in ((1, []), (2, [1])):
        torch.set_num_threads(count)
        assert fewer_threads(study, data.load(), rehearsals, Precision.fp32, ignore) == 1
        assert tried == expected
    monkeypatch.setattr("visavis.runs.probe.SHORT_PASS", 0.0)
    assert fewer_threads(study, data.load(), rehearsals, Precision.fp32, ignore) == 2


def test_a_head_on_features_takes_one_thread_while_it_trains():
    torch.set_num_threads(2)
    seen = []
    arm = tiny_arm(model=vv.Pretrained(vv.models.LetterCNN(), vv.models.Untrained()), epochs=1)
    for tuning in (vv.LinearProbe(), vv.Full()):
        cell = in_memory(assemble(replace(arm, tuning=tuning), 0, tiny_data()))
        seen.append({torch.get_num_threads() for _ in fit([cell], Precision.fp32)})
        assert torch.get_num_threads() == 2
    assert seen == [{1}, {2}]


def test_time_without_a_core_is_a_share_of_what_there_was_to_do():
    assert CoreTime(3.0, 7.0).share_waited_since(CoreTime(1.0, 1.0)) == 0.75
    assert CoreTime.now().share_waited_since(CoreTime.now()) <= 1.0
    assert CoreTime(1.0, 1.0).share_waited_since(CoreTime(1.0, 1.0)) == 0.0


def test_a_run_that_waits_for_cores_says_so_once(monkeypatch):
    times = iter([CoreTime(0.0, 0.0), CoreTime(1.0, 0.1), CoreTime(2.0, 5.0), CoreTime(3.0, 9.0)])
    monkeypatch.setattr(core_watch, "SECONDS", 0.0)
    monkeypatch.setattr(CoreTime, "now", lambda: next(times))
    watch, seen = CoreWatch(), Seen()
    for said in (0, 1, 1):
        watch.look(seen.append)
        assert len(seen.of(CoresShared)) == said
    assert "waits 83 % of its time for a core" in seen.of(CoresShared)[0].line()
