"""The same trained networks on further test images, each of which is a family of contrasts of its own."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.findings.answers import Answers
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.numbers import contrast_rows, estimate_rows, plain_contrast, plain_estimate
from visavis.findings.table import Table, headline_rows
from visavis.findings.wording import adjustment_text, basis_sentence
from visavis.quantities import count, name_text, some_text

MOST_NAMED = 8
"""Cells, and classes, that a sentence names."""


class OtherTests(Finding):
    """The headline on further test images, beside that on the study's own."""

    title = "On other test images"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        tests = self.comparison.asked_elsewhere.items()
        return tuple(self._unasked_sentence(name, test.unasked) for name, test in tests if test.unasked)

    def lines(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(line for name in self._names for line in self.lines_on(name))

    def lines_on(self, name: str) -> tuple[str, ...]:
        """Each contrast on some of the test images, by their name, and what they rest on."""
        lines = Answers(self.comparison.elsewhere[name], self.selection).sentences()
        return tuple(f"On {name}: {line}" for line in lines)

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        return tuple(map(self._table, self._names))

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"elsewhere": {name: self._plain(name) for name in self.comparison.asked_elsewhere}}

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for name, evidence in self.comparison.elsewhere.items():
            for arm in self.selection.arms_of(evidence):
                for metric in self.selection.metrics_of(self.comparison):
                    estimate = evidence.measured[arm][metric.name]
                    yield from estimate_rows(estimate, test=name, kind="arm", name=arm, metric=metric.name)
            for contrast in self.selection.contrasts_of(evidence):
                yield from contrast_rows("contrast", contrast, test=name)

    @property
    def _names(self) -> tuple[str, ...]:
        """Names of the test images whose headline is shown."""
        return tuple(self.comparison.elsewhere) if self.shows_headline else ()

    def _table(self, name: str) -> Table:
        """The headline on the own test images and on others, side by side."""
        own, others = self.comparison, self.comparison.elsewhere[name]
        head = (name_text(own.headline), f"{own.images:,} own test images", f"{others.images:,} images of {name}")
        rows = tuple(headline_rows((own, others), self.selection))
        return Table(f"{self.title}: {name}", head, rows, f"{images_sentence(others)}{_basis(others)}")

    def _unasked_sentence(self, name: str, cells: tuple[tuple[str, int], ...]) -> str:
        texts = some_text([f"{arm} seed {seed}" for arm, seed in cells], MOST_NAMED)
        return (
            f"Nothing is said of the test images {name}: {texts} "
            f"{'was' if len(cells) == 1 else 'were'} not asked about them. To ask: visavis test "
            f"{quote(str(self.comparison.folder.path))} --data PATH --name {quote(name)}, or run the study with them."
        )

    def _plain(self, name: str) -> dict[str, Plain]:
        cells = self.comparison.asked_elsewhere[name].unasked
        if cells:
            return {"not_asked": [{"arm": arm, "seed": seed} for arm, seed in cells]}
        evidence, selection = self.comparison.elsewhere[name], self.selection
        return {
            "not_asked": [],
            "data": evidence.data.name,
            "source": evidence.data.source,
            "synthetic": evidence.data.synthetic,
            "images": evidence.images,
            "support": dict(zip(evidence.classes, evidence.supports, strict=True)),
            "arms": {
                arm: {metric.name: plain_estimate(evidence.measured[arm][metric.name]) for metric in selection.metrics}
                for arm in selection.arms_of(evidence)
            },
            "contrasts": list(map(plain_contrast, selection.contrasts_of(evidence))),
        }


def images_sentence(evidence: Comparison) -> str:
    """What further test images are."""
    absent = [name for name, support in zip(evidence.classes, evidence.supports, strict=True) if not support]
    without = f" None is of class {some_text(absent, MOST_NAMED)}." if absent else ""
    left_out = f" {count(len(evidence.data.left_out), 'unreadable file')} left out." if evidence.data.left_out else ""
    remarks = "".join(f" Note: {remark}." for remark in evidence.data.brands)
    return f"{count(evidence.images, 'image')} asked about. {evidence.data.source}{without}{left_out}{remarks}"


def _basis(evidence: Comparison) -> str:
    if not evidence.headlines:
        return ""
    first = evidence.headlines[0]
    own_family = " Each set of test images is a family of its own." if adjustment_text(first) else ""
    return f" {basis_sentence(first)}{own_family}"
