"""The report: one self-contained HTML page, made from a comparison and nothing else."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from visavis import quantities
from visavis.errors import one_line
from visavis.evidence import Comparison
from visavis.findings import AgainstItself, AtTheirBest, OtherTests, UntilDecided, answers_of, checks_of, warnings_of
from visavis.report import provenance, tables
from visavis.report.audit import audit_sentences, look_alikes, supports_table
from visavis.report.card import card_of, full_answers, second_answers, single_answer
from visavis.report.charts import line
from visavis.report.figures.arms import arms_figure
from visavis.report.figures.calibration import calibration_figure
from visavis.report.figures.confusion import confusion_figure
from visavis.report.figures.elsewhere import elsewhere_figures
from visavis.report.figures.epochs import learning_figures
from visavis.report.figures.figure import arm_style
from visavis.report.figures.path import path_figures
from visavis.report.figures.tuning import tuning_figures
from visavis.report.marks import SWATCH, Style, marker
from visavis.report.pictures import strips, training_strips
from visavis.report.rows import STYLES
from visavis.report.screen import MOST_ROWS, first_screen
from visavis.report.section import section_of
from visavis.report.wording import arm_lines

PAIRS_WITH_DETAILS = 6
"""Contrasts that get tables and pictures of their own."""
MOST_MATRICES = 4
"""Confusion matrices that are seen at once."""
MOST_SMALL = 6
"""Arms that have room in a figure a third of the page wide."""
MOST_WARNINGS = 3
"""That are seen at once; more have to be asked for."""


def render(comparison: Comparison) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("visavis.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,  # a name that the template misspells stops the page, rather than leaving a gap
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"one_line": one_line, "two_lines": _two_lines, "svg": _markup, "swatch": _swatch}
    sections = [section_of(comparison, contrast) for contrast in comparison.headlines[:PAIRS_WITH_DETAILS]]
    screen = first_screen(comparison)
    card = card_of(comparison, screen)
    contrasts, *more_answers = answers_of(comparison)
    single, seconds = single_answer(comparison, card), second_answers(comparison, card, screen)
    warnings = warnings_of(comparison)
    return environment.get_template("page.html").render(
        comparison=comparison,
        sections=sections,
        single=single,
        seconds=seconds,
        full=full_answers(more_answers, {*single, *seconds, *warnings}),
        quantities=quantities,
        verdict_styles=STYLES,
        contrasts=contrasts,
        answers=more_answers,
        checks=checks_of(comparison),
        figures={
            OtherTests.title: tuple(elsewhere_figures(comparison)),
            UntilDecided.title: tuple(path_figures(comparison)),
            AtTheirBest.title: tuple(tuning_figures(comparison)),
        },
        against_itself=AgainstItself(comparison).sentences() if len(comparison.compared_arms) == 1 else (),
        remarks=comparison.brands,
        warnings=warnings,
        arms_table=tables.arms_table(comparison),
        strips=list(strips(comparison)),
        training_strips=list(training_strips(comparison)),
        styles={arm: arm_style(comparison, arm) for arm in comparison.arms},
        screen=screen,
        card=card,
        arm_lines=arm_lines({arm: comparison.study.arms[arm] for arm in comparison.arms}, comparison.control),
        most_rows=MOST_ROWS,
        most_warnings=MOST_WARNINGS,
        most_small=MOST_SMALL,
        most_matrices=MOST_MATRICES,
        arms_figure=arms_figure(comparison),
        learning_figures=list(learning_figures(comparison)),
        calibration_figure=calibration_figure(comparison),
        audit=list(audit_sentences(comparison.audit)) if comparison.audit else [],
        supports_table=supports_table(comparison.audit) if comparison.audit else None,
        look_alikes=look_alikes(comparison),
        confusion_figures=[confusion_figure(comparison, arm) for arm in comparison.arms],
        environment=provenance.environment(comparison),
        repeat=provenance.command(comparison),
        class_tables=[tables.arm_class_table(comparison, arm) for arm in comparison.arms],
        parameters={arm: provenance.parameters(comparison, arm) for arm in comparison.arms},
        weights=provenance.weights(comparison),
        factors=provenance.factors(comparison),
        in_common=provenance.in_common(comparison),
    )


def _two_lines(text: str) -> Markup:
    """A value above its interval in brackets."""
    value, _, bounds = one_line(text).partition(" (")
    return Markup("{}<br><small>{}</small>").format(value, bounds.rstrip(")")) if bounds else escape(value)


def _markup(svg: str) -> Markup:
    """A figure's markup is our own; its texts were escaped when it was drawn."""
    return Markup(svg)


def _swatch(style: Style) -> Markup:
    """A piece of a series' line with its mark, for a legend 26 wide and 10 high."""
    piece = line([(0, 5), (SWATCH, 5)], style.color, 1.8, dashes=style.dashes)
    return Markup(piece + marker((SWATCH / 2, 5), style, reach=3.6))
