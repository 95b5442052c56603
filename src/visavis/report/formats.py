"""Tables as Markdown and LaTeX, the comparison as CSV and JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from visavis.describe import Plain
from visavis.errors import one_line
from visavis.evidence import Comparison
from visavis.evidence.squares import Interaction
from visavis.quantities import MINUS, Interval
from visavis.report.selection import FULL_SELECTION, Selection
from visavis.report.tables import Table
from visavis.results import Contrast, Estimate
from visavis.stats import ACCURACY, F1


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
    "kind", "name", "control", "factors", "metric", "seed", "value", "low", "high", "p", "p_adjusted", "seeds",
    "images", "verdict", "brand",
)  # fmt: skip


def to_csv(comparison: Comparison, selection: Selection = FULL_SELECTION) -> str:
    """One row per number, in full precision: arms and contrasts, the mean over seeds and each seed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    brand = {"brand": spreadsheet_safe(" | ".join(comparison.brands))}
    for row in _csv_rows(comparison, selection):
        writer.writerow({name: spreadsheet_safe(value) for name, value in row.items()} | brand)
    return out.getvalue()


def _csv_rows(comparison: Comparison, selection: Selection) -> Iterator[dict[str, object]]:
    for lone in comparison.alone:
        factors = " and ".join(lone.factors)
        yield {"kind": "no contrast", "name": lone.arm, "control": lone.nearest, "factors": factors}
    for arm in selection.arms_of(comparison):
        for metric, estimate in (*_of_arm(comparison, arm, selection), *_of_classes(comparison, arm, selection)):
            subject = {"kind": "arm", "name": arm, "metric": metric}
            yield subject | _csv_interval(estimate.interval)
            for seed, value in estimate.by_seed.items():
                yield subject | {"seed": seed, "value": value}
    for contrast in (*selection.contrasts_of(comparison), *_class_contrasts(comparison, selection)):
        subject = {
            "kind": "contrast", "name": contrast.treatment, "control": contrast.control,
            "factors": " and ".join(contrast.factors), "metric": contrast.metric.name,
        }  # fmt: skip
        test = {
            "p": contrast.significance.p, "p_adjusted": contrast.significance.p_adjusted, "verdict": contrast.verdict,
        }  # fmt: skip
        yield subject | _csv_interval(contrast.interval) | test
        for seed, value in contrast.by_seed.items():
            yield subject | {"seed": seed, "value": value}


def _of_arm(comparison: Comparison, arm: str, selection: Selection) -> Iterator[tuple[str, Estimate]]:
    for metric in selection.metrics:
        yield metric.name, comparison.measured[arm][metric.name]


def _of_classes(comparison: Comparison, arm: str, selection: Selection) -> Iterator[tuple[str, Estimate]]:
    """Measures of each class of an arm."""
    if selection.class_measures:
        prefixes = tuple(f"{measure.name}[" for measure in selection.class_measures)
        yield from (pair for pair in comparison.class_measured[arm].items() if pair[0].startswith(prefixes))


def _class_contrasts(comparison: Comparison, selection: Selection) -> Iterator[Contrast]:
    for contrasts in comparison.class_contrasts.values() if F1 in selection.class_measures else ():
        yield from filter(selection.has_arm_of, contrasts)


def _csv_interval(interval: Interval) -> dict[str, object]:
    names = ("value", "low", "high", "seeds", "images")
    return {name: getattr(interval, name) for name in names}


def spreadsheet_safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, str):
        text = one_line(value)
        return f"'{text}" if text[:1] in "=+-@\t" and text else text
    return value


def to_plain(comparison: Comparison, selection: Selection = FULL_SELECTION) -> dict[str, Plain]:
    """What ``visavis compare --json`` prints. Differences are fractions: 0.05 is 5 percentage points."""
    headline = ACCURACY in selection.metrics
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
            arm: {metric: _plain_estimate(estimate) for metric, estimate in _of_arm(comparison, arm, selection)}
            for arm in selection.arms_of(comparison)
        },
        "by_class": {
            arm: {metric: _plain_estimate(estimate) for metric, estimate in _of_classes(comparison, arm, selection)}
            for arm in selection.arms_of(comparison)
        },
        "support": dict(zip(comparison.classes, comparison.supports, strict=True)),
        "contrasts": [
            _plain_contrast(contrast) | _plain_grounds(comparison, contrast)
            for contrast in selection.contrasts_of(comparison)
        ],
        "contrasts_by_class": [_plain_contrast(contrast) for contrast in _class_contrasts(comparison, selection)],
        "interactions": [_plain_interaction(interaction) for interaction in comparison.interactions if headline],
        "audit": comparison.audit.to_plain() if comparison.audit else None,
        "without_twins": _plain_without_twins(comparison.without_twins, selection) if headline else None,
        "false_alarms": _plain_false_alarms(comparison) if headline else None,
        "looks": asdict(comparison.looks) if comparison.looks else None,
    }


def _plain_interaction(interaction: Interaction) -> dict[str, Plain]:
    return {
        "first": list(interaction.first),
        "second": list(interaction.second),
        "factor": interaction.factor,
        "across": interaction.across,
        "metric": interaction.metric.name,
        "p": interaction.interval.p,
        "difference": interaction.interval.value,
        **_plain_interval(interaction.interval),
    }


def _plain_without_twins(rest: Comparison | None, selection: Selection) -> Plain:
    """Accuracy on the test images without a twin."""
    if rest is None:
        return None
    return {
        "images": rest.images,
        "arms": {arm: _plain_estimate(rest.measured[arm][ACCURACY.name]) for arm in selection.arms_of(rest)},
        "contrasts": [_plain_contrast(contrast) for contrast in selection.headlines_of(rest)],
    }


def _plain_false_alarms(comparison: Comparison) -> Plain:
    false_alarms = comparison.false_alarms
    if false_alarms is None:
        return None
    counts = {name: getattr(false_alarms, name) for name in ("comparisons", "alarms", "pairs", "single_alarms")}
    return {"contrast": _plain_contrast(false_alarms.contrast), **counts}


def _plain_estimate(estimate: Estimate) -> dict[str, Plain]:
    return {
        "mean": estimate.interval.value,
        "low": estimate.interval.low,
        "high": estimate.interval.high,
        "seeds": estimate.interval.seeds,
        "by_seed": {str(seed): value for seed, value in estimate.by_seed.items()},
    }


def _plain_contrast(contrast: Contrast) -> dict[str, Plain]:
    return {
        "treatment": contrast.treatment,
        "control": contrast.control,
        "factors": list(contrast.factors),
        "metric": contrast.metric.name,
        "difference": contrast.interval.value,
        **_plain_interval(contrast.interval),
        "test": contrast.significance.name,
        "p": contrast.significance.p,
        "p_adjusted": contrast.significance.p_adjusted,
        "verdict": contrast.verdict,
        "by_seed": {str(seed): value for seed, value in contrast.by_seed.items()},
    }


def _plain_grounds(comparison: Comparison, contrast: Contrast) -> dict[str, Plain]:
    """What would decide a contrast, and what its arms were made from."""
    agreement, further = comparison.agreement(contrast.treatment, contrast.control), comparison.further(contrast)
    return {"further": asdict(further) if further else None, "fingerprints": asdict(agreement)}


def _plain_interval(interval: Interval) -> dict[str, Plain]:
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "basis": "images" if interval.seeds == 1 else "seeds and images",
        "seeds": interval.seeds,
        "images": interval.images,
    }
