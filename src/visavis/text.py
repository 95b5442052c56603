"""Text from strangers, made fit for a line."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Without line breaks and control characters, which names of files and classes may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
