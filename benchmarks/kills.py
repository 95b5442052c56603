"""Kills runs, at random moments and at every stage of every write, and looks whether they end with the same bits.

    python -m benchmarks.kills [--kills 300] [--stages 1000]

Runs are children forked from a process that has everything imported, so that a kill costs no start-up. The control is
a run that goes on from its checkpoint without the optimizer's memory: it has to end with other bits.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
import torch._dynamo  # the first optimizer would import it, in every child again

import visavis as vv
from benchmarks.record import record
from visavis.options import Cadence
from visavis.store import RunFolder, files
from visavis.training import loop, state

RESULT = Path(__file__).parent / "results" / "kills.json"
ALWAYS = Cadence(seconds=0.0, share=1e9, first=0.0)
"""A checkpoint at every report of a step."""
STAGES = ("open", "write", "fsync", "replace")
"""The calls to the system that a write is made of; a write is cut in its middle."""

Logits = dict[tuple[str, int], bytes]


class Jitter(torch.nn.Module):
    """Shifts each training batch by random pixels and drops some: stands for augmentation."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """float32 [n, c, h, w], changed in training mode only."""
        if not self.training:
            return images
        shift = int(torch.randint(-2, 3, ()))
        return torch.nn.functional.dropout(torch.roll(images, shift, 3), 0.2)


@dataclass(frozen=True)
class NoisyNetwork:
    """A small network whose training draws noise at every step."""

    def build(self, shape: vv.ImageShape, classes: int, stream: vv.Stream) -> Any:
        """See ``Model.build``."""
        network = vv.models.MLP(hidden=(16,)).build(shape, classes, stream)
        noisy = torch.nn.Sequential(Jitter(), network.backbone, torch.nn.Dropout(0.3))
        return replace(network, backbone=noisy)

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``."""
        return vv.models.MLP().preprocess(images)


def letters() -> vv.Study:
    """The letter network and a noisy one, on a few glyphs, plain and permuted."""
    sgd = vv.SGD(lr=0.01, momentum=0.5)
    plain = vv.Arm("standard", vv.models.LetterCNN(), sgd, epochs=2, batch_size=16, loss=vv.NLL())
    return vv.Study(
        name="letters",
        question="Does it end with the same bits?",
        data=vv.datasets.Glyphs(train_size=48, test_size=20),
        control=plain,
        arms=[plain.but("permuted", input=vv.PixelPermutation()), plain.but("noisy", model=NoisyNetwork())],
        seeds=[0],
    )


def transfer() -> vv.Study:
    """A frozen trunk, and two ways to fine-tune it."""
    model = vv.Pretrained(vv.models.TorchvisionModel("shufflenet_v2_x0_5", size=32), vv.models.Untrained())
    sgd = vv.SGD(lr=0.05, momentum=0.9)
    probe = vv.Arm("probe", model, sgd, epochs=3, batch_size=16, tuning=vv.LinearProbe())
    return replace(
        letters(),
        name="transfer",
        control=probe,
        arms=[
            probe.but("gradual", tuning=vv.GradualUnfreezing()),
            probe.but("rates", tuning=vv.DifferentialRates({"fc": 1.0}, others=0.2)),
        ],
    )


def tuned() -> vv.Study:
    """An arm as it is, and two at their best, by halving and without."""
    plain = vv.Arm("plain", vv.models.MLP(hidden=(16,)), vv.SGD(lr=0.05, momentum=0.9), epochs=4, batch_size=16)
    rates = [vv.SGD(lr=lr, momentum=0.9) for lr in (1e-4, 0.01, 0.1)]
    noisy = plain.but("noisy", model=NoisyNetwork())
    return replace(
        letters(),
        name="tuned",
        control=vv.BestOf("plain, tuned", plain.over(optimizer=rates), validation=0.2, halving=2),
        arms=[vv.BestOf("noisy, tuned", noisy.over(optimizer=rates), validation=0.2, halving=2), plain],
    )


STUDIES: dict[str, Callable[[], vv.Study]] = {"letters": letters, "transfer": transfer, "tuned": tuned}


def run(study: vv.Study, out: Path) -> None:
    """The whole study, or the rest of it, with a checkpoint at every step."""
    torch.set_num_threads(1)
    loop.SECONDS_BETWEEN_PAUSES = 0.0
    vv.run_study(study, out, vv.Options(precision="fp32", cadence=ALWAYS))


def in_child(work: Callable[[], None]) -> int:
    """Starts a child; returns its process number."""
    child = os.fork()
    if child:
        return child
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        work()
    except BaseException as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
        os._exit(3)
    os._exit(0)


