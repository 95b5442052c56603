"""Parts of an arm as words on a command line: ``linear-probe``, ``adamw:lr=3e-4``, ``flip+shift:2``, ``resnet18``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from visavis.design.arm import FACTORS, PARTS, Arm
from visavis.errors import InvalidStudy, UsageError, did_you_mean
from visavis.parts.losses import Balanced, EffectiveNumber

HOMES: Mapping[str, str] = {
    "model": "models", "optimizer": "optimizers", "training": "training_sets", "input": "inputs",
    "augmentation": "augmentations", "tuning": "tuning", "loss": "losses", "schedule": "schedules",
    "averaging": "averaging", "selection": "selection",
}  # fmt: skip
"""Rooms of ``visavis.parts``, by factor."""
SHORT: Mapping[str, Mapping[str, str]] = {
    "model": {"cnn": "ConvNet", "vit": "SmallViT"},
    "optimizer": {"adamw": "AdamW"},
    "training": {"all": "Everything"},
    "input": {"none": "Untouched"},
    "augmentation": {"none": "Unaugmented"},
    "averaging": {"none": "LastWeights"},
    "selection": {"last": "LastEpoch", "best": "BestEpoch"},
}
"""Words for parts that aren't their names."""
ALIASES: Mapping[str, Mapping[str, str]] = {
    "augmentation": {"flips": "Flip", "trivial": "TrivialAugment", "rand": "RandAugment"},
    "tuning": {"frozen": "LinearProbe", "probe": "LinearProbe"},
    "averaging": {"last": "LastWeights"},
}
"""Further words for them."""
CHAINS: Mapping[str, str] = {"augmentation": "AugmentationChain", "input": "InputChain"}
"""Factors of which several parts may be joined by ``+``, and what they then are."""
VALUES: Mapping[str, Any] = {"balanced": Balanced, "effective-number": EffectiveNumber}
"""Values of fields that are parts themselves."""
LIBRARIES = frozenset({"Pretrained", "TorchvisionModel", "TimmModel"})
"""Models that are named by their architecture."""
NAMED_OTHERWISE = {*LIBRARIES, *CHAINS.values(), "Torch"}
"""Parts that no word of their own stands for."""
OTHERS: Mapping[str, str] = {
    "model": "any architecture of torchvision or timm",
    "optimizer": "any other of torch.optim",
}
"""What else a word may name."""
MOMENTUM = 0.9


@dataclass(frozen=True)
class Usual:
    """What holds where a word doesn't say.

    Attributes:
        size: pixels square that a library's network sees.
        weights: of a library's network, as a file; None for a download.
        sgd, adaptive: learning rates of SGD, and of all other optimizers, which adapt it.
    """

    size: int
    weights: Path | None
    sgd: float
    adaptive: float


def change(arm: Arm, path: str, word: str, usual: Usual) -> Arm:
    """The arm with a field set to what a word says.

    Args:
        arm: to start from.
        path: of the field, as in ``study.json``: ``optimizer``, or ``optimizer.lr``.
        word: the value.
        usual: what holds where the word doesn't say.

    Raises:
        UsageError: there is no such field, or nothing that the word stands for.
        InvalidStudy: the value can't be.
    """
    factor, *names = path.replace("-", "_").split(".")
    if factor not in FACTORS:
        raise UsageError(
            "an arm has no such field", got=path, expected=", ".join(FACTORS), do=did_you_mean(factor, FACTORS)
        )
    value = _with_field(getattr(arm, factor), names, word, path) if names else value_of(factor, word, usual)
    return replace(arm, **{factor: value})


def _with_field(value: Any, names: Sequence[str], word: str, path: str) -> Any:
    """A part with a field within it changed."""
    name, *rest = names
    choices = [entry.name for entry in fields(value)] if is_dataclass(value) else []
    if name not in choices:
        kind = type(value).__name__
        expected = ", ".join(choices) or f"{path.partition('.')[0]}, which has no fields"
        raise UsageError(f"{kind} has no such field", got=path, expected=expected, do=did_you_mean(name, choices))
    field = getattr(value, name)
    return replace(value, **{name: _with_field(field, rest, word, path) if rest else _like(field, word)})


