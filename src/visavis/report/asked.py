"""Which networks weren't asked about further test images, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.evidence import Comparison

MOST_NAMED = 8
"""Cells that a sentence names."""


def lacking_sentences(comparison: Comparison) -> Iterator[str]:
    """Which compared cells weren't asked about further test images, so that nothing is said of these."""
    for name, test in comparison.asked_elsewhere.items():
        if test.lacking:
            cells = [f"{arm} seed {seed}" for arm, seed in test.lacking[:MOST_NAMED]]
            more = f" and {len(test.lacking) - MOST_NAMED} more" if len(test.lacking) > MOST_NAMED else ""
            yield (
                f"Nothing is said of the test images {name}: {', '.join(cells)}{more} "
                f"{'was' if len(test.lacking) == 1 else 'were'} not asked about them. To ask: "
                f"visavis test {comparison.folder.path} --data PATH --name '{name}', or run the study with them."
            )
