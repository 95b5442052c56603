"""A finished run is tested on other images: they are admitted and written down, then the trained networks are asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from visavis.data import Dataset, load_images, require_there
from visavis.describe import describe
from visavis.design.arm import Arm
from visavis.design.slug import slugify
from visavis.design.study import OWN_TEST
from visavis.errors import RunFolderError
from visavis.events import Watch, ignore
from visavis.events.runs import NothingToAsk
from visavis.options import USUAL, Options
from visavis.runs.asking import Asker
from visavis.runs.data import counted
from visavis.runs.journal import Log, warnings_as_events
from visavis.runs.machine import process_for_training, settle_device, settle_threads
from visavis.runs.signals import stop_on
from visavis.runs.tests import admit_tests, other_images, tell_loaded, write_with_tests
from visavis.store import RunFolder, wait_for
from visavis.trained import load


def ask_later(
    path: str | Path,
    dataset: Dataset,
    name: str | None = None,
    options: Options = USUAL,
    *,
    parts: Mapping[str, Arm] | None = None,
    watch: Watch = ignore,
) -> str:
    """Asks the networks of a run about the test part of a data set; nothing is trained.

    What is missing is written: a test that was interrupted goes on. ``study.json`` names the test images from then on.

    Args:
        path: the run folder.
        dataset: of the study's image shape, with some of its classes, by their names.
        name: what the test images are called; by default as the data set.
        options: the device.
        parts: arms by name, for code of one's own.
        watch: is told what happens.

    Returns:
        The name.

    Raises:
        VisavisError: the folder has no finished cell, a network can't be built again, the images can't be used, or the
            name is in use for others; nothing is written then.
        Stopped: a signal asked for it.
    """
    folder, log, parts = RunFolder(Path(path)), Log(watch), parts or {}
    folder.require()
    device = settle_device(options)
    with stop_on() as stop, process_for_training(), warnings_as_events(log, otherwise=watch is ignore):
        # 1. What can be refused is, before anything is written.
        arms = _arms_with_results(folder)
        require_there(dataset)
        with counted("loading the test images", log):
            data, study_data = load_images(dataset), folder.data
        name = name or data.name
        _require_name(name)
        images = {name: other_images(f"tests.{name}", data, study_data.classes, study_data.shape)}
        tell_loaded(name, images[name], log)
        admit_tests(folder, images)
        for arm in arms:
            load(folder.path, arm, parts=parts.get(arm))
        # 2. The study names the images, then the networks are asked.
        with folder.claim as claim:
            for _ in wait_for(claim):
                stop.obey()
            admit_tests(folder, images)
            settle_threads(folder, None, 1)
            write_with_tests(folder, replace(folder.study, tests={name: describe(dataset)}), images)
        log.open(folder)
        if not Asker(folder, images, device, stop, log, parts).ask(arms, folder.study.seeds):
            log(NothingToAsk())
    return name


def _arms_with_results(folder: RunFolder) -> list[str]:
    """Names of the arms that have a finished cell.

    Raises:
        RunFolderError: none has.
    """
    study = folder.study
    arms = [arm for arm in study.arms if any(folder.cell(arm, seed).is_finished() for seed in study.seeds)]
    if not arms:
        raise RunFolderError(
            f"{folder.path} has no trained network to ask",
            got="no finished cell",
            expected="one at least",
            do="run the study again to continue it",
        )
    return arms


def _require_name(name: str) -> None:
    """Refuses a name without letters, and that of the study's own test part."""
    if slugify(name) in ("", OWN_TEST):
        raise RunFolderError(
            "test images can't have this name", got=repr(name), expected=f"letters or digits, not {OWN_TEST!r}"
        )
