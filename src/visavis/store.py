"""The run folder: the only module that reads or writes it.

    study.json  study.py  data.json  audit.json  audit.npz  weights.json  environment.json  test-images.npz
    looks.json (only where seeds were added after looking)
    cells/<arm>/seed-<k>/
        cell.json  history.jsonl  input.npz  model.safetensors  model.json  predictions.npz  failure.txt
        checkpoint.safetensors (only while the cell is trained)
    features/  report/

A cell is finished when its ``predictions.npz`` is there; it is written last, and whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from visavis.describe import Plain, text_digest
from visavis.errors import DamagedFile, NotARunFolder, RunFolderError
from visavis.files import damaged, read_arrays, read_json, tensor_metadata, write_arrays, write_json, write_whole
from visavis.results import EpochRow, Predictions
from visavis.study import slugify


@dataclass(frozen=True)
class RunFolder:
    """The folder of one study.

    Attributes:
        path: where it is; need not exist yet.
    """

    path: Path

    def exists(self) -> bool:
        """Whether a study has been written here."""
        return (self.path / "study.json").is_file()

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
        if self.path.is_dir() and not self.exists() and any(self.path.iterdir()):
            raise NotARunFolder(
                f"{self.path} holds other files", expected="an empty or a new folder", do="choose another --out"
            )
        if self.path.exists() and not self.path.is_dir():
            raise NotARunFolder(f"{self.path} is a file", expected="a folder", do="choose another --out")
        there = next(place for place in (self.path, *self.path.absolute().parents) if place.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise NotARunFolder(f"{self.path} can't be written", got=f"{there}", do="choose another --out")

    def cell(self, arm: str, seed: int) -> CellFolder:
        """The folder of one cell, by the arm's name.

        Raises:
            RunFolderError: the seed isn't a whole number, as in a folder that was tampered with.
        """
        if type(seed) is not int:
            raise RunFolderError(f"{self.path} has no such seed", got=repr(seed), expected="a whole number")
        return CellFolder(self.path / "cells" / slugify(arm) / f"seed-{seed}")

    def read(self, name: str) -> dict[str, Any]:
        """``study``, ``data``, ``audit``, ``weights``, ``looks`` or ``environment`` as plain data.

        Raises:
            DamagedFile: it doesn't read back.
        """
        return read_json(self.path / f"{name}.json")

    def has(self, name: str) -> bool:
        """Whether ``study``, ``data``, ``audit``, ``weights``, ``looks`` or ``environment`` has been written."""
        return (self.path / f"{name}.json").is_file()

    def write(self, name: str, plain: Mapping[str, Plain]) -> None:
        """Writes ``study``, ``data``, ``audit``, ``weights``, ``looks`` or ``environment``."""
        write_json(self.path / f"{name}.json", plain)

    def write_study_file(self, source: str) -> None:
        """Keeps the text of the study's file."""
        write_whole(self.path / "study.py", source.encode())

    def write_test_images(self, ids: np.ndarray, images: np.ndarray) -> None:
        """Keeps test images, so that a report needs nothing but this folder."""
        write_arrays(self.path / "test-images.npz", {"ids": ids, "images": images})

    def read_test_images(self) -> dict[bytes, np.ndarray]:
        """The test images that were kept, uint8 [c, h, w], by id."""
        arrays = read_arrays(self.path / "test-images.npz", ("ids", "images"))
        return dict(zip(arrays["ids"].tolist(), arrays["images"], strict=True))

    def write_audit(self, plain: Mapping[str, Plain], twins: np.ndarray, pictures: np.ndarray) -> None:
        """Keeps what the audit of the data found.

        Args:
            plain: its numbers.
            twins: bytes, ids of the test images with an identical twin in the training part.
            pictures: uint8 [k, 2, c, h, w], pairs of near-duplicates.
        """
        write_arrays(self.path / "audit.npz", {"twins": twins, "pictures": pictures})
        self.write("audit", plain)

    def read_twins(self) -> np.ndarray:
        """bytes: ids of the test images with an identical twin in the training part."""
        return read_arrays(self.path / "audit.npz", ("twins",))["twins"]

    def read_near_duplicates(self) -> np.ndarray:
        """uint8 [k, 2, c, h, w]: pairs of near-duplicates."""
        return read_arrays(self.path / "audit.npz", ("pictures",))["pictures"]

    def write_features(self, key: str, features: np.ndarray) -> None:
        """Keeps what a frozen backbone makes of images; it can be deleted at any time."""
        write_arrays(self.path / "features" / f"{key[:32]}.npz", {"features": features}, np.savez)

    def read_features(self, key: str) -> np.ndarray | None:
        """float32 [n, ...]: what was kept under the key; None where there is nothing that reads back."""
        try:
            return read_arrays(self.path / "features" / f"{key[:32]}.npz", ("features",))["features"]
        except DamagedFile:
            return None

    def write_report(self, page: str) -> Path:
        """Writes the report's page and returns its path."""
        path = self.path / "report" / "index.html"
        write_whole(path, page.encode())
        return path


