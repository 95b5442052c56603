"""Files decoded by several threads, some before their turn, and given in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from visavis.datasets.reading.decode import Decoded, Form, Unreadable, decode_silenced, silenced
from visavis.datasets.reading.members import Member

MOST_THREADS, AHEAD = 4, 8
"""Threads, and files that are decoded before their turn: few, since an image can be large."""

Known = TypeVar("Known")

_count: ContextVar[Callable[[int], None] | None] = ContextVar("count", default=None)
"""Of whoever wants to know how far decoding is: ``Dataset.load`` has no word for it."""


@contextmanager
def decoding_counted(count: Callable[[int], None]) -> Iterator[None]:
    """Within the block, each file that is decoded in this thread is counted aloud, from 1 for each collection."""
    token = _count.set(count)
    try:
        yield
    finally:
        _count.reset(token)


@contextmanager
def decoders() -> Iterator[ThreadPoolExecutor]:
    """The threads."""
    with silenced(), ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
        yield pool


def decoded_in_order(
    files: Iterable[tuple[Member, Known]], form: Form, pool: ThreadPoolExecutor
) -> Iterator[tuple[Member, Known, Decoded | Unreadable]]:
    """Yields the files in their order, each with what it shows or why it can't be used.

    Args:
        files: with what is known of them.
        form: what they are decoded to.
        pool: as ``decoders`` gives it.
    """
    waiting: deque[tuple[Member, Known, Future[Decoded | Unreadable]]] = deque()
    count = _count.get() or (lambda _: None)
    for number, (member, known) in enumerate(files, 1):
        waiting.append((member, known, pool.submit(_attempt, member, form)))
        if len(waiting) > AHEAD:
            count(number - AHEAD)
            yield _ended(*waiting.popleft())
    while waiting:
        yield _ended(*waiting.popleft())


def _ended(
    member: Member, known: Known, picture: Future[Decoded | Unreadable]
) -> tuple[Member, Known, Decoded | Unreadable]:
    return member, known, picture.result()


def _attempt(member: Member, form: Form) -> Decoded | Unreadable:
    if member.problem:
        return Unreadable(member.problem)
    try:
        return decode_silenced(member.content, form)
    except Unreadable as problem:
        return problem
