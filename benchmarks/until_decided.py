"""Seeds until decided, measured by simulation and on runs trained on real letters.

    python -m benchmarks.until_decided [--letters PATH] [--processes 2] [--studies 4000]

Two arms are judged on the same images; whether a run is right is a coin with the chance that follows from an image's
difficulty, which both arms share, one for each arm, and an ability for each seed. A study looks after each seed from
the third, as ``--until-decided`` does, by the code that it does it with. Beside it stand fixed numbers of seeds. A
difference is told in standard deviations of one seed's difference on these images.

With letters, runs of one procedure are dealt into two arms again and again, which are then looked at in the same way.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit

from benchmarks.false_alarms import hits_of_runs
from visavis.conclusions import Judgement, Margin, Verdict, Weights
from visavis.evidence.judging import judge, weigh
from visavis.stats import ACCURACY, Adjustment, AtOnce, Crossed, OverLooks

RESULT = Path(__file__).parent / "results" / "until-decided.json"
FIRST, MOST = 3, 20
MOSTS = (10, 12, 15, MOST)
"""Seeds at most that are tried where there is a difference."""
FIXED = (5, 10, 20)
PAIR = Weights({"treatment": 1.0, "control": -1.0})
DIFFERENCES = (0.0, 0.5, 1.0, 2.0, 4.0)
DIFFICULTY = 1.2
"""Standard deviation of the difficulty that both arms share, in logits."""


@dataclass(frozen=True)
class Case:
    """Where the noise comes from.

    Attributes:
        name: for the table.
        ability: of the control, in logits.
        seed: standard deviation of each arm's seeds, in logits.
        own: standard deviation of an image's difficulty for one arm alone.
        images: that are tested.
    """

    name: str
    ability: float
    seed: float
    own: float
    images: int

    def chances(self, effects: np.ndarray, difficulty: np.ndarray) -> np.ndarray:
        """Chances of being right [seeds, images]."""
        return expit(self.ability + effects[:, None] + difficulty)

    def mean(self, gain: float) -> float:
        """Accuracy over seeds and images of an arm that is better by so many logits."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(61)
        spread = (DIFFICULTY**2 + self.own**2 + self.seed**2) ** 0.5
        return float(expit(self.ability + gain + spread * nodes) @ weights / weights.sum())

    def tables(self, generator: np.random.Generator, gain: float, seeds: int) -> tuple[np.ndarray, np.ndarray]:
        """Whether treatment and control are right, [seeds, images] each."""
        shared = DIFFICULTY * generator.normal(size=self.images)
        hits = []
        for more in (gain, 0.0):
            effects = more + self.seed * generator.normal(size=seeds)
            chances = self.chances(effects, shared + self.own * generator.normal(size=self.images))
            hits.append((generator.random((seeds, self.images)) < chances).astype(np.float64))
        return hits[0], hits[1]

    def deviation(self) -> float:
        """Standard deviation of one seed's difference on the same images."""
        generator = np.random.default_rng(7)
        tables = [self.tables(generator, 0.0, 200) for _ in range(10)]
        return float(np.mean([(first - second).mean(1).std(ddof=1) for first, second in tables]))

    def gain(self, difference: float) -> float:
        """Logits that make up such a difference of accuracy."""
        base = self.mean(0.0)
        return float(brentq(lambda gain: self.mean(gain) - base - difference, -12.0, 12.0)) if difference else 0.0


CASES = (
    Case("seeds dominate", 1.2, 0.5, 0.0, 2000),
    Case("seeds and images", 1.2, 0.15, 0.5, 1000),
    Case("A/A", 1.2, 0.15, 0.0, 1000),
    Case("images dominate", 1.2, 0.03, 1.0, 200),
    Case("near the ceiling", 4.8, 0.3, 0.3, 500),
)


@dataclass(frozen=True)
class End:
    """How one study ended.

    Attributes:
        seeds: that it took.
        verdict: at its end.
        is_covered: whether its last interval holds the truth.
    """

    seeds: int
    verdict: Verdict
    is_covered: bool


def judged(hits: Sequence[np.ndarray], seeds: int, margin: float, adjustment: Adjustment) -> Judgement:
    """The difference over the first seeds."""
    tables = {arm: Crossed(table[:seeds]) for arm, table in zip(PAIR.by_arm, hits, strict=True)}
    by_seed = (tables["treatment"] - tables["control"]).values.mean(1)
    draft = weigh(PAIR, ACCURACY, tables, dict(enumerate(by_seed.tolist())))
    return judge([draft], Margin(margin), adjustment)[0]


