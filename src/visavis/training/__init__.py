"""The training wing: it sees plans and tensors, and can't name an arm. What other rooms need of it stands here."""

from visavis.training.batches import step_count
from visavis.training.epoch import Epoch
from visavis.training.examples import Examples
from visavis.training.fast.cuda_graphs import recorder_of
from visavis.training.fast.memory import freed_memory_kept, keep_freed_memory
from visavis.training.fast.precision import PROBE, Precision, Probe, choose, one_pass, probe, settle_arithmetic
from visavis.training.fast.threads import CoreTime, available_cores, choose_threads
from visavis.training.forward import BATCH, Preprocess, as_they_are, in_batches, tensor_of, through
from visavis.training.loop import SECONDS_BETWEEN_PAUSES, Pause, epochs, fit
from visavis.training.plans import (
    enter_epoch,
    optimizer_groups,
    trained_parameters,
    untouched_tensors,
    with_frozen_in_step,
)
from visavis.training.snapshot import Snapshot
from visavis.training.state import TrainState
from visavis.training.to_train import NoiseDrawn, ToTrain, draws_noise

__all__ = [
    "BATCH", "PROBE", "SECONDS_BETWEEN_PAUSES", "CoreTime", "Epoch", "Examples", "NoiseDrawn", "Pause", "Precision",
    "Preprocess", "Probe", "Snapshot", "ToTrain", "TrainState", "as_they_are", "available_cores", "choose",
    "choose_threads", "draws_noise", "enter_epoch", "epochs", "fit", "freed_memory_kept", "in_batches",
    "keep_freed_memory", "one_pass", "optimizer_groups", "probe", "recorder_of", "settle_arithmetic", "step_count",
    "tensor_of", "through", "trained_parameters", "untouched_tensors", "with_frozen_in_step",
]  # fmt: skip
