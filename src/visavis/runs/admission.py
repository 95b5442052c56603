"""A run folder grows by arms, seeds and test images; anything else is another study, and is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import count
from pathlib import Path

from visavis.describe import ABSENT, OWN_CODE, Difference, Plain, difference, plain_of
from visavis.design.slug import slugify
from visavis.errors import ChangedStudy
from visavis.quantities import list_text, some_text
from visavis.store import OtherTestsDocument, StudyDocument, WeightsDocument

MOST_NAMED = 6
"""Changes that an error names."""
REMARKS = frozenset({"question", "brands"})
"""Fields of a study's description that change nothing in what is trained, nor in how it is judged."""
RULES = ("headline", "primary", "margin", "margins", "non_inferior", "first_look", "seeds")
"""How a study is judged, which is settled before the first result."""


def require_same_study(
    path: Path, old: StudyDocument, new: StudyDocument, changeable: Collection[str] = (), *, renew: bool = False
) -> None:
    """Lets added arms, seeds and asks pass, changes of arms that may change, and other rules where no arm has results.
    Further test images aren't asked for: those that aren't there stay, and their images are compared, not how they are
    described.

    Args:
        path: of the run folder.
        old, new: the study as it is written.
        changeable: names of the arms that may change.
        renew: whether code that changed passes: the cells of its arms are to be trained anew.

    Raises:
        ChangedStudy: with the path of every field that changed, or with the names of code that changed.
    """
    before = {**old.arms, **{name: new.arms[name] for name in changeable if name in new.arms}}
    now = {name: arm for name, arm in new.arms.items() if name in old.arms}
    again = [name for name in new.again if name in old.arms]
    is_unseen = old.arms.keys() <= set(changeable)
    if None not in (old.first_look, new.first_look) and len(old.seeds) != len(new.seeds) and not is_unseen:
        raise ChangedStudy(
            f"{path} holds a study of at most {len(old.seeds)} seeds, which can't be changed once it has results",
            got=f"--most {len(new.seeds)}",
            expected=f"--most {len(old.seeds)}: the levels of its looks rest on it",
            do="go on without another --most, or choose another --out",
        )
    changes = list(
        difference(
            _without_code({**plain_of(old), "arms": before, "again": list(old.again), "tests": {}}),
            _without_code({**plain_of(new), "arms": now, "again": again, "tests": {}}),
        )
    )
    # How many seeds there may be until a study is decided is what its levels rest on.
    is_fixed = new.first_look is None
    growth = [change for change in changes if _is_growth(change) and (is_fixed or change.path != "seeds")]
    _refuse(path, [change for change in changes if not (change in growth or (is_unseen and _is_rule(change)))])
    code = {arm: names for arm, names in changed_code(old, new).items() if arm not in changeable}
    if code and not renew:
        raise ChangedStudy(
            f"{path} holds cells that were trained by other code",
            got=f"changes in {code_text(code)}",
            expected="the code that they were trained by",
            do=f"undo the edit, choose another --out, or train {list_text(code)} anew with --renew",
        )


def changed_code(old: StudyDocument, new: StudyDocument) -> dict[str, list[tuple[str, str]]]:
    """The code of one's own that has changed since: arm -> files and names within them; arms that haven't changed are
    left out. The data's isn't asked for, as their images are.
    """
    changes = {}
    for arm in (arm for arm in old.arms if arm in new.arms):
        before, now = (_code(study.arms[arm]) for study in (old, new))
        names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        if names:
            changes[arm] = names
    return changes


def code_text(changes: Mapping[str, Collection[tuple[str, str]]]) -> str:
    """The files that have changed, and what in them: ``helpers.py (scaled, LIMIT)``."""
    files: dict[str, set[str]] = {}
    for file, name in (pair for names in changes.values() for pair in names):
        files.setdefault(file, set()).add(name)
    return list_text(f"{file} ({', '.join(sorted(names))})" for file, names in sorted(files.items()))


def _code(description: Plain) -> dict[tuple[str, str], str]:
    """All code of one's own in a description: (file, name) -> digest."""
    if isinstance(description, list):
        description = dict(enumerate(description))
    if not isinstance(description, dict):
        return {}
    files = description.get(OWN_CODE)
    code = {
        (file, name): digest
        for file, names in (files.items() if isinstance(files, dict) else ())
        for name, digest in (names.items() if isinstance(names, dict) else ())
    }
    for key, value in description.items():
        if key != OWN_CODE:
            code |= _code(value)
    return code


def _without_code(description: Plain) -> Plain:
    if isinstance(description, list):
        return [_without_code(value) for value in description]
    if isinstance(description, dict):
        return {key: _without_code(value) for key, value in description.items() if key != OWN_CODE}
    return description


def require_same_data(path: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Lets data pass that decode to the same images, wherever they lie now.

    Args:
        path: of the run folder.
        old, new: fingerprints of the data.

    Raises:
        ChangedStudy: the images, labels or their split changed.
    """
    _refuse(path, list(difference(dict(old), dict(new), "data")))


def require_same_tests(path: Path, old: OtherTestsDocument, new: OtherTestsDocument) -> None:
    """Lets further test images pass that are new, or decode to the same ones under the same name.

    Args:
        path: of the run folder.
        old, new: by name.

    Raises:
        ChangedStudy: a name is in use for other images, or makes the same file as another one.
    """
    slugs = {slugify(name): name for name in old.tests}
    for name, images in new.tests.items():
        earlier = slugs.get(slugify(name), name)
        if earlier != name:
            raise ChangedStudy(
                f"{path} has test images of nearly this name",
                got=f"{name!r} beside {earlier!r}",
                expected="names that differ in more than case, spaces and punctuation",
                do="choose another name",
            )
        if name in old.tests and old.tests[name].fingerprints != images.fingerprints:
            raise ChangedStudy(
                f"{path} has other test images under the name {name!r}",
                got=images.source,
                expected=old.tests[name].source,
                do="give these another name",
            )


def require_same_weights(path: Path, old: WeightsDocument, new: WeightsDocument) -> None:
    """Lets the weights of added arms pass, and the same weights under another name.

    Raises:
        ChangedStudy: an arm's pre-trained weights changed.
    """
    before, now = (
        {arm: source.sha256 for arm, source in weights.arms.items() if arm in old.arms} for weights in (old, new)
    )
    _refuse(path, list(difference(before, now, "weights")))


def _is_growth(change: Difference) -> bool:
    if change.path == "seeds":
        return set(change.old) <= set(change.new)
    if change.path == "asks":
        return {tuple(ask) for ask in change.old} <= {tuple(ask) for ask in change.new}
    return change.path in REMARKS


def _is_rule(change: Difference) -> bool:
    return change.path.startswith(RULES)


def _refuse(path: Path, changes: list[Difference]) -> None:
    if changes:
        raise ChangedStudy(
            f"{path} holds another study",
            got=some_text(list(map(_text, changes)), MOST_NAMED),
            expected="the same study, or one with arms, seeds, asks or tests added",
            do=f"go back to the old settings, or begin another: --out {_free(path)}",
        )


def _text(change: Difference) -> str:
    parent, _, name = change.path.partition(".")
    is_gone = parent in ("arms", "tuned") and change.new == ABSENT and change.old != ABSENT
    return f"no arm {name!r}" if is_gone and "." not in name else str(change)


def _free(path: Path) -> Path:
    """The next path after another that nothing has."""
    return next(other for number in count(2) if not (other := path.with_name(f"{path.name}-{number}")).exists())
