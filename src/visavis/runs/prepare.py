"""Before the first cell: refuses what can't be run, and writes down the study, its data and its machine."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.audit import Audit, audit
from visavis.cells.loading import load_data
from visavis.cells.machine import Machine
from visavis.cells.rehearsal import rehearse
from visavis.checks import excerpt, require
from visavis.data import ImageData
from visavis.datasets.reading.ahead import decoding_counted
from visavis.describe import Plain
from visavis.design.study import Study
from visavis.errors import RunFolderError
from visavis.events import (
    ArmAlone,
    CodeChanged,
    DataAudited,
    DataLoaded,
    FileMended,
    FolderHeld,
    Preparation,
    SeedsAdded,
    read_event,
)
from visavis.options import Options
from visavis.pairing import alone
from visavis.runs.admission import (
    changed_code,
    code_text,
    require_same_data,
    require_same_study,
    require_same_weights,
)
from visavis.runs.journal import Log
from visavis.runs.machine import (
    describe_data,
    find_device,
    kept_rows,
    recorded_precision,
    set_arithmetic,
    settle_machine,
    settle_threads,
)
from visavis.runs.signals import Stopping
from visavis.store import (
    OF_AUDIT,
    OF_DATA,
    Claim,
    DataDocument,
    LooksDocument,
    RunFolder,
    StudyDocument,
    WeightsDocument,
    wait_for,
)
from visavis.training import Precision

SECONDS_BETWEEN_COUNTS = 0.2


@dataclass(frozen=True)
class Prepared:
    """What the cells of a study share."""

    data: ImageData
    shared: dict[str, str]
    machine: Machine


def prepare(
    study: Study,
    folder: RunFolder,
    options: Options,
    processes: int,
    asked_to_stop: Stopping,
    log: Log,
    origin: Mapping[str, Plain] | None,
    study_file: str | None,
    beside: Mapping[str, str],
) -> Prepared:
    """Refuses what can't be run; only then writes the study and what it is trained on and by. Documents of an earlier
    run that don't read back are made anew.

    Args:
        study, folder, options, origin, study_file, beside: see ``run_study``.
        processes: that are to share the machine.
        asked_to_stop: says when to wait no longer for another process that settles a study in the folder.
        log: is told what happens, and is opened.

    Raises:
        VisavisError: the study, its data or the folder can't be used.
    """
    require(isinstance(study, Study), "study", excerpt(study), "a visavis.Study")
    device = find_device(options.device)
    set_arithmetic(options)
    description = StudyDocument.of(study)
    folder.require_free()
    _admit(folder, options, description)
    for arm in alone(description):
        log(ArmAlone(arm))
    data = _load(study, log)
    log(DataLoaded(data.name, len(data.train), len(data.test), len(data.left_out)))
    data_document = describe_data(data)
    _admit(folder, options, description, data_document)
    log(Preparation("rehearsing each arm"))
    rehearsals = {arm.name: rehearse(arm, study.seeds[0], data) for arm in study.all_arms}
    weights = WeightsDocument({arm: trial.loaded for arm, trial in rehearsals.items() if trial.loaded is not None})
    with folder.claim as claim:
        _wait_for(claim, asked_to_stop, log)
        _admit(folder, options, description, data_document, weights)
        damaged = folder.damaged_files()
        for name in damaged:
            log(FileMended(name))
        settle_threads(folder, options.threads, processes)
        precision = None if options.precision is None else Precision[options.precision]
        precision = recorded_precision(folder, precision) or precision
        folder.sweep()
        _forget_changed(folder, description, log)
        _note_look(folder, study.seeds, log)
        folder.write(description)  # first: a folder with it is a run folder, whatever else is missing
        log.open(folder)
        machine = settle_machine(study, data, rehearsals, folder, device, precision, options, log, origin)
        if study_file is not None:
            folder.write_study_file(study_file, beside)
        _write_data(folder, data, data_document, damaged, log)
        folder.write(weights)
    return Prepared(data, data_document.fingerprints, machine)


def _load(study: Study, log: Log) -> ImageData:
    """The study's data; files that are decoded are counted."""
    phase, last = "loading data", time.monotonic()
    log(Preparation(phase))

    def count(files: int) -> None:
        nonlocal last
        if time.monotonic() - last > SECONDS_BETWEEN_COUNTS:
            last = time.monotonic()
            log(Preparation(phase, f"{files:,} files decoded"))

    with decoding_counted(count):
        return load_data(study.data)