def value_of(factor: str, word: str, usual: Usual) -> Any:
    """What a word stands for; see the head of the file.

    Raises:
        UsageError: nothing.
        InvalidStudy: a part with values that can't be.
    """
    if factor not in HOMES:
        return literal(word)
    if factor in CHAINS and "+" in word:
        return _kinds(factor)[_key(CHAINS[factor])](tuple(_part(factor, item, usual) for item in word.split("+")))
    return _part(factor, word, usual)


def _part(factor: str, word: str, usual: Usual) -> Any:
    if factor == "training" and isinstance(number := literal(word), int | float):
        return _kinds(factor)["perclass" if isinstance(number, int) else "fraction"](number)
    if factor == "model" and word.startswith(("hf-hub:", "hf_hub:")):
        return _library_model(word, {}, usual)
    name, *texts = split_outside_brackets(word, ":")
    kinds = {key: kind for key, kind in _kinds(factor).items() if kind.__name__ not in LIBRARIES}
    kind = kinds.get(_key({**SHORT.get(factor, {}), **ALIASES.get(factor, {})}.get(name, name)))
    if kind is not None:
        return _part_of(kind, word, dict(_arguments(kind, texts)), usual)
    settings = {text.partition("=")[0]: text.partition("=")[2] for text in texts}
    if factor == "model":
        return _library_model(name, settings, usual)
    if factor == "optimizer" and (torch_name := _torch_optimizer(name)) is not None:
        numbers = {key: literal(text) for key, text in settings.items()}
        return _kinds(factor)["torch"](torch_name, numbers.pop("lr", usual.adaptive), numbers)
    raise _no_such(factor, name)


def _kinds(factor: str) -> dict[str, Any]:
    """The parts that visavis has for a factor, by their names without capitals."""
    home, (method, _) = import_module(f"visavis.parts.{HOMES[factor]}"), PARTS[factor]
    kinds = [kind for kind in vars(home).values() if isinstance(kind, type) and is_dataclass(kind)]
    return {_key(kind.__name__): kind for kind in kinds if callable(getattr(kind, method, None))}


def _key(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).lower()


