"""visavis beside the same work by others, and its budgets."""

from __future__ import annotations

from statistics import median
from typing import Any

from parts.results import measured_on, points, result, spread, spread_of


def with_bf16() -> str:
    """The sentence on the letters by the plain script, where visavis trains in bfloat16."""
    found = result("letters")
    environment = found["environment"]
    return (
        f"A cell of the letter study takes the plain script (torch, torchvision, DataLoader; "
        f"`benchmarks/plain_letters.py`) {found['median ratio']:.1f} times as long as visavis (median of "
        f"{len(found['rows'])} pairs run in turn, {found['lowest ratio']:.1f} to {found['highest ratio']:.1f}; "
        f"{found['training images']:,} training images, {environment['cores']} cores, {found['precision']}, "
        f"measured {found['measured']})."
    )


def without_bf16() -> str:
    """The same where all is float32."""
    found = result("letters-fp32")
    return (
        f"In float32, on a processor without bfloat16, it takes {found['median ratio']:.2f} times as long (median of "
        f"{len(found['rows'])} pairs, {found['lowest ratio']:.2f} to {found['highest ratio']:.2f}; "
        f"{found['training images']:,} training images, {measured_on(found)})."
    )


def peers() -> str:
    """The tables of the same work by other libraries."""
    found = result("peers")
    speed = median(way["gflops of matrix products"] for work in found["works"] for way in work["ways"])
    return "\n\n".join([peer_table(work) for work in found["works"]]) + (
        f"\n\nMedians of rounds in turn; peak memory is that of the process, without those that make its batches. "
        f"torch {found['environment']['torch']}, float32 matrix products at {speed:.0f} GFLOP/s before and after; "
        f"{measured_on(found)}."
    )


