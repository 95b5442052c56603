"""Figures as inline SVG whose colours are the page's CSS variables, so that they follow its light and dark themes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from visavis.comparison import Comparison
from visavis.numbers import MINUS
from visavis.results import Contrast, EpochRow
from visavis.stats.calibration import BINS
from visavis.stats.metrics import ACCURACY

INK, MUTED, GRID, PAPER = "#010101", "#020202", "#030303", "#040404"
ARMS = tuple(f"#0a0a{index:02x}" for index in range(1, 9))
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--grid", PAPER: "--paper"} | {
    color: f"--arm-{index}" for index, color in enumerate(ARMS)
}
"""Colours that matplotlib is given, and the variables that the page puts in their place."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 11,
    "font.family": "DejaVu Sans",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": GRID,
    "legend.frameon": False,
    "axes.unicode_minus": True,
    "text.parse_math": False,
}
FEWEST_IN_BIN = 10
"""Predictions from which a bin of a reliability curve is drawn."""
MATRIX_LABELS = 15
"""Number of classes up to which a confusion matrix is labelled."""


@dataclass(frozen=True)
class Drawn:
    """A figure of the page.

    Attributes:
        svg: markup.
        caption: says n, seeds and interval.
    """

    svg: str
    caption: str


def arm_color(comparison: Comparison, arm: str) -> str:
    """The same colour for the same arm everywhere."""
    return ARMS[comparison.arms.index(arm) % len(ARMS)]


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()


def _svg(figure: Figure, name: str, alternative: str) -> str:
    """The figure as markup that scales with the page and has an accessible name."""
    out = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        # not savefig, which draws everything twice
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(out, metadata={"Date": None, "Creator": None})
    markup = out.getvalue()[out.getvalue().index("<svg") :]
    markup = re.sub(r"<metadata>.*?</metadata>", "", markup, flags=re.DOTALL)
    markup = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", markup, count=1)
    markup = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", markup, count=1)
    markup = re.sub(r'id="', f'id="{name}-', markup)
    markup = re.sub(r'(href="#|url\(#)', rf"\1{name}-", markup)
    for color, variable in VARIABLES.items():
        markup = markup.replace(color, f"var({variable})")
    return markup.replace("<svg", f'<svg role="img" aria-label="{escape(alternative, quote=True)}"', 1)


def contrasts_figure(comparison: Comparison, contrasts: Sequence[Contrast], name: str) -> Drawn:
    """Differences of accuracy with their intervals, every seed as a dot, the margin as a band."""
    margin = 100 * comparison.margin
    with _figure(6.2, 1.0 + 0.75 * len(contrasts)) as (figure, axes):
        axes.axvspan(-margin, margin, color=GRID, alpha=0.5, linewidth=0)
        axes.axvline(0, color=INK, linewidth=1)
        for row, contrast in enumerate(reversed(contrasts)):
            color = arm_color(comparison, contrast.treatment)
            interval = contrast.interval
            axes.plot([100 * interval.low, 100 * interval.high], [row, row], color=color, linewidth=5, alpha=0.35)
            axes.plot(100 * interval.value, row, "D", color=color, markersize=8)
            seeds = 100 * np.array(list(contrast.by_seed.values()))
            axes.plot(seeds, np.full(len(seeds), row + 0.28), "o", color=color, markersize=4, alpha=0.8)
        labels = [_wrapped(f"{contrast.treatment} {MINUS} {contrast.control}") for contrast in reversed(contrasts)]
        axes.set_yticks(range(len(contrasts)), labels, color=INK)
        axes.set_ylim(-0.6, len(contrasts) - 0.3)
        axes.set_xlabel("difference of accuracy in percentage points")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        svg = _svg(
            figure, name, "Differences of accuracy with their intervals; the numbers are in the table of contrasts"
        )
    return Drawn(
        svg,
        f"Diamond: mean difference; bar: 95 % interval; dots: each seed; band: \N{PLUS-MINUS SIGN}{margin:g} pp, "
        f"counted as equivalent. {_basis(comparison)}",
    )


def _wrapped(label: str) -> str:
    return label if len(label) < 24 else label.replace(f" {MINUS} ", f"\n{MINUS} ")


def accuracy_figure(comparison: Comparison) -> Drawn:
    """Accuracy of every cell as a dot, the pairs joined, each arm's mean with its interval."""
    with _figure(5.2, 3.6) as (figure, axes):
        table = np.array(
            [
                [100 * comparison.measured[arm][ACCURACY.name].by_seed[seed] for seed in comparison.seeds]
                for arm in comparison.arms
            ]
        )
        places = np.arange(len(comparison.arms))
        for column in range(len(comparison.seeds)):
            axes.plot(places - 0.12, table[:, column], color=GRID, linewidth=1, zorder=1)
        for place, arm in enumerate(comparison.arms):
            color = arm_color(comparison, arm)
            interval = comparison.measured[arm][ACCURACY.name].interval
            axes.plot(
                np.full(len(comparison.seeds), place - 0.12), table[place], "o", color=color, markersize=6, alpha=0.8
            )
            axes.plot(
                [place + 0.14] * 2, [100 * interval.low, 100 * interval.high], color=color, linewidth=5, alpha=0.35
            )
            axes.plot(place + 0.14, 100 * interval.value, "D", color=color, markersize=7)
        axes.set_xticks(places, [_narrow(arm) for arm in comparison.arms], color=INK)
        axes.set_xlim(-0.6, len(places) - 0.4)
        axes.grid(axis="y", linewidth=0.8)
        axes.set_ylabel("test accuracy in %")
        svg = _svg(figure, "accuracy", "Accuracy of each arm and seed; the numbers are in the table of arms")
    return Drawn(
        svg,
        "Dots: each seed, lines join the cells of one seed; diamond and bar: mean and 95 % interval. "
        f"{_basis(comparison)}",
    )


