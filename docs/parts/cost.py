"""What training and studies cost, and where the time goes."""

from __future__ import annotations

from typing import Any

from parts.results import measured_on, result, spread_of


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


def many_files() -> str:
    """The table of a folder with very many files, and of very many classes."""
    found = result("many-files")
    each = f"{found['files']:,} files in {found['classes']:,} classes"
    small = f"{found['classes']:,} classes of four images"
    titles = {
        "key": f"key of {each}",
        "listing": "walk through them",
        "layout": "what their names say",
        "images": f"reading {small}",
    }
    rows = ["| | seconds | memory of the process |", "| --- | ---: | ---: |"]
    rows += [
        f"| {title} | {found[name]['seconds']:.0f} | {found[name]['megabytes']:,.0f} MB |"
        for name, title in titles.items()
    ]
    return "\n".join([*rows, "", f"Measured {found['measured']} on 2 cores."])


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


def paces() -> str:
    """The table of images per second of training, by network and machine."""
    rows = ["| network | machine | images/s |", "| --- | --- | ---: |"]
    found = result("threads")
    for row in (row for row in found["rows"] if row["situation"] == "quiet"):
        rows.append(f"| {row['work']} | {_machine(found)}, float32 | {row['images per second']['settled']:,.0f} |")
    peers = result("peers")
    for work in (work for work in peers["works"] if "frozen" not in work["work"]):
        own = next(way for way in work["ways"] if way["way"] == "visavis")
        name = "ResNet18 at 224" if "faces" in work["work"] else "letters"
        rows.append(f"| {name} | {_machine(peers)}, float32 | {own['images per second']:,.0f} |")
    gpu = result("gpu")
    # two arms of the letters, 8,000 images, 20 epochs; one that is fine-tuned of the faces, 28,709 images, 10 epochs
    for name, images, steps in (("letters", 320_000, gpu["letters"]), ("ResNet18 at 224", 287_090, gpu["faces"])):
        pace = images / steps["steps of one seed"]
        rows.append(f"| {name} | {gpu['environment']['device']} | {pace:,.0f} |")
    return "\n".join(rows)


def _machine(found: dict[str, Any]) -> str:
    environment = found["environment"]
    return f"{environment['cores']} cores of {environment['processor'].replace('(R)', '').replace(' Processor', '')}"


def threads() -> str:
    """The table of threads on a machine that others use too."""
    found = result("threads")
    rows = [
        "| | | settled by visavis | one thread | two threads | PyTorch's own way | settled, of the best |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in found["rows"]:
        rates = (row["images per second"][way] for way in ("settled", "1", "2", "PyTorch's own"))
        cells = " | ".join(f"{rate:,.0f}" for rate in rates)
        rows.append(f"| {row['situation']} | {row['work']} | {cells} | {100 * row['of the best']:.0f} % |")
    return "\n".join(rows) + (
        f"\n\nImages per second of training in float32, medians of {found['rounds']} rounds; one and two threads "
        f"sleep as visavis has them, PyTorch's own way spins; {measured_on(found)}."
    )


def memory() -> str:
    """The table of training with freed memory kept, in huge pages and not, and as usual."""
    found = result("memory")
    rows = [
        "| | freed memory | images/s | times as fast (spread) | in the system | memory |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for one in found["networks"]:
        for place, way in enumerate(one["ways"]):
            rows.append(
                f"| {'' if place else one['network']} | {way['way']} | {way['images per second']:.1f} | "
                f"{spread_of(way['times as fast']) if place else 1} | {way['seconds in the system']:.1f} s | "
                f"{way['peak megabytes']:,.0f} MB |"
            )
    return (
        "\n".join(rows)
        + f"\n\nfloat32; Linux gives huge pages to who asks ({found['huge pages']}); {measured_on(found)}."
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


def jobs() -> str:
    """The table of one process against a process for every core."""
    found = result("jobs")
    rows = [
        f"| six cells | one process, {found['cores']} threads | {found['cores']} processes, a thread each | "
        "times as fast (spread) |",
        "| --- | ---: | ---: | ---: |",
    ]
    rows += [
        f"| {row['model']} | {row['one process']:.0f} s | {row['a process for every core']:.0f} s | "
        f"{spread_of(row['ratio'])} |"
        for row in found["rows"]
    ]
    return "\n".join(rows) + f"\n\nThe whole command; {measured_on(found)}."
