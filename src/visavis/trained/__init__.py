"""A finished network: built again, asked, taken elsewhere."""

from visavis.trained.model import TrainedModel, load

__all__ = ["TrainedModel", "load"]