def _arguments(kind: Any, texts: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yields what a word says of a part's fields; what has no name is meant for the next field."""
    defaults = {entry.name: entry.default for entry in fields(kind)}
    names = list(defaults)
    for number, text in enumerate(texts):
        name, sign, content = text.partition("=")
        if not sign:
            if number >= len(names):
                got, expected = f"{len(texts)} values", ", ".join(names) or "none"
                raise UsageError(f"{kind.__name__} has fewer fields", got=got, expected=expected)
            name, content = names[number], text
        name = name.replace("-", "_")
        if name not in names:
            expected = ", ".join(names) or "none"
            raise UsageError(
                f"{kind.__name__} has no such field", got=name, expected=expected, do=did_you_mean(name, names)
            )
        yield name, VALUES[content]() if content in VALUES else _like(defaults[name], content)


def _part_of(kind: Any, word: str, values: dict[str, Any], usual: Usual) -> Any:
    names = {entry.name for entry in fields(kind)}
    if kind.__name__ == "SGD":
        values = {"lr": usual.sgd, "momentum": MOMENTUM, **values}
    elif "lr" in names:
        values = {"lr": usual.adaptive, **values}
    required = [entry for entry in fields(kind) if entry.default is MISSING and entry.default_factory is MISSING]
    unset = [entry.name for entry in required if entry.name not in values]
    if unset:
        raise UsageError(f"{word} needs {unset[0]}", expected=f"{word}:{unset[0]}=VALUE")
    return kind(**values)


def _torch_optimizer(name: str) -> str | None:
    """torch's own name of an optimizer."""
    from torch import optim

    names = {_key(kind): kind for kind in vars(optim) if isinstance(vars(optim)[kind], type)}
    return names.get(_key(name))


def _library_model(name: str, settings: dict[str, str], usual: Usual) -> Any:
    """A network of torchvision or timm with its pre-trained weights, and without only where that is said."""
    from visavis.parts import models
    from visavis.parts.models.timm_model import has_architecture
    from visavis.parts.models.torchvision_model import classifiers

    strange = [key for key in settings if key not in ("size", "weights")]
    if strange:
        raise UsageError(f"{name} takes no such setting", got=strange[0], expected="size, weights")
    size, file = int(settings.get("size", usual.size)), settings.get("weights", usual.weights)
    source = None if file is None else models.Untrained() if file == "none" else models.WeightsFile(file)
    if name in classifiers():
        return models.Pretrained(models.TorchvisionModel(name, size), source or models.TorchvisionWeights())
    if has_architecture(name):
        return models.Pretrained(models.TimmModel(name, size), source or models.TimmWeights())
    raise _no_such("model", name, classifiers())


def words(factor: str) -> list[str]:
    """A word for each part that visavis has for a factor: ``label-noise``."""
    short = {kind: word for word, kind in SHORT.get(factor, {}).items()}
    names = [kind.__name__ for kind in _kinds(factor).values() if kind.__name__ not in NAMED_OTHERWISE]
    return sorted(short.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower() for name in names)


def _no_such(factor: str, name: str, further: Sequence[str] = ()) -> UsageError:
    names = words(factor)
    others = f", or {OTHERS[factor]}" if factor in OTHERS else ""
    near = did_you_mean(name, [*names, *ALIASES.get(factor, {}), *further]) or "visavis list shows them"
    return UsageError(f"no such {factor}", got=repr(name), expected=f"{', '.join(names)}{others}", do=near)


def literal(text: str) -> Any:
    """A number, a list, a truth value or None where a text is one; else the text."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _like(value: object, text: str) -> Any:
    """What a text says of a field; where the field is a text it stays one, though it be ``none``."""
    return text if isinstance(value, str) else literal(text)


def split_outside_brackets(text: str, mark: str) -> list[str]:
    """The pieces of a text between marks, but for those within brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == mark and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece.strip() for piece in pieces]


def setting_of(text: str) -> tuple[str, str]:
    """Path and word of ``epochs=20``.

    Raises:
        UsageError: it is something else.
    """
    return _path_and_content(text, "--set", "--set epochs=20")


def levels_of(text: str) -> tuple[str, list[str]]:
    """Path and words of ``optimizer=sgd,adamw``.

    Raises:
        UsageError: it is something else, one level, or one twice.
    """
    example = "--vary tuning=linear-probe,full"
    path, content = _path_and_content(text, "--vary", example)
    words = split_outside_brackets(content, ",")
    if len(words) < 2:
        do = f"--vary {path}={words[0]},ANOTHER, or --set {path}={words[0]} for all arms"
        raise UsageError(f"--vary {path} has one level, so there is nothing to compare", got=words[0], do=do)
    twice = [word for number, word in enumerate(words) if word in words[:number]]
    if twice:
        raise UsageError(f"--vary {path} has a level twice", got=twice[0], expected="each level once")
    return path, words


def _path_and_content(text: str, flag: str, example: str) -> tuple[str, str]:
    path, _, content = text.partition("=")
    if not path or "" in split_outside_brackets(content, ","):
        raise UsageError(f"{flag} can't be used", got=repr(text), expected=f"a field and its values, such as {example}")
    return path, content


def name_of(path: str, word: str) -> str:
    """What an arm is called for a level: ``adamw``, or ``lr 0.001``."""
    is_bare = not isinstance(literal(word), str)
    return f"{path.rpartition('.')[2].replace('_', ' ')} {word}" if is_bare or "." in path else word


def usage_error(problem: InvalidStudy, path: str, word: str) -> UsageError:
    """An error of a part, with the flag that asked for it."""
    return UsageError(f"{path}={word}: {problem}")
