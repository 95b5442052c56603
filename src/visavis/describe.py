"""Values as plain data: what a study *is*, in a form that can be written, hashed and compared."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec
import numpy as np

from visavis.arrays import slices
from visavis.own_code import own_code

Plain = Any
"""JSON data: None, bool, int, float, str, lists of them and string-keyed dicts of them."""

undescribed: Mapping[str, bool] = {"described": False}
"""Metadata of a dataclass field that says where or how, not what, such as a path: it is left out of the description."""
OWN_CODE = "own code"
"""Of the description of a type that isn't visavis's own: digests of what it can reach, file -> name -> digest."""


def describe(value: object) -> Plain:
    """The value as plain data.

    A dataclass becomes its type's name and its described fields. A type that isn't visavis's own also carries digests
    of the code that it can reach, so that an edited intervention is a changed study; see ``visavis.own_code``.

    Raises:
        TypeError: the value is neither plain, nor a sequence, a mapping, an enumeration or a dataclass.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}  # JSON has no such numbers
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, np.generic):
        return describe(value.item())
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, tuple | list | range):
        return [describe(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _describe_dataclass(value)
    raise TypeError(f"can't describe a {type(value).__name__}; expected plain data or a dataclass")


def _describe_dataclass(value: Any) -> dict[str, Plain]:
    description: dict[str, Plain] = {"type": type(value).__qualname__}
    if not type(value).__module__.startswith("visavis."):
        description[OWN_CODE] = own_code(type(value))  # type: ignore[arg-type] # mypy takes no class for hashable
    for field in dataclasses.fields(value):
        if field.metadata.get("described", True):
            description[field.name] = describe(getattr(value, field.name))
    return description


def plain_of(document: object) -> Any:
    """A document, or a part of one, as plain data."""
    return msgspec.to_builtins(document, enc_hook=_simple)


def _simple(value: object) -> str | int | float:
    """A text or number of a more special type, such as PyTorch's version or a number of NumPy, as one of JSON's."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"a document can't hold a {type(value).__name__}")


def canonical(plain: Plain) -> str:
    """The one JSON text of plain data: sorted keys, no spaces."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(value: object) -> str:
    """SHA-256 of the value's description, in hexadecimal."""
    return text_digest(canonical(describe(value)))


def text_digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def array_digest(array: np.ndarray) -> str:
    """SHA-256 of an array's type, shape and bytes, in hexadecimal; read in slices, so a memory map stays on disk."""
    hasher = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    for part in slices(array):
        hasher.update(np.ascontiguousarray(array[part]).data)
    return hasher.hexdigest()


@dataclasses.dataclass(frozen=True)
class Difference:
    """One place where two descriptions differ.

    Attributes:
        path: the field's path, such as ``arms.plain.epochs``.
        old, new: the plain data there; ``ABSENT`` where there is none.
    """

    path: str
    old: Plain
    new: Plain

    def __str__(self) -> str:
        return f"{self.path}: {_short(self.old)} -> {_short(self.new)}"


ABSENT = "(absent)"


def _short(plain: Plain) -> str:
    if isinstance(plain, dict) and "type" in plain:
        return str(plain["type"])
    text = plain if isinstance(plain, str) else json.dumps(plain)
    return text if len(text) <= 40 else text[:12] + "..."


def difference(old: Plain, new: Plain, path: str = "") -> Iterator[Difference]:
    """Yields the places where two descriptions differ, as deep as they can be told apart."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            inner = f"{path}.{key}" if path else key
            yield from difference(old.get(key, ABSENT), new.get(key, ABSENT), inner)
    elif old != new:
        yield Difference(path, old, new)
