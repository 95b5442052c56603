"""Tables as Markdown and LaTeX, the comparison as CSV and JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from visavis.conclusions import Estimate
from visavis.describe import Plain
from visavis.errors import one_line
from visavis.evidence import Comparison
from visavis.findings import FULL_SELECTION, CsvRow, Selection, Table, findings_of, warnings_of
from visavis.findings.numbers import estimate_rows, plain_estimate
from visavis.quantities import MINUS


def to_markdown(tables: Iterable[Table], brands: Sequence[str]) -> str:
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


def to_latex(tables: Iterable[Table], brands: Sequence[str]) -> str:
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
    "test", "kind", "name", "control", "factors", "metric", "seed", "value", "low", "high", "p", "p_adjusted", "seeds",
    "images", "verdict", "dose", "brand",
)  # fmt: skip


def to_csv(comparison: Comparison, selection: Selection = FULL_SELECTION) -> str:
    """One row per number, in full precision: arms and what each finding has, the mean over seeds and each seed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    brand = {"brand": spreadsheet_safe(" | ".join(comparison.brands))}
    for row in _csv_rows(comparison, selection):
        writer.writerow({name: spreadsheet_safe(value) for name, value in row.items()} | brand)
    return out.getvalue()


def _csv_rows(comparison: Comparison, selection: Selection) -> Iterator[CsvRow]:
    for warning in warnings_of(comparison):
        yield {"kind": "warning", "name": warning}
    for arm in selection.arms_of(comparison):
        for metric, estimate in (*_of_arm(comparison, arm, selection), *_of_classes(comparison, arm, selection)):
            yield from estimate_rows(estimate, kind="arm", name=arm, metric=metric)
    for finding in findings_of(comparison, selection):
        yield from finding.rows()


def _of_arm(comparison: Comparison, arm: str, selection: Selection) -> Iterator[tuple[str, Estimate]]:
    for metric in selection.metrics_of(comparison):
        yield metric.name, comparison.measured[arm][metric.name]


def _of_classes(comparison: Comparison, arm: str, selection: Selection) -> Iterator[tuple[str, Estimate]]:
    """Measures of each class of an arm."""
    if selection.class_measures:
        prefixes = *(f"{measure.name}[" for measure in selection.class_measures), "auc[", "average_precision["
        yield from (pair for pair in comparison.class_measured[arm].items() if pair[0].startswith(prefixes))


def spreadsheet_safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, str):
        text = one_line(value)
        return f"'{text}" if text[:1] in "=+-@\t" and text else text
    return value


def to_plain(comparison: Comparison, selection: Selection = FULL_SELECTION) -> dict[str, Plain]:
    """What ``visavis compare --json`` prints. Differences are fractions: 0.05 is 5 percentage points."""
    plain: dict[str, Plain] = {
        "study": comparison.study.name,
        "brands": list(comparison.brands),
        "data": comparison.data.name,
        "synthetic": comparison.data.synthetic,
        "headline": comparison.headline.name,
        "margin": comparison.study.margin,
        "margins": dict(comparison.study.margins),
        "non_inferior": comparison.study.non_inferior,
        "seeds": list(comparison.seeds),
        "folds": None if comparison.folding is None else comparison.folding.k,
        "warnings": warnings_of(comparison),
        "arms": {
            arm: {metric: plain_estimate(estimate) for metric, estimate in _of_arm(comparison, arm, selection)}
            for arm in selection.arms_of(comparison)
        },
        "by_class": {
            arm: {metric: plain_estimate(estimate) for metric, estimate in _of_classes(comparison, arm, selection)}
            for arm in selection.arms_of(comparison)
        },
        "support": dict(zip(comparison.classes, comparison.supports, strict=True)),
        "audit": comparison.audit.to_plain() if comparison.audit else None,
    }
    for finding in findings_of(comparison, selection):
        plain |= finding.plain()
    return plain
