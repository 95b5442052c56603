"""What all cells of a run have in common."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.execution.machine import Machine
from visavis.execution.stopping import Stopping
from visavis.execution.watch import Watch
from visavis.interfaces import ImageData
from visavis.recipe import Recipe
from visavis.store import RunFolder


@dataclass(frozen=True)
class Conditions:
    """What all cells of a run have in common.

    Attributes:
        data: the images before any arm's intervention.
        shared: fingerprints of the data.
        recipe, machine: what is held equal.
        folder: of the study; the cells' own folders and the features of frozen backbones are in it.
        stopping: says when to stop; what is in work is kept then.
        watch: is told of steps and epochs.
    """

    data: ImageData
    shared: dict[str, str]
    recipe: Recipe
    machine: Machine
    folder: RunFolder
    stopping: Stopping
    watch: Watch
