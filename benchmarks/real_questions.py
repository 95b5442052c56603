"""Questions of one line on real images, whose figures stand in the docs.

    python -m benchmarks.real_questions patch-shuffle notMNIST_10k.tar.gz   # four networks, six sizes of patches
    python -m benchmarks.real_questions data-size     fer2013.zip --weights resnet18.pth
    python -m benchmarks.real_questions augmentations fer2013.zip --weights resnet18.pth

Runs the study (or continues it) in ``runs/`` and writes its comparison, with date and environment, as JSON. Images are
small and epochs few, so that two cores do each in about half an hour; the tables say so.
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

AUGMENTATIONS = "augmentation=none,flip,flip+shift:3+erase,trivial,mixup,cut-mix"
QUESTIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "patch-shuffle": ("patch-shuffle", {"epochs": 4, "seeds": 3, "limit": 3000}),
    "data-size": (
        "images",
        {
            "vary": ["training=20,100,400", "tuning=linear-probe,full"],
            "set": ["batch_size=16"],
            "epochs": 5,
            "seeds": 3,
            "size": 64,
        },
    ),
    "augmentations": (
        "images",
        {"vary": [AUGMENTATIONS], "set": ["batch_size=32"], "epochs": 3, "seeds": 3, "size": 64, "limit": 2000},
    ),
}
"""Study and settings, by the name of the result."""


def main() -> None:
    """Runs one study and writes ``results/real-NAME.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", choices=QUESTIONS)
    parser.add_argument("data")
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    name, settings = QUESTIONS[arguments.question]
    given = {**settings, "data": arguments.data, **({"weights": arguments.weights} if arguments.weights else {})}
    file = load(name)
    folder = Path("runs") / f"real-{arguments.question}"
    with show_progress(err, plain=not err.is_terminal) as watch:
        run_study(file.build(False, given), folder, watch=watch, study_file=file.text)
    write(folder, RESULTS / f"real-{arguments.question}.json", settings["epochs"])


if __name__ == "__main__":
    main()
