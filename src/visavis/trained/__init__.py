"""A finished network: built again, asked, taken elsewhere."""

from visavis.trained.model import TrainedModel
from visavis.trained.revive import load

__all__ = ["TrainedModel", "load"]
