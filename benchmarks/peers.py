"""The same letters, network, optimizer, batches and epochs by visavis, a plain loop and other libraries, in turn.

    python -m venv peers && peers/bin/pip install -c benchmarks/peers-constraints.txt -e . fastai lightning \\
        transformers accelerate keras timm
    peers/bin/python -m benchmarks.peers PATH --limit 2000 --epochs 2 --rounds 3 --out benchmarks/results/peers.json

Every way starts from the decoded images in memory and ends with the test accuracy after each epoch; each runs in a
process of its own, whose start isn't timed. Seconds are of training and testing; memory is the process's largest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.plain_letters import evaluate, letter_network
from benchmarks.record import record
from visavis.datasets import Limited, open_letters

BATCH, RATE, MOMENTUM = 64, 0.01, 0.5


def tensors(path: Path) -> tuple[TensorDataset, TensorDataset]:
    """Train and test part as a user of PyTorch has them: float32 in [-1, 1]."""
    with np.load(path) as arrays:
        parts = [(arrays[f"{part} images"], arrays[f"{part} labels"]) for part in ("train", "test")]
    train, test = (TensorDataset(to_floats(images), torch.from_numpy(labels)) for images, labels in parts)
    return train, test


def to_floats(images: np.ndarray) -> torch.Tensor:
    """float32 in [-1, 1]."""
    return torch.from_numpy(images).float() / 127.5 - 1


def loaders(path: Path) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Both parts in batches."""
    train, test = tensors(path)
    return DataLoader(train, BATCH, shuffle=True), DataLoader(test, BATCH)


def sgd(network: nn.Module) -> torch.optim.Optimizer:
    """The optimizer that all use."""
    return torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM)


def with_visavis(path: Path, epochs: int) -> tuple[float, float]:
    """A cell of the spatial-locality study in the precision that is probed, its model and predictions saved."""
    from benchmarks.one_cell import train_cell
    from visavis import NLL, SGD, Recipe
    from visavis.execution.conditions import Conditions
    from visavis.execution.events import unwatched
    from visavis.execution.fingerprints import data_fingerprints
    from visavis.execution.machine import Machine
    from visavis.execution.settling import probe_arms
    from visavis.execution.stopping import Stopping
    from visavis.interfaces import ImageData, Split
    from visavis.store import RunFolder
    from visavis.studies import spatial_locality
    from visavis.training.precision import choose

    with np.load(path) as arrays:
        parts = [
            Split(arrays[f"{part} images"], arrays[f"{part} labels"], arrays[f"{part} ids"], np.array([], "S1"))
            for part in ("train", "test")
        ]
    data = ImageData("letters", "", "", tuple("ABCDEFGHIJ"), train=parts[0], test=parts[1])
    study = spatial_locality.study(epochs=epochs)
    recipe = Recipe(epochs=epochs, batch_size=BATCH, optimizer=SGD(momentum=MOMENTUM), loss=NLL())
    cpu = torch.device("cpu")
    precision = choose(list(probe_arms(study, data, cpu, unwatched).values()))
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        machine, shared = Machine(cpu, precision), data_fingerprints(data)
        conditions = Conditions(data, shared, recipe, machine, RunFolder(Path(folder)), Stopping(), unwatched)
        last = train_cell(study.control, 0, conditions)
        return time.perf_counter() - start, last.test_accuracy


def with_plain_torch(path: Path, epochs: int) -> tuple[float, float]:
    """A loop over a DataLoader."""
    train, test = loaders(path)
    network, loss = letter_network(), nn.NLLLoss()
    optimizer = sgd(network)
    start = time.perf_counter()
    for _ in range(epochs):
        network.train()
        for images, labels in train:
            optimizer.zero_grad()
            loss(network(images), labels).backward()
            optimizer.step()
        accuracy = evaluate(network, test)
    return time.perf_counter() - start, accuracy


