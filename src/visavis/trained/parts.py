"""The parts of an arm made from their descriptions: visavis's own; other code is given, and compared with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from visavis.describe import OWN_CODE, describe, difference
from visavis.design.arm import Arm
from visavis.design.study import Entry
from visavis.errors import DamagedFile, RunFolderError
from visavis.interfaces import Intervention, Model
from visavis.parts import inputs, models

LARGEST_SETTING, MOST_SETTINGS = 1 << 20, 1000
"""Of a part that is built again: a stranger's description may ask for more layers than time allows."""


def candidate_of(arm: Entry | None, model: Mapping[str, Any], intervention: Mapping[str, Any]) -> Arm | None:
    """The arm, or of a tuned one the candidate that a network is of, by the descriptions of its parts."""
    if arm is None or isinstance(arm, Arm):
        return arm
    kind = [model, intervention]
    candidates = (one for one in arm.candidates if [describe(one.model), describe(one.input)] == kind)
    return next(candidates, arm.candidates[0])


def model_of(description: Mapping[str, Any], part: Model | None) -> Model:
    """The model that a description is of, made from it, or the one that is given.

    Raises:
        RunFolderError: it is code of one's own and isn't given, or another one is given.
    """
    model: Model = _part(description, models, part)
    return model


def intervention_of(description: Mapping[str, Any], part: Intervention | None) -> Intervention:
    """The intervention that a description is of, made from it, or the one that is given.

    Raises:
        RunFolderError: it is code of one's own and isn't given, or another one is given.
    """
    intervention: Intervention = _part(description, inputs, part)
    return intervention


def _part(description: Mapping[str, Any], room: ModuleType, part: Any) -> Any:
    """The part that a description is of: visavis's own is made from it, other code has to be given.

    Raises:
        RunFolderError: it isn't given, or another one is.
    """
    if part is None or not is_foreign(description):
        return _revive(description, room)
    if describe(part) != description:
        raise RunFolderError(
            f"the run was made with another {description['type']} than the one given",
            got=", ".join(map(str, difference(description, describe(part)))),
            expected="the same code and settings",
            do="give it as it was: in Python, load(path, arm, parts=my_arm)",
        )
    # the trained tensors take the place of the pre-trained ones, which needn't be read or downloaded once more
    return replace(part, weights=models.Untrained()) if "weights" in description else part


def is_foreign(description: Any) -> bool:
    """Whether a description, or one within it, is of a class that isn't visavis's own."""
    if not isinstance(description, Mapping):
        return False
    return OWN_CODE in description or any(map(is_foreign, description.values()))


def _revive(description: Mapping[str, Any], room: ModuleType) -> Any:
    """The value of a room's own class that a description is of; pre-trained weights are left out of it.

    Raises:
        RunFolderError: the class isn't one that the room exports.
    """
    name = str(description.get("type"))
    kind = getattr(room, name, None) if name in room.__all__ else None
    if not isinstance(kind, type) or OWN_CODE in description:
        raise RunFolderError(
            f"{name} is code of your own, which the run folder doesn't hold",
            expected=f"one of {', '.join(room.__all__)}",
            do="give the study's file with --study, or the arm itself in Python: load(path, arm, parts=my_arm)",
        )
    return kind(**{field: _field(field, value, room) for field, value in description.items() if field != "type"})


def _field(name: str, value: Any, room: ModuleType) -> Any:
    if name == "weights":
        return models.Untrained()  # the trained tensors take the place of those that the network began with
    if isinstance(value, Mapping):
        return _revive(value, room)
    if isinstance(value, int) and value > LARGEST_SETTING:
        raise DamagedFile(f"no part has a {name} of {value:,}", expected=f"at most {LARGEST_SETTING:,}")
    if isinstance(value, list) and len(value) > MOST_SETTINGS:
        raise DamagedFile(f"no part has {len(value):,} {name}", expected=f"at most {MOST_SETTINGS:,}")
    return tuple(value) if isinstance(value, list) else value
