"""``visavis run STUDY --verify``: whether this machine and the study's parts give the same bits twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from visavis.cli.screen import tell
from visavis.options import Options

if TYPE_CHECKING:
    from visavis.cells import Bits
    from visavis.design.study import Study

DIFFERENCE = 1
"""The exit code where an arm's bits differ."""


def tell_bits(study: Study, options: Options) -> None:
    """Says of every arm whether it gives the same bits twice.

    Raises:
        typer.Exit: one doesn't.
    """
    from visavis.runs import verify

    is_same = True
    for bits in verify(study, options):
        is_same &= bits.same
        tell(
            f"{bits.arm}, {bits.precision} on {bits.device}: {_bits_text(bits)} ({bits.images:,} images, trained twice)"
        )
    if not is_same:
        tell(
            "What is drawn has to come from the stream that a part is given. On a GPU, --deterministic leaves out the "
            "operations whose sums come in any order."
        )
        raise typer.Exit(DIFFERENCE)


def _bits_text(bits: Bits) -> str:
    if bits.other_draws:
        return f"other draws of its {' and '.join(bits.other_draws)}"
    return "the same bits" if bits.same else f"other bits, logits differ by up to {bits.difference:.1e}"
