"""The size of the original's large set, 529,114 images, within 1 GB of ordinary memory."""

import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from forms import png

IMAGES = 529_114

LOAD_AND_TRAIN = """
import sys, threading, time, torch
import visavis as vv
from pathlib import Path
from visavis.cells.conditions import Conditions
from visavis.cells.fingerprints import data_fingerprints
from visavis.cells.machine import Machine
from visavis.cells.side_by_side import SideBySide
from visavis.store import RunFolder
from visavis.training.fast.memory import keep_freed_memory
from visavis.training.fast.precision import Precision

keep_freed_memory()
peak = 0

def sample():
    global peak
    while True:
        found = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        peak = max(peak, 1024 * int(found["RssAnon"].split()[0]))
        time.sleep(0.02)

threading.Thread(target=sample, daemon=True).start()
data = vv.datasets.Images(Path(sys.argv[1])).load()
assert len(data.train) + len(data.test) == int(sys.argv[2])
mlp = vv.models.MLP(hidden=(8,))
arm = vv.Arm("p", mlp, vv.SGD(lr=0.01), epochs=1, batch_size=4096, input=vv.PixelPermutation(), loss=vv.NLL())
machine = Machine(torch.device("cpu"), Precision.fp32)
folder = RunFolder(Path(sys.argv[3]))
conditions = Conditions(data, data_fingerprints(data), machine, folder)
work = SideBySide([(arm, 0)], conditions)
list(work)
print(work.results, file=sys.stderr)
print(peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to tell what lies in which memory")
def test_the_large_set_fits_into_a_gigabyte(tmp_path):
    generator = np.random.default_rng(0)
    contents = [png(generator.integers(0, 256, (28, 28), dtype=np.uint8)) for _ in range(500)]
    path = tmp_path / "notMNIST_large.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number in range(IMAGES):
            content = contents[number % len(contents)]
            info = tarfile.TarInfo(f"notMNIST_large/{'ABCDEFGHIJ'[number % 10]}/{'x' * 40}{number:06d}.png")
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
    command = [sys.executable, "-c", LOAD_AND_TRAIN, str(path), str(IMAGES), str(tmp_path / "run")]
    for name in ("decoding", "from the cache"):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peak = int(done.stdout)
        print(f"{name}: peak {peak / 1e9:.2f} GB")
        assert peak < 1e9, name
