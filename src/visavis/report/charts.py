"""Axes and marks of a figure, as SVG.

Colours are the page's CSS variables, so that figures follow its light and dark themes. The browser draws the text, in a
font of the reader's that has its letters; here it is only estimated how much room a text takes.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from visavis.errors import one_line
from visavis.quantities import MINUS

INK, MUTED, GRID, PAPER = (f"var(--{name})" for name in ("ink", "muted", "grid", "paper"))
FONT = 11.0
"""Height of letters, in the units of the figure, of which a wide figure has 400."""
LINE = 1.25 * FONT
NARROW_LETTER, CAPITAL_LETTER, BROAD_LETTER, WIDE_LETTER = 0.6, 0.74, 0.95, 1.05
"""Widths in heights: more than most letters of the common fonts take, capitals, the broadest; what those of East Asia
take."""
BROAD = frozenset("MWmw@%+") | {MINUS}
GAP = 5.0
"""Between an axis and its labels."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
WHOLE_STEPS = (1.0, 2.0, 5.0, 10.0)
Point = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Attributes:
        svg: markup.
        caption: says n, seeds and interval.
        heading: stands above, where several figures differ in something.
    """

    svg: str
    caption: str
    heading: str = ""


@dataclass(frozen=True)
class Axis:
    """Numbers along one side of a figure.

    Attributes:
        low, high: the numbers at its ends.
        start, end: where these stand.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, number: float) -> float:
        """Where a number stands."""
        return self.start + (self.end - self.start) * (number - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Frame:
    """The two axes of a figure, whose origin is at the top left.

    Attributes:
        x, y: axes.
        width, height: of the whole figure, with its labels.
    """

    x: Axis
    y: Axis
    width: float
    height: float

    def at(self, x: float, y: float) -> Point:
        """Where a pair of numbers stands."""
        return self.x.at(x), self.y.at(y)


def span(numbers: Iterable[float], room: float = 0.05) -> tuple[float, float]:
    """The range of numbers with some room at both ends, never empty."""
    numbers = list(numbers)
    low, high = min(numbers), max(numbers)
    margin = room * (high - low) or max(abs(high), 1.0) * room
    return low - margin, high + margin


def ticks(low: float, high: float, *, whole: bool = False, most: int = 8) -> list[float]:
    """Round numbers within a range, at equal distances; whole ones where only these mean something."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (WHOLE_STEPS if whole else STEPS) if step * power >= rough * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [step * index for index in range(first, last + 1)]


def tick_texts(numbers: Sequence[float]) -> list[str]:
    """Numbers at equal distances, with as many digits as their distance needs."""
    step = abs(numbers[1] - numbers[0]) if len(numbers) > 1 else 1.0
    digits = next((digits for digits in range(9) if math.isclose(step, round(step, digits), rel_tol=1e-6)), 9)
    # Adding zero makes 0.0 of -0.0, which would get a sign.
    return [f"{number + 0.0:.{digits}f}".replace("-", MINUS) for number in numbers]


def text_width(text: str, size: float = FONT) -> float:
    """About how wide a text is drawn, rather too much than too little."""
    return size * sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return WIDE_LETTER
    if letter in BROAD:
        return BROAD_LETTER
    return CAPITAL_LETTER if letter.isupper() else NARROW_LETTER


def lines_of(text: str, letters: int, most: int = 2) -> list[str]:
    """A text in a few lines of so many letters, or half as many wide ones; what doesn't fit is left out."""
    plain = one_line(text)
    wide = any(_letter_width(letter) == WIDE_LETTER for letter in plain)
    room = letters // 2 if wide else letters
    lines = wrap(plain, room) or [""]
    if len(lines) > most:
        lines[most - 1 :] = [lines[most - 1][: room - 1] + "\N{HORIZONTAL ELLIPSIS}"]
    return lines


def line(points: Iterable[Point], color: str, width: float = 1.4, *, opacity: float = 1.0, dashes: str = "") -> str:
    """A line through points."""
    coordinates = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash_array = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<polyline points="{coordinates}" fill="none" stroke="{color}" stroke-width="{width:g}" '
        f'stroke-opacity="{opacity:g}"{dash_array}/>'
    )


def dot(point: Point, color: str, radius: float, opacity: float = 0.8) -> str:
    """A disc."""
    return f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{radius:g}" fill="{color}" fill-opacity="{opacity:g}"/>'


def diamond(point: Point, color: str, reach: float = 5.0) -> str:
    """A square that stands on a corner."""
    corner = f"M{point[0]:.1f} {point[1] - reach:.1f}"
    return f'<path d="{corner}l{reach:g} {reach:g}l{-reach:g} {reach:g}l{-reach:g} {-reach:g}z" fill="{color}"/>'


def band(low: Point, high: Point, color: str, opacity: float = 0.5) -> str:
    """A rectangle between its top left and its bottom right corner."""
    sides = f'width="{high[0] - low[0]:.1f}" height="{high[1] - low[1]:.1f}"'
    return f'<rect x="{low[0]:.1f}" y="{low[1]:.1f}" {sides} fill="{color}" fill-opacity="{opacity:g}"/>'


