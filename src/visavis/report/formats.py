"""Tables as Markdown and LaTeX, the comparison as CSV and JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from visavis.comparison import Comparison
from visavis.describe import Plain
from visavis.numbers import MINUS, Interval
from visavis.report.sentences import remarks
from visavis.report.tables import Table
from visavis.results import Contrast, Measured
from visavis.stats.metrics import ACCURACY
from visavis.text import one_line


def to_markdown(tables: Sequence[Table], brands: Sequence[str]) -> str:
    """GitHub's Markdown."""
    parts = [f"**{_markdown(brand)}**" for brand in brands]
    for table in tables:
        head = [f"### {_markdown(table.title)}", "", _markdown_row(table.columns)]
        rule = "| --- |" + " ---: |" * (len(table.columns) - 1)
        parts.append("\n".join([*head, rule, *map(_markdown_row, table.rows), "", _markdown(table.note)]).strip())
    return "\n\n".join(parts)


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_markdown, cells)) + " |"


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", one_line(text))


def to_latex(tables: Sequence[Table], brands: Sequence[str]) -> str:
    """Tables for the booktabs package."""
    parts = [f"% {one_line(brand)}" for brand in brands]
    for table in tables:
        rows = [" & ".join(map(_latex, row)) + r" \\" for row in table.rows]
        lines = [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_latex(f'{table.title}. {table.note}' if table.note else table.title)}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
            r"\toprule",
            " & ".join(map(_latex, table.columns)) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    MINUS: "$-$", "\N{MULTIPLICATION SIGN}": r"$\times$",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in one_line(text))


CSV_COLUMNS = (
    "kind", "name", "control", "slots", "metric", "seed", "value", "low", "high", "p", "p_adjusted", "seeds", "images",
    "verdict", "brand",
)  # fmt: skip


def to_csv(comparison: Comparison) -> str:
    """One row per number, in full precision: arms and contrasts, the mean over seeds and each seed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for row in _csv_rows(comparison):
        writer.writerow(
            {name: spreadsheet_safe(value) for name, value in row.items()}
            | {"brand": spreadsheet_safe(" | ".join(remarks(comparison)))}
        )
    return out.getvalue()


def _csv_rows(comparison: Comparison) -> Iterator[dict[str, object]]:
    for lone in comparison.alone:
        slots = " and ".join(lone.slots)
        yield {"kind": "no contrast", "name": lone.arm, "control": lone.nearest, "slots": slots}
    for arm, metrics in comparison.measured.items():
        for metric, measured in (metrics | comparison.class_measured[arm]).items():
            about = {"kind": "arm", "name": arm, "metric": metric}
            yield about | _csv_interval(measured.interval)
            for seed, value in measured.by_seed.items():
                yield about | {"seed": seed, "value": value}
    for contrast in (*comparison.contrasts, *_class_contrasts(comparison)):
        about = {
            "kind": "contrast", "name": contrast.treatment, "control": contrast.control,
            "slots": " and ".join(contrast.slots), "metric": contrast.metric.name,
        }  # fmt: skip
        tested = {
            "p": contrast.significance.p, "p_adjusted": contrast.significance.p_adjusted, "verdict": contrast.verdict,
        }  # fmt: skip
        yield about | _csv_interval(contrast.interval) | tested
        for seed, value in contrast.by_seed.items():
            yield about | {"seed": seed, "value": value}


def _class_contrasts(comparison: Comparison) -> Iterator[Contrast]:
    for contrasts in comparison.class_contrasts.values():
        yield from contrasts


def _csv_interval(interval: Interval) -> dict[str, object]:
    names = ("value", "low", "high", "seeds", "images")
    return {name: getattr(interval, name) for name in names}


def spreadsheet_safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, str):
        text = one_line(value)
        return f"'{text}" if text[:1] in "=+-@\t" and text else text
    return value


def to_plain(comparison: Comparison) -> dict[str, Plain]:
    """What ``visavis compare --json`` prints. Differences are fractions: 0.05 is 5 percentage points."""
    return {
        "study": comparison.study.name,
        "brands": list(comparison.brands),
        "data": comparison.data.name,
        "synthetic": comparison.data.synthetic,
        "margin": comparison.study.margin,
        "seeds": list(comparison.seeds),
        "missing": [{"arm": arm, "seed": seed, "reason": reason} for (arm, seed), reason in comparison.missing.items()],
        "without_contrast": [asdict(arm) for arm in comparison.alone],
        "arms": {
            arm: {metric: _plain_measured(measured) for metric, measured in metrics.items()}
            for arm, metrics in comparison.measured.items()
        },
        "by_class": {
            arm: {metric: _plain_measured(measured) for metric, measured in metrics.items()}
            for arm, metrics in comparison.class_measured.items()
        },
        "support": dict(zip(comparison.classes, comparison.supports, strict=True)),
        "contrasts": [_plain_contrast(comparison, contrast) for contrast in comparison.contrasts],
        "contrasts_by_class": [_plain_contrast(comparison, contrast) for contrast in _class_contrasts(comparison)],
        "interactions": [
            {
                "first": list(one.first),
                "second": list(one.second),
                "slot": one.slot,
                "across": one.across,
                "metric": one.metric.name,
                "p": one.interval.p,
                "difference": one.interval.value,
                **_plain_interval(one.interval),
            }
            for one in comparison.interactions
        ],
        "audit": comparison.audit.to_plain() if comparison.audit else None,
        "without_twins": _plain_without_twins(comparison.without_twins),
        "false_alarms": _plain_false_alarms(comparison),
        "looks": asdict(comparison.looks) if comparison.looks else None,
    }


def _plain_without_twins(rest: Comparison | None) -> Plain:
    """Accuracy on the test images without a twin."""
    if rest is None:
        return None
    return {
        "images": rest.images,
        "arms": {arm: _plain_measured(metrics[ACCURACY.name]) for arm, metrics in rest.measured.items()},
        "contrasts": [_plain_contrast(rest, contrast) for contrast in rest.headlines],
    }


def _plain_false_alarms(comparison: Comparison) -> Plain:
    found = comparison.false_alarms
    if found is None:
        return None
    counts = {name: getattr(found, name) for name in ("comparisons", "alarms", "pairs", "single_alarms")}
    return {"contrast": _plain_contrast(comparison, found.contrast), **counts}


def _plain_measured(measured: Measured) -> dict[str, Plain]:
    return {
        "mean": measured.interval.value,
        "low": measured.interval.low,
        "high": measured.interval.high,
        "seeds": measured.interval.seeds,
        "by_seed": {str(seed): value for seed, value in measured.by_seed.items()},
    }


def _plain_contrast(comparison: Comparison, contrast: Contrast) -> dict[str, Plain]:
    agreement, further = comparison.agreement(contrast.treatment, contrast.control), comparison.further(contrast)
    return {
        "treatment": contrast.treatment,
        "control": contrast.control,
        "slots": list(contrast.slots),
        "metric": contrast.metric.name,
        "difference": contrast.interval.value,
        **_plain_interval(contrast.interval),
        "test": contrast.significance.name,
        "p": contrast.significance.p,
        "p_adjusted": contrast.significance.p_adjusted,
        "verdict": contrast.verdict,
        "further": asdict(further) if further else None,
        "by_seed": {str(seed): value for seed, value in contrast.by_seed.items()},
        "fingerprints": asdict(agreement),
    }


def _plain_interval(interval: Interval) -> dict[str, Plain]:
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "basis": "images" if interval.seeds == 1 else "seeds and images",
        "seeds": interval.seeds,
        "images": interval.images,
    }
