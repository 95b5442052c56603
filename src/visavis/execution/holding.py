"""Waiting for a claim that another process holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from visavis.execution.stopping import Stopping
from visavis.store import Claim, Holder

SECONDS_BETWEEN_TRIES = 0.5


def _untold(holder: Holder) -> None:
    """Nobody is told."""


@contextmanager
def held(claim: Claim, stopping: Stopping, told: Callable[[Holder], None] = _untold) -> Iterator[None]:
    """Within the block the claim is held; waits for it.

    Args:
        claim: what is wanted.
        stopping: says when to wait no longer.
        told: is told once who holds it.
    """
    with claim:
        holder, said = claim.take(), False
        while holder is not None:
            if not said:
                told(holder)
                said = True
            stopping.end()
            time.sleep(SECONDS_BETWEEN_TRIES)
            holder = claim.take()
        yield