def with_fastai(path: Path, epochs: int) -> tuple[float, float]:
    """``Learner.fit``."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.metrics import accuracy

    data = DataLoaders(*loaders(path))
    learner = Learner(
        data, letter_network(), nn.NLLLoss(), opt_func=lambda params, **_: fastai_sgd(params), metrics=accuracy
    )
    start = time.perf_counter()
    with learner.no_logging():
        learner.fit(epochs, RATE)
    return time.perf_counter() - start, float(learner.recorder.values[-1][-1])


def fastai_sgd(params: Any) -> Any:
    """Its own SGD."""
    from fastai.optimizer import SGD

    return SGD(params, lr=RATE, mom=MOMENTUM)


def with_lightning(path: Path, epochs: int) -> tuple[float, float]:
    """``Trainer.fit`` with a validation loop."""
    import lightning

    class Letters(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network, self.right, self.total = letter_network(), 0, 0

        def training_step(self, batch: Any) -> torch.Tensor:
            return nn.functional.nll_loss(self.network(batch[0]), batch[1])

        def on_validation_epoch_start(self) -> None:
            self.right = self.total = 0

        def validation_step(self, batch: Any) -> None:
            self.right += int((self.network(batch[0]).argmax(1) == batch[1]).sum())
            self.total += len(batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return sgd(self)

    module = Letters()
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = lightning.Trainer(max_epochs=epochs, accelerator="cpu", num_sanity_val_steps=0, **quiet)
    start = time.perf_counter()
    trainer.fit(module, *loaders(path))
    return time.perf_counter() - start, module.right / module.total


def with_hugging_face(path: Path, epochs: int) -> tuple[float, float]:
    """``transformers.Trainer``."""
    from transformers import Trainer, TrainingArguments

    class Letters(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = letter_network()

        def forward(self, images: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            logits = self.network(images)
            return {"loss": nn.functional.nll_loss(logits, labels), "logits": logits}

    def collate(rows: Any) -> dict[str, torch.Tensor]:
        return {"images": torch.stack([row[0] for row in rows]), "labels": torch.stack([row[1] for row in rows])}

    train, test = tensors(path)
    with TemporaryDirectory() as folder:
        settings = TrainingArguments(
            folder, num_train_epochs=epochs, per_device_train_batch_size=BATCH, per_device_eval_batch_size=BATCH,
            eval_strategy="epoch", save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
            remove_unused_columns=False, use_cpu=True, max_grad_norm=0.0, lr_scheduler_type="constant",
        )  # fmt: skip
        network = Letters()
        trainer = Trainer(
            network, settings, data_collator=collate, train_dataset=train, eval_dataset=test,
            optimizers=(sgd(network), None), compute_metrics=lambda found: {
                "accuracy": float((found.predictions.argmax(1) == found.label_ids).mean())
            },
        )  # fmt: skip
        start = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - start
        return seconds, float(trainer.state.log_history[-2]["eval_accuracy"])


def with_timm(path: Path, epochs: int) -> tuple[float, float]:
    """timm's optimizer, meters and accuracy in the loop of its training script."""
    optim: Any = import_module("timm.optim")
    utils: Any = import_module("timm.utils")

    train, test = loaders(path)
    network, loss = letter_network(), nn.NLLLoss()
    optimizer = optim.create_optimizer_v2(network, "momentum", lr=RATE, momentum=MOMENTUM, weight_decay=0.0)
    start = time.perf_counter()
    for _ in range(epochs):
        network.train()
        losses = utils.AverageMeter()
        for images, labels in train:
            found = loss(network(images), labels)
            optimizer.zero_grad()
            found.backward()
            optimizer.step()
            losses.update(found.item(), len(labels))
        network.eval()
        top1 = utils.AverageMeter()
        with torch.no_grad():
            for images, labels in test:
                top1.update(utils.accuracy(network(images), labels)[0].item(), len(labels))
    return time.perf_counter() - start, top1.avg / 100


