"""One family per file; each model is a frozen value that builds a network from a stream."""

from visavis.models.letter_cnn import READINGS, LetterCNN
from visavis.models.mlp import MLP
from visavis.models.pretrained import Pretrained
from visavis.models.timm_model import TimmModel
from visavis.models.torchvision_model import TorchvisionModel
from visavis.models.weights import TimmWeights, TorchvisionWeights, Untrained, WeightsFile

__all__ = [
    "MLP",
    "READINGS",
    "LetterCNN",
    "Pretrained",
    "TimmModel",
    "TimmWeights",
    "TorchvisionModel",
    "TorchvisionWeights",
    "Untrained",
    "WeightsFile",
]