def _narrow(label: str) -> str:
    return label if len(label) <= 14 else "\n".join(label.split(" ", 1))


def curves_figures(comparison: Comparison) -> Iterator[Drawn]:
    """Learning curves of every cell: loss on the training images, then accuracy on the test images."""
    yield Drawn(
        _curves(comparison, "loss", "training loss", lambda row: row.train_loss),
        f"One line per cell. {_basis(comparison)}",
    )
    yield Drawn(
        _curves(comparison, "curve", "test accuracy in %", lambda row: 100 * row.test_accuracy),
        f"For display: the last epoch counts, nothing was chosen by these curves. {_basis(comparison)}",
    )


def _curves(comparison: Comparison, name: str, label: str, value: Callable[[EpochRow], float]) -> str:
    with _figure(5.2, 3.6) as (figure, axes):
        for arm in comparison.arms:
            for index, seed in enumerate(comparison.seeds):
                rows = comparison.history(arm, seed)
                axes.plot(
                    [row.epoch for row in rows],
                    [value(row) for row in rows],
                    color=arm_color(comparison, arm),
                    linewidth=1.4,
                    alpha=0.85,
                    marker="o" if len(rows) == 1 else "",
                    label=arm if index == 0 else "_",
                )
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.grid(linewidth=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(labelcolor=INK)
        return _svg(figure, name, f"{label} of every cell by epoch")


def calibration_figure(comparison: Comparison) -> Drawn:
    """Reliability curve of each arm: how often it is right when it is so sure."""
    with _figure(5.2, 3.6) as (figure, axes):
        axes.plot([0, 100], [0, 100], color=MUTED, linewidth=1, linestyle="--")
        for arm in comparison.arms:
            curve = comparison.reliability(arm)
            there = curve.count >= FEWEST_IN_BIN
            axes.plot(
                100 * curve.confidence[there],
                100 * curve.accuracy[there],
                color=arm_color(comparison, arm),
                marker="o",
                markersize=4,
                linewidth=1.4,
                label=arm,
            )
        axes.set_xlabel("probability that the arm gives its class, in %")
        axes.set_ylabel("share that is right, in %")
        axes.grid(linewidth=0.8)
        axes.legend(labelcolor=INK)
        svg = _svg(figure, "calibration", "Reliability of each arm; calibration errors are in the table of arms")
    return Drawn(
        svg,
        f"On the dashed line, confidence is worth what it says; below it, too sure. {BINS} bins of equal width, those "
        f"with fewer than {FEWEST_IN_BIN} predictions left out; all seeds together. {_basis(comparison)}",
    )


def confusion_figure(comparison: Comparison, arm: str) -> Drawn:
    """Confusion matrix of an arm, each row in percent of its class."""
    counts = comparison.confusion(arm)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = len(shares)
    color = arm_color(comparison, arm)
    with _figure(4.4, 4.4) as (figure, axes):
        seen = np.argwhere(shares >= 0.0005)
        squares = [Rectangle((column, row), 1, 1) for row, column in seen]
        alpha = [float(shares[row, column]) ** 0.6 for row, column in seen]
        axes.add_collection(PatchCollection(squares, facecolor=color, alpha=alpha, linewidth=0))
        for row, column in seen if size <= MATRIX_LABELS else ():
            if shares[row, column] >= 0.005:
                text = f"{100 * shares[row, column]:.0f}"
                ink = PAPER if shares[row, column] > 0.5 else INK
                inner = axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=9, color=ink)
                inner.set_in_layout(False)  # what lies within the axes takes the layout longest, and changes nothing
        axes.set_xlim(0, size)
        axes.set_ylim(size, 0)
        axes.set_aspect("equal")
        names = [_short_class(name) for name in comparison.classes]
        shown = range(size) if size <= MATRIX_LABELS else range(0, size, -(-size // MATRIX_LABELS))
        turn = 0 if max(map(len, names)) <= 3 else 60
        axes.set_xticks([label + 0.5 for label in shown], [names[label] for label in shown], rotation=turn)
        axes.set_yticks([label + 0.5 for label in shown], [names[label] for label in shown])
        axes.tick_params(length=0)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.spines[["left", "bottom"]].set_visible(False)
        slug = f"confusion-{comparison.arms.index(arm)}"
        svg = _svg(figure, slug, f"Confusion matrix of {arm}, rows in percent of the true class")
    return Drawn(svg, f"{arm}: percent of each true class, all seeds together. {_basis(comparison)}")


def _short_class(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return printable if len(printable) <= 12 else printable[:11] + "\N{HORIZONTAL ELLIPSIS}"


def _basis(comparison: Comparison) -> str:
    seeds = len(comparison.seeds)
    return f"{seeds} seed{'s' if seeds > 1 else ''}, {comparison.images:,} test images."
