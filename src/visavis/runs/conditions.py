"""What the cells of a study have in common that is settled in its folder already, held against what that says."""

from __future__ import annotations

from visavis.cells import Conditions, Machine, StudyData
from visavis.data import load_data
from visavis.design.study import Study
from visavis.runs.admission import require_same_data
from visavis.runs.journal import Log
from visavis.runs.tests import load_tests
from visavis.store import RunFolder


def load_conditions(study: Study, folder: RunFolder, machine: Machine, log: Log) -> Conditions:
    """Loads the images of a study, its further test images too.

    Args:
        study: the one in the folder.
        folder: of the run.
        machine: by which the cells are trained.
        log: is told.

    Raises:
        ChangedStudy: the images aren't those of the folder.
        DataError: they can't be loaded.
    """
    data = StudyData(load_data(study.data), study.cross_validation)
    require_same_data(folder.path, folder.data.fingerprints, data.loaded_fingerprints)
    return Conditions(data, machine, folder, load_tests(study.tests, data.loaded, folder, log))
