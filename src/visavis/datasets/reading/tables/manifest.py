"""A table that names files: where they are, and what is known of each."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath

from visavis.datasets.reading.files import LARGEST_MEMBER, Member, is_there, quote, stat_key
from visavis.datasets.reading.layouts import (
    TEST,
    TRAIN,
    UNSPLIT,
    USAGES,
    Entry,
    alike_in_case,
    fold_number,
    group_by,
    part_level,
    part_of,
)
from visavis.datasets.reading.tables.columns import IMAGE_SUFFIXES, YES_OR_NO, Columns
from visavis.datasets.reading.tables.table import Row, Table
from visavis.errors import DataError
from visavis.quantities import count, list_text, some_text
from visavis.read_as import ReadAs

WHOLE_AS_DECIMAL = re.compile(r"(\d+)\.0+")
NUMERIC = re.compile(r"\d+(\.0+)?")
LONGEST_REASON = 100
MOST_NAMED = 3
YES, NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")


@dataclass(frozen=True)
class _TableRow:
    """A row of a table.

    Attributes:
        name: of the file, as the row has it.
        file: where it is.
        entry: what is known of it.
    """

    name: str
    file: Path
    entry: Entry

    def in_part(self, part: bytes) -> _TableRow:
        """The same in a part."""
        entry = replace(self.entry, part=part, id=f"{part.decode()}/{self.entry.id}".lstrip("/"))
        return replace(self, entry=entry)


class Manifest:
    """A table, its columns, and where its files are."""

    def __init__(self, table: Table, columns: Columns, folder: Path, read_as: ReadAs) -> None:
        self._table, self._columns, self._read_as = table, columns, read_as
        self._folder = folder if read_as.images is None else Path(read_as.images)
        self._pattern = None if read_as.groups is None else re.compile(read_as.groups)
        self._spelling = self._label_spelling()
        self._suffix = read_as.suffix or ""
        self._repeats = self._unlabelled = 0
        self._part_folders: tuple[str, ...] = ()
        if not self._suffix:
            self._suffix = self._missing_suffix()
        self._rows = self._in_parts(tuple(self._table_rows()))
        self._require_files()

    def _in_parts(self, rows: tuple[_TableRow, ...]) -> tuple[_TableRow, ...]:
        """With the parts that folders such as ``train`` and ``test`` say, where no column does."""
        if self._columns.split is not None or self._columns.fold is not None:
            return rows
        folders = {row.entry.id: PurePosixPath(row.name.replace("\\", "/")).parts[:-1] for row in rows}
        depth, parts = part_level(folders)
        if not parts:
            return rows
        self._part_folders = tuple(sorted(parts))
        part_names = {name: folder[depth] if len(folder) > depth else "" for name, folder in folders.items()}
        return tuple(row.in_part(parts.get(part_names[row.entry.id], UNSPLIT)) for row in rows)

    def files_key(self) -> str:
        """A digest of what the file system says of the files."""
        hasher = hashlib.sha256()
        for row in self._rows:
            hasher.update(repr((row.name, stat_key(row.file))).encode())
        return hasher.hexdigest()

    def files(self) -> Iterator[tuple[Member, Entry]]:
        """Yields the files with what is known of them."""
        for row in self._rows:
            yield _member(row), row.entry

    def notes(self) -> tuple[str, ...]:
        """How the table was understood."""
        columns, names = self._columns, self._table.columns
        roles = {"files": columns.path, "classes": columns.label, "parts": columns.split, "groups": columns.group}
        sources = [f"{role} by {name!r}" for role, name in roles.items() if name is not None]
        if columns.one_hot:
            sources.insert(1, f"classes by the {len(columns.one_hot)} columns {some_text(columns.one_hot, MOST_NAMED)}")
        if columns.fold is not None:
            sources.append(f"fold {self._read_as.test_fold} of {columns.fold!r} for tests")
        notes = [f"Columns: {list_text(sources)}."]
        if self._part_folders:
            notes.append(f"Parts by the folders {list_text(self._part_folders)}.")
        rest = [name for name in names if name not in columns.names_used]
        if rest:
            notes.append(f"Columns not used: {some_text(rest, 8)}.")
        if self._suffix and self._read_as.suffix is None:
            notes.append(f"Files are named without their suffix, {self._suffix}.")
        if self._unlabelled:
            notes.append(
                f"{count(self._unlabelled, 'test row')} without a class passed over; visavis predict takes them."
            )
        if self._repeats:
            notes.append(f"{count(self._repeats, 'row')} passed over: the same as an earlier one.")
        return (*notes, *alike_in_case({row.entry.label for row in self._rows}))

    def _label_spelling(self) -> Mapping[str, str]:
        """Labels that are whole numbers with decimals, as programs write them, by what they are: ``0`` for ``0.0``."""
        labels = {self._columns.class_of(row) for _, row in self._table.rows()}
        if not all(NUMERIC.fullmatch(label) for label in labels if label):
            return {}
        return {label: match[1] for label in labels if (match := WHOLE_AS_DECIMAL.fullmatch(label))}

    def _missing_suffix(self) -> str:
        """What the names of files lack: the first suffix with which the first few are there, if they aren't without."""
        names = [row[self._columns.path].strip() for _, row in islice(self._table.rows(), MOST_NAMED)]
        paths = [self._folder / self._relative(name) for name in names if name]
        if not paths or any(map(is_there, paths)):
            return ""
        fits = (s for s in IMAGE_SUFFIXES if all(is_there(Path(f"{path}{s}")) for path in paths))
        return next(fits, "")

    def _table_rows(self) -> Iterator[_TableRow]:
        entries: dict[str, Entry] = {}
        for line, row in self._table.rows():
            name, label = row[self._columns.path].strip(), self._columns.class_of(row)
            if name and not label and self._is_for_tests(row, line):
                self._unlabelled += 1
                continue
            if not name or not label:
                got = {key: value[:LONGEST_REASON] for key, value in islice(row.items(), 4)}
                raise DataError(f"{line} of {self._table.path} names no file or no label", got=got)
            relative = self._relative(name)
            file_name = f"{relative}{self._suffix}"
            entry = self._entry(line, row, file_name, label)
            if file_name in entries:
                self._require_same(line, name, entry, entries[file_name])
                continue
            entries[file_name] = entry
            yield _TableRow(name, self._folder / file_name, entry)

    def _is_for_tests(self, row: Row, line: str) -> bool:
        """Whether the row says that its image isn't for training: it may lack a class then."""
        split = self._columns.split
        return split is not None and self._part(row[split], line) != TRAIN

    def _require_same(self, line: str, name: str, entry: Entry, earlier: Entry) -> None:
        if entry != earlier:
            raise DataError(
                f"{line} of {self._table.path} names a file for the second time, and says something else of it",
                got=f"{name[:LONGEST_REASON]}: {quote(entry.label)} after {quote(earlier.label)}",
                expected="each file once",
            )
        self._repeats += 1

    def _entry(self, line: str, row: Row, name: str, label: str) -> Entry:
        columns = self._columns
        label = sys.intern(self._spelling.get(label, label))
        part = UNSPLIT
        if columns.fold is not None:
            part = TEST if fold_number(row[columns.fold].strip()) == self._read_as.test_fold else TRAIN
        elif columns.split is not None:
            part = self._part(row[columns.split], line)
        group = "" if columns.group is None else sys.intern(row[columns.group].strip())
        if self._pattern is not None:
            group = group_by(self._pattern, name)
        return Entry(part, label, f"{part.decode()}/{label}/{name}".lstrip("/"), group)

    def _part(self, word: str, line: str) -> bytes:
        answer = word.strip().lower()
        if self._columns.split in YES_OR_NO and answer in (*YES, *NO):
            return YES_OR_NO[self._columns.split][answer in NO]
        word_part = part_of(word.strip())
        usage = next((part for usage, part in USAGES.items() if usage.lower() == word.strip().lower()), None)
        if usage is not None:
            return usage
        if word_part is None or word_part[0]:
            raise DataError(
                f"{line} of {self._table.path} has an unknown split",
                got=quote(word),
                expected="train, test or val",
                do="name another column with --split-column",
            )
        return word_part[1]

    def _relative(self, name: str) -> PurePosixPath:
        """A table's path, below its folder.

        Raises:
            DataError: it leads out of the folder.
        """
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() and path.is_relative_to(PurePosixPath(self._folder.absolute().as_posix())):
            path = path.relative_to(PurePosixPath(self._folder.absolute().as_posix()))
        if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
            raise DataError(
                "the manifest has a path that leads out of its folder",
                got=quote(name),
                expected=f"paths below {self._folder}",
                do="name the folder that they lie below with --images DIR",
            )
        return path

    def _require_files(self) -> None:
        if self._rows and not any(is_there(row.file) for row in self._rows):
            raise DataError(
                f"none of the {len(self._rows):,} files is there that {self._table.path} names",
                got=some_text([quote(str(row.file)) for row in self._rows[:MOST_NAMED]], MOST_NAMED),
                expected=f"files below {self._folder}",
                do="name their folder with --images DIR, or what their names lack with --suffix .jpg",
            )


def _member(row: _TableRow) -> Member:
    try:
        if row.file.exists() and not row.file.is_file():
            return Member(row.name, b"", "not a file")
        if row.file.stat().st_size > LARGEST_MEMBER:
            return Member(row.name, b"", "too large for an image")
        return Member(row.name, row.file.read_bytes())
    except OSError as problem:
        return Member(row.name, b"", sys.intern(problem.strerror or str(problem)))  # a manifest can name millions
