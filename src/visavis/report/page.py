"""The report: one self-contained HTML page, made from a comparison and nothing else."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from visavis import numbers
from visavis.comparison import Comparison
from visavis.describe import OWN_CODE
from visavis.files import plain_of
from visavis.pairing import Agreement, unexpected
from visavis.report import figures, sentences, tables
from visavis.report.audited import audit_sentences, look_alikes, supports_table
from visavis.report.pictures import Flips, flips, strips
from visavis.results import Contrast
from visavis.text import one_line

PAIRS_WITH_DETAILS = 6
"""Contrasts that get tables and pictures of their own."""
DIGEST_LENGTH = 64


@dataclass(frozen=True)
class Section:
    """What the page says of one contrast.

    Attributes:
        contrast: of accuracy.
        answer, verdict, held_equal: sentences.
        grounds: sentences on the tests, on pairing, and on what the interval can't promise.
        summary, by_class: tables of all metrics, and of F1 by class.
        flips: examples on which the arms part ways.
        agreement: fingerprints.
        surprises: fingerprints that differ without a reason.
    """

    contrast: Contrast
    answer: str
    verdict: str
    held_equal: str
    grounds: tuple[str, ...]
    summary: tables.Table
    by_class: tables.Table
    flips: Flips
    agreement: Agreement
    surprises: tuple[str, ...]


def render(comparison: Comparison) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("visavis.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"one_line": one_line, "two_lines": _two_lines, "svg": _markup}
    sections = [_section(comparison, contrast) for contrast in comparison.headlines[:PAIRS_WITH_DETAILS]]
    return environment.get_template("page.html").render(
        comparison=comparison,
        sections=sections,
        single=sections[0] if len(comparison.headlines) == 1 else None,
        basis=sentences.basis_sentence(comparison.headlines[0]) if comparison.headlines else "",
        numbers=numbers,
        interactions=[sentences.interaction_sentence(one, comparison) for one in comparison.interactions],
        remarks=sentences.remarks(comparison),
        warnings=sentences.warnings(comparison),
        arms_table=tables.arms_table(comparison),
        contrasts_table=tables.contrasts_table(comparison),
        strips=list(strips(comparison)),
        colors={arm: figures.arm_color(comparison, arm) for arm in comparison.arms},
        contrasts_figure=_contrasts_figure(comparison),
        accuracy_figure=figures.accuracy_figure(comparison),
        curves_figures=list(figures.curves_figures(comparison)),
        calibration_figure=figures.calibration_figure(comparison),
        false_alarms=list(sentences.false_alarms_sentences(comparison.false_alarms)) if comparison.false_alarms else [],
        twins_table=tables.twins_table(comparison),
        audit=list(audit_sentences(comparison.audit)) if comparison.audit else [],
        supports_table=supports_table(comparison.audit) if comparison.audit else None,
        look_alikes=look_alikes(comparison),
        confusion_figures=[figures.confusion_figure(comparison, arm) for arm in comparison.arms],
        environment=_environment(comparison),
        repeat=_repeat(comparison),
        class_tables=[tables.arm_class_table(comparison, arm) for arm in comparison.arms],
        tuned={arm: _tuned(comparison, arm) for arm in comparison.arms},
        weights=sentences.weights_sentences(comparison),
        slots=_slots(comparison),
        recipe=plain_of(comparison.study.recipe),
    )


def _two_lines(text: str) -> Markup:
    """A value above its interval in brackets."""
    value, _, bounds = one_line(text).partition(" (")
    return Markup("{}<br><small>{}</small>").format(value, bounds.rstrip(")")) if bounds else escape(value)


def _markup(drawn: figures.Drawn) -> Markup:
    """A figure's markup is our own; its texts were escaped when it was drawn."""
    return Markup(drawn.svg)


def _contrasts_figure(comparison: Comparison) -> figures.Drawn | None:
    if not comparison.headlines:
        return None
    return figures.contrasts_figure(comparison, comparison.headlines)


def _section(comparison: Comparison, contrast: Contrast) -> Section:
    found = comparison.agreement(contrast.treatment, contrast.control)
    return Section(
        contrast=contrast,
        answer=sentences.answer(contrast, comparison),
        verdict=sentences.verdict_sentence(contrast, comparison),
        held_equal=sentences.held_equal_sentence(comparison, contrast),
        grounds=tuple(sentences.grounds(comparison, contrast)),
        summary=tables.summary_table(comparison, contrast),
        by_class=tables.class_table(comparison, contrast),
        flips=flips(comparison, contrast),
        agreement=found,
        surprises=unexpected(found, contrast.slots),
    )


def _environment(comparison: Comparison) -> dict[str, str]:
    hidden = {"origin", "probes"}
    environment = comparison.environment
    plain = {name: str(value) for name, value in msgspec.structs.asdict(environment).items() if name not in hidden}
    for arm, probe in environment.probes.items():
        ratio = probe.fp32_seconds / probe.bf16_seconds
        plain[f"probe of {arm}"] = (
            f"bf16 {ratio:.1f} \N{MULTIPLICATION SIGN} as fast as fp32; largest error of a logit "
            f"{100 * probe.logit_error:.1f} % of the largest logit, "
            f"cosine of the gradients {probe.gradient_cosine:.3f}"
        )
    hours = sum(cell.seconds for cell in comparison.cells.values()) / 3600
    plain["time in cells"] = f"{hours:.2f} h" if hours >= 1 else f"{60 * hours:.1f} min"
    return plain


def _repeat(comparison: Comparison) -> str:
    """The command that makes this study again."""
    command = map(_without_folders, comparison.environment.origin.command)
    return shlex.join(command) or "visavis.run_study(study, out)"


def _without_folders(word: str) -> str:
    """A word of a command; an absolute path says where things lie on somebody's machine, so its last name stays."""
    prefix, path = re.fullmatch(r"(torchvision:[^:]*:)?(.*)", word, re.DOTALL).groups(default="")  # type: ignore[union-attr]
    names = re.split(r"[/\\]", path.rstrip("/\\"))
    return f"{prefix}PATH/TO/{names[-1]}" if re.match(r"[/\\~]|[A-Za-z]:[/\\]", path) else word


def _slots(comparison: Comparison) -> dict[str, dict[str, str]]:
    """Each arm's slots as short texts; what an arm has in common with the control is said once."""
    described = comparison.study.arms
    base = described[comparison.control]
    return {
        arm: {
            slot: f"as {comparison.control}" if arm != comparison.control and value == base[slot] else _short(value)
            for slot, value in described[arm].items()
        }
        for arm in comparison.arms
    }


def _tuned(comparison: Comparison, arm: str) -> dict[str, str]:
    """How much of an arm's network is trained, and how much of it is proved not to be."""
    cell = comparison.cells[arm, comparison.seeds[0]]
    trained, whole, frozen = cell.trained_parameters, cell.parameters, cell.frozen
    return {
        "trained": f"{trained:,} of {whole:,}" if trained != whole else f"{trained:,}",
        "frozen": f"{frozen.count} tensors, the same after training ({frozen.digest[:8]})"
        if frozen.count
        else "nothing",
    }


def _short(described: Any) -> str:
    """A described value in one line."""
    if isinstance(described, dict):
        fields = (f"{name}={_short(value)}" for name, value in described.items() if name not in {"type", OWN_CODE})
        return f"{described.get('type', '')}({', '.join(fields)})"
    if isinstance(described, list):
        return ", ".join(map(_short, described))
    text = str(described)
    return f"{text[:8]}\N{HORIZONTAL ELLIPSIS}" if len(text) == DIGEST_LENGTH else text
