"""One family per file; each model is a frozen value that builds a network from a stream."""

from visavis.models.letter_cnn import READINGS, LetterCNN
from visavis.models.mlp import MLP

__all__ = ["MLP", "READINGS", "LetterCNN"]
