"""What a cell is made from: what has to be the same for two cells to be a pair, and for a run to go on from a state."""

from __future__ import annotations

from visavis.cells.assemble import Assembled
from visavis.cells.conditions import Conditions
from visavis.cells.environment import short_environment
from visavis.cells.fingerprints import plan_fingerprint, seen_fingerprint, tensors_fingerprint
from visavis.describe import digest
from visavis.store import FrozenDocument
from visavis.study import describe_slots
from visavis.training import untouched_tensors


def cell_fingerprints(cell: Assembled, conditions: Conditions) -> dict[str, str]:
    """Digests of what a cell is made from, by name: those of the data, and the cell's own."""
    return {
        **conditions.fingerprints,
        "images as seen": seen_fingerprint(cell.data),
        "recipe": digest(conditions.recipe),
        "plan": plan_fingerprint(cell.plan),
        "arithmetic": conditions.machine.arithmetic,
        "environment": short_environment(conditions.machine.device),
    }


def basis_of(cell: Assembled, fingerprints: dict[str, str]) -> str:
    """A digest of all that decides what a cell's next step does, but for its state."""
    return digest([fingerprints, dict(cell.initial_weights), cell.seed, describe_slots(cell.arm)])


def frozen_tensors(cell: Assembled, epochs: int) -> FrozenDocument:
    """How many tensors so many epochs must leave alone, and a digest of them."""
    tensors = untouched_tensors(cell.plan, epochs)
    return FrozenDocument(len(tensors), tensors_fingerprint(tensors))
