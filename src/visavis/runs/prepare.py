"""Before the first cell: refuses what can't be run, and writes down the study, its data and its machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from visavis.cells import Conditions, OtherImages, Rehearsal, StudyData, images_gone_through, rehearse
from visavis.checks import excerpt, require
from visavis.data import ImageData, require_there
from visavis.describe import Plain, digest
from visavis.design.arm import Arm, describe_factors
from visavis.design.code import common_text
from visavis.design.levels import is_number, leaves
from visavis.design.study import Study
from visavis.errors import InvalidStudy
from visavis.events.runs import (
    ArmAlone,
    ArmsTold,
    DataLoaded,
    DataUnderstood,
    FileMended,
    FolderHeld,
    FrozenInStep,
    OtherImagesLeft,
    Preparation,
    SeedsAdded,
    TimeEstimated,
)
from visavis.options import Options
from visavis.pairing import alone, pairs
from visavis.runs.admission import require_same_data, require_same_study, require_same_weights
from visavis.runs.ahead import import_ahead
from visavis.runs.data import describe_data, load_counted, write_data
from visavis.runs.journal import Log
from visavis.runs.machine import (
    are_threads_given,
    settle_device,
    settle_machine,
    settle_precision,
    settle_threads,
)
from visavis.runs.probe import estimated_seconds, settle_pace
from visavis.runs.renewal import cells_of, forget_changed
from visavis.runs.signals import StopRequest
from visavis.runs.tests import admit_tests, load_tests, write_with_tests
from visavis.store import Claim, DataDocument, RunFolder, StudyDocument, WeightsDocument, wait_for

SHOWN_CLASSES = 6
"""Classes that the screen names."""


def prepare(
    study: Study,
    folder: RunFolder,
    options: Options,
    processes: int,
    stop: StopRequest,
    log: Log,
    origin: Mapping[str, Plain] | None,
    study_file: str | None,
    beside: Mapping[str, str],
) -> Conditions:
    """Refuses what can't be run; only then writes the study and what it is trained on and by.

    Args:
        study, folder, options, origin, study_file, beside: see ``run_study``.
        processes: that are to share the machine.
        stop: says when to wait no longer for another process that settles a study in the folder.
        log: is told what happens, and is opened.

    Raises:
        VisavisError: the study, its data or the folder can't be used.
    """
    # 1. What costs nothing to refuse is refused first.
    require(isinstance(study, Study), "study", excerpt(study), "a visavis.Study")
    device = settle_device(options)
    document = StudyDocument.of(study)
    folder.require_free()
    for source in (study.data, *study.tests.values()):
        require_there(source)  # before the folder: a slip in the path would be told as another study
    _admit(folder, options, document)
    for arm in alone(document):
        log(ArmAlone(arm))
    _require_contrast(document)
    # 2. The images, and every arm on a few of them: nothing is written yet.
    import_ahead()
    data, data_document, tests = _load(study, folder, options, document, log)
    log(ArmsTold(common_text(study)))
    rehearsals = _rehearse(study, data.of(study.seeds[0]), log)
    weights = WeightsDocument({arm: trial.loaded for arm, trial in rehearsals.items() if trial.loaded is not None})
    # 3. One process at a time settles the folder; what it holds may have changed until the claim was had.
    with folder.claim as claim:
        _wait_for(claim, stop, log)
        _admit(folder, options, document, data_document, weights)
        admit_tests(folder, tests)
        damaged_files = _damaged_files(folder, log)
        settle_threads(folder, options.threads, processes)
        wish = settle_precision(folder, options)
        folder.sweep()
        forget_changed(folder, document, log)
        _note_growth(folder, study.seeds, log)
        # 4. The study first: a folder with it is a run folder, whatever else is missing.
        for name in write_with_tests(folder, document, tests):
            log(OtherImagesLeft(name, str(folder.path)))
        log.open(folder)
        first = data.of(study.seeds[0])
        has_threads = are_threads_given(folder, options, device)
        precision, probes = settle_pace(study, first, rehearsals, device, wish, log, are_threads_given=has_threads)
        machine = settle_machine(folder, device, precision, probes, options, origin, log)
        seconds = estimated_seconds(study, first, probes, rehearsals, precision)
        if seconds is not None:
            log(TimeEstimated(seconds, sum(1 for _ in study.cells(study.seeds))))
        if study_file is not None:
            folder.write_study_file(study_file, beside)
        write_data(folder, data, data_document, damaged_files, log)
        folder.write(weights)
    return Conditions(data, machine, folder, tests)


def _require_contrast(study: StudyDocument) -> None:
    """Refuses seeds until decided where there is nothing to decide.

    Raises:
        InvalidStudy: no two arms are contrasted.
    """
    if study.first_look is not None and not any(pairs(study)):
        raise InvalidStudy(
            "seeds until decided have nothing to decide",
            got="no contrast",
            expected="two arms that differ in one factor, or a pair in asks or primary",
            do="give a number of seeds",
        )


def _load(
    study: Study, folder: RunFolder, options: Options, document: StudyDocument, log: Log
) -> tuple[StudyData, DataDocument, dict[str, OtherImages]]:
    """The study's images, what is written of them, and its further test images; compared with those of the folder."""
    data = StudyData(load_counted(study.data, log), study.cross_validation)
    data.require_dealt()
    first = data.of(study.seeds[0])
    log(DataLoaded(first.name, len(first.train), len(first.test), len(first.left_out)))
    log(DataUnderstood(first.classes[:SHOWN_CLASSES], len(first.classes), first.split_rule, first.notes))
    data_document = describe_data(first, data.loaded_fingerprints)
    _admit(folder, options, document, data_document)
    tests = load_tests(study.tests, data.loaded, folder, log)
    return data, data_document, tests


