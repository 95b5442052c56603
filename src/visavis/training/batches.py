"""Which images an epoch takes, in which order, in which steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from visavis.streams import Stream


def epoch_order(orders: Stream, epoch: int, count: int) -> np.ndarray:
    """int64 [count]: the order of one epoch, a function of the stream and the epoch alone."""
    return orders.child(epoch).numpy().permutation(count)


def step_count(count: int, batch_size: int) -> int:
    """How many steps an epoch has."""
    whole, rest = divmod(count, batch_size)
    return whole + (rest > 1 or (rest == 1 and whole == 0))


def steps(count: int, batch_size: int) -> Iterator[slice]:
    """Yields the slices of an epoch's order; a single image left over joins the step before it."""
    start = 0
    while start < count:
        stop = min(start + batch_size, count)
        if count - stop == 1:
            stop = count
        yield slice(start, stop)
        start = stop
