"""What results share: when and on what they were measured, and how far measurements spread."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import torch

from visavis.cells.environment import describe_environment

CPU = torch.device("cpu")


def spread(values: Iterable[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    ordered = sorted(values)
    return {"median": median(ordered), "lowest": ordered[0], "highest": ordered[-1]}


def record(found: Mapping[str, Any], out: Path | None, device: torch.device = CPU) -> None:
    """Prints what was found but for its rows; writes all of it, with date and machine, where a file is given."""
    shown = {name: value for name, value in found.items() if name != "rows"}
    print(json.dumps(shown or found, indent=2))
    if out is not None:
        head = {"measured": datetime.now(UTC).date().isoformat(), "environment": describe_environment(device)}
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps({**head, **found}, indent=2) + "\n")
