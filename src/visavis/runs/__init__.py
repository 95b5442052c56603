"""Runs cells and studies; what happens on the way is told as events. Gives trained models back."""

from visavis.cells.pretraining import TrainedOn
from visavis.runs.run import Executor, run_study
from visavis.runs.signals import Stopped
from visavis.runs.verify import verify
from visavis.trained import TrainedModel, load

__all__ = ["Executor", "Stopped", "TrainedModel", "TrainedOn", "load", "run_study", "verify"]
