"""What all parts share: committed results, and how numbers and their spread are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


RESULTS = ROOT / "benchmarks" / "results"


def result(name: str) -> dict[str, Any]:
    """A committed result."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def percent(entry: dict[str, Any]) -> str:
    """A share with its interval."""
    return f"{100 * entry['mean']:.1f} % ({100 * entry['low']:.1f} to {100 * entry['high']:.1f})"


def points(entry: dict[str, Any]) -> str:
    """A difference with its interval, in percentage points."""
    low, high = (f"{100 * entry[bound]:+.1f}" for bound in ("low", "high"))
    return f"{100 * entry['difference']:+.1f} pp ({low} to {high})".replace("-", "\N{MINUS SIGN}")


def contrast(found: dict[str, Any], treatment: str, control: str) -> dict[str, Any]:
    """The contrast of accuracy of two arms."""
    return next(
        one
        for one in found["contrasts"]
        if (one["treatment"], one["control"], one["metric"]) == (treatment, control, "accuracy")
    )


def basis(found: dict[str, Any]) -> str:
    """On what a study rests."""
    environment, seeds = found["environment"], len(found["seeds"])
    device = environment["device"]
    machine = f"{environment['cores']} cores ({environment['processor']})" if device == "cpu" else device
    return (
        f"{found['data']}: {found['training images']:,} training and {found['test images']:,} test images, "
        f"{found['epochs']} epochs, {seeds} {'seed' if seeds == 1 else 'seeds'}; in brackets 95 % intervals "
        f"over {'' if seeds == 1 else 'seeds and '}test images. Measured {environment['started'][:10]} on {machine}, "
        f"torch {environment['torch']}, {environment['precision']}."
    )


def spread(middle: float, low: float, high: float) -> str:
    """A median ratio with its lowest and highest."""
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def spread_of(entry: dict[str, float]) -> str:
    """The same, of a result's entry."""
    return spread(entry["median"], entry["lowest"], entry["highest"])


def measured_on(found: dict[str, Any]) -> str:
    """When and on what."""
    environment = found["environment"]
    return f"measured {found['measured']} on {environment['cores']} cores ({environment['processor']})"


def share(value: float) -> str:
    """``.951``."""
    return f"{value:.3f}".lstrip("0")
