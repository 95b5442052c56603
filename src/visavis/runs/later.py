"""A finished run is tested on other images: they are admitted and written down, then the trained networks are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from visavis.data import Dataset
from visavis.design.study import Entry
from visavis.events import Watch, ignore
from visavis.options import USUAL, Options
from visavis.runs.addition import admitted_images, write_addition
from visavis.runs.asking import Asker, arms_with_results
from visavis.runs.machine import settle_device, settle_threads
from visavis.runs.work import at_work
from visavis.store import RunFolder, wait_for


@dataclass(frozen=True)
class LaterTest:
    """What has been done.

    Attributes:
        name: of the test images.
        cells: whose networks were asked; the others had been asked before.
    """

    name: str
    cells: int


def ask_later(
    path: str | Path,
    dataset: Dataset,
    name: str | None = None,
    options: Options = USUAL,
    *,
    parts: Mapping[str, Entry] | None = None,
    watch: Watch = ignore,
) -> LaterTest:
    """Asks the networks of a run about the test part of a data set; nothing is trained.

    What is missing is written: a test that was interrupted goes on. ``study.json`` names the test images from then on.

    Args:
        path: the run folder.
        dataset: of the study's image shape, with some of its classes, by their names.
        name: what the test images are called; by default as the data set.
        options: the device.
        parts: arms by name, for code of one's own.
        watch: is told what happens.

    Raises:
        VisavisError: the folder has no finished cell, a network can't be built again, the images can't be used, or the
            name is in use for others; nothing is written then.
        Stopped: a signal asked for it.
    """
    folder = RunFolder(Path(path))
    folder.require()
    device = settle_device(options)
    with at_work(watch) as (stop, log):
        # 1. What can be refused is, before anything is written.
        arms = arms_with_results(folder)
        name, images = admitted_images(folder, dataset, name, log)
        asker = Asker(folder, images, device, stop, log, parts or {})
        asker.require_networks(arms)
        # 2. The study names the images, then the networks are asked.
        with folder.claim as claim:
            for _ in wait_for(claim):
                stop.obey()
            settle_threads(folder, None, 1)
            write_addition(folder, dataset, images)
        log.open(folder)
        return LaterTest(name, asker.ask(arms, folder.study.seeds))
