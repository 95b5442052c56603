"""A command line of ``visavis run`` as the study that it asks for."""

from __future__ import annotations

import shlex

from visavis.cli.flags import Flags
from visavis.cli.run import command_of
from visavis.design.file import load
from visavis.design.study import Study
from visavis.errors import UsageError


def study_of_line(line: str) -> Study:
    """The study that ``visavis run`` with these words would train; words that can't be understood are told as there.

    Raises:
        UsageError: it names no study.
        VisavisError: there is no such study, or it can't be built.
    """
    words = shlex.split(line)
    while words[:1] in (["visavis"], ["run"]):
        words = words[1:]
    if not words:
        raise UsageError("--from names no study", got=repr(line), expected="'images --data photos --vary ...'")
    file = load(words[0])
    values = dict(command_of(file).make_context(f"visavis run {words[0]}", words[1:]).params)
    flags, quick = Flags.take(values), values.pop("quick", False)
    settings = {name: value for name, value in values.items() if value is not None}
    study: Study = flags.variation.of(file.build(quick, settings))
    return study
