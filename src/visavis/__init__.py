"""Controlled, side-by-side experiments for image classifiers.

Names are resolved when they are first used: what needs no PyTorch doesn't import it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from visavis import datasets, interventions, models, tuning
    from visavis.comparison import Comparison, compare
    from visavis.execution import TrainedModel, TrainedOn, load, run_study
    from visavis.interfaces import (
        ImageData,
        ImageShape,
        Layer,
        LeftOut,
        Loaded,
        Network,
        ParamGroup,
        Plan,
        Split,
        Transform,
    )
    from visavis.interventions import PixelPermutation, Untouched
    from visavis.models import Pretrained
    from visavis.options import Options
    from visavis.recipe import NLL, SGD, CrossEntropy, Recipe
    from visavis.report import write_report
    from visavis.streams import Stream
    from visavis.study import Arm, Study
    from visavis.tuning import (
        DifferentialRates,
        FromScratch,
        Full,
        GradualUnfreezing,
        LayerwiseDecay,
        LinearProbe,
        LowRankAdapters,
        NormAndBias,
        ProbeThenFull,
    )

_ROOMS = {
    "datasets": "visavis.datasets",
    "interventions": "visavis.interventions",
    "models": "visavis.models",
    "tuning": "visavis.tuning",
}
_HOMES = {
    "visavis.comparison": ("Comparison", "compare"),
    "visavis.execution": ("TrainedModel", "TrainedOn", "load", "run_study"),
    "visavis.interfaces": (
        "ImageData",
        "ImageShape",
        "Layer",
        "LeftOut",
        "Loaded",
        "Network",
        "ParamGroup",
        "Plan",
        "Split",
        "Transform",
    ),
    "visavis.interventions": ("PixelPermutation", "Untouched"),
    "visavis.models": ("Pretrained",),
    "visavis.options": ("Options",),
    "visavis.recipe": ("NLL", "SGD", "CrossEntropy", "Recipe"),
    "visavis.report": ("write_report",),
    "visavis.streams": ("Stream",),
    "visavis.study": ("Arm", "Study"),
    "visavis.tuning": (
        "DifferentialRates",
        "FromScratch",
        "Full",
        "GradualUnfreezing",
        "LayerwiseDecay",
        "LinearProbe",
        "LowRankAdapters",
        "NormAndBias",
        "ProbeThenFull",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "NLL",
    "SGD",
    "Arm",
    "Comparison",
    "CrossEntropy",
    "DifferentialRates",
    "FromScratch",
    "Full",
    "GradualUnfreezing",
    "ImageData",
    "ImageShape",
    "Layer",
    "LayerwiseDecay",
    "LeftOut",
    "LinearProbe",
    "Loaded",
    "LowRankAdapters",
    "Network",
    "NormAndBias",
    "Options",
    "ParamGroup",
    "PixelPermutation",
    "Plan",
    "Pretrained",
    "ProbeThenFull",
    "Recipe",
    "Split",
    "Stream",
    "Study",
    "TrainedModel",
    "TrainedOn",
    "Transform",
    "Untouched",
    "compare",
    "datasets",
    "interventions",
    "load",
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
