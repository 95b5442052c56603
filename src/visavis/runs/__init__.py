"""Many cells: a study is admitted, prepared and trained; what happens on the way is told as events."""

from visavis.runs.later import ask_later
from visavis.runs.run import train_study
from visavis.runs.signals import Stopped
from visavis.runs.trainer import Executor
from visavis.runs.verify import verify

__all__ = ["Executor", "Stopped", "ask_later", "train_study", "verify"]
