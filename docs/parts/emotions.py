"""The study of emotions beside what was published."""

from __future__ import annotations

from typing import Any

from parts.results import basis, contrast, percent, points, result

PUBLISHED = {
    "log_loss": "1.4385",
    "accuracy": "45.46 %",
    "macro_f1": "38 %",
    "weighted_f1": "44 %",
    "f1[angry]": "32 %",
    "f1[disgusted]": "6 %",
    "f1[fearful]": "25 %",
    "f1[happy]": "60 %",
    "f1[neutral]": "46 %",
    "f1[sad]": "40 %",
    "f1[surprised]": "59 %",
}
"""What the original study states of its pre-trained network."""


TITLES = {
    "log_loss": "test loss",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "balanced_accuracy": "balanced accuracy",
}


OVERALL = ["log_loss", "accuracy", "macro_f1", "weighted_f1", "balanced_accuracy"]


CLASSES = [f"f1[{name}]" for name in ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")]


def emotion_table(name: str, metrics: list[str], published: bool) -> str:
    """Control, treatments and improvements of a study on FER2013."""
    found = result(name)
    control, *treatments = found["arms"]
    supports = found["support"]
    by_class = metrics[0].startswith("f1[")
    measured = found["by_class"] if by_class else found["arms"]
    contrasts = found["contrasts_by_class"] if by_class else found["contrasts"]
    head = ["F1" if by_class else "test", *(["published"] if published else []), control]
    head += [text for arm in treatments for text in (arm, f"improvement by {arm}")]
    head += ["support"] if by_class else []
    rows = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for metric in metrics:
        label = metric[3:-1] if by_class else TITLES[metric]
        cells = [label, *([PUBLISHED.get(metric, "")] if published else []), value(measured[control][metric], metric)]
        for arm in treatments:
            one = next(c for c in contrasts if (c["treatment"], c["control"], c["metric"]) == (arm, control, metric))
            cells += [value(measured[arm][metric], metric), improvement(one)]
        rows.append("| " + " | ".join([*cells, *([f"{supports[label]:,}"] if by_class else [])]) + " |")
    return "\n".join([*rows, "", basis(found)])


def value(entry: dict[str, Any], metric: str) -> str:
    """A value with its interval."""
    if metric == "log_loss":
        return f"{entry['mean']:.3f} ({entry['low']:.3f} to {entry['high']:.3f})"
    return percent(entry)


def improvement(one: dict[str, Any]) -> str:
    """A difference turned so that better is positive, with its interval and verdict."""
    if one["metric"] == "log_loss":
        turned = (-one["difference"], -one["high"], -one["low"])
        text = "{:+.3f} ({:+.3f} to {:+.3f})".format(*turned).replace("-", "\N{MINUS SIGN}")
    else:
        text = points(one)
    return f"{text}, {one['verdict']}"


def rates() -> str:
    """Accuracy of one seed at the stated learning rates and at ten times these."""
    found = result("emotions-rates")
    rows = [
        "| one seed | test loss | accuracy | macro F1 |",
        "| --- | ---: | ---: | ---: |",
    ]
    for arm, measures in found["arms"].items():
        cells = [value(measures[metric], metric) for metric in ("log_loss", "accuracy", "macro_f1")]
        rows.append(f"| {arm} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", basis(found)])


def twins(name: str) -> str:
    """Accuracy of a study with and without test images that have a twin in the training part."""
    found = result(name)
    rest = found["without_twins"]
    rows = [
        f"| accuracy | all {found['test images']:,} test images | {rest['images']:,} without a twin |",
        "| --- | ---: | ---: |",
    ]
    rows += [
        f"| {arm} | {percent(found['arms'][arm]['accuracy'])} | {percent(rest['arms'][arm])} |" for arm in rest["arms"]
    ]
    for part in rest["contrasts"]:
        whole = contrast(found, part["treatment"], part["control"])
        rows.append(
            f"| {part['treatment']} \N{MINUS SIGN} {part['control']} | {points(whole)}, {whole['verdict']} | "
            f"{points(part)}, {part['verdict']} |"
        )
    return "\n".join([*rows, "", basis(found)])
