"""What a small study costs against its numbers of arms, seeds, classes and images, each varied alone.

    python -m benchmarks.cost --rounds 3 --out benchmarks/results/cost.json --picture docs/images/cost.png

Noise for images and a perceptron of one small layer, one epoch, one thread: the network costs next to nothing, so that
what is left is all the rest. The sizes are run in turn, round by round. Through the medians of each variable a line is
laid by least squares: its R2 and its largest deviation say how far the cost is in proportion.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

import visavis as vv
from benchmarks.record import record
from visavis.streams import root

SIDE = 12
TESTED = 5
"""One test image to so many for training."""
PARTS = ("run", "compare", "report")


@dataclass(frozen=True)
class Noise:
    """Images that show nothing.

    Attributes:
        images: for training.
        classes: in turn.
    """

    images: int
    classes: int

    def load(self) -> vv.ImageData:
        """See ``Dataset.load``."""
        names = tuple(f"class {label}" for label in range(self.classes))
        test = max(self.images // TESTED, self.classes)
        train = self._part("train", self.images)
        return vv.ImageData("noise", "Noise.", "By number.", names, train, self._part("test", test), synthetic=True)

    def _part(self, name: str, count: int) -> vv.Split:
        pixels = root(0).child(name).numpy().integers(0, 256, (count, 1, SIDE, SIDE), np.uint8)
        ids = np.array([f"{name}/{row:06d}".encode() for row in range(count)])
        return vv.Split(pixels, np.arange(count) % self.classes, ids, np.zeros(count, "S1"))


@dataclass(frozen=True)
class Size:
    """How large a study is; images are those for training."""

    arms: int = 2
    seeds: int = 3
    classes: int = 10
    images: int = 2000

    def study(self) -> vv.Study:
        """Arms that differ in their learning rate."""
        network = vv.models.MLP(hidden=(8,))
        first, *others = (vv.SGD(lr=0.001 * number, momentum=0.5) for number in range(1, self.arms + 1))
        control = vv.Arm("rate 1", network, first, epochs=1, loss=vv.NLL())
        return vv.Study(
            name="cost",
            question="What does it cost?",
            data=Noise(self.images, self.classes),
            control=control,
            arms=[control.but(f"rate {number}", optimizer=sgd) for number, sgd in enumerate(others, 2)],
            seeds=range(self.seeds),
        )


VARIED: dict[str, tuple[int, ...]] = {
    "arms": (2, 4, 8, 12, 16),
    "seeds": (2, 4, 8, 16, 32),
    "classes": (2, 10, 25, 50, 100),
    "images": (2000, 4000, 8000, 16_000, 32_000),
}
QUICK: dict[str, tuple[int, ...]] = {"arms": (2, 3), "seeds": (2, 3), "classes": (2, 3), "images": (60, 120)}


def seconds_of(size: Size) -> dict[str, float]:
    """Of running the study, comparing its arms, and writing the report (which compares once more)."""
    with TemporaryDirectory() as folder:
        moments = [time.perf_counter()]
        vv.run_study(size.study(), Path(folder) / "run", vv.Options(precision="fp32", threads=1))
        moments.append(time.perf_counter())
        vv.compare(Path(folder) / "run")
        moments.append(time.perf_counter())
        vv.write_report(Path(folder) / "run")
        moments.append(time.perf_counter())
    return dict(zip(PARTS, np.diff(moments).tolist(), strict=True))


def measure(varied: dict[str, tuple[int, ...]], standard: Size, rounds: int) -> list[dict[str, Any]]:
    """One row per variable, value and round, the rounds one after the other."""
    seconds_of(Size(2, 2, 2, 60))  # what is imported isn't counted
    rows = []
    for turn in range(rounds):
        for name, values in varied.items():
            for value in values:
                size = replace(standard, **{name: value})
                rows.append({"variable": name, "value": value, "round": turn, **seconds_of(size)})
                print(rows[-1], flush=True)
    return rows


def line_through(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The medians of a variable and the line of least squares through them."""
    own = [row for row in rows if row["variable"] == name]
    values = sorted({row["value"] for row in own})
    points = [{"value": value, **_median([row for row in own if row["value"] == value])} for value in values]
    x, y = np.array(values, float), np.array([point["seconds"] for point in points])
    slope, start = np.polyfit(x, y, 1)
    off = y - (start + slope * x)
    return {
        "variable": name,
        "points": points,
        "seconds for each more": float(slope),
        "seconds at none": float(start),
        "R2": float(1 - (off**2).sum() / ((y - y.mean()) ** 2).sum()),
        "largest deviation": float(np.abs(off / y).max()),
    }


def _median(rows: list[dict[str, Any]]) -> dict[str, float]:
    found = {part: median(row[part] for row in rows) for part in PARTS}
    return {**found, "seconds": median(sum(row[part] for part in PARTS) for row in rows)}


def draw(lines: list[dict[str, Any]], path: Path) -> None:
    """Four panels: the medians and the line of each variable."""
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    for axes, line in zip(figure.subplots(2, 2).flat, lines, strict=True):
        _panel(axes, line)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _panel(axes: Axes, line: dict[str, Any]) -> None:
    x = np.array([point["value"] for point in line["points"]])
    ends = np.array([0, x.max()])
    axes.plot(ends, line["seconds at none"] + line["seconds for each more"] * ends, color="#999999", linewidth=1.2)
    axes.plot(x, [point["seconds"] for point in line["points"]], "o", color="#2f5d8a", markersize=5)
    axes.set_xlabel("training images" if line["variable"] == "images" else line["variable"])
    axes.set_ylabel("seconds")
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def main() -> None:
    """Measures, prints, draws and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="tiny studies, one round: only whether it runs")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    standard = Size(2, 2, 2, 60) if arguments.quick else Size()
    varied, rounds = (QUICK, 1) if arguments.quick else (VARIED, arguments.rounds)
    rows = measure(varied, standard, rounds)
    lines = [line_through(rows, name) for name in varied]
    result = {
        "standard": asdict(standard),
        "rounds": rounds,
        "lines": lines,
        "rows": rows,
    }
    record(result, arguments.out)
    if arguments.picture:
        draw(lines, arguments.picture)


if __name__ == "__main__":
    main()
