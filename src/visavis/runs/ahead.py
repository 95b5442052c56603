"""A slow import, made while a study's images are read and its arms rehearsed."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading

OF_OPTIMIZERS = "torch._dynamo"
"""What PyTorch imports at the first optimizer: one to four seconds."""


def import_ahead() -> None:
    """Begins the import that the first optimizer makes, in another thread; who needs it first waits for its end."""
    if OF_OPTIMIZERS not in sys.modules:
        # not a daemon: a process that ends within an import can crash
        threading.Thread(target=_import, name="import").start()


def _import() -> None:
    with contextlib.suppress(Exception):  # which is raised again where it is needed
        importlib.import_module(OF_OPTIMIZERS)
