"""A data set that is to be further test images of a finished run: loaded, admitted, and written down."""

from __future__ import annotations

from msgspec.structs import replace

from visavis.cells import OtherImages
from visavis.data import Dataset, load_images, require_there
from visavis.describe import describe
from visavis.design.slug import slugify
from visavis.errors import RunFolderError, UsageError
from visavis.runs.data import counted
from visavis.runs.journal import Log
from visavis.runs.tests import admit_tests, other_images, tell_loaded, write_with_tests
from visavis.store import OWN_TEST, RunFolder


def admitted_images(
    folder: RunFolder, dataset: Dataset, name: str | None, log: Log
) -> tuple[str, dict[str, OtherImages]]:
    """The test part of a data set by its name, by default the data set's own; nothing is written.

    Raises:
        VisavisError: the images can't be used, the name is in use for others, or each seed has its own test part.
    """
    if folder.study.folds is not None:
        raise UsageError(
            f"{folder.path} is cross-validation, whose networks are asked of no other images",
            expected="a study in which every seed has the same training part",
            do="run the study with --seeds in another --out, and test that",
        )
    require_there(dataset)
    with counted("loading the test images", log):
        data = load_images(dataset)
    name, study_data = name or data.name, folder.data
    if slugify(name) in ("", OWN_TEST):
        raise RunFolderError(
            "test images can't have this name", got=repr(name), expected=f"letters or digits, not {OWN_TEST!r}"
        )
    images = {name: other_images(f"tests.{name}", data, study_data.classes, study_data.shape)}
    tell_loaded(name, images[name], log)
    admit_tests(folder, images)
    return name, images


def write_addition(folder: RunFolder, dataset: Dataset, images: dict[str, OtherImages]) -> None:
    """Has the study name the images from now on; for the holder of the folder's claim.

    Raises:
        ChangedStudy: another process has used the name for others meanwhile.
    """
    admit_tests(folder, images)
    write_with_tests(folder, replace(folder.study, tests={name: describe(dataset) for name in images}), images)
