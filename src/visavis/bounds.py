"""What a field that is read from a file may hold, as types: ``Annotated`` bounds that msgspec holds values against."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

MOST_CLASSES, MOST_SEEDS = 100_000, 10_000

Text = Annotated[str, Meta(max_length=20_000)]
Name = Annotated[str, Meta(min_length=1, max_length=20_000)]
Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Epochs = Annotated[int, Meta(ge=1, le=1 << 31)]
Seed = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Side = Annotated[int, Meta(ge=1, le=1 << 20)]
Threads = Annotated[int, Meta(ge=1, le=1 << 16)]
Share = Annotated[float, Meta(ge=0, le=1)]
Margin = Annotated[float, Meta(gt=0, lt=1)]
Number = Annotated[float, Meta(ge=-1e30, le=1e30)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
Positive = Annotated[float, Meta(gt=0, le=1e12)]
Classes = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=MOST_CLASSES)]
