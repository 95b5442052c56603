"""Marks that tell several series of one figure apart, not by their colours alone: dashes, shapes, a legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visavis.report.charts import GAP, INK, LINE, PAPER, Point, dot, label, line, text_width

COLORS = 8
"""Colours that the page has; more series share them."""
DASHES = ("", "7 3", "2 2.5", "7 2.5 2 2.5")
SHAPES = 4


@dataclass(frozen=True)
class Style:
    """How a series is drawn.

    Attributes:
        color: a CSS colour.
        dashes: of its line; none for an unbroken one.
        shape: of its marks, from 0 on: a disc, a square, a triangle, a diamond; None where it is a line only.
    """

    color: str
    dashes: str
    shape: int | None


def style(index: int) -> Style:
    """The style of a series; series that share a colour differ in dashes and shape."""
    turn = index + index // COLORS  # eight colours and four dashes would repeat together
    return Style(f"var(--arm-{index % COLORS})", DASHES[turn % len(DASHES)], turn % SHAPES)


def marker(point: Point, mark: Style, *, hollow: bool = False, reach: float = 4.2) -> str:
    """A mark of a series, filled or hollow."""
    x, y = point
    paint = f'fill="{PAPER if hollow else mark.color}" stroke="{mark.color}" stroke-width="1.5"'
    if not mark.shape:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{reach:g}" {paint}/>'
    half = 0.9 * reach
    paths = {
        1: f"M{x - half:.1f} {y - half:.1f}h{2 * half:.1f}v{2 * half:.1f}h{-2 * half:.1f}z",
        2: f"M{x:.1f} {y - 1.2 * reach:.1f}l{1.1 * reach:.1f} {2 * reach:.1f}h{-2.2 * reach:.1f}z",
        3: f"M{x:.1f} {y - 1.2 * reach:.1f}l{1.2 * reach:.1f} {1.2 * reach:.1f}l{-1.2 * reach:.1f} {1.2 * reach:.1f}"
        f"l{-1.2 * reach:.1f} {-1.2 * reach:.1f}z",
    }
    return f'<path d="{paths[mark.shape]}" {paint}/>'


def area(low: Sequence[Point], high: Sequence[Point], color: str, opacity: float = 0.16) -> str:
    """What lies between two lines."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (*low, *reversed(high)))
    return f'<polygon points="{points}" fill="{color}" fill-opacity="{opacity:g}"/>'


def seed_dots(points: Sequence[Point], color: str) -> Iterator[str]:
    """Yields a dot for each seed, thin enough to see those behind."""
    yield from (dot(point, color, 2.2, 0.4) for point in points)


SWATCH = 26.0
"""Width of a piece of line in a legend."""


@dataclass(frozen=True)
class Legend:
    """Names of series with their marks, in as many lines as they take.

    Attributes:
        entries: text and style.
        start, end: where it may stand.
    """

    entries: Sequence[tuple[str, Style]]
    start: float
    end: float

    @property
    def height(self) -> float:
        """Of all lines together; none for one series, which needs no legend."""
        return (1.15 * LINE * (self._corners()[-1][1] + 1) + GAP) if len(self.entries) > 1 else 0.0

    def draw(self, top: float) -> Iterator[str]:
        """Yields the marks and the texts."""
        if len(self.entries) < 2:
            return
        for (text, mark), (x, row) in zip(self.entries, self._corners(), strict=True):
            y = top + 1.15 * LINE * (row + 0.5)
            yield line([(x, y), (x + SWATCH, y)], mark.color, 1.8, dashes=mark.dashes)
            if mark.shape is not None:
                yield marker((x + SWATCH / 2, y), mark, reach=3.6)
            yield label((x + SWATCH + GAP, y), [text], INK, anchor="start")

    def _corners(self) -> list[tuple[float, int]]:
        """Where each entry begins, and in which line."""
        corners, x, row = [], self.start, 0
        for text, _ in self.entries:
            width = SWATCH + GAP + text_width(text) + 2 * GAP
            if x > self.start and x + width > self.end:
                x, row = self.start, row + 1
            corners.append((x, row))
            x += width
        return corners
