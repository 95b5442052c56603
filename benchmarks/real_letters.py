"""The studies on real letters whose figures stand in the README and the docs.

    python -m benchmarks.real_letters notMNIST_10k.tar.gz --seeds 3
    python -m benchmarks.real_letters notMNIST_10k.tar.gz --seeds 3 --mlp-control   # the 2 x 2
    python -m benchmarks.real_letters notMNIST_10k.tar.gz --study letter-readings --epochs 4 --seeds 3

Runs the study (or continues it) in ``runs/`` and writes its comparison, with date and environment, as JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from visavis.cli.progress import show_progress
from visavis.cli.screen import err
from visavis.conduct import run_study
from visavis.describe import plain_of
from visavis.design.file import load
from visavis.evidence import compare
from visavis.report.formats import to_plain

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Runs one study and writes ``results/NAME.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--study", default="spatial-locality")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--mlp-control", action="store_true")
    arguments = parser.parse_args()
    given = {"data": arguments.data, "epochs": arguments.epochs, "seeds": arguments.seeds}
    if arguments.mlp_control:
        given["mlp_control"] = True
    file = load(arguments.study)
    name = f"{arguments.study}-control" if arguments.mlp_control else arguments.study
    folder = Path("runs") / f"{name}-real"
    with show_progress(err, plain=not err.is_terminal) as watch:
        run_study(file.build(False, given), folder, watch=watch, study_file=file.text)
    write(folder, RESULTS / f"{name}.json", arguments.epochs)


def write(folder: Path, path: Path, epochs: int) -> None:
    """The comparison of a run folder as a result file."""
    found = compare(folder)
    environment = {name: value for name, value in plain_of(found.environment).items() if name != "origin"}
    minutes = {arm: [found.cells[arm, seed].seconds / 60 for seed in found.seeds] for arm in found.arms}
    result = {
        **to_plain(found),
        "epochs": epochs,
        "training images": sum(found.data.train),
        "test images": found.images,
        "left out": len(found.data.left_out),
        "minutes": minutes,
        "classes": found.classes,
        "confusion": {arm: found.outputs.confusion(arm).tolist() for arm in found.arms},
        "environment": environment,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
