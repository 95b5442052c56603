"""The factors of an arm, the parts that ship for each, and what a part of one's own has to do."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from visavis import interfaces
from visavis.cli.catalogue import FACTORS as SOURCES
from visavis.cli.catalogue import parts_of
from visavis.design.arm import FACTORS, PARTS, Arm
from visavis.studies.words import HOMES, OTHERS
from visavis.studies.words import words as command_words


def factors() -> str:
    """The table of factors, what they mean and what ships."""
    rows = [f"| `{factor}` | {_meaning(factor)} | {_shipped(factor)} |" for factor in FACTORS]
    return "\n".join(["| factor | is | ships |", "| --- | --- | --- |", *rows])


def words() -> str:
    """The table of the words that a command line takes."""
    rows = []
    for factor in HOMES:
        texts = [f"`{word}`" for word in command_words(factor)]
        rows.append(f"| `{factor}` | {', '.join([*texts, *filter(None, [OTHERS.get(factor)])])} |")
    return "\n".join(["| field | words |", "| --- | --- |", *rows])


def protocols() -> str:
    """The table of what a part of one's own has to do."""
    rows = [f"| `{factor}` | {', '.join(_methods(factor))} |" for factor in PARTS]
    return "\n".join(["| factor | a frozen dataclass with |", "| --- | --- |", *rows])


def _meaning(factor: str) -> str:
    """What the arm's docstring says of a field."""
    found = re.search(rf"^ +{factor}: (.*?)\.\n +\w+: ", inspect.getdoc(Arm) or "", re.DOTALL | re.MULTILINE)
    assert found is not None, factor
    return " ".join(found[1].split()).replace("``", "`")


def _shipped(factor: str) -> str:
    names = [f"`{name}`" for source in SOURCES.get(factor, ()) for name, _ in parts_of(*source)]
    return ", ".join(names) or "a whole number"


def _methods(factor: str) -> Iterator[str]:
    """The public methods and properties that a factor's parts have, with what they take and give."""
    protocol: Any = getattr(interfaces, Arm.__annotations__[factor])
    for name, method in vars(protocol).items():
        if isinstance(method, property):
            yield f"`{name}`"
        elif not name.startswith("_") and inspect.isfunction(method):
            signature = inspect.signature(method)
            names = [name for name in signature.parameters if name != "self"]
            result = str(signature.return_annotation).replace("torch.optim.", "").replace("torch.", "")
            yield f"`{name}({', '.join(names)}) -> {result}`"