@dataclass(frozen=True)
class CellFolder:
    """The folder of one cell.

    Attributes:
        path: where it is; need not exist yet.
    """

    path: Path

    def is_finished(self) -> bool:
        """Whether the cell's predictions are there and read back."""
        if not (self.path / "predictions.npz").is_file():
            return False
        try:
            self.read_predictions()
        except DamagedFile:
            return False
        return True

    def start(self) -> None:
        """Empties the folder for a cell that is trained from its beginning."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)

    def write_checkpoint(self, epoch: int, basis: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps the state after an epoch.

        Args:
            epoch: 1 for the first.
            basis: what has to be the same for a run to go on from here.
            arrays: by name.
        """
        metadata = {"epoch": str(epoch), "basis": text_digest(basis)}
        write_whole(self.path / "checkpoint.safetensors", save_tensors(dict(arrays), metadata))

    def read_checkpoint(self, basis: str) -> tuple[int, dict[str, np.ndarray]] | None:
        """The epoch and the arrays of a checkpoint on the same basis; None where there is none.

        The history is cut to the epochs before it.
        """
        path = self.path / "checkpoint.safetensors"
        try:
            content = path.read_bytes()
            metadata = tensor_metadata(content)
            arrays = load_tensors(content)
            epoch = int(metadata["epoch"])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            return None
        rows = self.read_history()[:epoch]
        if metadata["basis"] != text_digest(basis) or len(rows) < epoch:
            return None
        lines = "".join(_line(row) for row in rows)
        write_whole(self.path / "history.jsonl", lines.encode())
        return epoch, arrays

    def write_model(self, about: Mapping[str, Plain], arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps a trained network: its tensors by name, and how to build what they are put into."""
        content = save_tensors(dict(arrays))
        write_whole(self.path / "model.safetensors", content)
        write_json(self.path / "model.json", {**about, "sha256": hashlib.sha256(content).hexdigest()})

    def read_model(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What ``write_model`` kept.

        Raises:
            DamagedFile: it doesn't read back as it was written.
        """
        about, path = read_json(self.path / "model.json"), self.path / "model.safetensors"
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != about.get("sha256"):
                raise ValueError("bytes of another digest than model.json says")
            return about, load_tensors(content)
        except (OSError, ValueError, SafetensorError) as problem:
            raise DamagedFile(
                f"{path} can't be read",
                got=problem,
                expected="the model as it was saved",
                do="remove the cell's folder and run the study again to make it anew",
            ) from problem

    def append_history(self, row: EpochRow) -> None:
        """Adds an epoch."""
        with (self.path / "history.jsonl").open("a") as file:
            file.write(_line(row))

    def read_history(self) -> list[EpochRow]:
        """The epochs so far; a last line that was cut short is passed over."""
        path = self.path / "history.jsonl"
        if not path.is_file():
            return []
        return list(_rows(path.read_text(encoding="utf-8", errors="replace").splitlines()))

    def write_input(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps what the intervention drew, and the examples as the arm sees them."""
        write_arrays(self.path / "input.npz", arrays)

    def read_examples(self) -> np.ndarray:
        """uint8 [n, c, h, w]: the first test image of each class as the arm sees it."""
        return read_arrays(self.path / "input.npz", ("examples",))["examples"]

    def write_failure(self, reason: str) -> None:
        """Says why the cell has no predictions."""
        write_whole(self.path / "failure.txt", (reason + "\n").encode())

    def read_failure(self) -> str | None:
        """Why the cell failed, if it did."""
        path = self.path / "failure.txt"
        return path.read_text(errors="replace").strip() if path.is_file() else None

    def finish(self, about: Mapping[str, Plain], predictions: Predictions) -> None:
        """Writes ``cell.json`` and, last, the predictions; the checkpoint has done its work."""
        write_json(self.path / "cell.json", about)
        write_arrays(self.path / "predictions.npz", vars(predictions))
        (self.path / "checkpoint.safetensors").unlink(missing_ok=True)

    def read_about(self) -> dict[str, Any]:
        """``cell.json`` as plain data."""
        return read_json(self.path / "cell.json")

    def read_predictions(self) -> Predictions:
        """The predictions.

        Raises:
            DamagedFile: they don't read back, or their shapes don't fit together, or a logit isn't finite.
        """
        path = self.path / "predictions.npz"
        arrays = read_arrays(path, ("ids", "labels", "logits"))
        found = Predictions(**arrays)
        problem = _misfit(found)
        if problem:
            raise damaged(path, problem)
        return found


def _misfit(found: Predictions) -> str:
    """Why the arrays can't be predictions; empty where they can."""
    if found.logits.ndim != 2 or found.labels.ndim != 1 or found.ids.ndim != 1:
        return "arrays of another shape"
    if not len(found.ids) == len(found.labels) == len(found.logits):
        return "arrays of different lengths"
    if len(found.ids) < 2 or found.ids.dtype.kind != "S" or found.labels.dtype.kind != "i":
        return "arrays of another type"
    if found.logits.dtype.kind != "f" or not np.isfinite(found.logits).all():
        return "logits that aren't finite numbers"
    if found.labels.min() < 0 or found.labels.max() >= found.logits.shape[1]:
        return "labels beyond the logits"
    return ""


def _line(row: EpochRow) -> str:
    return json.dumps(asdict(row)) + "\n"


def _rows(lines: Sequence[str]) -> Iterator[EpochRow]:
    for line in lines:
        try:
            yield EpochRow(**json.loads(line))
        except (ValueError, TypeError):
            return
