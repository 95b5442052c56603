"""The comparison as tables: for the screen, the page, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from visavis.comparison import Comparison
from visavis.describe import Plain
from visavis.report.numbers import (
    MINUS,
    basis_text,
    difference_range_text,
    difference_text,
    level_text,
    p_text,
    range_text,
    title,
    value_text,
)
from visavis.report.sentences import remarks
from visavis.results import Contrast, Interval
from visavis.stats.metrics import METRICS, ClassF1


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title: stands above.
        columns: the head; the first column holds names, the others numbers.
        rows: one text per column.
        note: stands below.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def arms_table(comparison: Comparison) -> Table:
    """Each metric of each arm, with its interval; the majority class as a baseline."""
    rows = []
    for arm in comparison.arms:
        measured = comparison.measured[arm]
        rows.append((arm, *(_value_cell(measured[metric.name].interval, metric.name) for metric in METRICS)))
    rows.append(("always the largest class", *_baseline(comparison)))
    first = comparison.measured[comparison.control]["accuracy"].interval
    note = f"Mean over seeds with its {level_text(first)} interval; {basis_text(first)}."
    return Table("Arms", ("arm", *(metric.title for metric in METRICS)), tuple(rows), note)


def all_tables(comparison: Comparison) -> list[Table]:
    """Arms, contrasts, and F1 by class for each contrast."""
    classes = [class_table(comparison, contrast) for contrast in comparison.headlines]
    return [arms_table(comparison), contrasts_table(comparison), *classes]


def _value_cell(interval: Interval, metric: str) -> str:
    return f"{value_text(interval.value, metric)} ({range_text(interval, metric)})"


def _baseline(comparison: Comparison) -> Iterator[str]:
    """The metrics of always giving the training part's largest class, with the training part's shares as logits."""
    counts = np.array(comparison.data["train"], np.float64)
    logits = np.broadcast_to(np.log(counts / counts.sum()), (comparison.images, len(counts)))
    for metric in METRICS:
        yield value_text(metric.score(comparison.labels, logits).value, metric.name)


def contrasts_table(comparison: Comparison) -> Table:
    """Each metric of each contrast, with its interval and its verdict."""
    rows = tuple(
        (
            f"{contrast.treatment} {MINUS} {contrast.control}",
            contrast.slot,
            title(contrast.metric),
            difference_text(contrast.interval.value, contrast.metric),
            difference_range_text(contrast.interval, contrast.metric),
            p_text(contrast.p_adjusted),
            contrast.verdict,
        )
        for contrast in comparison.contrasts
    )
    family = len(comparison.pairs)
    adjusted = f" p adjusted by Holm over the {family} contrasts of a metric." if family > 1 else ""
    first = comparison.contrasts[0].interval if comparison.contrasts else None
    note = (
        f"Paired by seed and test image; {basis_text(first)}.{adjusted}" if first else "No two arms differ in one slot."
    )
    return Table("Contrasts", ("contrast", "slot", "metric", "difference", "95 % interval", "p", "verdict"), rows, note)


def class_table(comparison: Comparison, contrast: Contrast) -> Table:
    """F1 of each class in both arms of a contrast, with the difference."""
    rows = []
    supports = comparison.data["test"]
    found = comparison.class_contrasts(contrast.treatment, contrast.control, contrast.slot)
    for label, (name, row) in enumerate(zip(comparison.classes, found, strict=True)):
        metric = ClassF1(label, name)
        values = (
            value_text(comparison.measure(arm, metric).interval.value, metric.name)
            for arm in (contrast.control, contrast.treatment)
        )
        difference = difference_text(row.interval.value, row.metric)
        rows.append(
            (
                name,
                *values,
                difference,
                difference_range_text(row.interval, row.metric),
                row.verdict,
                f"{supports[label]:,}",
            )
        )
    columns = (
        "class",
        contrast.control,
        contrast.treatment,
        "difference",
        "95 % interval",
        "verdict",
        "test images",
    )
    note = f"F1 of each class; verdicts adjusted by Holm over the {len(found)} classes."
    return Table(f"F1 by class: {contrast.treatment} and {contrast.control}", columns, tuple(rows), note)


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


def one_line(text: str) -> str:
    """Without line breaks and control characters, which names of classes and files may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


CSV_COLUMNS = (
    "kind", "name", "control", "slot", "metric", "seed", "value", "low", "high", "p", "p_adjusted", "seeds", "images",
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
    for arm, metrics in comparison.measured.items():
        for metric, measured in metrics.items():
            about = {"kind": "arm", "name": arm, "metric": metric}
            yield about | _csv_interval(measured.interval)
            for seed, value in measured.by_seed.items():
                yield about | {"seed": seed, "value": value}
    for contrast in comparison.contrasts:
        about = {
            "kind": "contrast", "name": contrast.treatment, "control": contrast.control, "slot": contrast.slot,
            "metric": contrast.metric,
        }  # fmt: skip
        tested = {"p": contrast.interval.p, "p_adjusted": contrast.p_adjusted, "verdict": contrast.verdict}
        yield about | _csv_interval(contrast.interval) | tested
        for seed, value in contrast.by_seed.items():
            yield about | {"seed": seed, "value": value}


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
        "study": comparison.study["name"],
        "brands": list(comparison.brands),
        "data": comparison.data["name"],
        "synthetic": comparison.data["synthetic"],
        "margin": comparison.study["margin"],
        "seeds": list(comparison.seeds),
        "missing": [{"arm": arm, "seed": seed, "reason": reason} for (arm, seed), reason in comparison.missing.items()],
        "arms": {
            arm: {metric: _plain_measured(comparison, arm, metric) for metric in metrics}
            for arm, metrics in comparison.measured.items()
        },
        "contrasts": [_plain_contrast(comparison, contrast) for contrast in comparison.contrasts],
        "interactions": [
            {
                "first": list(one.first),
                "second": list(one.second),
                "slot": one.slot,
                "across": one.across,
                "metric": one.metric,
                "difference": one.interval.value,
                **_plain_interval(one.interval),
            }
            for one in comparison.interactions
        ],
    }


def _plain_measured(comparison: Comparison, arm: str, metric: str) -> dict[str, Plain]:
    measured = comparison.measured[arm][metric]
    return {
        "mean": measured.interval.value,
        "low": measured.interval.low,
        "high": measured.interval.high,
        "seeds": measured.interval.seeds,
        "by_seed": {str(seed): value for seed, value in measured.by_seed.items()},
    }


def _plain_contrast(comparison: Comparison, contrast: Contrast) -> dict[str, Plain]:
    agreement = comparison.agreement(contrast.treatment, contrast.control)
    return {
        "treatment": contrast.treatment,
        "control": contrast.control,
        "slot": contrast.slot,
        "metric": contrast.metric,
        "difference": contrast.interval.value,
        **_plain_interval(contrast.interval),
        "p_adjusted": contrast.p_adjusted,
        "verdict": contrast.verdict,
        "by_seed": {str(seed): value for seed, value in contrast.by_seed.items()},
        "fingerprints": asdict(agreement),
    }


def _plain_interval(interval: Interval) -> dict[str, Plain]:
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "basis": "images" if interval.seeds == 1 else "seeds and images",
        "p": interval.p,
        "seeds": interval.seeds,
        "images": interval.images,
    }