def _wait_for(claim: Claim, asked_to_stop: Stopping, log: Log) -> None:
    """Until no other process settles a study in the folder."""
    is_told = False
    for holder in wait_for(claim):
        if not is_told:
            log(FolderHeld(str(holder)))
            is_told = True
        asked_to_stop.end()


def _admit(
    folder: RunFolder,
    options: Options,
    description: StudyDocument,
    data: DataDocument | None = None,
    weights: WeightsDocument | None = None,
) -> None:
    """Holds what is known so far of a study against what the folder holds; once more when no other process can write
    there.

    Raises:
        ChangedStudy: the folder holds another study, or one with arms or seeds that this one lacks.
    """
    if folder.exists():
        study = folder.study
        unfinished = _unfinished_arms(folder, study)
        require_same_study(folder.path, study, description, changeable=unfinished, renew=options.renew)
    earlier_data, earlier_weights = folder.recall(DataDocument), folder.recall(WeightsDocument)
    if earlier_data is not None and data is not None:
        require_same_data(folder.path, earlier_data.fingerprints, data.fingerprints)
    if earlier_weights is not None and weights is not None:
        require_same_weights(folder.path, earlier_weights, weights)


def _unfinished_arms(folder: RunFolder, study: StudyDocument) -> set[str]:
    """Arms that no result has been seen of, and that nobody trains: they may still be mended."""
    cells = {arm: [folder.cell(arm, seed) for seed in study.seeds] for arm in study.arms}
    return {arm for arm, cells in cells.items() if not any(cell.is_finished() or cell.holder for cell in cells)}


def _forget_changed(folder: RunFolder, description: StudyDocument, log: Log) -> None:
    """Empties the cells of arms whose code has changed, before the study is written with the new code: a run that is
    killed in between is asked again.

    Raises:
        RunFolderError: another process trains one of them.
    """
    if not folder.exists():
        return
    study = folder.study
    changed = changed_code(study, description)
    cells = [folder.cell(arm, seed) for arm in changed for seed in study.seeds]
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


def _write_data(folder: RunFolder, data: ImageData, document: DataDocument, damaged: Collection[str], log: Log) -> None:
    """What is kept of the data, and of their audit, where it isn't there yet."""
    if not folder.has(DataDocument) or not set(OF_DATA).isdisjoint(damaged):
        rows = kept_rows(data)
        folder.write_test_images(data.test.ids[rows], data.test.images[rows])
        folder.write(document)
    if not folder.has(Audit) or not set(OF_AUDIT).isdisjoint(damaged):
        log(Preparation("auditing the images"))
        audited = audit(data)
        folder.write_audit(audited.audit, audited.twins, audited.pictures)
        log(DataAudited(tuple(f"{problem.count:,} {problem.what}" for problem in audited.audit.problems)))


def _note_look(folder: RunFolder, seeds: Sequence[int], log: Log) -> None:
    """Writes down that a study grows by seeds after some of the earlier ones were finished and could be looked at."""
    if not folder.exists():
        return
    study = folder.study
    has_results = any(folder.cell(arm, seed).is_finished() for seed in study.seeds for arm in study.arms)
    looks = list(_earlier_looks(folder))
    if has_results and set(seeds) > set(study.seeds):
        log(SeedsAdded(study.seeds))
        looks.append(study.seeds)
    if looks:
        folder.write(LooksDocument(tuple(looks)))


def _earlier_looks(folder: RunFolder) -> Iterator[tuple[int, ...]]:
    """Yields the seeds that each look was at; where the document is damaged, as the events have them."""
    if not folder.has(LooksDocument):
        return
    looks = folder.recall(LooksDocument)
    if looks is not None:
        yield from looks.seeds
        return
    for event in map(read_event, folder.read_events()):
        if isinstance(event, SeedsAdded):
            yield event.seeds
