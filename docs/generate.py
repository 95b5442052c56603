"""Fills the generated parts of the documents: the command reference, and the figures from ``benchmarks/results``.

    python docs/generate.py

A generated part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; a test fails where one is out of
date. ``parts`` says what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from parts.results import ROOT

from parts import (
    answers,
    calibration,
    commands,
    cost,
    data,
    emotions,
    evidence,
    factors,
    letters,
    questions,
    reliability,
    speed,
    tuning,
)  # fmt: skip

PARTS: dict[str, Callable[[], str]] = {
    "answers": answers.answers,
    "locality": letters.locality,
    "readings": letters.readings,
    "control": letters.control,
    "swings": letters.swings,
    "patches": questions.patches,
    "counts": questions.counts,
    "augmentations": questions.augmentations,
    "mistaken": letters.mistaken,
    "speed": speed.with_bf16,
    "speed_without_bf16": speed.without_bf16,
    "accuracy": letters.same_accuracy,
    "emotions_probe": lambda: emotions.emotion_table("emotions-probe", emotions.OVERALL, published=True),
    "emotions_probe_classes": lambda: emotions.emotion_table("emotions-probe", emotions.CLASSES, published=True),
    "emotions_full": lambda: emotions.emotion_table("emotions-full", emotions.OVERALL, published=True),
    "emotions_full_classes": lambda: emotions.emotion_table("emotions-full", emotions.CLASSES, published=True),
    "emotions_full_twins": lambda: emotions.twins("emotions-full"),
    "emotions_rates": emotions.rates,
    "emotions_probe_twins": lambda: emotions.twins("emotions-probe"),
    "coverage": calibration.coverage,
    "coverage_of_others": calibration.coverage_of_others,
    "coverage_of_sums": calibration.coverage_of_sums,
    "false_alarms": calibration.false_alarms,
    "false_alarms_finding": calibration.false_alarms_finding,
    "until_decided": evidence.until_decided,
    "planning": evidence.planning,
    "coverage_by_difficulty": evidence.coverage_by_difficulty,
    "coverage_by_group": evidence.coverage_by_group,
    "coverage_by_fold": evidence.coverage_by_fold,
    "words": factors.words,
    "layouts": data.layouts,
    "many_files": cost.many_files,
    "errors": reliability.errors,
    "exit_codes": reliability.exit_codes,
    "kills": reliability.kills,
    "write_faults": reliability.write_faults,
    "fuzzing": reliability.fuzzing,
    "peers": speed.peers,
    "ratios": speed.ratios,
    "many_cells": cost.many_cells,
    "jobs": cost.jobs,
    "budgets": speed.budgets,
    "emotion_speed": speed.emotion_speed,
    "memory": cost.memory,
    "threads": cost.threads,
    "paces": cost.paces,
    "scale": cost.scale,
    "inference": cost.inference,
    "profiles": cost.profiles,
    "cost": cost.cost,
    "equivalence": speed.equivalence,
    "augmentation_cost": speed.augmentation,
    "teaching": speed.teaching,
    "tuning_coverage": tuning.coverage,
    "tuned_networks": lambda: tuning.at_their_best("tuned-networks"),
    "tuned_optimizers": lambda: tuning.at_their_best("tuned-optimizers"),
    "tuned_transfer": lambda: tuning.at_their_best("tuned-transfer"),
    "command": commands.command,
    "options": commands.options,
    "factors": factors.factors,
    "protocols": factors.protocols,
}
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def filled(text: str) -> str:
    """A document's text with its generated parts made anew."""

    def fill(found: re.Match[str]) -> str:
        return f"<!-- begin {found[1]} -->\n{PARTS[found[1]]()}\n<!-- end {found[1]} -->"

    return re.sub(r"<!-- begin (\w+) -->\n.*?<!-- end \1 -->", fill, text, flags=re.DOTALL)


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(filled(document.read_text()))
