"""Controlled, side-by-side experiments for image classifiers.

Names are resolved when they are first used: what needs no PyTorch doesn't import it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from visavis import datasets, interventions, models, tuning
    from visavis.comparison import Comparison, compare
    from visavis.execution import run_study
    from visavis.interfaces import (
        ImageData,
        ImageShape,
        LeftOut,
        Network,
        ParamGroup,
        Plan,
        Split,
        Transform,
    )
    from visavis.interventions import PixelPermutation, Untouched
    from visavis.recipe import NLL, SGD, Recipe
    from visavis.report import write_report
    from visavis.streams import Stream
    from visavis.study import Arm, Study
    from visavis.tuning import FromScratch

_ROOMS = {
    "datasets": "visavis.datasets",
    "interventions": "visavis.interventions",
    "models": "visavis.models",
    "tuning": "visavis.tuning",
}
_HOMES = {
    "visavis.comparison": ("Comparison", "compare"),
    "visavis.execution": ("run_study",),
    "visavis.interfaces": (
        "ImageData",
        "ImageShape",
        "LeftOut",
        "Network",
        "ParamGroup",
        "Plan",
        "Split",
        "Transform",
    ),
    "visavis.interventions": ("PixelPermutation", "Untouched"),
    "visavis.recipe": ("NLL", "SGD", "Recipe"),
    "visavis.report": ("write_report",),
    "visavis.streams": ("Stream",),
    "visavis.study": ("Arm", "Study"),
    "visavis.tuning": ("FromScratch",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "NLL",
    "SGD",
    "Arm",
    "Comparison",
    "FromScratch",
    "ImageData",
    "ImageShape",
    "LeftOut",
    "Network",
    "ParamGroup",
    "PixelPermutation",
    "Plan",
    "Recipe",
    "Split",
    "Stream",
    "Study",
    "Transform",
    "Untouched",
    "compare",
    "datasets",
    "interventions",
    "models",
    "run_study",
    "tuning",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'visavis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
