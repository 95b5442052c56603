"""Contrasts and measures as data frames, for those who go on in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from visavis.results import Contrast, Measured

if TYPE_CHECKING:
    import pandas as pd


def contrasts_frame(contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """One row for each contrast; differences of shares are fractions."""
    import pandas as pd  # half a second, which tables on the screen needn't wait for

    return pd.DataFrame(
        [
            {
                "treatment": one.treatment,
                "control": one.control,
                "slots": " and ".join(one.slots),
                "metric": one.metric.name,
                "difference": one.interval.value,
                "low": one.interval.low,
                "high": one.interval.high,
                "p": one.significance.p,
                "p_adjusted": one.significance.p_adjusted,
                "verdict": one.verdict.value,
                "seeds": one.interval.seeds,
                "images": one.interval.images,
            }
            for one in contrasts
        ]
    )


def arms_frame(measured: Mapping[str, Mapping[str, Measured]]) -> pd.DataFrame:
    """One row for each metric of each arm; shares are fractions."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "arm": arm,
                "metric": metric,
                "mean": one.interval.value,
                "low": one.interval.low,
                "high": one.interval.high,
                "seeds": one.interval.seeds,
                "images": one.interval.images,
            }
            for arm, metrics in measured.items()
            for metric, one in metrics.items()
        ]
    )


def seeds_frame(measured: Mapping[str, Mapping[str, Measured]]) -> pd.DataFrame:
    """One row for each arm and seed, one column for each metric."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"arm": arm, "seed": seed, **{metric: one.by_seed[seed] for metric, one in metrics.items()}}
            for arm, metrics in measured.items()
            for seed in next(iter(metrics.values())).by_seed
        ]
    )
