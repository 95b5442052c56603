"""A run folder grows by arms and seeds; anything else is another study, and is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from visavis.describe import Difference, difference
from visavis.errors import ChangedStudy
from visavis.files import plain_of
from visavis.store import StudyDocument, WeightsDocument

REMARKS = frozenset({"question", "brands"})
"""Fields of a study's description that change nothing in what is trained or compared."""


def require_same_study(path: Path, old: StudyDocument, new: StudyDocument, changeable: Collection[str] = ()) -> None:
    """Lets added arms and seeds pass, and changes of arms that may change.

    Args:
        path: of the run folder.
        old, new: the study as it is written.
        changeable: names of the arms that may change.

    Raises:
        ChangedStudy: with the path of every field that changed.
    """
    before = {**old.arms, **{name: new.arms[name] for name in changeable if name in new.arms}}
    now = {name: arm for name, arm in new.arms.items() if name in old.arms}
    again = [name for name in new.again if name in old.arms]
    changes = difference(
        {**plain_of(old), "arms": before, "again": list(old.again)},
        {**plain_of(new), "arms": now, "again": again},
    )
    _refuse(path, [change for change in changes if not _is_growth(change)])


def require_same_data(path: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Lets data pass that decode to the same images, wherever they lie now.

    Args:
        path: of the run folder.
        old, new: fingerprints of the data.

    Raises:
        ChangedStudy: the images, labels or their split changed.
    """
    _refuse(path, list(difference(dict(old), dict(new), "data")))


def require_same_weights(path: Path, old: WeightsDocument, new: WeightsDocument) -> None:
    """Lets the weights of added arms pass, and the same weights under another name.

    Raises:
        ChangedStudy: an arm's pre-trained weights changed.
    """
    before, now = (
        {arm: loaded.sha256 for arm, loaded in weights.arms.items() if arm in old.arms} for weights in (old, new)
    )
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
