"""A value as the Python that makes it, and a study as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import PurePath
from typing import Any

from visavis.describe import canonical, describe
from visavis.design.arm import FACTORS, Arm
from visavis.design.best_of import BestOf, is_one_of
from visavis.design.levels import is_number, unequal_leaves
from visavis.design.study import Entry, Study
from visavis.errors import StudyFileError
from visavis.quantities import number_text, some_text

WRITTEN = ("name", "question", "data", "control", "arms", "seeds", "headline", "primary")
"""Fields of a study that a file gets."""
HOW_CHOSEN = ("validation", "chosen_once", "halving")
"""Fields of a tuned arm beside its name and its candidates."""
QUICK_EPOCHS = 2
"""Of a file's ``--quick``."""
MOST_OPTIMIZERS = 4
"""That are told in full where arms differ in them."""
ROOMS = ("", "models.", "datasets.")
"""Where public names stand, below ``visavis``."""


def code_of(value: Any, package: str | None = "vv") -> str:
    """``vv.SGD(lr=0.01, momentum=0.9)``: fields that have their defaults are left out.

    Args:
        value: plain data, or a part of visavis's own.
        package: where the names of parts stand; None for bare names.
    """
    if is_dataclass(value) and not isinstance(value, type):
        texts = []
        for entry in (entry for entry in fields(value) if entry.init):
            content = getattr(value, entry.name)
            usual = entry.default if entry.default_factory is MISSING else entry.default_factory()
            if usual is not MISSING and content == usual:
                continue
            texts.append(f"{entry.name}={code_of(content, package)}")
        return f"{_public_name(type(value).__name__, package)}({', '.join(texts)})"
    if isinstance(value, str | PurePath):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, tuple | list):
        inner = ", ".join(code_of(item, package) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {code_of(item, package)}" for key, item in value.items()) + "}"
    return repr(value)


def _public_name(name: str, package: str | None) -> str:
    import visavis

    if package is None:
        return name
    for room in ROOMS:
        home = visavis if not room else getattr(visavis, room[:-1])
        if hasattr(home, name):
            return f"{package}.{room}{name}"
    return name


def study_code(study: Study, head: str) -> str:
    """The text of a file whose ``study()`` is the study.

    Args:
        study: of parts that visavis ships, with seeds from 0 on.
        head: the file's docstring, after the question.

    Raises:
        StudyFileError: it has more than a question, data, arms and seeds.
    """
    _require_plain(study)
    seeds = code_of(study.seeds) if is_dataclass(study.seeds) else "seeds"
    control = study.control
    assert isinstance(control, Arm)  # as every line has it
    arms = "".join(f"        {_entry(arm, control)},\n" for arm in study.arms)
    places = {control.name: "control"} | {arm.name: f"arms[{number}]" for number, arm in enumerate(study.arms)}
    pairs = ", ".join(f"({places[treatment.name]}, {places[other.name]})" for treatment, other in study.primary)
    primary = f"        primary=[{pairs}],\n" if pairs else ""
    lines = [
        f'"""{study.question}\n\n{head}\n"""\n\nimport visavis as vv\n\n',
        f'QUICK = {{"epochs": {min(QUICK_EPOCHS, control.epochs)}, "seeds": 2}}\n\n',
        f"\ndef study(epochs: int = {control.epochs}, seeds: int = {len(study.seeds)}) -> vv.Study:\n",
        '    """Builds the study."""\n',
        f"    control = vv.Arm(\n        {code_of(control.name)},\n{_factors(control)}    )\n",
        f"    arms = [\n{arms}    ]\n",
        "    return vv.Study(\n",
        f"        {code_of(study.name)},\n        {code_of(study.question)},\n",
        f"        data={code_of(study.data)},\n        control=control,\n        arms=arms,\n",
        f"        seeds={seeds},\n        headline={code_of(study.headline)},\n{primary}    )\n",
    ]
    return "".join(lines)


def _require_plain(study: Study) -> None:
    rest = [entry for entry in fields(Study) if entry.name not in WRITTEN]
    for entry in rest:
        usual = entry.default if entry.default_factory is MISSING else entry.default_factory()
        if canonical(describe(getattr(study, entry.name))) != canonical(describe(usual)):
            raise StudyFileError(
                "this study can't be written as a file",
                got=f"{entry.name} of its own",
                expected="arms and seeds alone, without --quick, which the file has itself",
            )


