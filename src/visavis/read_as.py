"""What a user says of files that could be read in several ways: every field is a flag of the command."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Literal, get_args

from visavis.checks import excerpt, is_whole, require

ROLES = ("class", "part", "group", "fold", "-")
Fit = Literal["crop", "pad", "squash"]
"""How an image of another shape comes to a size: about its centre, what juts out is cut away; whole, with black beside
it; or stretched.
"""
LARGEST_SIDE = 4096


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
        decode_size: side of the square that every image is brought to; by default images of one size keep theirs.
        fit: how; by default ``crop``.

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
    images: Annotated[Path | None, "Folder in which a table's paths begin; by default the table's."] = field(
        default=None,
        metadata={"described": False},  # as describe.undescribed, whose file imports NumPy
    )
    suffix: Annotated[str | None, "What a table's file names lack, such as .jpg."] = None

    decode_size: Annotated[
        int | None, "Bring every image to so many pixels square; by default only where sizes differ."
    ] = None
    fit: Annotated[Fit | None, "How an image of another shape gets there: crop (the default), pad or squash."] = None

    def __post_init__(self) -> None:
        require(self.fit in (None, *get_args(Fit)), "data.fit", excerpt(self.fit), "crop, pad or squash")
        is_side = self.decode_size is None or is_whole(self.decode_size, 1, LARGEST_SIDE)
        require(is_side, "data.decode_size", excerpt(self.decode_size), f"1 to {LARGEST_SIDE:,} pixels")
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
        for name, value in self.given.items():
            flags = ", ".join(map(flag_of, names))
            require(name in (*names, *OF_PIXELS), f"data.{name}", excerpt(value), f"{flags or 'nothing'} for {kind}")

    @property
    def given(self) -> dict[str, object]:
        """The fields that say something, by name."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def words(self) -> tuple[str, ...]:
        """Of the command that says it."""
        return tuple(word for name, value in self.given.items() for word in (flag_of(name), str(value)))


OF_PIXELS = ("decode_size", "fit")
"""Fields that mean something for every source whose images have sizes of their own."""


def flag_of(name: str) -> str:
    """``--path-column`` for ``path_column``."""
    return f"--{name.replace('_', '-')}"


AS_THEY_ARE = ReadAs()
