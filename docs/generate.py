"""Fills the generated parts of the documents: the command reference, and the figures from ``benchmarks/results``.

    python docs/generate.py

A generated part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; a test fails where one is out of
date.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def result(name: str) -> dict[str, Any]:
    """A committed result."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def percent(entry: dict[str, Any]) -> str:
    """A share with its interval."""
    return f"{100 * entry['mean']:.1f} % ({100 * entry['low']:.1f} to {100 * entry['high']:.1f})"


def points(entry: dict[str, Any]) -> str:
    """A difference with its interval, in percentage points."""
    low, high = (f"{100 * entry[bound]:+.1f}" for bound in ("low", "high"))
    return f"{100 * entry['difference']:+.1f} pp ({low} to {high})".replace("-", "\N{MINUS SIGN}")


def contrast(found: dict[str, Any], treatment: str, control: str) -> dict[str, Any]:
    """The contrast of accuracy of two arms."""
    return next(
        one
        for one in found["contrasts"]
        if (one["treatment"], one["control"], one["metric"]) == (treatment, control, "accuracy")
    )


def basis(found: dict[str, Any]) -> str:
    """On what a study rests."""
    environment = found["environment"]
    return (
        f"{found['data']}: {found['training images']:,} training and {found['test images']:,} test images, "
        f"{found['epochs']} epochs, {len(found['seeds'])} seeds; in brackets 95 % intervals "
        "over seeds and test images. "
        f"Measured {environment['started'][:10]} on {environment['cores']} cores ({environment['processor']}), "
        f"torch {environment['torch']}, {environment['precision']}."
    )


def spread(middle: float, low: float, high: float) -> str:
    """A median ratio with its lowest and highest."""
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def spread_of(entry: dict[str, float]) -> str:
    """The same, of a result's entry."""
    return spread(entry["median"], entry["lowest"], entry["highest"])


def measured_on(found: dict[str, Any]) -> str:
    """When and on what."""
    environment = found["environment"]
    return f"measured {found['measured']} on {environment['cores']} cores ({environment['processor']})"


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


def speed() -> str:
    """The sentence on speed."""
    found = result("letters")
    environment = found["environment"]
    return (
        f"A cell of the letter study takes the plain script (torch, torchvision, DataLoader; "
        f"`benchmarks/plain_letters.py`) {found['median ratio']:.1f} times as long as visavis (median of "
        f"{len(found['rows'])} pairs run in turn, {found['lowest ratio']:.1f} to {found['highest ratio']:.1f}; "
        f"{found['training images']:,} training images, {environment['cores']} cores, {found['precision']}, "
        f"measured {found['measured']})."
    )


