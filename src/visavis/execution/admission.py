"""A run folder grows by arms and seeds; anything else is another study, and is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from visavis.describe import Difference, Plain, difference
from visavis.errors import ChangedStudy

REMARKS = frozenset({"question", "brands"})
"""Fields of a study's description that change nothing in what is trained or compared."""


def require_same_study(path: Path, old: dict[str, Any], new: dict[str, Plain]) -> None:
    """Lets added arms and seeds pass.

    Raises:
        ChangedStudy: with the path of every field that changed.
    """
    added = {f"arms.{name}" for name in new["arms"] if name not in old["arms"]}
    _refuse(path, [change for change in difference(old, new) if not _is_growth(change, added)])


def require_same_data(path: Path, old: dict[str, Any], new: dict[str, Plain]) -> None:
    """Lets data pass that decode to the same images, wherever they lie now.

    Raises:
        ChangedStudy: the images, labels or their split changed.
    """
    _refuse(path, list(difference(old["fingerprints"], new["fingerprints"], "data")))


def require_same_weights(path: Path, old: dict[str, Any], new: dict[str, Plain]) -> None:
    """Lets the weights of added arms pass, and the same weights under another name.

    Raises:
        ChangedStudy: an arm's pre-trained weights changed.
    """
    before, now = ({arm: about["sha256"] for arm, about in found.items() if arm in old} for found in (old, new))
    _refuse(path, list(difference(before, now, "weights")))


def _is_growth(change: Difference, added_arms: set[str]) -> bool:
    if change.path == "seeds":
        return set(change.old) <= set(change.new)
    return change.path in REMARKS or change.path in added_arms


def _refuse(path: Path, changes: list[Difference]) -> None:
    if changes:
        raise ChangedStudy(
            f"{path} holds another study",
            got=", ".join(_texts(changes)),
            expected="the same study, or one with arms or seeds added",
            do="go back to the old settings, or choose another --out",
        )


def _texts(changes: list[Difference]) -> Iterator[str]:
    for change in changes[:6]:
        yield str(change)
    if len(changes) > 6:
        yield f"{len(changes) - 6} more"