def ended(child: int) -> int:
    """How a child ended: its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def finish(study: vv.Study, out: Path) -> Logits:
    """Runs what is missing and returns the logits of all cells.

    Raises:
        RuntimeError: the run doesn't end well.
    """
    code = ended(in_child(partial(run, study, out)))
    if code:
        raise RuntimeError(f"the run of {study.name} ended with {code}")
    return logits(study, out)


def logits(study: vv.Study, out: Path) -> Logits:
    """The saved logits of each cell, those of candidates among them, as bytes."""
    folder = RunFolder(out)
    cells = [(arm.name, seed) for arm in study.all_arms for seed in study.seeds]
    cells += [
        (trial.name, arm.trial_seed(seed)) for arm in study.tuned_arms for trial in arm.trials() for seed in study.seeds
    ]
    finished = (cell for cell in cells if folder.cell(*cell).is_finished())  # later rounds have some candidates only
    return {cell: folder.cell(*cell).read_predictions().logits.tobytes() for cell in finished}


@dataclass(frozen=True)
class Whole:
    """A run that nothing happens to: what it comes to, and how long it takes."""

    logits: Logits
    seconds: float


def uninterrupted(study: vv.Study, out: Path) -> Whole:
    """Runs the study once."""
    start = time.perf_counter()
    return Whole(finish(study, out), time.perf_counter() - start)


@dataclass
class Count:
    """What a loop of kills saw."""

    kills: int = 0
    runs: int = 0
    other_bits: int = 0


def at_random(study: vv.Study, place: Path, whole: Whole, kills: int, chance: random.Random) -> Count:
    """Kills one run after another at random moments until they end, and then begins a new one."""
    found = Count()
    while found.kills < kills:
        out = place / f"killed-{found.runs}"
        while True:
            child = in_child(partial(run, study, out))
            time.sleep(chance.uniform(0.0, 0.7 * whole.seconds))
            os.kill(child, signal.SIGKILL)
            code = ended(child)
            if code == 0:
                break
            if code != -signal.SIGKILL:
                raise RuntimeError(f"the run of {study.name} ended with {code}")
            found.kills += 1
        found.runs += 1
        found.other_bits += logits(study, out) != whole.logits
        shutil.rmtree(out)
    return found


class DoomedSystem:
    """The module ``os`` as ``visavis.store.files`` sees it: counts the calls of writes, and dies at one of them."""

    def __init__(self, last: int | None) -> None:
        self.made, self._last = 0, last

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return partial(self._call, name, real) if name in STAGES else real

    def _call(self, name: str, real: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.made += 1
        if self.made == self._last:
            if name == "write":
                real(given[0], given[1][: len(given[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)


def run_doomed(study: vv.Study, out: Path, last: int | None, count: Path | None = None) -> None:
    """A run that is killed at the numbered call within its writes; the number of calls goes to a file."""
    system: Any = DoomedSystem(last)
    files.os = system  # type: ignore[attr-defined]
    run(study, out)
    if count is not None:
        count.write_text(str(system.made))


def at_every_stage(study: vv.Study, place: Path, whole: Whole, stages: int) -> Count:
    """Kills a new run at each call within its writes (at most so many of them, evenly spread), then ends it."""
    last = _stages(study, place / "counted")
    found = Count()
    for number in sorted({round(one) for one in np.linspace(1, last, min(stages, last))}):
        out = place / "staged"
        code = ended(in_child(partial(run_doomed, study, out, number)))
        found.kills += code == -signal.SIGKILL
        found.runs += 1
        found.other_bits += finish(study, out) != whole.logits
        leftovers = [path for path in out.rglob(f"*{files.UNFINISHED_SUFFIX}") if "claims" not in path.parts]
        found.other_bits += bool(leftovers)
        shutil.rmtree(out)
    return found


def _stages(study: vv.Study, out: Path) -> int:
    """How many calls to the system the writes of a whole run make."""
    count = out.with_suffix(".count")
    ended(in_child(partial(run_doomed, study, out, None, count)))
    shutil.rmtree(out)
    return int(count.read_text())


def forgetful_run_differs(study: vv.Study, place: Path, whole: Whole) -> bool:
    """The control: whether a run that goes on without the optimizer's memory ends with other bits."""
    out, checkpoints = place / "forgetful", 0

    class Killed(BaseException):
        pass

    def interrupted() -> None:
        def watch(event: object) -> None:
            nonlocal checkpoints
            checkpoints += type(event).__name__ == "StepDone"
            if checkpoints == 2:
                raise Killed

        torch.set_num_threads(1)
        loop.SECONDS_BETWEEN_PAUSES = 0.0
        vv.run_study(study, out, vv.Options(precision="fp32", cadence=ALWAYS), watch=watch)

    ended(in_child(interrupted))

    def forgetting() -> None:
        room: Any = state
        real = room.restore

        def restore(module: Any, optimizer: Any, snapshot: Any) -> None:
            real(module, optimizer, snapshot)
            optimizer.state.clear()

        room.restore = restore
        run(study, out)

    if ended(in_child(forgetting)):
        raise RuntimeError("the control didn't end")
    return logits(study, out) != whole.logits


def main() -> None:
    """Kills, counts and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="at random moments, over all studies")
    parser.add_argument("--stages", type=int, default=1000, help="of each study's writes, at most")
    parser.add_argument("--studies", nargs="+", default=list(STUDIES), choices=list(STUDIES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    rows = []
    begun = time.perf_counter()
    for study in (STUDIES[name]() for name in given.studies):
        with TemporaryDirectory() as folder:
            places = [Path(folder) / name for name in ("random", "stages", "control")]
            for place in places:
                place.mkdir()  # or the first run in it would make it, and so more writes than the others
            whole = uninterrupted(study, Path(folder) / "whole")
            killed = at_random(study, places[0], whole, given.kills // len(given.studies), chance)
            staged = at_every_stage(study, places[1], whole, given.stages)
            differs = forgetful_run_differs(study, places[2], whole)
        counts = {"random": vars(killed), "stages": vars(staged)}
        rows.append({"study": study.name, **counts, "control ends with other bits": differs})
        print(rows[-1], flush=True)
    record({"rows": rows, "seed": given.seed, "seconds": time.perf_counter() - begun}, given.out)


if __name__ == "__main__":
    main()
