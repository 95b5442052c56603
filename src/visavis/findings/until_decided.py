"""Seeds that are trained until the study is decided, and what each look showed."""

from __future__ import annotations

from dataclasses import asdict
from functools import cached_property

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.evidence.path import Look, path_of
from visavis.findings.finding import Finding
from visavis.findings.table import Table, judgement_cells
from visavis.quantities import basis_text, list_text, name_text, p_text


class UntilDecided(Finding):
    """The looks so far; silent where the number of seeds is fixed."""

    title = "Seeds until decided"

    @cached_property
    def path(self) -> tuple[Look, ...]:
        """The looks, the last one now."""
        return path_of(self.comparison)

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (*self.lines(), METHOD) if self.path else ()

    def lines(self) -> tuple[str, ...]:
        """See ``Finding``."""
        if not self.path:
            return ()
        last, most = self.path[-1], len(self.comparison.study.seeds)
        outcome = "decided" if last.is_decided else "not decided"
        end = ", and there are no more" if last.seeds == most and not last.is_decided else ""
        return (f"{last.seeds} of at most {most} seeds; {outcome}{end}. {looked_text(self.path)}",)

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        if not self.path or not self.path[-1].contrasts or not self.shows_headline:
            return ()
        rows = tuple(
            _look_row(look, contrast)
            for look in self.path
            for contrast in self.selection.contrasts_among(look.contrasts)
        )
        note = (
            f"The {name_text(self.comparison.headline)}; {basis_text(self.path[-1].contrasts[0].interval)} at the last."
        )
        return (Table("Looks", COLUMNS, rows, note),) if rows else ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        most = len(self.comparison.study.seeds)
        return {"until_decided": {"most": most, "looks": list(map(plain_look, self.path))} if self.path else None}


COLUMNS = ("seeds", "contrast", "difference", "95 % interval", "unadjusted p", "its level", "adjusted p", "verdict")


def _look_row(look: Look, contrast: Contrast) -> tuple[str, ...]:
    *numbers, adjusted_p, verdict = judgement_cells(contrast)
    p = p_text(contrast.significance.p)
    return f"{look.seeds}", contrast.minus_text, *numbers, p, f"{look.alpha:.5f}", adjusted_p, verdict


METHOD = (
    "The levels of the looks make up for each other: by seed n of N a share (n / N)² of 5 % is spent. Intervals and p "
    "are repeated ones, which hold at all looks at once."
)


def looked_text(path: tuple[Look, ...]) -> str:
    """At which seeds the results were looked at, and how strict the last look was."""
    seeds = list_text(look.seeds for look in path)
    return f"Looked at {seeds} seeds; at the last, the level of an unadjusted p is {path[-1].alpha:.2g}."


def plain_look(look: Look) -> dict[str, Plain]:
    """A look as JSON has it."""
    contrasts: list[Plain] = [
        {
            "arm": contrast.treatment,
            "control": contrast.control,
            "verdict": contrast.verdict,
            **asdict(contrast.interval),
        }
        for contrast in look.contrasts
    ]
    return {"seeds": look.seeds, "level": look.alpha, "is_decided": look.is_decided, "contrasts": contrasts}
