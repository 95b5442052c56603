"""Readers of files from strangers, fuzzed with atheris (needs the extra ``visavis[fuzz]``).

    python -m benchmarks.fuzzing [--seconds 600] [--seed 0] [--keep FOLDER] [TARGET ...]

An input is a finding where the reader raises anything but what it declares, takes more than 10 seconds, or where the
process needs more memory than the target may. Each finding ends its process; another goes on with the rest of the time.
The results of each target replace its former ones in ``results/fuzzing.json``; ``--keep`` keeps the inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.fuzz_targets import TARGETS

RESULT = Path(__file__).parent / "results" / "fuzzing.json"
SLOWEST = 10
"""Seconds that one input may take."""
LONGEST_INPUT = 1 << 16
MOST_FINDINGS = 20
EXECUTIONS = (re.compile(r"stat::number_of_executed_units:\s+(\d+)"), re.compile(r"^#(\d+)", re.MULTILINE))
EXCEPTION = re.compile(r"=== Uncaught Python exception: ===\n(.*)")
ENDED = re.compile(r"ERROR: libFuzzer: (.*)")
VERSIONS = ("visavis", "atheris", "pillow", "numpy")


@dataclass
class Fuzzed:
    """What came of fuzzing a target.

    Attributes:
        seconds: of fuzzing.
        executions: inputs that were tried.
        findings: how each went wrong.
        seeds: inputs that were started from.
        corpus: inputs that were kept, since each reaches something that none before it did.
    """

    seconds: float = 0.0
    executions: int = 0
    findings: list[str] = field(default_factory=list)
    seeds: int = 0
    corpus: int = 0


def fuzz(name: str, seconds: float, seed: int, kept: Path | None) -> Fuzzed:
    """Fuzzes a target for so long, in as many processes as it takes."""
    found = Fuzzed()
    with TemporaryDirectory() as folder:
        place, corpus = Path(folder), Path(folder) / "corpus"
        corpus.mkdir()
        for number, content in enumerate(TARGETS[name].seeds(place)):
            (corpus / f"seed-{number}").write_bytes(content)
            found.seeds += 1
        while found.seconds < seconds - 1 and len(found.findings) < MOST_FINDINGS:
            start = time.perf_counter()
            ended = _process(name, place, seconds - found.seconds, seed + len(found.findings))
            found.seconds += time.perf_counter() - start
            output = ended.stdout.decode(errors="replace")
            found.executions += _executions(output)
            if ended.returncode:
                found.findings.append(_finding(output))
                print(output[-3000:], flush=True)
        found.corpus = sum(1 for _ in corpus.iterdir())
        if kept is not None:
            shutil.copytree(place / "findings", kept / name, dirs_exist_ok=True)
    return found


def _process(name: str, place: Path, seconds: float, seed: int) -> subprocess.CompletedProcess[bytes]:
    (place / "findings").mkdir(exist_ok=True)
    options = {
        "max_total_time": max(1, round(seconds)),
        "seed": seed + 1,  # to libFuzzer 0 is no seed
        "timeout": SLOWEST,
        "rss_limit_mb": TARGETS[name].megabytes,
        "max_len": LONGEST_INPUT,
        "print_final_stats": 1,
        "artifact_prefix": f"{place / 'findings'}/",
    }
    words = [f"-{option}={value}" for option, value in options.items()]
    command = [sys.executable, "-m", "benchmarks.fuzz_one", name, str(place), *words, str(place / "corpus")]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def _executions(output: str) -> int:
    counted: Iterator[list[str]] = (pattern.findall(output) for pattern in EXECUTIONS)
    return next((int(numbers[-1]) for numbers in counted if numbers), 0)


def _finding(output: str) -> str:
    for pattern in (EXCEPTION, ENDED):
        if found := pattern.search(output):
            return found[1][:200]
    return output[-200:]


def main() -> None:
    """Fuzzes each target and writes down what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], default=[], metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the inputs that were findings")
    parser.add_argument("--quick", action="store_true", help="nothing is written")
    arguments = parser.parse_args()
    for name in arguments.targets or TARGETS:
        found = fuzz(name, arguments.seconds, arguments.seed, arguments.keep)
        print(name, asdict(found), flush=True)
        if not arguments.quick:
            _write(name, found, arguments.seed)


def _write(name: str, found: Fuzzed, seed: int) -> None:
    results = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    target = TARGETS[name]
    results[name] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "reads": target.what,
        "seed": seed,
        **asdict(found),
        "seconds": round(found.seconds),
        "most seconds an input": SLOWEST,
        "most megabytes": target.megabytes,
        "longest input": LONGEST_INPUT,
        "environment": {
            **{package: version(package) for package in VERSIONS},
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
        },
    }
    RESULT.write_text(json.dumps({key: results[key] for key in sorted(results)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
