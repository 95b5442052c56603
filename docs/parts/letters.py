"""The studies of letters, and the accuracy that the plain script reaches."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import mean
from typing import Any

from parts.results import basis, contrast, percent, points, result


def locality() -> str:
    """The table of the spatial-locality study."""
    found = result("spatial-locality")
    arms = found["arms"]
    one = contrast(found, "permuted", "standard")
    rows = [
        "| | standard | permuted | permuted \N{MINUS SIGN} standard | verdict |",
        "| --- | ---: | ---: | ---: | --- |",
        f"| test accuracy | {percent(arms['standard']['accuracy'])} | {percent(arms['permuted']['accuracy'])} | "
        f"{points(one)} | {one['verdict']} |",
    ]
    for seed in found["seeds"]:
        values = [100 * arms[arm]["accuracy"]["by_seed"][str(seed)] for arm in ("standard", "permuted")]
        difference = f"{values[1] - values[0]:+.1f} pp".replace("-", "\N{MINUS SIGN}")
        rows.append(f"| seed {seed} | {values[0]:.1f} % | {values[1]:.1f} % | {difference} | |")
    return "\n".join([*rows, "", basis(found)])


def control() -> str:
    """The table of the 2 x 2 with a network that is blind to the order of its inputs."""
    found = result("spatial-locality-control")
    rows = [
        "| network | whole | permuted | permuted \N{MINUS SIGN} whole | verdict |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for name, (whole, permuted) in {"CNN": ("standard", "permuted"), "MLP": ("MLP", "MLP permuted")}.items():
        rows.append(_effect_row(found, name, whole, permuted))
    both = next(one for one in found["interactions"] if one["metric"] == "accuracy" and one["factor"] == "input")
    rows.append(f"| one effect less the other | | | {points(both)} | {both['verdict']} |")
    return "\n".join([*rows, "", basis(found)])


def swings() -> str:
    """The permutation's effect under three recipes, and how wide its interval is."""
    found = result("letter-swings")
    rows = [
        "| recipe | whole | permuted | permuted \N{MINUS SIGN} whole | verdict | width of the interval |",
        "| --- | ---: | ---: | ---: | --- | ---: |",
    ]
    for recipe, end in (
        ("as the original has it", ""),
        ("cosine schedule", ", cosine"),
        ("EMA of the weights", ", EMA"),
    ):
        whole, permuted = f"standard{end}", f"permuted{end}"
        one = contrast(found, permuted, whole)
        width = f"{100 * (one['high'] - one['low']):.1f} points"
        rows.append(f"{_effect_row(found, recipe, whole, permuted)} {width} |")
    return "\n".join([*rows, "", basis(found)])


def _effect_row(found: Mapping[str, Any], name: str, whole: str, permuted: str) -> str:
    """Of a table of permutations: a name, both accuracies, the difference and its verdict."""
    one = contrast(found, permuted, whole)
    values = " | ".join(percent(found["arms"][arm]["accuracy"]) for arm in (whole, permuted))
    return f"| {name} | {values} | {points(one)} | {one['verdict']} |"


def readings() -> str:
    """The table of the study of readings."""
    found = result("letter-readings")
    arms = found["arms"]
    rows = [
        "| reading | standard | permuted | permuted \N{MINUS SIGN} standard | verdict |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for reading in ("blocks", "as-written", "unpadded"):
        one = contrast(found, f"{reading} permuted", reading)
        rows.append(
            f"| {reading} | {percent(arms[reading]['accuracy'])} | "
            f"{percent(arms[f'{reading} permuted']['accuracy'])} | "
            f"{points(one)} | {one['verdict']} |"
        )
    return "\n".join([*rows, "", basis(found)])


def mistaken() -> str:
    """The sentence on E and F."""
    found = result("letter-readings")
    e, f = found["classes"].index("E"), found["classes"].index("F")

    def shares(arm: str) -> str:
        matrix = found["confusion"][arm]
        taken = [100 * matrix[one][other] / sum(matrix[one]) for one, other in ((e, f), (f, e))]
        return f"{taken[0]:.0f} % of the Es for F and {taken[1]:.0f} % of the Fs for E"

    return (
        f"The unpadded network takes {shares('unpadded')}; on permuted letters {shares('unpadded permuted')}; "
        f"the padded one (blocks) {shares('blocks')}."
    )


def same_accuracy() -> str:
    """The table of accuracies reached by the plain script and by visavis."""
    found = result("letters")
    rows = ["| seed | arm | plain script | visavis |", "| ---: | --- | ---: | ---: |"]
    rows += [
        f"| {row['seed']} | {row['arm']} | {100 * row['plain accuracy']:.1f} % | "
        f"{100 * row['visavis accuracy']:.1f} % |"
        for row in found["rows"]
    ]
    means = []
    for arm in ("standard", "permuted"):
        gaps = [row["visavis accuracy"] - row["plain accuracy"] for row in found["rows"] if row["arm"] == arm]
        spread = [row["plain accuracy"] for row in found["rows"] if row["arm"] == arm]
        means.append(
            f"{arm} {100 * mean(gaps):+.1f} pp (the plain script's own seeds lie "
            f"{100 * (max(spread) - min(spread)):.1f} pp apart)".replace("-", "\N{MINUS SIGN}")
        )
    note = (
        f"Mean difference, visavis \N{MINUS SIGN} plain: {'; '.join(means)}. "
        f"{found['training images']:,} training and {found['test images']:,} test images, {found['epochs']} epochs, "
        f"{found['precision']} in visavis, fp32 in the plain script; measured {found['measured']}."
    )
    return "\n".join([*rows, "", note])
