import math
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

import visavis as vv
from visavis.describe import array_digest, canonical, describe, difference, digest, undescribed


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Part:
    size: int
    place: str = field(default="here", metadata=undescribed)


def test_a_part_of_visavis_is_its_name_and_fields():
    expected = {"type": "SGD", "lr": 0.1, "momentum": 0.5, "weight_decay": 0.0, "nesterov": False}
    assert describe(vv.SGD(lr=0.1, momentum=0.5)) == expected


def test_a_part_of_somebody_else_carries_digests_of_its_code():
    described = describe(Part(3))
    assert set(described) == {"type", "own code", "size"}
    (file, names), *others = described["own code"].items()
    assert (Path(file).name, list(names), others) == ("test_describe.py", ["Part"], [])
    assert len(names["Part"]) == 16


def test_where_something_lies_is_not_what_it_is():
    assert digest(Part(3, "here")) == digest(Part(3, "there")) != digest(Part(4))


def test_plain_values():
    value = {"a": (1, 2.5, None), "b": Colour.RED, "c": range(2), "d": np.float64(0.5)}
    assert describe(value) == {"a": [1, 2.5, None], "b": "RED", "c": [0, 1], "d": 0.5}


def test_numbers_that_are_not_finite_are_told_apart():
    numbers = (math.inf, -math.inf, math.nan, np.float32(math.inf), None, "inf")
    described = [canonical(describe(number)) for number in numbers]
    assert described[0] == described[3]
    assert len(set(described)) == 5
    assert describe(math.nan) == describe(math.nan)


def test_what_cannot_be_described_is_refused():
    with pytest.raises(TypeError, match="can't describe a function"):
        describe(test_plain_values)


def test_a_difference_names_the_field():
    old = {"seeds": {"first": 3, "most": 64}, "arms": {}}
    new = {"seeds": {"first": 30, "most": 64}, "arms": {"b": {}}}
    assert [str(one) for one in difference(old, new)] == ["seeds.first: 3 -> 30", "arms.b: (absent) -> {}"]


def test_the_digest_of_an_array_sees_type_shape_and_bytes():
    array = np.arange(12, dtype=np.uint8)
    others = [array[::-1], array.reshape(3, 4), array.view(np.int8), array[:0]]
    assert len({array_digest(one) for one in [array, *others]}) == 5
    assert array_digest(array.reshape(3, 4).T) == array_digest(np.ascontiguousarray(array.reshape(3, 4).T))
