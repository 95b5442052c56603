"""Each way to do the work: seconds of training and testing, and the test accuracy after the last epoch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from benchmarks.one_cell import probed, timed_cell
from benchmarks.peers.work import Work
from benchmarks.plain_letters import evaluate


def with_visavis(work: Work) -> tuple[float, float]:
    """A cell in the precision that is probed, with its model, predictions and fingerprints saved."""
    precision = probed(work.study, work.data)
    with TemporaryDirectory() as folder:
        seconds, last = timed_cell(work.arm, 0, work.data, precision, Path(folder))
    return seconds, last.test_accuracy


def with_plain_torch(work: Work) -> tuple[float, float]:
    """A loop over a DataLoader."""
    train, test = work.loaders()
    optimizer = work.sgd()
    start = time.perf_counter()
    for _ in range(work.epochs):
        work.network.train()
        for images, labels in train:
            optimizer.zero_grad()
            work.loss(work.network(images), labels).backward()
            optimizer.step()
        accuracy = evaluate(work.network, test)
    return time.perf_counter() - start, accuracy


def with_fastai(work: Work) -> tuple[float, float]:
    """``Learner.fit`` with its own SGD."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.metrics import accuracy
    from fastai.optimizer import SGD

    learner = Learner(
        DataLoaders(*work.loaders()),
        work.network,
        work.loss,
        opt_func=lambda params, lr, **_: SGD(params, lr=lr, mom=work.momentum),
        splitter=lambda _: [group["params"] for group in work.groups],
        metrics=accuracy,
        train_bn=False,
    )
    rates = [group["lr"] for group in work.groups]
    start = time.perf_counter()
    with learner.no_logging():
        learner.fit(work.epochs, rates)
    return time.perf_counter() - start, float(learner.recorder.values[-1][-1])


def with_lightning(work: Work) -> tuple[float, float]:
    """``Trainer.fit`` with a validation loop."""
    import lightning

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network, self.right, self.total = work.network, 0, 0

        def training_step(self, batch: Any) -> torch.Tensor:
            return work.loss(self.network(batch[0]), batch[1])

        def on_validation_epoch_start(self) -> None:
            self.right = self.total = 0

        def validation_step(self, batch: Any) -> None:
            self.right += int((self.network(batch[0]).argmax(1) == batch[1]).sum())
            self.total += len(batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return work.sgd()

    module = Module()
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = lightning.Trainer(max_epochs=work.epochs, accelerator="cpu", num_sanity_val_steps=0, **quiet)
    start = time.perf_counter()
    trainer.fit(module, *work.loaders())
    return time.perf_counter() - start, module.right / module.total


def with_hugging_face(work: Work) -> tuple[float, float]:
    """``transformers.Trainer``."""
    from transformers import Trainer, TrainingArguments

    class Module(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = work.network

        def forward(self, images: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            logits = self.network(images)
            return {"loss": work.loss(logits, labels), "logits": logits}

    def collate(rows: Any) -> dict[str, torch.Tensor]:
        images, labels = zip(*rows, strict=True)
        return {"images": torch.stack(images), "labels": torch.as_tensor(labels)}

    size, optimizer = work.arm.batch_size, work.sgd()
    with TemporaryDirectory() as folder:
        settings = TrainingArguments(
            folder, num_train_epochs=work.epochs, per_device_train_batch_size=size, per_device_eval_batch_size=size,
            eval_strategy="epoch", save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
            remove_unused_columns=False, use_cpu=True, max_grad_norm=0.0, lr_scheduler_type="constant",
            dataloader_num_workers=work.workers, dataloader_persistent_workers=work.workers > 0,
        )  # fmt: skip
        trainer = Trainer(
            Module(), settings, data_collator=collate, train_dataset=work.train, eval_dataset=work.test,
            optimizers=(optimizer, None), compute_metrics=lambda found: {
                "accuracy": float((found.predictions.argmax(1) == found.label_ids).mean())
            },
        )  # fmt: skip
        start = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - start
        return seconds, float(trainer.state.log_history[-2]["eval_accuracy"])


def with_timm(work: Work) -> tuple[float, float]:
    """timm's optimizer, meters and accuracy in the loop of its training script."""
    optim: Any = import_module("timm.optim")
    utils: Any = import_module("timm.utils")

    train, test = work.loaders()
    optimizer = optim.create_optimizer_v2(work.groups, "momentum", lr=0.0, momentum=work.momentum, weight_decay=0.0)
    start = time.perf_counter()
    for _ in range(work.epochs):
        work.network.train()
        losses = utils.AverageMeter()
        for images, labels in train:
            found = work.loss(work.network(images), labels)
            optimizer.zero_grad()
            found.backward()
            optimizer.step()
            losses.update(found.item(), len(labels))
        work.network.eval()
        top1 = utils.AverageMeter()
        with torch.no_grad():
            for images, labels in test:
                top1.update(utils.accuracy(work.network(images), labels)[0].item(), len(labels))
    return time.perf_counter() - start, top1.avg / 100


def with_keras(work: Work) -> tuple[float, float]:
    """``Model.fit`` on PyTorch; the letters' network only, as torchvision's weights don't load into Keras' layers."""
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
        keras.optimizers.SGD(work.groups[0]["lr"], momentum=work.momentum),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    size = work.arm.batch_size
    parts = (work.data.train, work.data.test)
    train, test = (((part.images.transpose(0, 2, 3, 1) / 127.5 - 1).astype("float32"), part.labels) for part in parts)
    start = time.perf_counter()
    seen = network.fit(*train, size, work.epochs, verbose=0, validation_data=test, validation_batch_size=size)
    return time.perf_counter() - start, float(seen.history["val_accuracy"][-1])


OWN, KERAS = "visavis", "Keras on PyTorch"
WAYS: Mapping[str, tuple[Callable[[Work], tuple[float, float]], str]] = {
    OWN: (with_visavis, "visavis"),
    "plain PyTorch": (with_plain_torch, "torch"),
    "fastai": (with_fastai, "fastai"),
    "Lightning": (with_lightning, "lightning"),
    "Hugging Face Trainer": (with_hugging_face, "transformers"),
    "timm": (with_timm, "timm"),
    KERAS: (with_keras, "keras"),
}
"""Each way with the package whose version is told."""
