"""Who trains the cells of a study: processes of this machine, tasks of Ray, jobs of Slurm; one file each.

A new one is a file with a class as ``ExecutorClass`` says, and an entry in ``EXECUTORS``.

All of them call ``worker.train_cell`` for each cell in a process of its own, on a run folder that all can write.
"""

from visavis.executors.hands import EXECUTORS, Hands, executor_class

__all__ = ["EXECUTORS", "Hands", "executor_class"]
