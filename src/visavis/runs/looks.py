"""When results could be seen while a study was still to grow: what such looks cost is said in the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from visavis.events import read_event
from visavis.events.runs import SeedsAdded
from visavis.runs.journal import Log
from visavis.store import LooksDocument, RunFolder


def note_look(folder: RunFolder, seeds: Sequence[int], log: Log) -> None:
    """Writes down that a study grows by seeds after some of the earlier ones were finished and could be looked at."""
    if not folder.exists():
        return
    study = folder.study
    has_results = any(folder.cell(arm, seed).is_finished() for seed in study.seeds for arm in study.arms)
    looks = list(_earlier_looks(folder))
    if has_results and set(seeds) > set(study.seeds):
        log(SeedsAdded(study.seeds))
        looks.append(study.seeds)
    if looks or folder.has(LooksDocument):  # a damaged one of which the events know nothing
        folder.write(LooksDocument(tuple(looks)))


def _earlier_looks(folder: RunFolder) -> Iterator[tuple[int, ...]]:
    """Yields the seeds that each look was at; where the document is damaged, as the events have them."""
    if not folder.has(LooksDocument):
        return
    looks = folder.recall(LooksDocument)
    if looks is not None:
        yield from looks.seeds
        return
    for event in map(read_event, folder.read_events()):
        if isinstance(event, SeedsAdded):
            yield event.seeds
