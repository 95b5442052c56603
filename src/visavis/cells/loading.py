"""A study's data, loaded: what a data set does wrong is told in one line."""

from __future__ import annotations

from visavis.data import Dataset, ImageData
from visavis.errors import DataError, VisavisError, first_line, is_out_of_memory


def load_data(dataset: Dataset) -> ImageData:
    """The images of a data set.

    Raises:
        DataError: there are none, there is no room for them, or the data set raises.
    """
    kind = type(dataset).__name__
    try:
        data = dataset.load()
    except VisavisError:
        raise
    except Exception as problem:  # a data set may be anybody's code
        if is_out_of_memory(problem):
            raise DataError(
                "the images need more memory than there is",
                got=first_line(problem),
                do="free memory, take fewer images (Limited, --limit) or have them decoded to a smaller size",
            ) from problem
        if isinstance(problem, OSError):
            raise
        raise DataError(
            f"the data set {kind} raises", got=f"{type(problem).__name__}: {first_line(problem)}", do="mend its load()"
        ) from problem
    if not isinstance(data, ImageData):
        raise DataError(f"the data set {kind} loads no images", got=type(data).__name__, expected="visavis.ImageData")
    return data
