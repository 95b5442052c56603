"""Memory that tensors have left is kept for the next ones.

A step allocates what the step before it has freed, some of it hundreds of megabytes large. By default glibc gives such
blocks back to the system at once, which clears them page by page when they are asked for again, and PyTorch takes them
in pages of 4 KB.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

HUGE_PAGES = "THP_MEM_ALLOC_ENABLE"
"""PyTorch reads it at its first tensor: blocks of 2 MB and more then lie in huge pages, where Linux has them."""
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4
"""Parameters of glibc's ``mallopt``."""
KEEP_FREED = {MMAP_MAX: 0, TRIM_THRESHOLD: -1}
GIVEN_BACK = {MMAP_MAX: 65536, MMAP_THRESHOLD: 32 << 20, TRIM_THRESHOLD: 64 << 20}
"""What glibc's own rule comes to in a process with large blocks; it no longer changes by itself what it was told."""
CHOICES = ("GLIBC_TUNABLES", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
"""Variables by which a user has chosen for glibc."""


def keep_freed_memory() -> None:
    """From here on the process keeps what it has freed; does nothing where the C library isn't glibc, or where the
    user's environment says otherwise.
    """
    os.environ.setdefault(HUGE_PAGES, "1")
    _tell_glibc(KEEP_FREED)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Within the block; after it, what is free is given back."""
    keep_freed_memory()
    try:
        yield
    finally:
        library = _tell_glibc(GIVEN_BACK)
        if library is not None:
            library.malloc_trim(0)


def _tell_glibc(settings: dict[int, int]) -> ctypes.CDLL | None:
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in CHOICES):
        return None
    library = ctypes.CDLL(None)
    for parameter, value in settings.items():
        library.mallopt(parameter, value)
    return library