def peer_table(work: dict[str, Any]) -> str:
    """One work by all ways; the share of matrix products is of a plain loop's arithmetic, which a frozen backbone that
    runs once doesn't do.
    """
    rows = [
        f"**{work['work'].capitalize()}** ({work['data']}: {work['training images']:,} training and "
        f"{work['test images']:,} test images, {work['epochs']} epochs, {work['rounds']} rounds)",
        "",
        "| | version | seconds | images/s | seconds, visavis = 1 (spread) | accuracy | of matrix products | memory |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for way in work["ways"]:
        own = way["way"] == "visavis"
        share = "" if own and "frozen" in work["work"] else f"{100 * way['share of matrix products']:.0f} %"
        rows.append(
            f"| {way['way']} | {way['version']} | {way['seconds']:.0f} | {way['images per second']:.0f} | "
            f"{'1' if own else spread_of(way['times as long'])} | {100 * way['accuracy']:.1f} % | {share} | "
            f"{way['peak megabytes']:,.0f} MB |"
        )
    return "\n".join(rows)


def ratios() -> str:
    """The table of other libraries for the README."""
    found = result("peers")
    works = {work["work"]: {way["way"]: way for way in work["ways"]} for work in found["works"]}
    ways = [way for way in works["letters"] if way != "visavis"]
    rows = [f"| | {' | '.join(works)} |", f"| --- |{' ---: |' * len(works)}"]
    for way in ways:
        cells = [spread_of(one[way]["times as long"]) if way in one else "" for one in works.values()]
        rows.append(f"| {way} | {' | '.join(cells)} |")
    first = found["works"][0]
    return "\n".join(rows) + (
        f"\n\nTimes as long as visavis takes for the same work, median and spread of {first['rounds']} rounds in turn; "
        f"{first['epochs']} epochs, a frozen backbone gains more the more there are; {measured_on(found)}."
    )


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


def whole_emotions(found: dict[str, Any]) -> float:
    """How many times as long as visavis the plain script takes for both arms, extrapolated."""
    whole = found["extrapolated seconds of the whole study"].items()
    plain, own = (sum(time for name, time in whole if name.startswith(side)) for side in ("plain", "visavis"))
    return plain / own


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


def augmentation() -> str:
    """What augmentation costs."""
    found = result("augmentation")
    rows = [
        "| | flip + crop + erase | RandAugment | beside a DataLoader with two workers |",
        "| --- | ---: | ---: | ---: |",
    ]
    for work in ("letters", "faces"):
        shares = (found[work][f"share of a step, {name}"] for name in ("flip + crop + erase", "RandAugment"))
        texts = [percents(one["median"], one["lowest"], one["highest"]) for one in shares]
        rows.append(f"| {work} | {' | '.join(texts)} | {spread_of(found[work]['times as fast as a DataLoader'])} x |")
    return "\n".join([*rows, "", f"Synthetic images; {measured_on(found)}."])


def percents(middle: float, low: float, high: float) -> str:
    """Shares with a sign."""
    return "{:+.0f} % ({:+.0f} to {:+.0f})".format(*(100 * value for value in (middle, low, high))).replace(
        "-", "\N{MINUS SIGN}"
    )


def teaching() -> str:
    """The settable network against a plain script."""
    found = result("teaching")
    one, p = found["difference"], f"{found['p of equivalence']:.3f}".lstrip("0")
    own, script = (100 * sum(found[name]) / len(found[name]) for name in ("visavis", "script"))
    bounds = points({"difference": one["value"], "low": one["low"], "high": one["high"]})
    return (
        "The settable network under AdamW, a cosine schedule and flips, as a plain script has them: "
        f"{own:.1f} % against {script:.1f} %, {bounds}, equivalent at {100 * found['margin']:.0f} points "
        f"(p = {p}; {found['seeds']} seeds, {found['training images']:,} training images, {found['epochs']} epochs)."
    )


def budgets() -> str:
    """The table of budgets with what was measured."""
    found, look, alone = result("budgets"), result("first-look"), result("many-cells")["rows"][0]
    faces = found["faces"]
    decoding, shares = faces["decoding"], found["letters"]["share of the whole study"]
    further, parts = faces["further seeds"], look["parts of a report"]
    rows = [
        ("letters against a plain script, with bf16", ">= 2.3 x", f"{result('letters')['median ratio']:.1f} x"),
        ("the same, without", ">= 1.2 x", f"{result('letters-fp32')['median ratio']:.2f} x"),
        (
            "both arms of the emotions, without bf16; with",
            ">= 2 x; >= 4 x",
            f"{whole_emotions(result('emotions-speed')):.1f} x, extrapolated; not measured",
        ),
        ("share of the machine's float32 matrix products while training", ">= 80 %", _products()),
        *_peer_budgets(),
        ("trainings to a decision, of ten seeds (effects of 1, 2 and 4 SD)", "<= 60 %", _trainings_to_a_decision()),
        *_augmentation_budgets(),
        ("choosing between 8 learning rates of a frozen head, of one pass of the backbone", "<= 10 %", _probes(found)),
        (
            "last layers from layer 4 on, against the whole network, 10 epochs",
            ">= 3 x",
            f"{spread_of(result('last_layers')['times as fast'])} x",
        ),
        ("visavis --help", "< 0.3 s", f"{look['help']['median']:.2f} s"),
        ("visavis compare", "< 1.2 s", f"{look['compare']['median']:.2f} s"),
        (
            "visavis report",
            "< 2 s",
            f"{look['report']['median']:.2f} s, of which importing {parts['importing']:.2f} s and drawing "
            f"{parts['drawing']:.2f} s",
        ),
        (
            "all but steps and tests, of the whole study of letters",
            "<= 5 %",
            f"{100 * shares['the rest']:.1f} %, extrapolated; tests {100 * shares['tests']:.0f} %",
        ),
        (
            "further seeds of a frozen arm",
            "<= 2 % of the first",
            f"{100 * further['share of the whole study']:.1f} %, extrapolated; "
            f"{100 * further['share']:.1f} % with {faces['images']:,} images",
        ),
        ("decoding FER2013 again; first", "< 1 s; < 15 s", f"{decoding['again']:.2f} s; {decoding['first']:.0f} s"),
        ("the README's first run", "< 3 min", f"{look['run']:.0f} s"),
        ("a cell beside its training", "flat", f"{alone['last fifth to first']:.2f} x from first to last of 1,000"),
        *_gpu_budgets(),
        ("threads beside other processes, of the best number", ">= 80 %", _threads()),
    ]
    lines = ["| | goal | measured |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + (
        f"\n\nCells, seeds, candidates and decoding {measured_on(found)}; commands {measured_on(look)}. "
        "`benchmarks/budgets.py`, `first_look.py`, `letters.py`, `profiles.py`, `emotions.py`, `peers`, "
        "`until_decided.py`, `augmentation.py`, `last_layers.py`, `many_cells.py`, `gpu.py`, `threads.py`; each result "
        "has its date and machine."
    )


def _products() -> str:
    return "; ".join(
        f"{one['network']} {100 * one['share of matrix products']['median']:.0f} %"
        for one in result("profiles")["profiles"]
    )


def _peer_budgets() -> list[tuple[str, str, str]]:
    """The slowest and the fastest of the others, and the memory of the leanest."""
    works = {
        work["work"]: [way for way in work["ways"] if way["way"] != "visavis"] for work in result("peers")["works"]
    }
    own = {
        work["work"]: next(way for way in work["ways"] if way["way"] == "visavis") for work in result("peers")["works"]
    }
    spans = []
    for work, ways in works.items():
        ratios = sorted(way["times as long"]["median"] for way in ways)
        lows = min(way["times as long"]["lowest"] for way in ways)
        spans.append(f"{work} {ratios[0]:.2f} to {ratios[-1]:.2f} (lowest round {lows:.2f})")
    tuned = next(work for work in works if "fine-tuned" in work)
    leanest = min(way["peak megabytes"] for way in works[tuned])
    return [
        ("the same work by other libraries, medians", "> 1", "; ".join(spans)),
        (
            "peak memory of fine-tuning, of the leanest of them",
            "<= 1.15 x",
            f"{own[tuned]['peak megabytes'] / leanest:.1f} x",
        ),
    ]


def _trainings_to_a_decision() -> str:
    seeds = [
        row["mean seeds"]
        for row in result("until-decided")["rows"]
        if row["design"] == "until decided, at most 10" and row["difference"] >= 1 and not row["margin"]
    ]
    return f"{100 * sum(seeds) / len(seeds) / 10:.0f} %, at most ten"


def _augmentation_budgets() -> list[tuple[str, str, str]]:
    found = result("augmentation")
    rows = []
    for name, goal in (("flip + crop + erase", "<= 3 %"), ("RandAugment", "<= 10 %")):
        shares = [found[work][f"share of a step, {name}"]["median"] for work in ("letters", "faces")]
        texts = [f"{100 * share:.0f} %".replace("-", "\N{MINUS SIGN}") for share in shares]
        rows.append((f"{name}, of a step, letters; faces", goal, "; ".join(texts)))
    ratios = [f"{found[work]['times as fast as a DataLoader']['median']:.2f} x" for work in ("letters", "faces")]
    rows.append(("the augmented loop beside a DataLoader with two workers", ">= 1.2 x", "; ".join(ratios)))
    return rows


def _probes(found: dict[str, Any]) -> str:
    tuned = found["tuned probe"]
    return (
        f"{100 * tuned['share of the whole study']:.1f} %, extrapolated; "
        f"{100 * tuned['share']:.0f} % with {tuned['images']:,} images"
    )


def _gpu_budgets() -> list[tuple[str, str, str]]:
    found = result("gpu")
    device = found["environment"]["device"]
    texts = [f"{found[work]['steps of one seed']:.1f} s" for work in ("letters", "faces")]
    return [
        (f"steps of a seed, letters; faces at 224 ({device}; goal for an H200)", "<= 4 s; <= 20 s", "; ".join(texts))
    ]


def _threads() -> str:
    rows = result("threads")["rows"]
    least = min(rows, key=lambda row: float(row["of the best"]))
    return f"{100 * least['of the best']:.0f} % at least ({least['work']}, {least['situation']})"
