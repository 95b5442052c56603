"""What all JSON documents are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from visavis.bounds import Name
from visavis.describe import Plain

Description = dict[str, Any]
"""What ``describe`` makes of a part: its type and its fields."""
Factors = Mapping[Name, Plain]
"""What an arm is: the description of each of its factors."""


class Document(msgspec.Struct, frozen=True):
    """A JSON object."""
