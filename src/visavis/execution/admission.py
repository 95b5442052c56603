"""A run folder grows by arms and seeds; anything else is another study, and is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from visavis.describe import Difference, Plain, difference
from visavis.errors import ChangedStudy

REMARKS = frozenset({"question", "brands"})
"""Fields of a study's description that change nothing in what is trained or compared."""


def require_same_study(
    path: Path, old: dict[str, Any], new: dict[str, Plain], changeable: Collection[str] = ()
) -> None:
    """Lets added arms and seeds pass, and changes of arms that may change.

    Args:
        path: of the run folder.
        old, new: the study's descriptions.
        changeable: names of the arms that may change.

    Raises:
        ChangedStudy: with the path of every field that changed.
    """
    before = {name: new["arms"].get(name, arm) if name in changeable else arm for name, arm in old["arms"].items()}
    now = {name: arm for name, arm in new["arms"].items() if name in before}
    changes = difference({**old, "arms": before}, {**new, "arms": now})
    _refuse(path, [change for change in changes if not _is_growth(change)])


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


def _is_growth(change: Difference) -> bool:
    if change.path == "seeds":
        return set(change.old) <= set(change.new)
    return change.path in REMARKS


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
