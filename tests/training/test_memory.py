"""Freed memory is kept while a run lasts, and given back after it."""

import json
import os
import platform
import subprocess
import sys

import pytest

from visavis.training.fast.memory import HUGE_PAGES

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")

CODE = """
import contextlib, json, os, resource, sys
import numpy as np
from visavis.training.fast.memory import freed_memory_kept

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

before = megabytes()
with freed_memory_kept() if sys.argv[1] == "kept" else contextlib.nullcontext():
    np.ones(1 << 23)
    begun = faults()
    for _ in range(5):
        np.ones(1 << 23)
    found = {"faults": faults() - begun, "within": megabytes() - before}
after = megabytes() - before
begun = faults()
np.ones(1 << 23)
print(json.dumps({**found, "after": after, "faults after": faults() - begun, **os.environ}))
"""
BLOCK = 64
"""Megabytes that the code takes and frees again and again."""


def asked(way, **variables):
    environment = {key: value for key, value in os.environ.items() if key != HUGE_PAGES}
    done = subprocess.run(
        [sys.executable, "-c", CODE, way], env={**environment, **variables}, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_a_block_is_there_for_the_next_one():
    usual, kept = asked("usual"), asked("kept")
    assert usual["faults"] > 5 * 30  # huge pages of 2 MB would be as few as this
    assert kept["faults"] < usual["faults"] / 20
    assert kept["within"] > 0.9 * BLOCK > 2 * usual["within"]


def test_it_is_given_back():
    kept = asked("kept")
    assert kept["after"] < BLOCK / 4
    assert kept["faults after"] > 20 * (kept["faults"] + 1)


def test_what_the_user_has_chosen_stays():
    kept = asked("kept", MALLOC_TRIM_THRESHOLD_="131072")
    assert kept["faults"] > 5 * 30
    assert asked("kept")[HUGE_PAGES] == "1"
    assert asked("kept", **{HUGE_PAGES: "0"})[HUGE_PAGES] == "0"