def until_decided(hits: Sequence[np.ndarray], margin: float, truth: float, most: int = MOST) -> End:
    """A study that looks after each seed from the third."""
    for seeds in range(FIRST, most + 1):
        found = judged(hits, seeds, margin, OverLooks(1, tuple(range(FIRST, seeds + 1)), most))
        if found.verdict is not Verdict.inconclusive or seeds == most:
            return _end(found, seeds, truth)
    raise AssertionError


def fixed(hits: Sequence[np.ndarray], seeds: int, margin: float, truth: float) -> End:
    """A study of so many seeds."""
    return _end(judged(hits, seeds, margin, AtOnce(1)), seeds, truth)


def _end(found: Judgement, seeds: int, truth: float) -> End:
    return End(seeds, found.verdict, found.interval.low <= truth <= found.interval.high)


def row(design: str, ends: Sequence[End]) -> dict[str, Any]:
    """Shares of a design's studies."""
    different = [end.verdict not in (Verdict.inconclusive, Verdict.equivalent) for end in ends]
    return {
        "design": design,
        "different": float(np.mean(different)),
        "equivalent": float(np.mean([end.verdict is Verdict.equivalent for end in ends])),
        "coverage": float(np.mean([end.is_covered for end in ends])),
        "mean seeds": float(np.mean([end.seeds for end in ends])),
        "studies": len(ends),
    }


def simulate(task: tuple[Case, float, float, int]) -> list[dict[str, Any]]:
    """All designs on the same simulated studies.

    Args:
        task: case; difference and margin (0 for none) in standard deviations of one seed's difference; studies.
    """
    case, size, margin, studies = task
    deviation = case.deviation()
    truth = -size * deviation  # downwards there is room for four standard deviations
    gain = case.gain(truth)
    ends: dict[str, list[End]] = {}
    for study in range(studies):
        hits = case.tables(np.random.default_rng([study, int(10 * size), *case.name.encode()]), gain, MOST)
        for most in MOSTS if size and not margin else (MOST,):
            end = until_decided(hits, margin * deviation, truth, most)
            ends.setdefault(f"until decided, at most {most}", []).append(end)
        for seeds in FIXED:
            ends.setdefault(f"{seeds} seeds", []).append(fixed(hits, seeds, margin * deviation, truth))
    rows = [{"case": case.name, "difference": size, "margin": margin} | row(*item) for item in ends.items()]
    print(json.dumps(rows[0]), flush=True)
    return rows


def dealt(hits: np.ndarray, times: int) -> Iterator[End]:
    """Yields how studies end whose arms are runs of one procedure, dealt anew each time."""
    values = hits.astype(np.float64)
    for number in range(times):
        runs = np.random.default_rng(number).permutation(len(values))[: 2 * MOST]
        yield until_decided((values[runs[:MOST]], values[runs[MOST:]]), 0.0, 0.0)


def on_letters(path: str, seeds: int, times: int) -> dict[str, Any]:
    """A/A on runs that were trained on real letters."""
    hits = hits_of_runs(path, seeds)
    ends = list(dealt(hits, times))
    low, high = stats.binom.interval(0.95, times, 0.05)
    return {"runs": len(hits), "test images": hits.shape[1], "likely at 5 %": [low / times, high / times]} | row(
        f"until decided, at most {MOST}", ends
    )


def main() -> None:
    """Simulates, deals, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", help="as visavis run spatial-locality --data takes them")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--studies", type=int, default=4000)
    arguments = parser.parse_args()
    nulls = [(case, 0.0, 0.0, arguments.studies) for case in CASES]
    powers = [(CASES[0], size, 0.0, arguments.studies // 2) for size in DIFFERENCES[1:]]
    margins = [(CASES[0], size, 1.0, arguments.studies // 2) for size in DIFFERENCES[:4]]
    with ProcessPoolExecutor(arguments.processes) as processes:
        rows = [row for found in processes.map(simulate, [*nulls, *powers, *margins]) for row in found]
    found = {
        "first": FIRST,
        "most": MOST,
        "cases": [asdict(case) | {"deviation": case.deviation()} for case in CASES],
        "rows": rows,
        "letters": on_letters(arguments.letters, 100, 2000) if arguments.letters else None,
        "measured": datetime.now(UTC).date().isoformat(),
    }
    RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
