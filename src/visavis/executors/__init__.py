"""Who trains the cells of a study: processes of this machine, tasks of Ray, jobs of Slurm; one file each.

All of them call ``worker.train_cell`` for each cell in a process of its own, on a run folder that all can write.
"""

from visavis.executors.processes import Processes
from visavis.executors.ray import RayTasks
from visavis.executors.slurm import SlurmJobs
from visavis.executors.worker import Source

__all__ = ["Processes", "RayTasks", "SlurmJobs", "Source"]