def with_keras(path: Path, epochs: int) -> tuple[float, float]:
    """``Model.fit`` on PyTorch."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    from keras import layers

    def block(channels: int) -> list[Any]:
        normalised = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)  # as PyTorch has them; its own are .99, 1e-3
        return [layers.Conv2D(channels, 3, padding="same"), normalised, layers.ReLU()]

    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *block(64), *block(128), layers.MaxPooling2D(), *block(256), layers.MaxPooling2D(), *block(512),
            layers.MaxPooling2D(), layers.GlobalAveragePooling2D(), layers.Dense(10),
        ]
    )  # fmt: skip
    network.compile(
        keras.optimizers.SGD(RATE, momentum=MOMENTUM),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    train, test = tensors(path)
    arrays = [(part.tensors[0].permute(0, 2, 3, 1).numpy(), part.tensors[1].numpy()) for part in (train, test)]
    start = time.perf_counter()
    seen = network.fit(*arrays[0], BATCH, epochs, verbose=0, validation_data=arrays[1], validation_batch_size=BATCH)
    return time.perf_counter() - start, float(seen.history["val_accuracy"][-1])


WAYS: Mapping[str, tuple[Callable[[Path, int], tuple[float, float]], str]] = {
    "visavis": (with_visavis, "visavis"),
    "plain PyTorch": (with_plain_torch, "torch"),
    "fastai": (with_fastai, "fastai"),
    "Lightning": (with_lightning, "lightning"),
    "Hugging Face Trainer": (with_hugging_face, "transformers"),
    "timm": (with_timm, "timm"),
    "Keras on PyTorch": (with_keras, "keras"),
}
"""Each way with the package whose version is told."""


def one(way: str, path: Path, epochs: int) -> None:
    """Trains one way in this process and prints what it found."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    seconds, accuracy = WAYS[way][0](path, epochs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "accuracy": accuracy, "peak megabytes": memory}
    print(json.dumps({**found, "version": version(WAYS[way][1]), "gflops": matrix_speed()}))


def matrix_speed() -> float:
    """GFLOP/s of this machine's float32 matrix product, at this moment."""
    side = 1536
    first, second = torch.randn(side, side), torch.randn(side, side)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        torch.mm(first, second)
        times.append(time.perf_counter() - start)
    return 2 * side**3 / median(times[1:]) / 1e9


def measure(path: Path, ways: list[str], epochs: int, rounds: int) -> list[dict[str, Any]]:
    """All ways in turn, so many times; a way that can't be run is told and left out."""
    rows = []
    for turn in range(rounds):
        for way in ways:
            command = [sys.executable, "-m", "benchmarks.peers", str(path), "--one", way, "--epochs", str(epochs)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{way}: {done.stderr.strip().splitlines()[-1:]}", flush=True)
                continue
            rows.append({"way": way, "round": turn, **json.loads(done.stdout.strip().splitlines()[-1])})
            print(rows[-1], flush=True)
    return rows


def summary(rows: list[dict[str, Any]], images: int) -> list[dict[str, Any]]:
    """Each way: images per second, and how many times as long as visavis it took in the same round."""
    ours = {row["round"]: row["seconds"] for row in rows if row["way"] == "visavis"}
    found = []
    for way in dict.fromkeys(row["way"] for row in rows):
        own = [row for row in rows if row["way"] == way]
        ratios = sorted(row["seconds"] / ours[row["round"]] for row in own if row["round"] in ours)
        found.append(
            {
                "way": way,
                "version": own[0]["version"],
                "images per second": images / median(row["seconds"] for row in own),
                "times as long": median(ratios),
                "lowest": ratios[0],
                "highest": ratios[-1],
                "accuracy": median(row["accuracy"] for row in own),
                "peak megabytes": median(row["peak megabytes"] for row in own),
                "gflops of matrix products": median(row["gflops"] for row in own),
            }
        )
    return found


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="glyphs")
    parser.add_argument("--one", choices=WAYS)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a few images, one round: only whether it runs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.one, Path(arguments.data), arguments.epochs)
        return
    limit, rounds = (200, 1) if arguments.quick else (arguments.limit, arguments.rounds)
    data = Limited(open_letters(arguments.data), limit).load()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "letters.npz"
        parts = {"train": data.train, "test": data.test}
        np.savez(path, **{f"{name} {kind}": getattr(part, kind) for name, part in parts.items() for kind in KINDS})
        rows = measure(path, arguments.ways, arguments.epochs, rounds)
    result = {
        "data": data.name,
        "training images": len(data.train),
        "test images": len(data.test),
        "epochs": arguments.epochs,
        "rounds": rounds,
        "ways": summary(rows, arguments.epochs * len(data.train)),
        "rows": rows,
    }
    record(result, arguments.out)


KINDS = ("images", "labels", "ids")

if __name__ == "__main__":
    main()
