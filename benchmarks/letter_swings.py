"""Does a remedy for the swing from epoch to epoch decide the locality question with fewer seeds?

    python -m benchmarks.letter_swings notMNIST_10k.tar.gz

The letters and their permutation under three recipes: as the original has it, with a cosine schedule, and with an
exponential moving average of the weights. Runs the study (or continues it) in ``runs/`` and writes its comparison, with
date and environment, as JSON.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import visavis as vv
from benchmarks.real_letters import RESULTS, write
from visavis.cli.progress import show_progress
from visavis.cli.screen import err
from visavis.conduct import run_study
from visavis.data import Dataset

LETTERS, EPOCHS, SEEDS = 2_000, 20, 5


def swings(data: Dataset) -> vv.Study:
    """Two inputs under three recipes; the study is about the permutation's effect under each."""
    plain = vv.Arm("standard", vv.models.LetterCNN(), vv.SGD(lr=0.01, momentum=0.5), EPOCHS, 64, loss=vv.NLL())
    recipes = [
        plain,
        plain.but("standard, cosine", schedule=vv.Cosine()),
        plain.but("standard, EMA", averaging=vv.EMA(0.99)),
    ]
    pairs = [(arm.but(arm.name.replace("standard", "permuted"), input=vv.PixelPermutation()), arm) for arm in recipes]
    return vv.Study(
        name="swings",
        question="Does a remedy for the swing from epoch to epoch decide the locality question with fewer seeds?",
        data=vv.datasets.Limited(data, LETTERS),
        control=plain,
        arms=[permuted for permuted, _ in pairs] + recipes[1:],
        seeds=range(SEEDS),
        primary=pairs,
    )


def main() -> None:
    """Runs the study and writes ``results/letter-swings.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    arguments = parser.parse_args()
    folder = Path("runs") / "letter-swings"
    with show_progress(err, plain=not err.is_terminal) as watch:
        run_study(swings(vv.datasets.open(arguments.data, channels=1)), folder, watch=watch)
    write(folder, RESULTS / "letter-swings.json", EPOCHS)


if __name__ == "__main__":
    main()