def _rehearse(study: Study, data: ImageData, log: Log) -> dict[str, Rehearsal]:
    """Every arm on a few images."""
    log(Preparation("rehearsing each arm"))
    rehearsals, by_kind = dict[str, Rehearsal](), dict[str, Rehearsal]()
    for arm in study.trained_arms:
        kind = _kind_of_trial(arm)  # candidates often differ in numbers alone, which fail no rehearsal
        if kind not in by_kind:
            by_kind[kind] = rehearse(arm, study.seeds[0], data)
        rehearsals[arm.name] = by_kind[kind]
    rehearsals |= {arm.name: rehearsals[next(arm.trials()).name] for arm in study.tuned_arms}
    for entry in study.all_arms:
        cells = [arm for arm, _ in entry.cells(study.seeds[:1]) if rehearsals[arm.name].has_frozen_in_step]
        if cells:
            images = sum(_images_forward(arm, study.seeds[0], data) for arm in cells)
            log(FrozenInStep(entry.name, images, len(data.train) + len(data.test)))
    return rehearsals


def _images_forward(arm: Arm, seed: int, data: ImageData) -> int:
    """That go through an arm's network in one cell: those that it is trained on, and those of the tests."""
    tested = len(data.test) if arm.held_out is None else len(data.train) // arm.held_out.parts
    return images_gone_through(arm, seed, data) + arm.epochs * tested


def _kind_of_trial(arm: Arm) -> str:
    """An arm; of a candidate without its name and the numbers of its optimizer, which it differs from others by."""
    factors = describe_factors(arm)
    if arm.held_out is None:
        return digest([arm.name, factors])
    optimizer = leaves(factors.pop("optimizer"))
    return digest([factors, [(path, "number" if is_number(leaf) else leaf) for path, leaf in optimizer]])


def _damaged_files(folder: RunFolder, log: Log) -> tuple[str, ...]:
    """Files of an earlier run that don't read back, and are made anew."""
    names = folder.damaged_files()
    for name in names:
        log(FileMended(name))
    return names


def _note_growth(folder: RunFolder, seeds: Sequence[int], log: Log) -> None:
    """Writes down that a study grows by seeds after some of the earlier ones were finished, and could be looked at."""
    earlier = folder.study.seeds if folder.exists() else ()
    if earlier and set(seeds) > set(earlier) and folder.arms_with_results():
        log(SeedsAdded(earlier))
        folder.note_look(earlier)


def _wait_for(claim: Claim, stop: StopRequest, log: Log) -> None:
    """Until no other process settles a study in the folder."""
    is_told = False
    for holder in wait_for(claim):
        if not is_told:
            log(FolderHeld(str(holder)))
            is_told = True
        stop.obey()


def _admit(
    folder: RunFolder,
    options: Options,
    study: StudyDocument,
    data: DataDocument | None = None,
    weights: WeightsDocument | None = None,
) -> None:
    """Compares what is known so far of a study with what the folder holds.

    Raises:
        ChangedStudy: the folder holds another study, or one with arms or seeds that this one lacks.
    """
    if folder.exists():
        earlier = folder.study
        changeable = _arms_without_results(folder, earlier)
        require_same_study(folder.path, earlier, study, changeable=changeable, renew=options.renew)
    earlier_data, earlier_weights = folder.recall(DataDocument), folder.recall(WeightsDocument)
    if earlier_data is not None and data is not None:
        require_same_data(folder.path, earlier_data.fingerprints, data.fingerprints)
    if earlier_weights is not None and weights is not None:
        require_same_weights(folder.path, earlier_weights, weights)


def _arms_without_results(folder: RunFolder, study: StudyDocument) -> set[str]:
    """Arms that no result has been seen of, and that nobody trains: they may still be mended."""
    cells = {arm: list(cells_of(folder, study, arm)) for arm in study.arms}
    return {arm for arm, cells in cells.items() if not any(cell.is_finished() or cell.holder for cell in cells)}
