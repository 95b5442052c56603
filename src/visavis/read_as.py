"""What a user says of files that could be read in several ways: every field is a flag of the command."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

from visavis.checks import excerpt, require

ROLES = ("class", "part", "group", "fold", "-")


@dataclass(frozen=True)
class ReadAs:
    """How files are read that could be read in several ways; what isn't said is told from the files.

    Attributes:
        layout: what each level of folders is, from the outside in: ``group/class``, ``part/-/class``.
        groups: a pattern whose first bracket is an image's group, in the names of files.
        test_fold: the fold that is for tests.
        path_column, label_column, group_column, split_column: columns of a table.
        images: folder that a table's paths begin in; by default that of the table.
        suffix: that a table's paths lack, such as ``.jpg``.

    Raises:
        InvalidStudy: a value that can't be.
    """

    layout: Annotated[
        str | None, "What each level of folders is: group/class, part/-/class (class, part, group, fold, -)."
    ] = None
    groups: Annotated[str | None, "Pattern in file names whose bracket is the group: '(patient[0-9]+)'."] = None
    test_fold: Annotated[str | None, "The fold that is for tests, where the data come in folds."] = None
    path_column: Annotated[str | None, "Column of a table that names the files."] = None
    label_column: Annotated[str | None, "Column of a table that names the classes."] = None
    group_column: Annotated[str | None, "Column of a table whose images belong together: patient, subject."] = None
    split_column: Annotated[str | None, "Column of a table that says train, test or val."] = None
    images: Annotated[Path | None, "Folder in which a table's paths begin; by default the table's."] = None
    suffix: Annotated[str | None, "What a table's file names lack, such as .jpg."] = None

    def __post_init__(self) -> None:
        if self.layout is not None:
            roles = self.layout.split("/")
            named = [role for role in roles if role != "-"]
            is_layout = set(roles) <= set(ROLES) and named.count("class") == 1 and len(set(named)) == len(named)
            expected = f"levels of folders, one of them class: {', '.join(ROLES)}; such as group/class"
            require(is_layout, "data.layout", excerpt(self.layout), expected)
        if self.groups is not None:
            try:
                re.compile(self.groups)
            except re.error as problem:
                require(False, "data.groups", f"{excerpt(self.groups)}: {problem}", "a regular expression")

    def require_only(self, kind: str, *names: str) -> None:
        """Refuses what means nothing for a kind of source.

        Args:
            kind: what the source is, for the error.
            names: of the fields that mean something for it.

        Raises:
            InvalidStudy: another one is given.
        """
        for field in fields(self):
            if getattr(self, field.name) is not None and field.name not in names:
                flags = [f"--{name.replace('_', '-')}" for name in names]
                require(
                    False,
                    f"data.{field.name}",
                    excerpt(getattr(self, field.name)),
                    f"{', '.join(flags) or 'none of these'} for {kind}",
                )


AS_THEY_ARE = ReadAs()
