"""The report: one self-contained HTML page, made from a comparison and nothing else."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from visavis import quantities
from visavis.errors import one_line
from visavis.evidence import Comparison
from visavis.findings import answers_of, checks_of, warnings_of
from visavis.report import figures, provenance, tables
from visavis.report.audit import audit_sentences, look_alikes, supports_table
from visavis.report.pictures import strips
from visavis.report.section import section_of

PAIRS_WITH_DETAILS = 6
"""Contrasts that get tables and pictures of their own."""


def render(comparison: Comparison) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("visavis.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,  # a name that the template misspells stops the page, rather than leaving a gap
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"one_line": one_line, "two_lines": _two_lines, "svg": _markup}
    sections = [section_of(comparison, contrast) for contrast in comparison.headlines[:PAIRS_WITH_DETAILS]]
    # The last sentence says what several answers rest on.
    contrasts, *more_answers = answers_of(comparison)
    return environment.get_template("page.html").render(
        comparison=comparison,
        sections=sections,
        single=sections[0] if len(comparison.headlines) == 1 else None,
        quantities=quantities,
        contrasts=contrasts,
        answers=more_answers,
        checks=checks_of(comparison),
        remarks=comparison.brands,
        warnings=warnings_of(comparison),
        arms_table=tables.arms_table(comparison),
        strips=list(strips(comparison)),
        colors={arm: figures.arm_color(comparison, arm) for arm in comparison.arms},
        contrasts_figure=figures.contrasts_figure(comparison, comparison.headlines) if comparison.headlines else None,
        headline_figure=figures.headline_figure(comparison),
        curves_figures=list(figures.curves_figures(comparison)),
        calibration_figure=figures.calibration_figure(comparison),
        audit=list(audit_sentences(comparison.audit)) if comparison.audit else [],
        supports_table=supports_table(comparison.audit) if comparison.audit else None,
        look_alikes=look_alikes(comparison),
        confusion_figures=[figures.confusion_figure(comparison, arm) for arm in comparison.arms],
        environment=provenance.environment(comparison),
        repeat=provenance.command(comparison),
        class_tables=[tables.arm_class_table(comparison, arm) for arm in comparison.arms],
        parameters={arm: provenance.parameters(comparison, arm) for arm in comparison.arms},
        weights=provenance.weights(comparison),
        factors=provenance.factors(comparison),
    )


def _two_lines(text: str) -> Markup:
    """A value above its interval in brackets."""
    value, _, bounds = one_line(text).partition(" (")
    return Markup("{}<br><small>{}</small>").format(value, bounds.rstrip(")")) if bounds else escape(value)


def _markup(svg: str) -> Markup:
    """A figure's markup is our own; its texts were escaped when it was drawn."""
    return Markup(svg)
