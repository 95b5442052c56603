"""A plan's parameters: every one in exactly one group or held, trained or frozen epoch by epoch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch

from visavis.errors import InvalidStudy
from visavis.interfaces import Plan


def optimizer_groups(plan: Plan) -> list[dict[str, Any]]:
    """The plan's groups as an optimizer takes them, with the learning rates of the first epoch.

    Raises:
        InvalidStudy: a group is empty, names a parameter that isn't there, or a parameter stands in two groups, or
            in none and isn't held.
    """
    parameters = dict(plan.trained.named_parameters())
    _require_cover(plan, set(parameters))
    return [{"params": [parameters[name] for name in group.parameters], "lr": group.rate(1)} for group in plan.groups]


def enter_epoch(plan: Plan, epoch: int) -> None:
    """Sets what is trained in an epoch, and the modules' modes, from nothing but the plan.

    A frozen parameter asks for no gradient, so that the optimizer passes it over and the backward pass ends above it.
    """
    parameters = dict(plan.trained.named_parameters())
    for name in plan.held:
        parameters[name].requires_grad_(False)
    for group in plan.groups:
        for name in group.parameters:
            parameters[name].requires_grad_(group.rate(epoch) > 0)
    _set_modes(plan.trained, inherited=True)


def _set_modes(module: torch.nn.Module, *, inherited: bool) -> None:
    """A module trains where one of its own parameters does; one without parameters, such as dropout, as the module
    that it stands in.
    """
    parameters = list(module.parameters())
    module.training = any(parameter.requires_grad for parameter in parameters) if parameters else inherited
    for child in module.children():
        _set_modes(child, inherited=module.training)


def trained_parameters(plan: Plan, epochs: int) -> int:
    """How many numbers are trained by the last of the epochs; what has begun never ends."""
    enter_epoch(plan, epochs)
    return sum(parameter.numel() for parameter in plan.trained.parameters() if parameter.requires_grad)


def untouched_tensors(plan: Plan, epochs: int) -> dict[str, torch.Tensor]:
    """The parameters and buffers that training must not change, by name: all of the frozen part; in the trained part
    what is held or never begins, with the statistics of normalisations that don't train.
    """
    enter_epoch(plan, epochs)
    found = {} if plan.frozen is None else {f"frozen.{name}": one for name, one in plan.frozen.state_dict().items()}
    for place, module in plan.trained.named_modules():
        own = dict(module.named_parameters(place, recurse=False))
        found |= {name: parameter for name, parameter in own.items() if not parameter.requires_grad}
        if not module.training:
            found |= dict(module.named_buffers(place, recurse=False))
    return found


def _require_cover(plan: Plan, there: set[str]) -> None:
    uses = Counter([*(name for group in plan.groups for name in group.parameters), *plan.held])
    problems = [f"group {group.name!r} is empty" for group in plan.groups if not group.parameters]
    problems += [f"{name} is no parameter" for name in sorted(set(uses) - there)]
    problems += [f"{name} stands in {count} groups" for name, count in sorted(uses.items()) if count > 1]
    problems += [f"{name} stands in no group" for name in sorted(there - set(uses))]
    if problems:
        raise InvalidStudy(
            "the plan's groups don't cover its parameters",
            got=", ".join(problems[:8]) + (f" and {len(problems) - 8} more" if len(problems) > 8 else ""),
            expected="every parameter of what is trained in exactly one group, or held",
        )
