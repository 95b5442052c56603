"""Which network of a cell is tested and saved: the newest weights, their average, or those of the best epoch."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from visavis.interfaces import Averaging
from visavis.training.batches import step_count

AVERAGE, BEST, SCORE = "average:", "best:", "best score"
Score = tuple[float, float]
"""Accuracy on the validation part, and minus the loss, which decides between equals."""


class Outcome:
    """What becomes of a cell's weights; each in a network of its own, so that training never sees it.

    Args:
        module: in training.
        averaging: None where the newest weights count.
        pace: epochs, batch size, and training images of an epoch.
    """

    def __init__(self, module: torch.nn.Module, averaging: Averaging | None, pace: tuple[int, int, int]) -> None:
        self._module, self._averaging = module, averaging
        self._epochs, self._batch_size, count = pace
        self._steps = step_count(count, self._batch_size)
        self._average = None if averaging is None else _copy_of(module)
        self._best: torch.nn.Module | None = None
        self._score: Score = (-1.0, 0.0)
        self._is_best = False

    @property
    def network(self) -> torch.nn.Module:
        """What the epoch in work comes to."""
        return self._module if self._average is None else self._average

    @property
    def final(self) -> torch.nn.Module:
        """What the cell comes to if the epoch that was judged is the last one."""
        return self.network if self._best is None or self._is_best else self._best

    def follow(self, epoch: int, part: slice) -> None:
        """Takes the newest weights into their average, after the step on a part of an epoch's order."""
        if self._averaging is None or self._average is None:
            return
        step = (epoch - 1) * self._steps + part.start // self._batch_size + 1
        share = self._averaging.share(step, self._steps, self._epochs)
        if share > 0:
            _move(self._average, self._module, share)

    def renew_statistics(self, epoch: int, batches: Iterable[torch.Tensor]) -> Iterator[None]:
        """Computes the batch normalisations' statistics of the average anew, those that training moves; yields after
        each batch.

        Args:
            epoch: that is over.
            batches: preprocessed training images.
        """
        averaging = self._averaging
        if averaging is None or not averaging.renews_statistics or self._average is None:
            return
        if averaging.share(epoch * self._steps, self._steps, self._epochs) == 1:
            return  # the newest weights, whose own statistics are there
        pairs = zip(self._average.modules(), self._module.modules(), strict=True)
        norms = [norm for norm, in_training in pairs if isinstance(norm, _BatchNorm) and in_training.training]
        if not norms:
            return
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
        for batch in batches:
            for norm in norms:
                norm.train()
            with torch.no_grad():
                self._average(batch)
            self._average.eval()
            yield
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum

    def judge(self, score: Score) -> None:
        """Keeps the epoch's network if it is better than all before."""
        self._is_best = score > self._score
        if not self._is_best:
            return
        self._score = score
        if self._best is None:
            self._best = _copy_of(self.network)
        else:
            _move(self._best, self.network, 1.0)

    def settle(self) -> None:
        """Puts what the cell comes to into the network that was trained."""
        if self.final is not self._module:
            _move(self._module, self.final, 1.0)

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what is kept beside the newest weights, by name."""
        modules = {AVERAGE: self._average, BEST: self._best}
        tensors = {
            f"{prefix}{name}": tensor.detach().to("cpu", copy=True).contiguous().numpy()
            for prefix, module in modules.items()
            if module is not None
            for name, tensor in module.state_dict().items()
        }
        return tensors if self._best is None else {**tensors, SCORE: np.array(self._score)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Puts back what ``arrays`` has given."""
        if self._average is not None:
            self._average.load_state_dict(_with_prefix(AVERAGE, arrays))
        if SCORE in arrays:
            self._best = _copy_of(self._module)
            self._best.load_state_dict(_with_prefix(BEST, arrays))
            accuracy, loss = arrays[SCORE].tolist()
            self._score = accuracy, loss


def _copy_of(module: torch.nn.Module) -> torch.nn.Module:
    return copy.deepcopy(module).eval().requires_grad_(False)


def _move(module: torch.nn.Module, target: torch.nn.Module, share: float) -> None:
    """Moves a network's weights and statistics by a share of the way to another's; at 1 they are the same bits."""
    with torch.no_grad():
        pairs = list(zip(module.state_dict().values(), target.state_dict().values(), strict=True))
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        torch._foreach_lerp_([tensor for tensor, _ in floats], [end for _, end in floats], share)
        for tensor, end in pairs:
            if not tensor.is_floating_point():
                tensor.copy_(end)


def _with_prefix(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): torch.from_numpy(array.copy())
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
