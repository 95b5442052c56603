"""Fuzzes one target in this process, which libFuzzer ends; started by ``benchmarks.fuzzing``.

python -m benchmarks.fuzz_one TARGET FOLDER [options of libFuzzer]
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["visavis", "PIL", "tarfile", "zipfile", "gzip", "csv"]):
    from benchmarks.fuzz_targets import TARGETS
    from visavis.datasets.reading.decode import Unreadable
    from visavis.errors import VisavisError


def main() -> None:
    """Feeds the target until libFuzzer has had enough."""
    name, folder, *options = sys.argv[1:]
    target, place = TARGETS[name], Path(folder)
    os.environ["VISAVIS_CACHE"] = os.devnull  # where nothing can be kept, everything is read anew

    def read(data: bytes) -> None:
        with suppress(VisavisError, Unreadable):
            target.read(data, place)

    atheris.Setup([sys.argv[0], *options], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
