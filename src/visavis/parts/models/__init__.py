"""One family per file; each model is a frozen value that builds a network from a stream."""

from visavis.parts.models.conv_net import ConvNet
from visavis.parts.models.letter_cnn import READINGS, LetterCNN
from visavis.parts.models.mixer import Mixer
from visavis.parts.models.mlp import MLP
from visavis.parts.models.pretrained import Pretrained
from visavis.parts.models.small_vit import SmallViT
from visavis.parts.models.timm_model import TimmModel
from visavis.parts.models.torchvision_model import TorchvisionModel
from visavis.parts.models.weights import TimmWeights, TorchvisionWeights, Untrained, WeightsFile

__all__ = [
    "MLP", "READINGS", "ConvNet", "LetterCNN", "Mixer", "Pretrained", "SmallViT", "TimmModel", "TimmWeights",
    "TorchvisionModel", "TorchvisionWeights", "Untrained", "WeightsFile",
]  # fmt: skip
