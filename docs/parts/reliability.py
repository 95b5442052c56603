"""Errors, exit codes, killed runs, faults of writes, hostile files."""

from __future__ import annotations

from parts.results import result


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
    from visavis.cli.exits import EXIT_CODES

    rows = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    return "\n".join(["| code | meaning |", "| ---: | --- |", *rows])


def kills() -> str:
    """The table of killed runs."""
    measured = [result(name) for name in ("kills", "kills-tuned")]
    lines = [
        "| study | killed at random | killed at a stage of a write | runs with other bits | control: other bits |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for row in (row for found in measured for row in found["rows"]):
        wrong = row["random"]["other_bits"] + row["stages"]["other_bits"]
        control = "yes" if row["control ends with other bits"] else "no"
        kills = f"{row['random']['kills']} kills in {row['random']['runs']} runs | {row['stages']['kills']}"
        lines.append(f"| {row['study']} | {kills} | {wrong} | {control} |")
    note = (
        "The control goes on without the optimizer's memory, and has to end otherwise. "
        f"Measured {' and '.join(found['measured'] for found in measured)}, "
        f"torch {measured[0]['environment']['torch']}."
    )
    return "\n".join([*lines, "", note])


def write_faults() -> str:
    """The sentences on faults of writes and on the cost of checkpoints."""
    found = result("write-faults")
    unlike = found["didn't go on to the same bits"]
    costs = "; ".join(
        f"{one['network']}, {one['megabytes']:.0f} MB: {one['seconds']:.2f} s, "
        f"{100 * one['share within an epoch']:.2f} %"
        for one in found["checkpoints"]
    )
    return (
        f"Of {found['faults']} faults in the writes of a run, {found['ended with the declared error']} ended it with "
        "the declared error (a bit that turns in a line of the log goes unnoticed, and nothing rests on it), and "
        f"{unlike} runs didn't go on to the same bits. A checkpoint within an epoch and its share of "
        f"the time between two: {costs} (measured {found['measured']})."
    )


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
