"""Steps that a GPU does again as one recorded whole: small ones are bound by the time it takes to ask for them.

A recording holds addresses and numbers as they were. So batches are copied to one buffer, learning rates are tensors,
and every recording is held against the steps that it stands for before it is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from visavis.streams import changed_generators, restore_global, take_global
from visavis.training.snapshot import NUMBER, Snapshot, restore, restore_within, take_within
from visavis.training.state import TrainState

Work = Callable[[], object]
Batch = tuple[torch.Tensor, torch.Tensor]
TOLERANCE = 0.05
"""Of the length of two steps, by which those of a recording may differ: rounding alone comes to a thousandth; a rate
or a memory that the recording holds on to, to a third and more.
"""

TRIES = 2
"""Steps, one after the other, that are tried to be recorded: what an optimizer begins with is put back as zero, which
is wrong for some (NAdam, Rprop); in the second step it remembers, and what it remembers is put back as it was.
"""


class Recorder(Protocol):
    """A device that can do again what it has done once."""

    def run(self, works: Sequence[Work]) -> None:
        """Does each work as ``record`` will have it done, and waits for its end."""

    def record(self, works: Sequence[Work]) -> Work:
        """All of them at once, as one work."""


class OneGraph:
    """A CUDA graph in which every work has a stream of its own, so that small kernels share the GPU."""

    def __init__(self) -> None:
        self._streams: list[torch.cuda.Stream] = []

    def run(self, works: Sequence[Work]) -> None:
        """See ``Recorder``."""
        self._fork(works)
        torch.cuda.synchronize()

    def record(self, works: Sequence[Work]) -> Work:
        """See ``Recorder``."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._fork(works)
        return graph.replay

    def _fork(self, works: Sequence[Work]) -> None:
        while len(self._streams) < len(works):
            self._streams.append(torch.cuda.Stream())  # type: ignore[no-untyped-call]
        current = torch.cuda.current_stream()
        for stream, work in zip(self._streams, works, strict=False):
            stream.wait_stream(current)
            with torch.cuda.stream(stream):
                work()
        for stream, _ in zip(self._streams, works, strict=False):
            current.wait_stream(stream)


def recorder_of(device: torch.device) -> Recorder | None:
    """What records on a device; None where nothing is gained."""
    return OneGraph() if device.type == "cuda" else None


@dataclass(frozen=True)
class _Recording:
    """Steps as one work, and where their batches have to lie."""

    key: object
    batches: tuple[Batch, ...]
    replay: Work


class Unrecordable(Exception):
    """The reason why steps can't be recorded."""


