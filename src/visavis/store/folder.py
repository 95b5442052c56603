"""The run folder of one study.

    study.json  study.py  data.json  tests.json (only where there are further test images)
    audit.json  audit.npz  weights.json  environment.json  test-images.npz
    groups/ (own.npz, and one for each of the study's further test images)
    study/ (modules beside the study's file)
    events.jsonl
    looks.jsonl (each set of seeds whose results were read)
    cells/<arm>/seed-<k>/
        cell.json  history.jsonl  input.npz  model.safetensors  model.json  choice.json  failure.txt
        predictions/ (own.npz, and one for each of the study's further test images)
        checkpoint/ (only while the cell is trained)
    cells/<arm>-candidate-<n>/seed-<k>/ (of those of a tuned arm; no network is kept)
    claims/  features/  report/  slurm/

A cell is finished when its ``predictions/own.npz`` is there; it is written last, and whole or not at all. No link is
followed out of the folder, whether to read or to write.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from visavis.audit import Audit, AuditResult
from visavis.errors import DamagedFile, NotARunFolder, RunFolderError
from visavis.store.cells import CellFolder, cell_of
from visavis.store.claims import CLAIMS, Claim
from visavis.store.documents import FILES, DataDocument, EnvironmentDocument
from visavis.store.elsewhere import GROUPS, OWN_TEST, OtherTestsDocument, groups_file
from visavis.store.files import (
    UNFINISHED_SUFFIX,
    below,
    damage_error,
    make_folder,
    read_arrays,
    read_document,
    require_pictures,
    sweep,
    write_arrays,
    write_document,
    write_whole,
)
from visavis.store.lines import LARGEST, append_object, note_look, objects_of, read_lines, read_looks
from visavis.store.study import EarlierStudyDocument, StudyDocument

FEATURES = "features"
EVENTS, LOOKS = "events.jsonl", "looks.jsonl"
OF_DATA, OF_AUDIT = ("data.json", "test-images.npz", groups_file(OWN_TEST)), ("audit.json", "audit.npz")
"""Files that are made together."""
ALIKE = ("twins", "look_alikes")
"""Test images that the training part has the like of."""

Document = TypeVar("Document")
"""One of those that ``FILES`` lists."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one study.

    Attributes:
        path: where it is; need not exist yet.
    """

    path: Path

    def exists(self) -> bool:
        """Whether a study has been written here."""
        return self.has(StudyDocument)

    def require(self) -> None:
        """Refuses a folder that holds no study.

        Raises:
            NotARunFolder: it isn't there, or holds no ``study.json``.
        """
        if not self.exists():
            raise NotARunFolder(
                f"{self.path} holds no study",
                got="no study.json" if self.path.is_dir() else "no such folder" if not self.path.exists() else "a file",
                expected="a folder that visavis run has written",
                do="run a study first: visavis run spatial-locality --quick",
            )

    def require_free(self) -> None:
        """Refuses to start a study among files of another kind.

        Raises:
            NotARunFolder: the path is a file, or a folder with files but no study.
        """
        if self.path.is_dir() and not self.exists() and any(self._other_names()):
            raise NotARunFolder(
                f"{self.path} holds other files", expected="an empty or a new folder", do="choose another --out"
            )
        if self.path.exists() and not self.path.is_dir():
            raise NotARunFolder(f"{self.path} is a file", expected="a folder", do="choose another --out")
        parent = next(path for path in (self.path, *self.path.absolute().parents) if path.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            raise NotARunFolder(f"{self.path} can't be written", got=f"{parent}", do="choose another --out")

    def _other_names(self) -> Iterator[str]:
        """Yields the names that a run which was killed before it wrote its study has not left here."""
        for path in self.path.iterdir():
            if path.name != CLAIMS and not path.name.endswith(UNFINISHED_SUFFIX):
                yield path.name

    def sweep(self) -> None:
        """Removes what writers that were killed have left; only for the holder of the claim on the whole folder."""
        sweep(self.path)
        sweep(self._at(GROUPS))

    def _at(self, name: str) -> Path:
        return below(self.path, name)

    def arms_with_results(self, seeds: Sequence[int] | None = None) -> list[str]:
        """Names of the arms that have a finished cell, of any seed or of some."""
        study = self.study
        seeds = study.seeds if seeds is None else seeds
        return [arm for arm in study.arms if any(self.cell(arm, seed).is_finished() for seed in seeds)]

    def cell(self, arm: str, seed: int) -> CellFolder:
        """The folder of one cell, by the arm's name.

        Raises:
            RunFolderError: the seed isn't a whole number.
        """
        if type(seed) is not int:
            raise RunFolderError(f"{self.path} has no such seed", got=repr(seed), expected="a whole number")
        return cell_of(self.path, arm, seed)

    @property
    def claim(self) -> Claim:
        """The claim on the folder as a whole, which is held while a study is settled in it."""
        return Claim(self._at(f"{CLAIMS}/folder"))

    def features_claim(self, key: str) -> Claim:
        """The claim on the features under a key."""
        return Claim(self._at(f"{CLAIMS}/features-{key[:32]}"))

    @property
    def study(self) -> StudyDocument:
        """The study, read anew each time; see ``read``.

        Raises:
            NotARunFolder: an earlier visavis has written it, in another format.
        """
        try:
            return self.read(StudyDocument)
        except DamagedFile:
            self._require_this_format()
            raise

    def _require_this_format(self) -> None:
        path = self._at(FILES[StudyDocument])
        try:
            read_document(path, EarlierStudyDocument)
        except DamagedFile:
            return
        raise NotARunFolder(
            f"{self.path} is of an earlier format",
            got="a recipe for all arms in study.json",
            expected="arms with an optimizer and epochs of their own",
            do="choose another --out, or read it with the visavis that wrote it",
        ) from None

    @property
    def data(self) -> DataDocument:
        """What its images are, read anew each time; see ``read``."""
        return self.read(DataDocument)

    @property
    def environment(self) -> EnvironmentDocument:
        """What its cells are made on, read anew each time; see ``read``."""
        return self.read(EnvironmentDocument)

    def read(self, kind: type[Document]) -> Document:
        """A document of the study.

        Raises:
            DamagedFile: it doesn't read back, with the field that doesn't fit.
        """
        return read_document(self._at(FILES[kind]), kind)

    def recall(self, kind: type[Document]) -> Document | None:
        """What ``read`` gives; None where it hasn't been written or doesn't read back."""
        try:
            return self.read(kind) if self.has(kind) else None
        except DamagedFile:
            return None

    def damaged_files(self) -> tuple[str, ...]:
        """Names of the study's files that don't read back, but for ``study.json``."""
        documents = [kind for kind in FILES if kind is not StudyDocument and self.has(kind)]
        readers: dict[str, Callable[[], object]] = {FILES[kind]: partial(self.read, kind) for kind in documents}
        if DataDocument in documents:
            readers |= {OF_DATA[1]: self.read_test_images, OF_DATA[2]: self.read_groups}
        if Audit in documents:
            readers[OF_AUDIT[1]] = lambda: [self.read_alike(kind) for kind in ALIKE]
        further = self.recall(OtherTestsDocument)
        readers |= {groups_file(test): partial(self.read_groups, test) for test in (further.tests if further else ())}
        return tuple(name for name, read in readers.items() if not _reads_back(read))

    def has(self, kind: type) -> bool:
        """Whether a document of the study has been written."""
        return (self.path / FILES[kind]).is_file()

    def write(self, document: object) -> None:
        """Writes a document of the study."""
        write_document(self._at(FILES[type(document)]), document)

    def write_study_file(self, text: str, beside: Mapping[str, str]) -> None:
        """Keeps the text of the study's file, and of the modules beside it by their paths from there."""
        for name, content in {"study.py": text, **{f"study/{name}": helper for name, helper in beside.items()}}.items():
            write_whole(self._at(name), content.encode())

    def append_event(self, plain: Mapping[str, Any]) -> None:
        """Adds a line to what has happened."""
        append_object(self._at(EVENTS), plain)

    def note_look(self, seeds: Sequence[int]) -> None:
        """Writes down that the results of these seeds are read, or could be, if that can be written."""
        note_look(self._at(LOOKS), seeds)

    def read_looks(self) -> list[tuple[int, ...]]:
        """The seeds of each look so far, the earliest first."""
        return read_looks(self._at(LOOKS))

    def read_events(self) -> Iterator[dict[str, Any]]:
        """Yields what has happened; lines that were cut short are passed over."""
        yield from read_lines(self._at(EVENTS))

    @property
    def events_size(self) -> int:
        """Bytes of what has been told so far."""
        return path.stat().st_size if (path := self._at(EVENTS)).exists() else 0

    def read_events_after(self, position: int) -> tuple[list[dict[str, Any]], int]:
        """What has happened since the file had so many bytes, as far as lines are whole; and where to go on."""
        path = self._at(EVENTS)
        if not path.is_file():
            return [], position
        with path.open("rb") as file:
            file.seek(position)
            fresh = file.read(LARGEST)
        whole = fresh[: fresh.rfind(b"\n") + 1]
        return list(objects_of(whole.splitlines())), position + len(whole)

    def write_test_images(self, ids: np.ndarray, images: np.ndarray) -> None:
        """Keeps test images, so that a report needs nothing but this folder."""
        write_arrays(self._at("test-images.npz"), {"ids": ids, "images": images})

    def read_test_images(self) -> dict[bytes, np.ndarray]:
        """The test images that were kept, uint8 [c, h, w], by id.

        Raises:
            DamagedFile: they don't read back.
        """
        path = self._at("test-images.npz")
        arrays = read_arrays(path, ("ids", "images"))
        images = require_pictures(arrays["images"], 4, path)
        if arrays["ids"].shape != (len(images),) or arrays["ids"].dtype.kind != "S":
            raise damage_error(path, "ids that don't fit the images")
        return dict(zip(arrays["ids"].tolist(), images, strict=True))

    def write_groups(self, ids: np.ndarray, groups: np.ndarray, test: str = OWN_TEST) -> None:
        """Keeps which test images belong together, of the own test part or of further images."""
        write_arrays(self._at(groups_file(test)), {"ids": ids, "groups": groups})

    def read_groups(self, test: str = OWN_TEST) -> dict[bytes, bytes]:
        """The group of each test image, by id; empty where none is known."""
        path = self._at(groups_file(test))
        if not path.exists():
            return {}
        arrays = read_arrays(path, ("ids", "groups"))
        if arrays["ids"].shape != arrays["groups"].shape or {array.dtype.kind for array in arrays.values()} != {"S"}:
            raise damage_error(path, "groups that don't fit the images")
        return dict(zip(arrays["ids"].tolist(), arrays["groups"].tolist(), strict=True))

    def write_audit(self, result: AuditResult) -> None:
        """Keeps what the audit of the data found."""
        arrays = {"twins": result.twins, "look_alikes": result.look_alikes, "pictures": result.pictures}
        write_arrays(self._at("audit.npz"), arrays)
        self.write(result.audit)

    def read_alike(self, kind: str) -> np.ndarray:
        """bytes: ids of test images that the training part has the like of.

        Args:
            kind: ``twins``, those equal to a training image, or ``look_alikes``, those that look like one.
        """
        path = self._at("audit.npz")
        ids = read_arrays(path, (kind,))[kind]
        if ids.ndim != 1 or ids.dtype.kind != "S":
            raise damage_error(path, f"{kind} that are no ids")
        return ids

    def read_near_duplicates(self, count: int) -> np.ndarray:
        """uint8 [count, 2, c, h, w]: pairs of near-duplicates.

        Raises:
            DamagedFile: there are fewer, or more.
        """
        path = self._at("audit.npz")
        pictures = require_pictures(read_arrays(path, ("pictures",))["pictures"], 5, path)
        if pictures.shape[:2] != (count, 2):
            raise damage_error(path, f"{list(pictures.shape[:2])} pictures for {count} pairs")
        return pictures

    def write_features(self, key: str, part: int, features: np.ndarray) -> None:
        """Keeps a part of what a frozen backbone makes of images; it can be deleted at any time."""
        write_arrays(self._features(key, part), {"features": features}, np.savez)

    def read_features(self, key: str, part: int) -> np.ndarray | None:
        """float32 [n, ...]: what was kept under the key; None where there is nothing that reads back."""
        try:
            return read_arrays(self._features(key, part), ("features",))["features"]
        except DamagedFile:
            return None

    def _features(self, key: str, part: int) -> Path:
        return self._at(f"{FEATURES}/{key[:32]}/{part:06d}.npz")

    def start_features(self, key: str) -> None:
        """Makes room for features, and removes what writers that were killed have left; for the claim's holder."""
        folder = self._at(f"{FEATURES}/{key[:32]}")
        make_folder(folder)
        sweep(folder)

    def write_report(self, page: str) -> Path:
        """Writes the report's page and returns its path."""
        path = self._at("report/index.html")
        write_whole(path, page.encode())
        return path


def _reads_back(read: Callable[[], object]) -> bool:
    try:
        read()
    except DamagedFile:
        return False
    return True
