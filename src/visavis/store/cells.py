"""The folder of one cell: what it leaves, and what is kept while it is trained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from visavis.design.slug import slugify
from visavis.design.study import OWN_TEST
from visavis.errors import DamagedFile
from visavis.results import EpochRow, Predictions
from visavis.store.checkpoints import Checkpoint, on_basis, read_checkpoint, write_checkpoint
from visavis.store.claims import CLAIMS, Claim, Holder, living_holder
from visavis.store.documents import CellDocument, ModelDocument
from visavis.store.files import (
    append_line,
    below,
    content_digest,
    damage_error,
    make_folder,
    misfit,
    read_arrays,
    read_bytes,
    read_document,
    require_pictures,
    sweep,
    write_arrays,
    write_document,
    write_whole,
)
from visavis.store.study import ChoiceDocument

PREDICTIONS, CHOICE = "predictions", "choice.json"
SEALED_FILES = ("cell.json", "choice.json", "history.jsonl", "input.npz", "model.json")
"""Files of which the own predictions hold the digests."""
LARGEST_TEXT, LARGEST_MODEL = 64 << 20, 64 << 30
"""Bytes beyond which a text, and the tensors of a model, aren't read."""


class CellState(Enum):
    """What can be seen of a cell in its own folder."""

    waiting = "waiting"
    failed = "failed"
    damaged = "damaged"
    done = "done"

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for the cell: it is finished, or has failed."""
        return self in {CellState.done, CellState.failed}


@dataclass(frozen=True)
class CellFolder:
    """The folder of one cell.

    Attributes:
        root: the run folder; no link leads out of it.
        name: of the cell's folder, below the root.
    """

    root: Path
    name: str

    @property
    def path(self) -> Path:
        """Where it is; need not exist yet."""
        return self.root / self.name

    def _at(self, name: str) -> Path:
        return below(self.root, f"{self.name}/{name}")

    @property
    def claim(self) -> Claim:
        """The claim on the cell, which is held while it is trained."""
        return Claim(self._claim_path)

    @property
    def holder(self) -> Holder | None:
        """Who trains the cell now; None where nobody does."""
        return living_holder(self._claim_path)

    @property
    def _claim_path(self) -> Path:
        return below(self.root, f"{CLAIMS}/{self.name.replace('/', '-')}")

    @property
    def state(self) -> CellState:
        """Done where the own predictions are there and whole; they are written last."""
        if (self.path / PREDICTIONS / f"{OWN_TEST}.npz").exists():
            return CellState.damaged if self.damage else CellState.done
        return CellState.waiting if self.read_failure() is None else CellState.failed

    @property
    def damage(self) -> str:
        """Why what the cell left doesn't read back; empty where it does."""
        try:
            self.read_predictions()
            self.read_document()
        except DamagedFile as problem:
            return str(problem)
        return ""

    def is_finished(self) -> bool:
        """Whether the cell's predictions are there and read back."""
        return self.state is CellState.done

    def is_settled(self) -> bool:
        """Whether nothing is left to do for the cell; see ``CellState``."""
        return self.state.is_settled

    def start(self) -> None:
        """Empties the folder for a cell that is trained from its beginning; only states that other machines can go on
        from stay, and what was chosen for it.
        """
        folder = below(self.root, self.name)
        make_folder(folder)
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                if path.name != "checkpoint":
                    shutil.rmtree(path, ignore_errors=True)
            elif path.name != CHOICE:
                path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Removes what writers that were killed have left unfinished; only for the holder of the claim."""
        sweep(self.path)
        sweep(self._at(PREDICTIONS))

    def forget(self) -> None:
        """Removes the cell, whatever is there of it."""
        shutil.rmtree(below(self.root, self.name), ignore_errors=True)

    @property
    def has_checkpoints(self) -> bool:
        """Whether states are kept, on whatever basis."""
        return any(self._at("checkpoint").glob("*/*"))

    def write_checkpoint(self, checkpoint: Checkpoint, basis: str) -> None:
        """Keeps a state of the cell in work; see ``checkpoints.write_checkpoint``."""
        write_checkpoint(on_basis(self._at("checkpoint"), basis), checkpoint)

    def read_checkpoint(self, basis: str) -> tuple[Checkpoint | None, tuple[str, ...]]:
        """The last state on the same basis that reads back, and the names of damaged ones.

        The history becomes that of the state, and what a killed writer left is removed.
        """
        checkpoint, damaged_names = read_checkpoint(on_basis(self._at("checkpoint"), basis))
        if checkpoint is not None:
            self.sweep()
            self.write_history(checkpoint.rows)
        return checkpoint, damaged_names

    def write_model(self, document: ModelDocument, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps a trained network: its tensors by name, and how to build what they are put into."""
        content = save_tensors(dict(arrays))
        write_whole(self._at("model.safetensors"), content)
        signature = msgspec.structs.replace(document, sha256=content_digest(content))
        write_document(self._at("model.json"), signature)

    def read_model(self) -> tuple[ModelDocument, dict[str, np.ndarray]]:
        """What ``write_model`` kept.

        Raises:
            DamagedFile: it doesn't read back as it was written.
        """
        document, path = read_document(self._at("model.json"), ModelDocument), self._at("model.safetensors")
        content = read_bytes(path, LARGEST_MODEL)
        try:
            if content_digest(content) != document.sha256:
                raise ValueError("bytes of another digest than model.json says")
            return document, load_tensors(content)
        except (ValueError, TypeError, KeyError, SafetensorError) as problem:
            raise DamagedFile(
                f"{path} can't be read",
                got=problem,
                expected="the model as it was saved",
                do="remove the cell's folder and run the study again to make it anew",
            ) from problem

    def write_history(self, rows: Sequence[EpochRow]) -> None:
        """Writes all epochs so far, for good."""
        write_whole(self._at("history.jsonl"), "".join(f"{_line(row)}\n" for row in rows).encode())

    def append_history(self, row: EpochRow) -> None:
        """Adds an epoch, to be seen while the cell is trained."""
        append_line(self._at("history.jsonl"), _line(row))

    def read_history(self) -> list[EpochRow]:
        """The epochs so far; a last line that was cut short is passed over."""
        path = self._at("history.jsonl")
        if not path.exists():
            return []
        text = read_bytes(path, LARGEST_TEXT).decode(errors="replace")
        return list(_rows(text.splitlines()))

    def write_input(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps what the intervention drew, and the examples as the arm sees them."""
        write_arrays(self._at("input.npz"), arrays)

    def read_examples(self, kind: str = "examples") -> np.ndarray:
        """uint8 [n, c, h, w]: an image of each class as the arm sees it: of tests, or of ``training`` in epoch 1."""
        path = self._at("input.npz")
        return require_pictures(read_arrays(path, (kind,))[kind], 4, path)

    def write_choice(self, choice: ChoiceDocument) -> None:
        """Keeps which candidate the cell trains; before it is trained."""
        make_folder(below(self.root, self.name))
        write_document(self._at(CHOICE), choice)

    def read_choice(self) -> ChoiceDocument:
        """What ``write_choice`` kept.

        Raises:
            DamagedFile: it isn't there, or doesn't read back.
        """
        return read_document(self._at(CHOICE), ChoiceDocument)

    def write_failure(self, reason: str) -> None:
        """Says why the cell has no predictions."""
        write_whole(self._at("failure.txt"), (reason + "\n").encode())

    def read_failure(self) -> str | None:
        """Why the cell failed, if it did."""
        path = self._at("failure.txt")
        try:
            return read_bytes(path, LARGEST_TEXT).decode(errors="replace").strip()[:2000]
        except DamagedFile as problem:
            return str(problem) if path.exists() else None

    def forget_failure(self) -> None:
        """Lets the cell be tried again."""
        self._at("failure.txt").unlink(missing_ok=True)

    def finish(self, document: CellDocument, predictions: Predictions) -> None:
        """Writes ``cell.json`` and, last, the predictions for the data's own test part with the digests of the rest;
        checkpoints have done their work.
        """
        write_document(self._at("cell.json"), document)
        self._write_predictions(OWN_TEST, predictions, self._digests())
        shutil.rmtree(self._at("checkpoint"), ignore_errors=True)

    def read_document(self) -> CellDocument:
        """``cell.json``: what the cell was made from.

        Raises:
            DamagedFile: it doesn't read back.
        """
        return read_document(self._at("cell.json"), CellDocument)

    def read_predictions(self) -> Predictions:
        """The predictions for the data's own test part.

        Raises:
            DamagedFile: they don't read back, their shapes don't fit together, a logit isn't finite, or what else the
                cell left isn't what it was when they were written.
        """
        predictions, digests = self._read_predictions(OWN_TEST)
        now = self._digests()
        if digests != now:
            names = [
                name for name in SEALED_FILES if not isinstance(digests, dict) or digests.get(name) != now.get(name)
            ]
            raise damage_error(self.path, f"{', '.join(names)} changed since the cell was finished")
        return predictions

    def write_predictions_elsewhere(self, test: str, predictions: Predictions, images: str) -> None:
        """Keeps what the network says of further test images; it has been written, and may have been long before.

        Args:
            test: name of the test images.
            predictions: for them.
            images: a digest of them.
        """
        self._write_predictions(test, predictions, self._seal_elsewhere(images))

    def read_predictions_elsewhere(self, test: str, images: str) -> Predictions:
        """What ``write_predictions_elsewhere`` kept.

        Raises:
            DamagedFile: it isn't there, doesn't read back, or is of another network or other images.
        """
        predictions, seal = self._read_predictions(test)
        if seal != self._seal_elsewhere(images):
            raise damage_error(self._predictions_path(test), "predictions of another network, or for other images")
        return predictions

    def _seal_elsewhere(self, images: str) -> dict[str, str]:
        """What such predictions rest on: the images, and the network, whose digest ``model.json`` has."""
        return {"images": images, "model.json": self._digests().get("model.json", "")}

    def _predictions_path(self, test: str) -> Path:
        return self._at(f"{PREDICTIONS}/{slugify(test)}.npz")

    def _write_predictions(self, test: str, predictions: Predictions, seal: Mapping[str, str]) -> None:
        content = np.frombuffer(json.dumps(seal).encode(), np.uint8)
        write_arrays(self._predictions_path(test), {**vars(predictions), "seal": content})

    def _read_predictions(self, test: str) -> tuple[Predictions, object]:
        """Predictions that can be some, and their seal."""
        path = self._predictions_path(test)
        arrays = read_arrays(path, ("ids", "labels", "logits", "seal"))
        seal = arrays.pop("seal").tobytes()
        predictions = Predictions(**arrays)
        problem = misfit(predictions)
        if problem:
            raise damage_error(path, problem)
        try:
            return predictions, json.loads(seal)
        except (ValueError, RecursionError) as error:
            raise damage_error(path, error) from error

    def _digests(self) -> dict[str, str]:
        names = [name for name in SEALED_FILES if self._at(name).exists()]
        return {name: content_digest(read_bytes(self._at(name), LARGEST_MODEL)) for name in names}


def cell_of(root: Path, arm: str, seed: int) -> CellFolder:
    """The folder of an arm's cell, which need not exist yet."""
    return CellFolder(root, f"cells/{slugify(arm)}/seed-{seed}")


def _line(row: EpochRow) -> str:
    return msgspec.json.encode(row).decode()


def _rows(lines: Sequence[str]) -> Iterator[EpochRow]:
    """Yields the epochs up to the first line that is none."""
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=EpochRow)
        except (ValueError, RecursionError):
            return
