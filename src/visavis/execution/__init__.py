"""Runs cells and studies; what happens on the way is told as events. Gives trained models back."""

from visavis.cells.pretraining import TrainedOn
from visavis.execution.run import Executor, run_study
from visavis.execution.saving import TrainedModel, load
from visavis.execution.stopping import Stopped
from visavis.execution.verifying import verify

__all__ = ["Executor", "Stopped", "TrainedModel", "TrainedOn", "load", "run_study", "verify"]
