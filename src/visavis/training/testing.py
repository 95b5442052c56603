"""What a cell's network is asked after an epoch: about the validation part, where it has one, and the test part."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import torch

from visavis.interfaces import Criterion
from visavis.training.epoch import Epoch, finite
from visavis.training.epoch_images import EpochImages
from visavis.training.fast.precision import Precision
from visavis.training.forward import through
from visavis.training.outcome import Outcome
from visavis.training.snapshot import Tally
from visavis.training.to_train import ToTrain


class Testing:
    """Tests a cell after each epoch.

    Args:
        cell: what is trained.
        precision: of all tests but those after the last epoch, which are in float32.
        criterion: what training minimises.
        module: that is trained.

    Attributes:
        outcome: whose networks are asked.
    """

    def __init__(self, cell: ToTrain, precision: Precision, criterion: Criterion, module: torch.nn.Module) -> None:
        self._cell, self._precision, self._criterion = cell, precision, criterion
        self.outcome = Outcome(module, cell.recipe.averaging, cell.pace)
        self._logits = self._final_logits = torch.zeros(0)
        self._validation: tuple[float, float] | None = None

    def ask(self, epoch: int, images: EpochImages) -> Iterator[int]:
        """Asks after an epoch's last step; yields how many test images are done.

        Args:
            epoch: that is over.
            images: that it was trained on.
        """
        is_last = epoch == self._cell.recipe.epochs
        precision = Precision.fp32 if is_last else self._precision
        batches = map(self._cell.preprocess, images.batches(self._cell.recipe.batch_size))
        for _ in self.outcome.renew_statistics(epoch, batches):
            yield 0
        yield from self._validate(epoch, precision)
        network = self.outcome.network
        self._logits = self._final_logits = yield from self._logits_of(network, precision)
        if is_last and self.outcome.final is not network:
            self._final_logits = yield from self._logits_of(self.outcome.final, precision)

    def end(self, epoch: int, tally: Tally, images: EpochImages) -> Epoch:
        """What the epoch leaves.

        Raises:
            NotFinite: a loss or a logit isn't.
        """
        labels, augmentation = self._cell.test.labels, images.draws.fingerprint
        result = Epoch.of(epoch, tally, images.order, augmentation, self._logits, labels, self._criterion)
        if self._validation is not None:
            loss, accuracy = self._validation
            result = replace(result, row=replace(result.row, validation_loss=loss, validation_accuracy=accuracy))
        if epoch < self._cell.recipe.epochs:
            return result
        self.outcome.settle()
        return replace(result, logits=self._final_logits.cpu().numpy())

    def _logits_of(self, network: torch.nn.Module, precision: Precision) -> Generator[int, None, torch.Tensor]:
        """Those of the test images; yields how many are done."""
        test, logits = self._cell.test, []
        for outputs in through(network, self._cell.preprocess, test.images, precision, test.device):
            logits.append(outputs)
            yield sum(map(len, logits))
        return torch.cat(logits)

    def _validate(self, epoch: int, precision: Precision) -> Iterator[int]:
        """Asks about the validation part, if there is one, and keeps the network if it is the best so far."""
        part, logits = self._cell.validation, []
        if part is None:
            return
        for outputs in through(self.outcome.network, self._cell.preprocess, part.images, precision, part.device):
            logits.append(outputs)
            yield 0
        answers = torch.cat(logits)
        loss = finite(float(self._criterion(answers, part.labels)), epoch)
        accuracy = float((answers.argmax(1) == part.labels).double().mean())
        self._validation = loss, accuracy
        self.outcome.judge((accuracy, -loss))