def speed_without_bf16() -> str:
    """The sentence on speed where all is float32."""
    found = result("letters-fp32")
    return (
        f"In float32, on a processor without bfloat16, it takes {found['median ratio']:.2f} times as long (median of "
        f"{len(found['rows'])} pairs, {found['lowest ratio']:.2f} to {found['highest ratio']:.2f}; "
        f"{found['training images']:,} training images, {measured_on(found)})."
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


def emotions_finding() -> str:
    """What the fine-tuned arms did on a part of FER2013."""
    found = result("emotions-subset")
    parts = []
    for arm in ("fine-tuned", "fine-tuned-x10"):
        one = contrast(found, arm, "pre-trained")
        parts.append(f"{arm} {points(one)} of accuracy, {one['verdict']}")
    minutes = [mean(found["minutes"][arm]) for arm in ("fine-tuned", "fine-tuned-x10")]
    first, *others = found["minutes"]["pre-trained"]
    return (
        f"Against the frozen trunk: {'; '.join(parts)}. A fine-tuned cell took {mean(minutes):.0f} minutes here "
        f"(beside other work); the frozen arm's first cell {first:.1f} minutes, each of its others "
        f"{60 * mean(others):.1f} seconds."
    )


def coverage() -> str:
    """The table of simulated coverage for accuracy."""
    found = result("coverage")
    rows = [row for row in found["rows"] if row["metric"] == "accuracy"]
    seeds = sorted({row["seeds"] for row in rows} - {1})
    lines = [
        f"| spread of seeds, control / treatment | {' | '.join(f'{one} seeds' for one in seeds)} |",
        f"| --- |{' ---: |' * len(seeds)}",
    ]
    for spread in [one["name"] for one in found["spreads"]]:
        cells = [next(row for row in rows if (row["spread"], row["seeds"]) == (spread, one)) for one in seeds]
        lines.append(f"| {spread} | {' | '.join(map(coverage_cell, cells))} |")
    single = next(row for row in rows if row["seeds"] == 1)
    tiny = [row["over_seeds"] for row in rows if row["spread"] == "tiny / tiny" and row["seeds"] >= 10]
    return "\n".join(
        [
            *lines,
            "",
            f"In brackets type-I error at .05. One seed, of two given models: {coverage_cell(single)}. For comparison, "
            f"Student's t over seeds alone, where seeds hardly differ and images do: {share(tiny[0])} with 10 seeds, "
            f"{share(tiny[1])} with 20. {found['images']:,} test images, {rows[0]['repetitions']:,} repetitions a cell "
            f"(a true .95 is measured between .943 and .957), `benchmarks/coverage.py`, measured {found['measured']}.",
        ]
    )


def coverage_cell(row: dict[str, Any]) -> str:
    """Coverage, and type-I error in brackets."""
    alarms = "" if row["type_one"] is None else f" ({share(row['type_one'])})"
    return share(row["coverage"]) + alarms


def share(value: float) -> str:
    """``.951``."""
    return f"{value:.3f}".lstrip("0")


def coverage_of_others() -> str:
    """The lowest simulated coverage of each other metric, from three seeds up."""
    found = result("coverage")
    groups = {
        "equal": ["tiny / tiny", "medium / medium", "large / large", "medium / medium, skewed"],
        "tiny / large": ["tiny / large"],
        "tiny / large, skewed": ["tiny / large, skewed"],
        "tiny / large, strongly skewed": ["tiny / large, strongly skewed"],
    }
    metrics = dict.fromkeys(row["metric"] for row in found["rows"])
    lines = [
        f"| metric | given models, 1 seed | equal, 2 seeds | {' | '.join(f'{one}, 3 to 20' for one in groups)} |",
        f"| --- |{' ---: |' * (len(groups) + 2)}",
    ]
    for metric in metrics:
        rows = [row for row in found["rows"] if row["metric"] == metric]
        single = next(row["coverage"] for row in rows if row["seeds"] == 1)
        two = min(row["coverage"] for row in rows if row["seeds"] == 2 and row["spread"] in groups["equal"])
        lowest = [
            min(row["coverage"] for row in rows if row["seeds"] > 2 and row["spread"] in names)
            for names in groups.values()
        ]
        lines.append(f"| {metric} | {' | '.join(map(share, (single, two, *lowest)))} |")
    shares = ", ".join(f"{100 * one:g} %" for one in found["classes"])
    repetitions = {row["metric"]: row["repetitions"] for row in found["rows"]}
    note = (
        f"The lowest of the cells named at the head; {repetitions['macro_f1']:,} repetitions a cell, so that "
        f"the lowest of several true .95 lies near .94. Classes of {shares} of the images; F1 of the second and of "
        "the rarest."
    )
    return "\n".join([*lines, "", note])


def false_alarms() -> str:
    """The table of A/A comparisons on real letters."""
    found = result("false-alarms")
    lines = ["| test | seeds | A/A comparisons | alarms | a true 5 % gives |", "| --- | ---: | ---: | ---: | ---: |"]
    lines += [
        f"| {'visavis, crossed *t*' if row['seeds'] > 1 else 'McNemar, one run per arm'} | {row['seeds']} | "
        f"{row['comparisons']} | {row['alarms']} ({100 * row['alarms'] / row['comparisons']:.1f} %) | "
        f"{row['likely at 5 %'][0]} to {row['likely at 5 %'][1]} |"
        for row in found["rows"]
    ]
    note = (
        f"{found['runs']} perceptrons on 1,500 real letters, {found['test images']:,} test images in {found['parts']} "
        f"disjoint parts; accuracy {100 * found['accuracy']:.1f} %, standard deviation over runs "
        f"{100 * found['deviation over runs']:.1f} pp; `benchmarks/false_alarms.py`, measured {found['measured']}."
    )
    return "\n".join([*lines, "", note])


def false_alarms_finding() -> str:
    """The sentence on A/A comparisons."""
    found = result("false-alarms")
    rates = {row["seeds"]: 100 * row["alarms"] / row["comparisons"] for row in found["rows"]}
    counts = {row["seeds"]: row["comparisons"] for row in found["rows"]}
    return (
        f"A network compared with itself, trained anew, on real letters: one run per arm and McNemar's test find a "
        f"difference in {rates[1]:.0f} % of {counts[1]:,} comparisons; visavis with 3 seeds in {rates[3]:.1f} % of "
        f"{counts[3]:,}, as its 5 % promise (measured {found['measured']}; [how](docs/explanation/method.md))."
    )


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


def errors() -> str:
    """The table of errors and remedies, from the tree of exceptions; those that only stand for others are left out."""
    from visavis import errors as tree

    kinds = [kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    rows = [
        f"| `{kind.__name__}` | {(kind.__doc__ or '').strip().splitlines()[0].replace('``', '`')} | {kind.remedy} |"
        for kind in kinds
        if kind.remedy
    ]
    return "\n".join(["| error | meaning | what helps |", "| --- | --- | --- |", *rows])


def exit_codes() -> str:
    """The table of exit codes."""
    from visavis.cli.main import EXIT_CODES

    rows = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    return "\n".join(["| code | meaning |", "| ---: | --- |", *rows])


def kills() -> str:
    """The table of killed runs."""
    found = result("kills")
    lines = [
        "| study | killed at random | killed at a stage of a write | runs with other bits | control: other bits |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for row in found["rows"]:
        wrong = row["random"]["other_bits"] + row["stages"]["other_bits"]
        control = "yes" if row["control ends with other bits"] else "no"
        kills = f"{row['random']['kills']} kills in {row['random']['runs']} runs | {row['stages']['kills']}"
        lines.append(f"| {row['study']} | {kills} | {wrong} | {control} |")
    note = (
        "The control goes on without the optimizer's memory, and has to end otherwise. "
        f"Measured {found['measured']}, torch {found['environment']['torch']}."
    )
    return "\n".join([*lines, "", note])


def write_faults() -> str:
    """The sentences on faults of writes and on the cost of checkpoints."""
    found = result("write-faults")
    costs = "; ".join(
        f"{one['network']}, {one['megabytes']:.0f} MB: {one['seconds']:.2f} s, "
        f"{100 * one['share within an epoch']:.2f} %"
        for one in found["checkpoints"]
    )
    return (
        f"Of {found['faults']} faults in the writes of a run, {found['ended with the declared error']} ended it with "
        "the declared error (a bit that turns in a line of the log goes unnoticed, and nothing rests on it), and "
        f"{found[UNLIKE]} runs didn't go on to the same bits. A checkpoint within an epoch and its share of "
        f"the time between two: {costs} (measured {found['measured']})."
    )


UNLIKE = "didn't go on to the same bits"


def fuzzing() -> str:
    """The table of fuzzing."""
    found = result("fuzzing")
    lines = ["| reader | reads | inputs | seconds | findings |", "| --- | --- | ---: | ---: | ---: |"]
    lines += [
        f"| {name} | {one['reads']} | {one['executions']:,} | {one['seconds']} | {len(one['findings'])} |"
        for name, one in found.items()
    ]
    measured = sorted({one["measured"] for one in found.values()})
    return "\n".join([*lines, "", f"Measured {', '.join(measured)}; atheris {found['idx']['environment']['atheris']}."])


OVERALL = ["log_loss", "accuracy", "macro_f1", "weighted_f1", "balanced_accuracy"]
CLASSES = [f"f1[{name}]" for name in ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")]


COMMANDS = (
    "",
    "run",
    "run spatial-locality",
    "run letter-readings",
    "run emotion-transfer",
    "run letter-transfer",
    "status",
    "compare",
    "report",
    "predict",
    "export",
    "list",
    "new",
    "audit",
    "plan",
)


def peers() -> str:
    """The table of the same work by other libraries."""
    found = result("peers")
    rows = [
        "| | version | images/s | seconds, visavis = 1 (spread) | accuracy | peak memory |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for way in found["ways"]:
        spread = "" if way["way"] == "visavis" else f" ({way['lowest']:.2f} to {way['highest']:.2f})"
        rows.append(
            f"| {way['way']} | {way['version']} | {way['images per second']:.0f} | "
            f"{way['times as long']:.2f}{spread} | "
            f"{100 * way['accuracy']:.1f} % | {way['peak megabytes']:,.0f} MB |"
        )
    environment = found["environment"]
    speed = median(way["gflops of matrix products"] for way in found["ways"])
    return "\n".join(rows) + (
        f"\n\n{found['data']}: {found['training images']:,} training and {found['test images']:,} test images, "
        f"{found['epochs']} epochs, median of {found['rounds']} rounds in turn; {environment['cores']} cores "
        f"({environment['processor']}), torch {environment['torch']}, float32 matrix products at {speed:.0f} GFLOP/s "
        f"in the same run; measured {found['measured']}."
    )


def ratios() -> str:
    """The sentence on other libraries and the plain script."""
    found, emotions = result("peers"), result("emotions-speed")["ratios"]
    others = [
        f"{way['way']} {spread(way['times as long'], way['lowest'], way['highest'])}"
        for way in found["ways"]
        if way["way"] != "visavis"
    ]
    arms = [f"{spread(ratio['median'], *ratio['spread'])} {arm}" for arm, ratio in emotions.items()]
    return (
        f"On a processor without bfloat16 there is less to gain. Times as long as visavis for the same letters, median "
        f"and spread of {found['rounds']} rounds in turn: {', '.join(others)}. ResNet18 on faces at 224 x 224 takes a "
        f"plain script {' and '.join(arms)} times as long, the frozen one the more the more epochs there are "
        "([speed](docs/performance.md))."
    )


def many_cells() -> str:
    """The table of what a cell costs beside its training."""
    found = result("many-cells")
    rows = [
        "| trained by | cells | ms between cells | of which training | last fifth / first fifth |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in found["rows"]:
        rows.append(
            f"| {row['way']} | {row['cells']:,} | {1000 * row['median seconds between cells']:.0f} | "
            f"{1000 * row['median seconds of training']:.0f} | {row['last fifth to first']:.2f} |"
        )
    environment = found["environment"]
    return "\n".join(rows) + (
        f"\n\nMedians; one thread a process, {environment['cores']} cores, measured {found['measured']}. "
        "With two processes two cells are trained at a time."
    )


def whole_emotions(found: dict[str, Any]) -> float:
    """How many times as long as visavis the plain script takes for both arms, extrapolated."""
    whole = found["extrapolated seconds of the whole study"].items()
    plain, own = (sum(time for name, time in whole if name.startswith(side)) for side in ("plain", "visavis"))
    return plain / own


def emotion_speed() -> str:
    """The table of the emotion study by a plain script and by visavis."""
    found = result("emotions-speed")
    rows = ["| arm | plain script | visavis | times as long (spread) |", "| --- | ---: | ---: | ---: |"]
    for arm, ratio in found["ratios"].items():
        own = [row for row in found["rows"] if row["arm"] == arm]
        seconds = [median(row[side]["seconds"] for row in own) for side in ("plain", "own")]
        rows.append(
            f"| {arm} | {seconds[0]:.0f} s | {seconds[1]:.0f} s | {spread(ratio['median'], *ratio['spread'])} |"
        )
    whole = {name: seconds / 3600 for name, seconds in found["extrapolated seconds of the whole study"].items()}
    return "\n".join(rows) + (
        f"\n\nFER2013 at 224 x 224, {found['training images']} training and {found['test images']} test images, "
        f"{found['epochs']} epochs, {found['precision']}; {measured_on(found)}. Extrapolated from these parts, not "
        f"measured, to all images and 10 epochs, one seed: frozen {whole['plain frozen']:.1f} h by the plain script "
        f"and {whole['visavis frozen']:.1f} h by visavis, fine-tuned {whole['plain fine-tuned']:.1f} h and "
        f"{whole['visavis fine-tuned']:.1f} h, both arms {whole_emotions(found):.1f} times as long."
    )


def scale() -> str:
    """The table of sets that are larger than memory is meant to hold."""
    found = result("scale")
    rows = [
        "| images | pixels | training, images/s | large / small (spread) | own memory | read, again | audit |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind in found["kinds"]:
        for one in kind["sets"]:
            seconds = one["seconds"]
            ratio = spread_of(kind["ratio"]) if one["set"] == "large" else ""
            rows.append(
                f"| {one['images']:,} of {kind['what']} | {one['bytes of pixels'] / 1e9:.2f} GB | "
                f"{one['images per second']:.0f} | {ratio} | {one['peak bytes']['anonymous'] / 1e9:.2f} GB | "
                f"{seconds['reading']:.0f} s, {seconds['reading again']:.1f} s | {seconds['audit']:.0f} s |"
            )
    return "\n".join(rows) + (
        f"\n\nBatches of {' and '.join(str(kind['batch size']) for kind in found['kinds'])}; own memory is the most of "
        "what the process had that isn't a mapped file, over reading, audit, permuting and training; "
        f"{measured_on(found)}."
    )


def cost() -> str:
    """The table of what a study costs against its size."""
    found = result("cost")
    rows = [
        "| varied alone | from, to | each more costs | R\N{SUPERSCRIPT TWO} of a line | farthest from the line |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for line in found["lines"]:
        values = [point["value"] for point in line["points"]]
        rows.append(
            f"| {line['variable']} | {values[0]:,}, {values[-1]:,} | {1000 * line['seconds for each more']:,.2f} ms | "
            f"{line['R2']:.3f} | {100 * line['largest deviation']:.0f} % |"
        )
    standard = ", ".join(f"{value:,} {name}" for name, value in found["standard"].items())
    return "\n".join(rows) + (
        f"\n\nA run, its comparison and its report together, medians of {found['rounds']} rounds; else {standard}; a "
        f"perceptron that costs next to nothing, so that the rest shows; {measured_on(found)}."
    )


def profiles() -> str:
    """The table of where the time of training goes."""
    found = result("profiles")
    rows = ["| | operations that take most of it | other operations | Python |", "| --- | --- | ---: | ---: |"]
    for one in found["profiles"]:
        largest = ", ".join(f"`{name}` {100 * share:.0f} %" for name, share in list(one["shares"].items())[:5])
        rest = one["other operations"] + sum(list(one["shares"].values())[5:])
        rows.append(f"| {one['network']} | {largest} | {100 * rest:.0f} % | {100 * one['python']:.0f} % |")
    precisions = " and ".join(sorted({one["precision"] for one in found["profiles"]}))
    return "\n".join(rows) + f"\n\n{precisions}, an epoch of a few steps with its test; {measured_on(found)}."


def inference() -> str:
    """The table of networks that are only asked."""
    found = result("inference")
    rows = [
        "| | as it is | folded, times as fast (spread) | compiled, times as fast (spread) | time of compiling |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    rows += [
        f"| {one['network']} | {one['images per second']['as it is']:.0f} images/s | "
        f"{spread_of(one['times as fast']['folded'])} | {spread_of(one['times as fast']['compiled'])} | "
        f"{one['seconds of compiling']:.0f} s |"
        for one in found["networks"]
    ]
    return "\n".join(rows) + f"\n\nfloat32, batches of 64; {measured_on(found)}."


def equivalence() -> str:
    """The table of the fast loop against a plain one."""
    found = result("equivalence")
    rows = [
        "| | plain loop | visavis | difference | verdict at 1 pp | p | other answers |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: |",
    ]
    for row in found["rows"]:
        one = row["difference"]
        bounds = points({"difference": one["value"], "low": one["low"], "high": one["high"]})
        p = row["p of equivalence"]
        rows.append(
            f"| {row['work']} | {100 * row['plain accuracy']:.1f} % | {100 * row['fast accuracy']:.1f} % | {bounds} | "
            f"{row['verdict']} | {'< .001' if p < 0.001 else f'{p:.3f}'.lstrip('0')} | "
            f"{100 * row['share of other answers']:.2f} % |"
        )
    first = found["rows"][0]
    return "\n".join(rows) + (
        f"\n\n{first['training images']:,} training and {first['test images']:,} test images, "
        f"{first['epochs']} epochs, {first['seeds']} seeds, {found['precision']} against float32; the same initial "
        f"weights and batch orders both ways; {measured_on(found)}."
    )


TO_TRAIN = 1.04
"""GFLOP of arithmetic that the letter network takes to train on one image."""


def budgets() -> str:
    """The table of budgets with what was measured."""
    found, peer = result("budgets"), result("peers")
    look, faces, alone = found["first look"], found["faces"], result("many-cells")["rows"][0]
    decoding, shares = faces["decoding"], found["letters"]["share of the whole study"]
    first, *further = faces["cells"]["pre-trained"]
    ways = {way["way"]: way for way in peer["ways"]}
    own = ways["visavis"]["images per second"] * TO_TRAIN / ways["visavis"]["gflops of matrix products"]
    rows = [
        ("letters against a plain script, with bf16", ">= 2 x", f"{result('letters')['median ratio']:.1f} x"),
        ("the same, a processor without bf16", "", f"{result('letters-fp32')['median ratio']:.2f} x"),
        (
            "both arms of the emotions, a processor without bf16",
            ">= 4 x",
            f"{whole_emotions(result('emotions-speed')):.1f} x, extrapolated",
        ),
        ("share of the machine's matrix products, tests included", ">= 75 %", f"{100 * own:.0f} % of float32"),
        ("further seeds of a frozen arm", "<= 2 % of the first", f"{100 * median(further) / first:.1f} %"),
        (
            "all but steps and tests, of the whole study of letters",
            "<= 5 %",
            f"{100 * shares['the rest']:.1f} %, extrapolated; tests {100 * shares['tests']:.0f} %",
        ),
        (
            "decoding FER2013 again",
            "< 1 s",
            f"{decoding['again']:.2f} s (first {decoding['first']:.0f} s)",
        ),
        ("visavis --help", "< 0.3 s", f"{look['help']['median']:.2f} s"),
        ("visavis compare", "< 2 s", f"{look['compare']['median']:.2f} s"),
        ("visavis report", "< 2 s", f"{look['report']['median']:.2f} s"),
        ("the README's first run", "< 3 min", f"{look['run']:.0f} s"),
        (
            "a cell beside its training",
            "flat",
            f"{alone['last fifth to first']:.2f} x from first to last of 1,000",
        ),
    ]
    lines = ["| | goal | measured |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + (
        f"\n\nThe last six {measured_on(found)}; `benchmarks/budgets.py`, `letters.py`, `peers.py`, `emotions.py`, "
        "`many_cells.py`."
    )


def command() -> str:
    """The help of every command."""
    parts = []
    for words in COMMANDS:
        shown = help_text(words.split())
        parts.append(f"## visavis {words}".rstrip() + f"\n\n```text\n{shown}\n```")
    return "\n\n".join(parts)


def help_text(words: list[str]) -> str:
    """What ``--help`` prints on a terminal of 100 columns."""
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "visavis", *words, "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    shown = done.stdout.strip("\n").replace("python -m visavis", "visavis")
    return "\n".join(line.rstrip() for line in shown.splitlines())


PARTS: dict[str, Callable[[], str]] = {
    "locality": locality,
    "readings": readings,
    "mistaken": mistaken,
    "speed": speed,
    "speed_without_bf16": speed_without_bf16,
    "accuracy": same_accuracy,
    "emotions_probe": lambda: emotion_table("emotions-probe", OVERALL, published=True),
    "emotions_probe_classes": lambda: emotion_table("emotions-probe", CLASSES, published=True),
    "emotions_subset": lambda: emotion_table("emotions-subset", OVERALL, published=False),
    "emotions_subset_classes": lambda: emotion_table("emotions-subset", CLASSES, published=False),
    "emotions_probe_twins": lambda: twins("emotions-probe"),
    "emotions_finding": emotions_finding,
    "coverage": coverage,
    "coverage_of_others": coverage_of_others,
    "false_alarms": false_alarms,
    "false_alarms_finding": false_alarms_finding,
    "errors": errors,
    "exit_codes": exit_codes,
    "kills": kills,
    "write_faults": write_faults,
    "fuzzing": fuzzing,
    "peers": peers,
    "ratios": ratios,
    "many_cells": many_cells,
    "budgets": budgets,
    "emotion_speed": emotion_speed,
    "scale": scale,
    "inference": inference,
    "profiles": profiles,
    "cost": cost,
    "equivalence": equivalence,
    "command": command,
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
