"""Where pre-trained weights come from: a file, a finished cell, a download, or nowhere, and then it is said."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_safetensors

from visavis.checks import as_path
from visavis.describe import undescribed
from visavis.errors import WeightsError
from visavis.interfaces import Loaded

WRAPPERS = (
    "state_dict", "model_state_dict", "model", "model_state", "ema", "model_ema", "state_dict_ema", "ema_state_dict",
    "teacher", "student", "net", "network", "weights", "encoder",
)  # fmt: skip
"""Keys under which training scripts put a network's tensors; of several that are there the first is taken."""
LONGEST_REASON = 200
LARGEST_FILE = 32 << 30
"""Bytes beyond which a file isn't read: no network that one machine can train is that large."""
FREE_BYTES, LARGEST_RATIO = 16 << 20, 4
"""PyTorch saves without compression; a file that was packed again may unpack to so much and so many times its size."""
IN_CELL = "model.safetensors"
HOW_TO_GET = (
    "give a file with --weights (a .pth or .safetensors that you have, or one saved elsewhere by "
    "torch.save(torchvision.models.resnet18(weights='DEFAULT').state_dict(), 'resnet18.pth')); or train a small "
    "network from scratch: visavis run images --set model=cnn"
)

Tensors = tuple[Mapping[str, torch.Tensor], tuple[str, ...]]
"""By name, and the keys of the file under which they lie."""


@dataclass(frozen=True)
class WeightsFile:
    """The tensors of a file.

    Attributes:
        path: a state dict saved by PyTorch (read with ``weights_only=True``, so no code in it runs), a safetensors
            file, or the folder of a finished cell. It isn't part of the description: the digest is.
        sha256: of the file's bytes.

    Raises:
        WeightsError: there is no such file, it can't be read, or it is too large.
    """

    path: str | Path = field(metadata=undescribed)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        path = as_path(self.path, "weights.path")
        file = path / IN_CELL if path.is_dir() else path
        if not file.is_file():
            raise WeightsError(
                f"no weights at {path}",
                got=f"a folder without {IN_CELL}" if path.is_dir() else "no such file",
                expected="a .pth or .safetensors file, or the folder of a finished cell",
                do=HOW_TO_GET,
            )
        object.__setattr__(self, "path", file)
        object.__setattr__(self, "sha256", _file_digest(file))

    def load(self, architecture: str) -> tuple[Mapping[str, torch.Tensor], Loaded]:
        """See ``Weights.load``."""
        path = Path(self.path)
        tensors, wrappers = _read(path, self.sha256)
        source = "/".join(path.parts[-3:]) if path.name == IN_CELL else path.name
        return tensors, Loaded("".join([source, *(f", {wrapper}" for wrapper in wrappers)]), self.sha256)


@lru_cache(maxsize=1)  # every cell of a study loads the same file
def _read(path: Path, sha256: str) -> Tensors:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise _unreadable(path, problem) from problem
    # of the bytes in hand, not of the file once more: it could change between two readings
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"{path} has changed since the study was made", do="run the study again from anew")
    read = _safetensors if path.suffix.lower() == ".safetensors" else _unpickle
    return read(content, path.name)


def _file_digest(file: Path) -> str:
    try:
        size = file.stat().st_size
        if size > LARGEST_FILE:
            raise WeightsError(f"{file} is too large", got=f"{size:,} bytes", expected=f"at most {LARGEST_FILE:,}")
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as problem:
        raise _unreadable(file, problem) from problem


def _unreadable(file: Path, problem: OSError) -> WeightsError:
    return WeightsError(f"{file} can't be read", got=problem.strerror or problem, expected="a readable file")


def _safetensors(content: bytes, name: str) -> Tensors:
    try:
        tensors = load_safetensors(content)
    except Exception as problem:  # a damaged file makes the reader raise whatever comes to hand
        reason = str(problem)[:LONGEST_REASON]
        raise WeightsError(f"{name} can't be read", got=reason, expected="a whole safetensors file") from problem
    return _require_tensors(tensors, name), ()


def _unpickle(content: bytes, name: str) -> Tensors:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on how old a file's pickle is
            _require_bounded(content)
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as problem:  # a damaged file makes the reader raise whatever comes to hand
        raise WeightsError(
            f"{name} can't be read as weights",
            got=f"{type(problem).__name__}: {problem}"[:LONGEST_REASON],
            expected="tensors by name, as torch.save(model.state_dict(), path) writes them",
            do="a file that needs code to load is never loaded: save its state_dict instead",
        ) from problem
    keys: list[str] = []
    while (key := _wrapper(state)) is not None:
        state = state[key]
        keys.append(key)
    return _require_tensors(state, name), tuple(keys)