def _factors(arm: Arm) -> str:
    """The arm's factors that have no default or another value, a line each; epochs are what the function is given."""
    usual = {entry.name: entry.default for entry in fields(Arm)}
    rest = [name for name in FACTORS if name not in ("model", "optimizer", "epochs")]
    changed = [name for name in rest if getattr(arm, name) != usual[name]]
    names = ("model", "optimizer", "epochs", *changed)
    values = {name: "epochs" if name == "epochs" else code_of(getattr(arm, name)) for name in names}
    return "".join(f"        {name}={value},\n" for name, value in values.items())


def _entry(arm: Entry, control: Arm) -> str:
    """An arm as it differs from the control, or a tuned one with all of its candidates."""
    if isinstance(arm, Arm):
        return _variant(arm, control)
    candidates = "".join(f"                {_variant(candidate, control)},\n" for candidate in arm.candidates)
    usual = {entry.name: entry.default for entry in fields(BestOf) if entry.name in HOW_CHOSEN}
    changes = {name: getattr(arm, name) for name in HOW_CHOSEN if getattr(arm, name) != usual[name]}
    settings = "".join(f"            {name}={code_of(value)},\n" for name, value in changes.items())
    return (
        f"vv.BestOf(\n            {code_of(arm.name)},\n            [\n{candidates}            ],\n{settings}        )"
    )


def _variant(arm: Arm, control: Arm) -> str:
    names = [name for name in FACTORS if getattr(arm, name) != getattr(control, name)]
    return (
        f"control.but({', '.join([code_of(arm.name), *(f'{name}={code_of(getattr(arm, name))}' for name in names)])})"
    )


def common_text(study: Study) -> str:
    """What all arms share, as far as it isn't what an arm has where nothing is said; what they differ in; and what the
    tuned ones are the best of.
    """
    arms, usual = study.trained_arms, {entry.name: entry.default for entry in fields(Arm)}
    choices = [name for name in FACTORS if any(is_one_of(arm.factors()[name]) for arm in study.tuned_arms)]
    kinds = (
        [arm.factors() for arm in study.all_arms if isinstance(arm, Arm)],
        [arm.factors() for arm in study.tuned_arms],
    )
    different = [name for name in FACTORS if any(row[name] != rows[0][name] for rows in kinds for row in rows)]
    shared = [
        f"{name.replace('_', ' ')} {code_of(getattr(arms[0], name), None)}"
        for name in FACTORS
        if name not in (*different, *choices) and getattr(arms[0], name) != usual[name]
    ]
    text = f"all arms: {', '.join(shared)}; they differ in {_names(different) or 'nothing'}"
    if "optimizer" in different:  # whose learning rates may be what nobody has said
        optimizers = [code_of(arm.optimizer, None) for arm in study.all_arms if isinstance(arm, Arm)]
        text += f" ({some_text(list(dict.fromkeys(optimizers)), MOST_OPTIMIZERS)})"
    return f"{text}; {_tuning_text(study.tuned_arms[0], _choices_text(study, choices))}" if study.tuned_arms else text


def _names(factors: list[str]) -> str:
    return " and ".join(name.replace("_", " ") for name in factors)


def _tuning_text(arm: BestOf, choices: str) -> str:
    how = "one choice for all seeds" if arm.chosen_once else "chosen anew in every seed"
    share = f"{100 / arm.parts:.3g} % of the training images"
    return f"each tuned arm is the best of {len(arm.candidates)} in {choices}, {how}, by {share} held out"


def _choices_text(study: Study, factors: list[str]) -> str:
    """What the candidates of the tuned arms differ in, with the range where it is one number."""
    texts = dict.fromkeys(map(_choice_text, study.tuned_arms))
    return next(iter(texts)) if len(texts) == 1 else _names(factors)


def _choice_text(arm: BestOf) -> str:
    columns = unequal_leaves(candidate.factors() for candidate in arm.candidates)
    text = " and ".join(map(".".join, columns))
    numbers: list[Any] = next(iter(columns.values()))
    if len(columns) > 1 or not all(map(is_number, numbers)):
        return text
    low, high = (number_text(end(numbers)) for end in (min, max))
    return f"{text} from {low} to {high}"
