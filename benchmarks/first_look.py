"""What the README's first run takes, and looking at what it leaves: starting, comparing, reporting.

python -m benchmarks.first_look --out benchmarks/results/first-look.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.budgets import visavis
from benchmarks.record import record, spread

REPEATS = 5
REPORT = """
import json, sys, time
moments = [time.perf_counter()]
from visavis.evidence import compare
moments.append(time.perf_counter())
found = compare(sys.argv[1])
moments.append(time.perf_counter())
from visavis.report.page import render
moments.append(time.perf_counter())
render(found)
moments.append(time.perf_counter())
imported, compared, imported_again, drawn = (end - start for start, end in zip(moments, moments[1:]))
print(json.dumps({"importing": imported + imported_again, "comparing": compared, "drawing": drawn}))
"""
"""What a report consists of, after the start of Python and of the command."""


def repeated(folder: Path, *words: object) -> dict[str, float]:
    """Median and spread of a command's seconds."""
    return spread(visavis(folder, *words) for _ in range(REPEATS))


def report_parts(folder: Path) -> dict[str, float]:
    """Median seconds of what a report consists of."""
    command = [sys.executable, "-c", REPORT, str(folder / "first")]
    rows = [json.loads(subprocess.check_output(command)) for _ in range(REPEATS)]
    return {name: median(row[name] for row in rows) for name in rows[0]}


def first_look(folder: Path) -> dict[str, Any]:
    """The run of the README's first command, and looking at what it leaves."""
    seconds = visavis(folder, "run", "spatial-locality", "--quick", "--out", "first")
    looks = {word: repeated(folder, word, "first") for word in ("compare", "report")}
    return {"run": seconds, "help": repeated(folder, "--help"), **looks, "parts of a report": report_parts(folder)}


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        record(first_look(Path(name)), arguments.out)


if __name__ == "__main__":
    main()
