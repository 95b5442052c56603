"""What parts draw from that go one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from visavis.streams import Stream


def stream_in_chain(parts: Sequence[object], number: int, stream: Stream) -> Stream:
    """What one of several parts draws from: the first of its kind from what it would draw from alone, so that an arm
    with the chain and an arm with the part alone are paired; a second one from something else.

    Args:
        parts: of the chain.
        number: of the part.
        stream: of the chain.
    """
    kind = type(parts[number])
    repeats = sum(type(part) is kind for part in parts[:number])
    return stream.child("again", repeats) if repeats else stream
