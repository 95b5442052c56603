"""A plan's parameters: every one in exactly one group or held, trained or frozen epoch by epoch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from visavis.errors import InvalidStudy
from visavis.interfaces import Plan
from visavis.quantities import some_text


def optimizer_groups(plan: Plan, lr: float) -> list[dict[str, Any]]:
    """The plan's groups as an optimizer takes them, each at its share of a learning rate.

    Raises:
        InvalidStudy: a group is empty, names a parameter that isn't there, or a parameter stands in two groups, or
            in none and isn't held.
    """
    parameters = dict(plan.trained.named_parameters())
    _require_cover(plan, set(parameters))
    return [
        {"params": [parameters[name] for name in group.parameters], "lr": lr * group.scale} for group in plan.groups
    ]


def group_numbers(optimizer: torch.optim.Optimizer, groups: Sequence[dict[str, Any]]) -> list[int]:
    """Which of the plan's groups each group of an optimizer is of: it may have split some, as for weight decay.

    Raises:
        InvalidStudy: it has put parameters of several together, or has others than those that it was given.
    """
    numbers = {parameter: number for number, group in enumerate(groups) for parameter in group["params"]}
    parts = [{numbers.get(parameter, -1) for parameter in group["params"]} for group in optimizer.param_groups]
    held = sum(len(group["params"]) for group in optimizer.param_groups)
    if held != len(numbers) or any(len(part) != 1 or -1 in part for part in parts):
        raise InvalidStudy(
            "the optimizer has other groups of parameters than it was given",
            expected="every parameter once, and no group with parameters of several of those given",
            do="build it over the groups that build() is handed",
        )
    return [part.pop() for part in parts]


def enter_epoch(plan: Plan, epoch: int) -> None:
    """Sets what is trained in an epoch, and the modules' modes, from nothing but the plan.

    A frozen parameter asks for no gradient, so that the optimizer passes it over and the backward pass ends above it.
    """
    trained = _trained(plan, epoch)
    for parameter in plan.trained.parameters():
        parameter.requires_grad_(parameter in trained)
    for _, module, training in _modes_of(plan, trained):
        module.training = training


class FrozenFirst(nn.Sequential):
    """What is frozen, which is always in evaluation mode, and then what is trained."""

    def __init__(self, frozen: nn.Module, trained: nn.Module) -> None:
        super().__init__()
        self.add_module("frozen", frozen)
        self.add_module("trained", trained)


def with_frozen_in_step(plan: Plan) -> Plan:
    """The plan with what is frozen run in every step, for training images that are never the same twice."""
    if plan.frozen is None:
        return plan
    groups = tuple(
        replace(group, parameters=tuple(f"trained.{name}" for name in group.parameters)) for group in plan.groups
    )
    frozen = (f"frozen.{name}" for name, _ in plan.frozen.named_parameters())
    return replace(
        plan,
        trained=FrozenFirst(plan.frozen, plan.trained),
        groups=groups,
        frozen=None,
        untrained=(*frozen, *(f"trained.{name}" for name in plan.untrained)),
    )


def trained_parameters(plan: Plan, epoch: int) -> int:
    """How many numbers are trained in an epoch; what has begun never ends."""
    return sum(parameter.numel() for parameter in _trained(plan, epoch))


def untouched_tensors(plan: Plan, epochs: int) -> dict[str, torch.Tensor]:
    """The parameters and buffers that so many epochs must not change, by name: all of the frozen part; in the trained
    part what is held or never begins, with the statistics of normalisations that don't train.
    """
    trained = _trained(plan, epochs)
    tensors = {} if plan.frozen is None else {f"frozen.{key}": value for key, value in plan.frozen.state_dict().items()}
    for name, module, training in _modes_of(plan, trained):
        parameters = module.named_parameters(name, recurse=False)
        tensors |= {key: parameter for key, parameter in parameters if parameter not in trained}
        if not training:
            tensors |= dict(module.named_buffers(name, recurse=False))
    return tensors


def _trained(plan: Plan, epoch: int) -> set[nn.Parameter]:
    """The parameters whose group is trained in the epoch, whatever the schedule makes of the learning rate."""
    parameters = dict(plan.trained.named_parameters())
    return {parameters[name] for group in plan.groups if group.scale_in(epoch) > 0 for name in group.parameters}


def _modes_of(plan: Plan, trained: Set[nn.Parameter]) -> Iterator[tuple[str, nn.Module, bool]]:
    return _modes(plan.trained, trained, training=_is_trained(plan.trained, trained) is not False)


def _modes(
    module: nn.Module, trained: Set[nn.Parameter], *, training: bool, name: str = ""
) -> Iterator[tuple[str, nn.Module, bool]]:
    """Yields every module by name, and whether it trains: where one of its own parameters does; one without parameters,
    such as dropout, where the module that it stands in does, and in it the one before (of the first, the one after).
    """
    yield name, module, training
    children = list(module.named_children())
    states = [_is_trained(child, trained) for _, child in children]
    for number, (key, child) in enumerate(children):
        state = states[number]
        if state is None:
            around = (*reversed(states[:number]), *states[number:])
            beside = next((other for other in around if other is not None), training)
            state = training and beside and not (isinstance(module, FrozenFirst) and key == "frozen")
        yield from _modes(child, trained, training=state, name=f"{name}.{key}" if name else key)


def _is_trained(module: nn.Module, trained: Set[nn.Parameter]) -> bool | None:
    """Whether one of its parameters is; None where it has none."""
    parameters = list(module.parameters())
    return any(parameter in trained for parameter in parameters) if parameters else None


def _require_cover(plan: Plan, names: set[str]) -> None:
    uses = Counter([*(name for group in plan.groups for name in group.parameters), *plan.untrained])
    problems = [f"group {group.name!r} is empty" for group in plan.groups if not group.parameters]
    problems += [f"{name} is no parameter" for name in sorted(set(uses) - names)]
    problems += [f"{name} stands in {count} groups" for name, count in sorted(uses.items()) if count > 1]
    problems += [f"{name} stands in no group" for name in sorted(names - set(uses))]
    if problems:
        raise InvalidStudy(
            "the plan's groups don't cover its parameters",
            got=some_text(problems, 8),
            expected="every parameter of what is trained in exactly one group, or held",
        )
