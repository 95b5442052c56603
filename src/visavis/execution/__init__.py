"""Runs cells and studies; what happens on the way is told as events."""

from visavis.execution.run import run_study

__all__ = ["run_study"]