def label(
    point: Point, lines: Sequence[str], color: str = INK, *, anchor: str = "end", turn: float = 0, size: float = FONT
) -> str:
    """Lines of text whose middle, with their end, start or middle, stands at a point."""
    x, y = point
    rotation = f' transform="rotate({turn:g} {x:.1f} {y:.1f})"' if turn else ""
    # Text stands on its baseline; the middle of a capital lies about 0.36 of the font size above it.
    top = y - LINE * (len(lines) - 1) / 2 + 0.36 * size
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{top + LINE * index:.1f}">{escape(text)}</tspan>' for index, text in enumerate(lines)
    )
    return f'<text font-size="{size:g}" text-anchor="{anchor}" fill="{color}"{rotation}>{spans}</text>'


def bottom_axis(
    frame: Frame, numbers: Sequence[float], title: str, *, grid: bool = False, texts: Sequence[str] | None = None
) -> Iterator[str]:
    """Yields the x axis with its labels and its title, which take two lines below the frame.

    Args:
        frame: of the figure.
        numbers: where the labels stand.
        title: of the axis.
        grid: whether a line leads from each number to the top.
        texts: the labels; by default the numbers.
    """
    base = frame.y.start
    for number, text in zip(numbers, tick_texts(numbers) if texts is None else texts, strict=True):
        x = frame.x.at(number)
        yield line([(x, base), (x, frame.y.end if grid else base + 3)], GRID, 0.8)
        yield label((x, base + GAP + LINE / 2), [text], MUTED, anchor="middle")
    yield line([(frame.x.start, base), (frame.x.end, base)], GRID, 1)
    yield label(((frame.x.start + frame.x.end) / 2, base + GAP + 1.6 * LINE), [title], MUTED, anchor="middle")


def left_axis(frame: Frame, numbers: Sequence[float], title: str) -> Iterator[str]:
    """Yields the y axis with its grid, its labels and its title."""
    for number, text in zip(numbers, tick_texts(numbers), strict=True):
        y = frame.y.at(number)
        yield line([(frame.x.start, y), (frame.x.end, y)], GRID, 0.8)
        yield label((frame.x.start - GAP, y), [text], MUTED)
    middle = (frame.y.start + frame.y.end) / 2
    yield label((FONT / 2 + 1, middle), [title], MUTED, anchor="middle", turn=-90)


def before_axis(labels: Iterable[str]) -> float:
    """What an axis with a title and such labels takes left of its frame."""
    return 1.5 * LINE + GAP + max(map(text_width, labels), default=0.0)


BELOW = 2.4 * LINE + GAP
"""What an axis with a title takes below its frame."""


def plot_frame(x: tuple[float, float], y: tuple[float, float], labels: Sequence[str]) -> Frame:
    """The frame of a figure with numbers on both sides, a third of the page wide.

    Args:
        x, y: ranges.
        labels: of the y axis.
    """
    width, height = 374.0, 259.0
    start = before_axis(labels)
    return Frame(Axis(*x, start, width - 8), Axis(*y, height - BELOW, 8), width, height)


def rows_frame(x: tuple[float, float], rows: Sequence[Sequence[str]], width: float, row_height: float) -> Frame:
    """The frame of a figure with a named row for each of several things, the first on top.

    Args:
        x: range of the numbers.
        rows: each row's label, in lines.
        width: of the figure.
        row_height: where its label takes no more.
    """
    start = GAP + max((text_width(text) for row in rows for text in row), default=0.0)
    height = max(row_height, LINE * max(map(len, rows), default=1) + GAP) * len(rows)
    x_axis = Axis(*x, min(start, 0.6 * width), width - 10)
    return Frame(x_axis, Axis(len(rows) - 0.5, -0.5, height + 4, 4), width, height + 4 + BELOW)


def apart(axis: Axis, numbers: Sequence[float], texts: Sequence[str]) -> list[int]:
    """Indices of the labels that have room beside each other on a bottom axis: the ends first, then from the left."""
    halves = [text_width(text) / 2 for text in texts]
    chosen: list[int] = []
    for index in dict.fromkeys((0, len(numbers) - 1, *range(len(numbers)))):
        reaches = [halves[index] + halves[other] + GAP for other in chosen]
        distances = [abs(axis.at(numbers[index]) - axis.at(numbers[other])) for other in chosen]
        if all(distance >= reach for distance, reach in zip(distances, reaches, strict=True)):
            chosen.append(index)
    return sorted(chosen)


def svg(frame: Frame, marks: Iterable[str], alternative: str) -> str:
    """Markup that scales with the page and has an accessible name."""
    name = escape(one_line(alternative), quote=True)
    size = f"0 0 {frame.width:.0f} {frame.height:.0f}"
    return f'<svg role="img" aria-label="{name}" viewBox="{size}">{"".join(marks)}</svg>'
