"""What a cell is made from: what has to be the same for two cells to be a pair, and for a run to go on from a state."""

from __future__ import annotations

from visavis.cells.assemble import Assembly
from visavis.cells.conditions import Conditions
from visavis.cells.environment import short_environment
from visavis.cells.fingerprints import plan_fingerprint, seen_fingerprint, tensors_fingerprint
from visavis.describe import array_digest, digest, text_digest
from visavis.design.arm import describe_factors
from visavis.errors import TrainingError
from visavis.store import FrozenDocument
from visavis.training import untouched_tensors


def cell_fingerprints(cell: Assembly, conditions: Conditions) -> dict[str, str]:
    """Digests of what a cell is made from, by name: those of the data, and the cell's own."""
    return {
        **conditions.data.fingerprints(cell.seed),
        "training rows": text_digest(array_digest(cell.training.rows) + array_digest(cell.training.labels)),
        "images as seen": seen_fingerprint(cell.data),
        "plan": plan_fingerprint(cell.tuning_plan),
        "arithmetic": conditions.machine.arithmetic,
        "environment": short_environment(conditions.machine.device),
    }


def basis_of(cell: Assembly, fingerprints: dict[str, str]) -> str:
    """A digest of all that decides what a cell's next step does, but for its state."""
    return digest([fingerprints, dict(cell.initial_weights), cell.seed, describe_factors(cell.arm)])


def require_frozen(cell: Assembly, epochs: int, before: FrozenDocument) -> None:
    """Compares what had to stay frozen with what it was before the first step.

    Raises:
        TrainingError: it has changed.
    """
    if frozen_tensors(cell, epochs) != before:
        raise TrainingError("what was to stay frozen has changed", expected="the same tensors before and after")


def frozen_tensors(cell: Assembly, epochs: int) -> FrozenDocument:
    """How many tensors so many epochs must leave alone, and a digest of them."""
    tensors = untouched_tensors(cell.plan, epochs)
    return FrozenDocument(len(tensors), tensors_fingerprint(tensors))
