"""Histograms made even within tiles, with a limit to what noise gains (CLAHE: Zuiderveld 1994)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from visavis.checks import require_positive, require_whole
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream

LEVELS = 256


@dataclass(frozen=True)
class Clahe:
    """Contrast-limited adaptive histogram equalisation, channel by channel: each tile's histogram is made even, and
    between the centres of tiles is interpolated.

    Attributes:
        tiles: on a side, 1 or more; at most as many as the shorter side has pixels.
        limit: the highest that a level of a tile's histogram may stand, as a multiple of its mean; what is above is
            spread over all levels. The lower, the less the contrast grows.
    """

    tiles: int = 8
    limit: float = 2.0

    def __post_init__(self) -> None:
        require_whole(self.tiles, "input.tiles", 1)
        require_positive(self.limit, "input.limit")

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        return Transform(apply=partial(_equalise, tiles=min(self.tiles, shape.height, shape.width), limit=self.limit))


def _equalise(images: np.ndarray, tiles: int, limit: float) -> np.ndarray:
    planes = images.reshape(-1, *images.shape[2:])
    sides = [-(-side // tiles) for side in planes.shape[1:]]
    room = [(0, 0), *((0, side * tiles - whole) for side, whole in zip(sides, planes.shape[1:], strict=True))]
    tables = _tables(np.pad(planes, room, mode="symmetric"), tiles, sides, limit)
    result = np.zeros(planes.shape)
    rows, columns = (_between(whole, side, tiles) for whole, side in zip(planes.shape[1:], sides, strict=True))
    plane_numbers = np.arange(len(planes))[:, None, None]
    for row, row_share in rows:
        for column, column_share in columns:
            share = row_share[:, None] * column_share
            result += share * tables[plane_numbers, row[:, None], column, planes]
    return result.round().astype(np.uint8).reshape(images.shape)


def _tables(planes: np.ndarray, tiles: int, sides: list[int], limit: float) -> np.ndarray:
    """float64 [planes, tiles, tiles, levels]: what each level becomes in each tile."""
    blocks = planes.reshape(len(planes), tiles, sides[0], tiles, sides[1]).swapaxes(2, 3)
    blocks = blocks.reshape(len(planes) * tiles * tiles, -1)
    offsets = LEVELS * np.arange(len(blocks))[:, None]
    counts = np.bincount((blocks + offsets).ravel(), minlength=LEVELS * len(blocks)).reshape(-1, LEVELS).astype(float)
    highest = max(limit * blocks.shape[1] / LEVELS, 1.0)
    above = (counts - highest).clip(0).sum(1, keepdims=True)
    shares = (counts.clip(max=highest) + above / LEVELS).cumsum(1) / blocks.shape[1]
    return ((LEVELS - 1) * shares).reshape(len(planes), tiles, tiles, LEVELS)


def _between(whole: int, side: int, tiles: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each pixel of a side the tiles before and after it, each with its share."""
    places = ((np.arange(whole) + 0.5) / side - 0.5).clip(0, tiles - 1)
    before = np.floor(places).astype(np.int64)
    share = places - before
    return [(before, 1 - share), (np.minimum(before + 1, tiles - 1), share)]
