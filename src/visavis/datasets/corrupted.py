"""A study's own test images in another state: noisier, say, than those that its networks learnt from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visavis.arrays import in_slices
from visavis.checks import require_part
from visavis.data import ImageData
from visavis.describe import describe
from visavis.interfaces import Intervention
from visavis.streams import Stream


@dataclass(frozen=True)
class Corrupted:
    """The study's own test images through an intervention, before any arm's own; for ``Study.tests``.

    Its draws are made once, from a stream of its own: every arm and seed is asked about the same images.

    Attributes:
        intervention: what becomes of the images, such as ``GaussianNoise(0.2)``.
    """

    intervention: Intervention

    def __post_init__(self) -> None:
        require_part(self.intervention, "tests.intervention", "draw", "visavis.GaussianNoise(0.2)")

    def load_from(self, data: ImageData) -> ImageData:
        """See ``Derivation.load_from``."""
        transform = self.intervention.draw(data.shape, Stream(("corruption",)))
        images = in_slices(transform.apply, data.test.images)
        name = f"{data.name} through {_text_of(self.intervention)}"
        source = f"The study's own test images through {_text_of(self.intervention)}."
        return replace(data, name=name, source=source, test=replace(data.test, images=images), left_out=())


def _text_of(intervention: Intervention) -> str:
    """A part as it is written: ``GaussianNoise(deviation=0.2)``."""
    settings = {key: value for key, value in describe(intervention).items() if key not in ("type", "own code")}
    return f"{type(intervention).__name__}({', '.join(f'{key}={value}' for key, value in settings.items())})"
