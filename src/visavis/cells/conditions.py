"""What all cells of a run have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from visavis.cells.elsewhere import OtherImages
from visavis.cells.machine import Machine
from visavis.cells.study_data import StudyData
from visavis.store import RunFolder


@dataclass(frozen=True)
class Conditions:
    """What all cells of a run have in common.

    Attributes:
        data: the images before any arm's intervention, as each seed has them.
        machine: by which they are trained.
        folder: of the study; the cells' own folders and the features of frozen backbones are in it.
        tests: further test images by name, which a cell's network is asked about when it is trained.
    """

    data: StudyData
    machine: Machine
    folder: RunFolder
    tests: Mapping[str, OtherImages] = field(default_factory=dict)
