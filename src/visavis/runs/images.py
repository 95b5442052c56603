"""The images of a study that is settled in its folder already, held against what the folder says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from visavis.cells import OtherImages, data_fingerprints
from visavis.data import ImageData, load_data
from visavis.design.study import Study
from visavis.runs.admission import require_same_data
from visavis.runs.journal import Log
from visavis.runs.tests import load_tests
from visavis.store import RunFolder


@dataclass(frozen=True)
class StudyImages:
    """A study's images.

    Attributes:
        data: before any arm's intervention.
        fingerprints: of the data.
        tests: further test images, by name.
    """

    data: ImageData
    fingerprints: Mapping[str, str]
    tests: Mapping[str, OtherImages]


def load_same_images(study: Study, folder: RunFolder, log: Log) -> StudyImages:
    """The images of a study.

    Args:
        study: the one in the folder.
        folder: of the run.
        log: is told.

    Raises:
        ChangedStudy: they aren't those of the folder.
        DataError: they can't be loaded.
    """
    data = load_data(study.data)
    fingerprints = data_fingerprints(data)
    require_same_data(folder.path, folder.data.fingerprints, fingerprints)
    tests = load_tests(study.tests, data, folder, log)
    return StudyImages(data, fingerprints, tests)
