"""Files decoded by several threads, some before their turn, and given in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from visavis.datasets.reading.decode import Bitmap, Form, Unreadable, decode_silenced, silence
from visavis.datasets.reading.files import Member

MOST_THREADS, AHEAD = 4, 8
"""Threads, and files that are decoded before their turn: few, since an image can be large."""

Entry = TypeVar("Entry")

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
    with silence(), ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
        yield pool


def decoded_in_order(
    files: Iterable[tuple[Member, Entry]], form: Form, pool: ThreadPoolExecutor
) -> Iterator[tuple[Member, Entry, Bitmap | Unreadable]]:
    """Yields the files in their order, each with what it shows or why it can't be used.

    Args:
        files: with their entries, whatever is known of them.
        form: what they are decoded to.
        pool: as ``decoders`` gives it.
    """
    queue: deque[tuple[Member, Entry, Future[Bitmap | Unreadable]]] = deque()
    count = _count.get() or (lambda _: None)
    for number, (member, entry) in enumerate(files, 1):
        queue.append((member, entry, pool.submit(_attempt, member, form)))
        if len(queue) > AHEAD:
            count(number - AHEAD)
            yield _result(*queue.popleft())
    while queue:
        yield _result(*queue.popleft())


def _result(
    member: Member, entry: Entry, picture: Future[Bitmap | Unreadable]
) -> tuple[Member, Entry, Bitmap | Unreadable]:
    return member, entry, picture.result()


def _attempt(member: Member, form: Form) -> Bitmap | Unreadable:
    if member.problem:
        return Unreadable(member.problem)
    try:
        return decode_silenced(member.content, form)
    except Unreadable as problem:
        return problem
