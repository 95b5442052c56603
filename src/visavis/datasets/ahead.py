"""Files decoded by several threads, some before their turn, and given in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from visavis.datasets.decode import Decoded, Form, Unreadable, decode_silenced, silenced
from visavis.datasets.members import Member

MOST_THREADS, AHEAD = 4, 8
"""Threads, and files that are decoded before their turn: few, since an image can be large."""

Known = TypeVar("Known")


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
    for member, known in files:
        waiting.append((member, known, pool.submit(_attempt, member, form)))
        if len(waiting) > AHEAD:
            yield _ended(*waiting.popleft())
    while waiting:
        yield _ended(*waiting.popleft())


def _ended(
    member: Member, known: Known, found: Future[Decoded | Unreadable]
) -> tuple[Member, Known, Decoded | Unreadable]:
    return member, known, found.result()


def _attempt(member: Member, form: Form) -> Decoded | Unreadable:
    if member.problem:
        return Unreadable(member.problem)
    try:
        return decode_silenced(member.content, form)
    except Unreadable as problem:
        return problem
