"""Seconds and memory that very many files take before the first image is decoded, and that very many classes take.

    python -m benchmarks.many_files [--files 1000000] [--classes 10000]

The files are empty: what is measured is the walk, the key of the cache and what names say. Then a small set of as many
classes is read whole. Each step runs in a process of its own, whose peak memory is told; the tree lies in a temporary
folder and is removed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

RESULT = Path(__file__).parent / "results" / "many-files.json"
STEPS = ("key", "listing", "layout", "images")


def make_files(folder: Path, files: int, classes: int) -> None:
    """Empty files in class folders of two parts."""
    each = files // (2 * classes)
    for part in ("train", "test"):
        for label in range(classes):
            place = folder / part / f"class {label}"
            place.mkdir(parents=True)
            for number in range(each):
                (place / f"{number}.png").touch()


def make_images(folder: Path, classes: int) -> None:
    """Two small images of each class in each part."""
    for part in ("train", "test"):
        for label in range(classes):
            place = folder / part / f"class {label}"
            place.mkdir(parents=True)
            for number in range(2):
                pixels = np.random.default_rng([label, number, part == "test"]).integers(0, 256, (8, 8), np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")


def step(name: str, folder: Path) -> dict[str, float]:
    """One step, measured in this process."""
    from visavis.datasets import Images
    from visavis.datasets.reading.files import folder_key, listing
    from visavis.datasets.reading.layouts import layout_of
    from visavis.read_as import ReadAs

    names = listing(folder) if name == "layout" else None
    start = time.perf_counter()
    if name == "key":
        folder_key(folder)
    elif name == "listing":
        listing(folder)
    elif names is not None:
        layout_of(names.files, names.empty, ReadAs())
    else:
        Images(folder).load()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Measures every step and writes it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=10_000)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(step(arguments.step, arguments.folder)))
        return
    found: dict[str, object] = {"files": arguments.files, "classes": arguments.classes}
    with TemporaryDirectory() as place:
        folders = {name: Path(place, "images" if name == "images" else "files") for name in STEPS}
        make_files(folders["key"], arguments.files, arguments.classes)
        make_images(folders["images"], arguments.classes)
        for name, folder in folders.items():
            words = [sys.executable, "-m", "benchmarks.many_files", "--step", name, "--folder", str(folder)]
            environment = {**os.environ, "VISAVIS_CACHE": f"{place}/cache"}
            done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
            found[name] = json.loads(done.stdout)
            print(name, found[name])
    found["measured"] = datetime.now(UTC).date().isoformat()
    RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