class Recordings:
    """The steps of several cells, recorded anew whenever what they do changes.

    Args:
        recorder: of the device.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._recording: _Recording | None = None
        self._tries = 0

    def step(self, states: Sequence[TrainState], batches: Sequence[Batch]) -> bool:
        """One step of each cell on its batch, always of as many images; false where the steps can't be recorded, and
        nothing has happened then.

        Raises:
            OutOfMemoryError: for so many cells at once.
        """
        if self._tries == TRIES:
            return False
        key = tuple((id(state), state.signature) for state in states)
        if self._recording is None or self._recording.key != key:
            self._recording = None  # gives its memory back first
            try:
                self._recording = _record(self._recorder, key, states, batches)
            except Unrecordable as reason:
                self._tries += 1
                if self._tries == TRIES:
                    warnings.warn(
                        f"the GPU is asked for every operation by itself, which is slower: {reason}", stacklevel=2
                    )
                return False
            self._tries = 0
        for buffer, batch in zip(self._recording.batches, batches, strict=True):
            _fill(buffer, batch)
        self._recording.replay()
        return True


def _fill(buffer: Batch, batch: Batch) -> None:
    for static, tensor in zip(buffer, batch, strict=True):
        static.copy_(tensor, non_blocking=True)


def _record(recorder: Recorder, key: object, states: Sequence[TrainState], batches: Sequence[Batch]) -> _Recording:
    """Two steps as they are, the first at lower rates; the same two from a recording; then all is put back.

    Raises:
        Unrecordable: the recording fails, or doesn't give what the steps gave.
    """
    buffers = tuple((images.clone(), labels.clone()) for images, labels in batches)
    works = [_work(state, buffer) for state, buffer in zip(states, buffers, strict=True)]
    device = buffers[0][1].device
    snapshots, noise = [_snapshot(state) for state in states], take_global(device)
    try:
        replay = _try_recording(recorder, states, works, device)
        for state, snapshot in zip(states, snapshots, strict=True):
            _require_same_numbers(snapshot, _snapshot(state))
    except Exception as problem:  # modules and optimizers raise whatever comes to hand while they are recorded
        if isinstance(problem, torch.OutOfMemoryError) and len(states) > 1:
            raise
        for state, snapshot in zip(states, snapshots, strict=True):
            state.optimizer.state.clear()
            restore(state.module, state.optimizer, snapshot)
            restore_within(snapshot, state.tally)
            state.optimizer.zero_grad(set_to_none=True)
        if isinstance(problem, Unrecordable):
            raise
        raise Unrecordable(f"{type(problem).__name__}: {problem}") from problem
    finally:
        restore_global(device, noise)
    return _Recording(key, buffers, replay)


def _try_recording(
    recorder: Recorder, states: Sequence[TrainState], works: Sequence[Work], device: torch.device
) -> Work:
    """The recording, held against the steps; weights, statistics and memories are as they were."""
    noise = take_global(device)
    before = [_copies(state) for state in states]
    _twice(states, lambda: recorder.run(works))
    expected = [_copies(state) for state in states]
    _require_silence(noise, take_global(device), alone=len(states) == 1)
    restore_global(device, noise)
    _put_back(states, before)
    replay = recorder.record(works)
    _put_back(states, before)
    restore_global(device, noise)
    _twice(states, replay)
    for state, start, end in zip(states, before, expected, strict=True):
        _require_same(state, start, end)
    _put_back(states, before)
    return replay


def _snapshot(state: TrainState) -> Snapshot:
    return take_within(state.module, state.optimizer, 1, 0, state.tally, {})


def _work(state: TrainState, buffer: Batch) -> Work:
    return lambda: state.step(*buffer)


def _twice(states: Sequence[TrainState], work: Work) -> None:
    """The work at a quarter of the epoch's learning rates, and at all of them, wherever the schedule stands."""
    shares = [state.rates.share for state in states]
    for share in (0.25, 1.0):
        for state in states:
            state.rates.scale(share)
        work()
    for state, share in zip(states, shares, strict=True):
        state.rates.scale(share)


def _copies(state: TrainState) -> list[torch.Tensor]:
    return [tensor.detach().clone() for tensor in state.tensors()]


def _put_back(states: Sequence[TrainState], before: Sequence[Sequence[torch.Tensor]]) -> None:
    """What an optimizer has come to remember since begins at zero, which is where it would begin."""
    with torch.no_grad():
        for state, copies in zip(states, before, strict=True):
            for number, tensor in enumerate(state.tensors()):
                if number < len(copies):
                    tensor.copy_(copies[number])
                else:
                    tensor.zero_()


def _require_silence(before: dict[str, np.ndarray], after: dict[str, np.ndarray], *, alone: bool) -> None:
    """A recording can draw from the GPU's own generator only, and several cells can't share that."""
    generators = changed_generators(before, after)
    if generators not in ([], ["cuda"] if alone else []):
        raise Unrecordable(f"a step draws noise from {', '.join(generators)}")


def _require_same(state: TrainState, start: Sequence[torch.Tensor], end: Sequence[torch.Tensor]) -> None:
    """Weights and statistics after two recorded steps against those after two others."""
    way, error = 0.0, 0.0
    weights = [*state.module.parameters(), *state.module.buffers()]
    for tensor, first, last in zip(weights, start, end, strict=False):
        if tensor.is_floating_point():
            way += float((last - first).double().square().sum())
            error += float((tensor.detach() - last).double().square().sum())
        elif not torch.equal(tensor, last):
            raise Unrecordable("a recorded step counts otherwise than the step itself")
    if not error <= TOLERANCE**2 * way:
        raise Unrecordable(f"recorded steps come to other weights: off by {(error / max(way, 1e-300)) ** 0.5:.1%}")


def _require_same_numbers(before: Snapshot, after: Snapshot) -> None:
    """What an optimizer counts in Python's numbers stands still in a recording."""
    for name, value in after.arrays.items():
        if name.startswith(NUMBER) and not np.array_equal(before.arrays.get(name, np.zeros(0)), value, equal_nan=True):
            raise Unrecordable(f"the optimizer counts in Python's numbers: {name.removeprefix(NUMBER)}")
