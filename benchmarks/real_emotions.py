"""The studies on FER2013 whose figures stand in the docs, with real pre-trained weights.

    python -m benchmarks.real_emotions probe fer2013.zip resnet18.pth   # two linear probes: minutes on two cores
    python -m benchmarks.real_emotions full  fer2013.zip resnet18.pth   # the original study: minutes on a GPU
    python -m benchmarks.real_emotions rates fer2013.zip resnet18.pth   # one seed, also at ten times the rates

Runs the study (or continues it) in ``runs/`` and writes its comparison, with date and environment, as JSON.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.real_letters import RESULTS, write
from visavis.cli.progress import show_progress
from visavis.cli.screen import err
from visavis.conduct import run_study
from visavis.design.file import load
from visavis.options import PRECISIONS, Options

PARTS: Mapping[str, Mapping[str, Any]] = {
    "probe": {"arms": "probe-x10", "epochs": 10, "seeds": 5},
    "full": {"arms": "fine-tuned", "epochs": 10, "seeds": 3},
    "rates": {"arms": "fine-tuned,fine-tuned-x10,probe-x10", "epochs": 10, "seeds": 1},
}


def main() -> None:
    """Runs one study and writes ``results/emotions-PART.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("data")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, help="run folder; by default runs/emotions-PART")
    parser.add_argument("--precision", choices=PRECISIONS)
    arguments = parser.parse_args()
    settings = {**PARTS[arguments.part], "data": arguments.data, "weights": arguments.weights}
    file = load("emotion-transfer")
    folder = arguments.out or Path("runs") / f"emotions-{arguments.part}"
    with show_progress(err, plain=not err.is_terminal) as watch:
        run_study(
            file.build(False, settings),
            folder,
            Options(precision=arguments.precision),
            watch=watch,
            study_file=file.text,
        )
    write(folder, RESULTS / f"emotions-{arguments.part}.json", settings["epochs"])


if __name__ == "__main__":
    main()
