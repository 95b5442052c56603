"""The check that a plan is what it says: every trained parameter in exactly one group."""

from __future__ import annotations

from collections import Counter
from typing import Any

from visavis.errors import InvalidStudy
from visavis.interfaces import Plan


def optimizer_groups(plan: Plan) -> list[dict[str, Any]]:
    """The plan's groups as an optimizer takes them.

    Raises:
        InvalidStudy: a group is empty, names a parameter that isn't there, or a parameter stands in two groups or
            in none.
    """
    parameters = dict(plan.trained.named_parameters())
    _require_cover(plan, set(parameters))
    return [{"params": [parameters[name] for name in group.parameters], "lr": group.lr} for group in plan.groups]


def _require_cover(plan: Plan, there: set[str]) -> None:
    uses = Counter(name for group in plan.groups for name in group.parameters)
    problems = [f"group {group.name!r} is empty" for group in plan.groups if not group.parameters]
    problems += [f"{name} is no parameter" for name in sorted(set(uses) - there)]
    problems += [f"{name} stands in {count} groups" for name, count in sorted(uses.items()) if count > 1]
    problems += [f"{name} stands in no group" for name in sorted(there - set(uses))]
    if problems:
        raise InvalidStudy(
            "the plan's groups don't cover its parameters",
            got=", ".join(problems[:8]) + (f" and {len(problems) - 8} more" if len(problems) > 8 else ""),
            expected="every trained parameter in exactly one group",
        )
