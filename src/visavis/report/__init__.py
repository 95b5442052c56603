"""Comparison -> tables, figures, sentences, one page."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_report"]


def write_report(path: str | Path) -> Path:
    """Writes the report of a run folder and returns the page's path.

    Raises:
        RunFolderError: as ``compare``.
    """
    from visavis.comparison import compare
    from visavis.report.page import render  # what makes pages isn't needed for tables
    from visavis.store import RunFolder

    return RunFolder(Path(path)).write_report(render(compare(path)))
