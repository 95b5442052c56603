"""Before the first cell: refuses what can't be run, and writes down the study, its data and its machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visavis.audit import audit
from visavis.describe import Plain
from visavis.errors import RunFolderError
from visavis.execution.admission import (
    changed_code,
    code_text,
    require_same_data,
    require_same_study,
    require_same_weights,
)
from visavis.execution.events import ArmAlone, CodeChanged, DataAudited, DataLoaded, FileMended, FolderHeld, SeedsAdded
from visavis.execution.holding import held
from visavis.execution.log import Log
from visavis.execution.machine import Machine
from visavis.execution.settling import (
    Asked,
    describe_data,
    find_device,
    hold_to_float32,
    hold_to_same_bits,
    kept_rows,
    recorded_precision,
    settle_machine,
    settle_threads,
)
from visavis.execution.stopping import Stopping
from visavis.execution.trial import try_every_arm
from visavis.interfaces import ImageData
from visavis.pairing import alone
from visavis.store import OF_AUDIT, OF_DATA, RunFolder
from visavis.study import Study


@dataclass(frozen=True)
class Prepared:
    """What the cells of a study share."""

    data: ImageData
    shared: dict[str, str]
    machine: Machine


def prepare(
    study: Study,
    folder: RunFolder,
    asked: Asked,
    asked_to_stop: Stopping,
    log: Log,
    origin: Mapping[str, Plain] | None,
    study_file: str | None,
    beside: Mapping[str, str],
    *,
    renew: bool,
) -> Prepared:
    """Refuses what can't be run; only then writes the study and what it is trained on and by. Documents of an earlier
    run that don't read back are made anew.

    Args:
        study, folder, asked, origin, study_file, beside, renew: see ``run_study``.
        asked_to_stop: says when to wait no longer for another process that settles a study in the folder.
        log: is told what happens, and is opened.

    Raises:
        VisavisError: the study, its data or the folder can't be used.
    """
    device = find_device(asked.device)
    hold_to_float32()
    if asked.deterministic:
        hold_to_same_bits()
    description = study.describe()
    folder.require_free()
    _admit(folder, description, renew=renew)
    for arm in alone(description):
        log(ArmAlone(arm.arm, arm.nearest, arm.slots))
    data = study.data.load()
    log(DataLoaded(data.name, len(data.train), len(data.test), len(data.left_out)))
    about_data = describe_data(data)
    _admit(folder, description, about_data, renew=renew)
    weights = try_every_arm(study, data)
    with held(folder.claim, asked_to_stop, lambda holder: log(FolderHeld(str(holder)))):
        _admit(folder, description, about_data, weights, renew=renew)
        damaged = folder.damaged_files()
        for name in damaged:
            log(FileMended(name))
        settle_threads(folder, asked)
        precision = recorded_precision(folder, asked.precision) or asked.precision
        folder.sweep()
        _forget_changed(folder, description, log)
        _note_look(folder, study.seeds, log)
        folder.write("study", description)  # first: a folder with it is a run folder, whatever else is missing
        log.open(folder)
        machine = settle_machine(study, data, folder, device, precision, asked, log, origin)
        if study_file is not None:
            folder.write_study_file(study_file, beside)
        _write_data(folder, data, about_data, damaged, log)
        folder.write("weights", weights)
    return Prepared(data, about_data["fingerprints"], machine)


def _admit(
    folder: RunFolder,
    description: dict[str, Plain],
    about_data: dict[str, Plain] | None = None,
    weights: dict[str, Plain] | None = None,
    *,
    renew: bool,
) -> None:
    """Holds what is known so far of a study against what the folder holds; once more when no other process can write
    there.

    Raises:
        ChangedStudy: the folder holds another study, or one with arms or seeds that this one lacks.
    """
    if folder.exists():
        study = folder.read("study")
        require_same_study(folder.path, study, description, changeable=_unfinished_arms(folder, study), renew=renew)
    data, loaded = folder.recall("data"), folder.recall("weights")
    if data is not None and about_data is not None:
        require_same_data(folder.path, data, about_data)
    if loaded is not None and weights is not None:
        require_same_weights(folder.path, loaded, weights)


def _unfinished_arms(folder: RunFolder, study: Mapping[str, Any]) -> set[str]:
    """Arms that no result has been seen of, and that nobody trains: they may still be mended."""
    cells = {arm: [folder.cell(arm, seed) for seed in study["seeds"]] for arm in study["arms"]}
    return {arm for arm, cells in cells.items() if not any(cell.is_finished() or cell.holder for cell in cells)}


def _forget_changed(folder: RunFolder, description: dict[str, Plain], log: Log) -> None:
    """Empties the cells of arms whose code has changed, before the study is written with the new code: a run that is
    killed in between is asked again.

    Raises:
        RunFolderError: another process trains one of them.
    """
    if not folder.exists():
        return
    study = folder.read("study")
    changed = changed_code(study, description)
    cells = [folder.cell(arm, seed) for arm in changed for seed in study["seeds"]]
    for cell in cells:
        if cell.holder is not None:
            raise RunFolderError(
                f"{cell.path} can't be trained anew: it is in work",
                got=f"trained by {cell.holder}",
                do="wait for it, or stop it, then run again with --renew",
            )
    if any(cell.is_finished() for cell in cells):
        log(CodeChanged(code_text(changed), tuple(changed)))
    for cell in cells:
        cell.forget()


def _write_data(
    folder: RunFolder, data: ImageData, about_data: dict[str, Plain], damaged: Collection[str], log: Log
) -> None:
    """What is kept of the data, and of their audit, where it isn't there yet."""
    if not folder.has("data") or not set(OF_DATA).isdisjoint(damaged):
        rows = kept_rows(data)
        folder.write_test_images(data.test.ids[rows], data.test.images[rows])
        folder.write("data", about_data)
    if not folder.has("audit") or not set(OF_AUDIT).isdisjoint(damaged):
        found = audit(data)
        folder.write_audit(found.audit.to_plain(), found.twins, found.pictures)
        log(DataAudited(found.audit))


def _note_look(folder: RunFolder, seeds: Sequence[int], log: Log) -> None:
    """Writes down that a study grows by seeds after some of the earlier ones were finished and could be looked at."""
    if not folder.exists():
        return
    study = folder.read("study")
    planned = study["seeds"]
    seen = any(folder.cell(arm, seed).is_finished() for seed in planned for arm in study["arms"])
    earlier = list(_earlier_looks(folder))
    if seen and set(seeds) > set(planned):
        log(SeedsAdded(tuple(planned)))
        earlier.append(planned)
    if earlier:
        folder.write("looks", {"seeds": earlier})


def _earlier_looks(folder: RunFolder) -> Iterator[list[int]]:
    """Yields the seeds that each look was at; where the document is damaged, as the events have them."""
    if not folder.has("looks"):
        return
    found = folder.recall("looks")
    if found is not None:
        yield from found["seeds"]
        return
    for event in folder.read_events():
        seeds = event.get("seeds")
        if event.get("event") == SeedsAdded.__name__ and isinstance(seeds, list):
            yield [seed for seed in seeds if isinstance(seed, int)]