def _wrapper(state: object) -> str | None:
    """The key under which the tensors lie; None where they lie here."""
    return next((key for key in WRAPPERS if isinstance(state, Mapping) and isinstance(state.get(key), Mapping)), None)


def _require_bounded(content: bytes) -> None:
    """Refuses a zip, which newer files are, that unpacks to far more than itself.

    Raises:
        ValueError: it does.
        zipfile.BadZipFile: it is damaged.
    """
    if content[:2] != b"PK":
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > FREE_BYTES + LARGEST_RATIO * len(content):
        raise ValueError(f"{len(content):,} bytes unpack to {size:,}")


def _require_tensors(state: Any, name: str) -> Mapping[str, torch.Tensor]:
    """An empty file would leave the network at random without a word."""
    entries = state if isinstance(state, Mapping) else {}
    odd = [key for key, value in entries.items() if not (isinstance(key, str) and _is_dense(value))]
    if odd or not entries:
        # never the text of a stranger's value: nested, it can be endless
        size = f" of {len(state)}" if isinstance(state, Sized) else ""
        first = f", with {odd[0][:LONGEST_REASON]!r} that is none" if odd and isinstance(odd[0], str) else ""
        raise WeightsError(
            f"{name} holds no weights", got=f"{type(state).__name__}{size}{first}", expected="dense tensors by name"
        )
    return entries


def _is_dense(tensor: object) -> bool:
    """Whether it is a tensor whose every number is stored: a shape alone can promise more than any memory holds."""
    if not isinstance(tensor, torch.Tensor):
        return False
    if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
        return False
    return tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()


@dataclass(frozen=True)
class TorchvisionWeights:
    """torchvision's own weights, downloaded once.

    Attributes:
        tag: which of the architecture's weights, such as ``IMAGENET1K_V1``.
    """

    tag: str = "IMAGENET1K_V1"

    def load(self, architecture: str) -> tuple[Mapping[str, torch.Tensor], Loaded]:
        """See ``Weights.load``."""
        from torchvision.models import get_model_weights

        try:
            entry = get_model_weights(architecture)[self.tag]
        except (ValueError, KeyError) as problem:
            raise WeightsError(
                f"torchvision has no weights {self.tag!r} for {architecture}", got=problem, do=HOW_TO_GET
            ) from problem
        name = entry.url.rsplit("/", 1)[1]
        prefix = name.rsplit("-", 1)[1].split(".")[0]
        path = Path(torch.hub.get_dir()) / "checkpoints" / name
        if not path.is_file():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                torch.hub.download_url_to_file(entry.url, str(path), prefix, progress=False)
            except (OSError, RuntimeError) as problem:
                raise WeightsError(
                    f"torchvision's weights of {architecture} can't be downloaded", got=problem, do=HOW_TO_GET
                ) from problem
        file = WeightsFile(path)
        if not file.sha256.startswith(prefix):
            raise WeightsError(
                f"{path} isn't what torchvision gives under that name",
                got=f"SHA-256 {file.sha256[:8]}...",
                expected=f"{prefix}...",
                do="remove it, and it is downloaded again",
            )
        return file.load(architecture)[0], Loaded(f"torchvision {architecture} {self.tag}", file.sha256)


@dataclass(frozen=True)
class TimmWeights:
    """timm's own weights of the model's name, downloaded once (needs the extra ``visavis[timm]``)."""

    def load(self, architecture: str) -> tuple[Mapping[str, torch.Tensor], Loaded]:
        """See ``Weights.load``."""
        import timm

        try:
            tensors = timm.create_model(architecture, pretrained=True).state_dict()
        except Exception as problem:  # the hub's client has a tree of errors of its own
            raise WeightsError(
                f"timm's weights of {architecture} can't be downloaded",
                got=f"{type(problem).__name__}: {problem}",
                do=HOW_TO_GET,
            ) from problem
        return tensors, Loaded(f"timm {architecture}", tensors_digest(tensors))


@dataclass(frozen=True)
class Untrained:
    """No weights, on purpose: the backbone keeps the random ones that it was drawn with."""

    def load(self, architecture: str) -> tuple[None, Loaded]:
        """See ``Weights.load``."""
        return None, Loaded("nothing: drawn at random, on purpose", None)


def tensors_digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes."""
    hasher = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        hasher.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        hasher.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()
