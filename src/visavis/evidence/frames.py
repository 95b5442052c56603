"""Contrasts and measures as data frames, for those who go on in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from visavis.conclusions import Contrast, Estimate

if TYPE_CHECKING:
    import pandas as pd


def contrasts_frame(contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """One row for each contrast; differences of shares are fractions."""
    import pandas as pd  # half a second, which tables on the screen needn't wait for

    return pd.DataFrame(
        [
            {
                "treatment": contrast.treatment,
                "control": contrast.control,
                "factors": " and ".join(contrast.factors),
                "metric": contrast.metric.name,
                "difference": contrast.interval.value,
                "low": contrast.interval.low,
                "high": contrast.interval.high,
                "p": contrast.significance.p,
                "p_adjusted": contrast.significance.p_adjusted,
                "verdict": contrast.verdict.value,
                "seeds": contrast.interval.seeds,
                "images": contrast.interval.images,
            }
            for contrast in contrasts
        ]
    )


def arms_frame(estimates: Mapping[str, Mapping[str, Estimate]]) -> pd.DataFrame:
    """One row for each metric of each arm; shares are fractions."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "arm": arm,
                "metric": metric,
                "mean": estimate.interval.value,
                "low": estimate.interval.low,
                "high": estimate.interval.high,
                "seeds": estimate.interval.seeds,
                "images": estimate.interval.images,
            }
            for arm, metrics in estimates.items()
            for metric, estimate in metrics.items()
        ]
    )


def seeds_frame(estimates: Mapping[str, Mapping[str, Estimate]]) -> pd.DataFrame:
    """One row for each arm and seed, one column for each metric."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"arm": arm, "seed": seed, **{metric: estimate.by_seed[seed] for metric, estimate in metrics.items()}}
            for arm, metrics in estimates.items()
            for seed in next(iter(metrics.values())).by_seed
        ]
    )
