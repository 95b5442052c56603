import numpy as np
import pytest
import torch
from PIL import Image

from visavis.parts.models.pixels import IMAGENET_MEAN, IMAGENET_STD, normalise, resize


@pytest.mark.parametrize(
    ("side", "size"), [((48, 48), 224), ((48, 48), 32), ((30, 50), 64), ((64, 64), 64), ((300, 200), 96)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_resizing_is_pillows_within_one_level(side, size, channels):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (3, channels, *side), dtype=np.uint8)
    found = resize(torch.from_numpy(images), size).numpy()
    for image, one in zip(images, found, strict=True):
        picture = Image.fromarray(image[0] if channels == 1 else image.transpose(1, 2, 0))
        expected = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), np.float32)
        expected = expected[None] if channels == 1 else expected.transpose(2, 0, 1)
        assert np.abs(one - expected).max() <= 1.0 + 1e-3


def test_the_mean_and_the_deviation_of_imagenet_are_taken_out():
    grey = torch.full((1, 1, 2, 2), 255.0)
    found = normalise(grey, IMAGENET_MEAN, IMAGENET_STD)
    assert found.shape == (1, 3, 2, 2)
    assert found[0, :, 0, 0].tolist() == pytest.approx(
        [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225], abs=1e-5
    )
