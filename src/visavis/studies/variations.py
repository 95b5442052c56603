"""What ``visavis new`` writes into its template, for each factor that the arms of a study can differ in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Variation:
    """The part of a study file that is about one factor.

    Attributes:
        question: what the study asks.
        arms: the arms beside the control ``plain``, as Python.
        control: what the control is given beside what all are given, as Python; empty for nothing.
        model: of the control, as Python.
        imports: lines of imports from the standard library, before those of the template.
        code: classes and constants that the study defines; empty for none.
        setup: lines of the function before the control; empty for none.
    """

    question: str
    arms: str
    control: str = ""
    model: str = "vv.models.MLP()"
    imports: str = ""
    code: str = ""
    setup: str = ""


VARIATIONS: Mapping[str, Variation] = {
    "model": Variation(
        question="Does it pay that a network is convolutional?",
        arms='[plain.but("convolutional", model=vv.models.LetterCNN())]',
    ),
    "optimizer": Variation(
        question="Does AdamW beat SGD, each at the rate given here?",
        arms='[plain.but("AdamW", optimizer=vv.AdamW(lr=1e-3))]',
    ),
    "epochs": Variation(
        question="What do more epochs add?",
        arms="plain.over(epochs=[2 * epochs, 4 * epochs])",
    ),
    "batch_size": Variation(
        question="How large may a batch be, at one learning rate?",
        arms="plain.over(batch_size=[32, 64, 128])",
    ),
    "training": Variation(
        question="How many wrong labels does training stand?",
        arms="plain.over(training=[vv.LabelNoise(rate) for rate in (0.1, 0.2, 0.4)])",
        control="training=vv.LabelNoise(0.0)",
    ),
    "input": Variation(
        question="Does it matter which way round letters are?",
        arms='[plain.but("mirrored", input=Mirrored())]',
        imports="from dataclasses import dataclass\n",
        code='''

@dataclass(frozen=True)
class Mirrored:
    """An intervention of your own: every image flipped left to right."""

    def draw(self, shape: vv.ImageShape, stream: vv.Stream) -> vv.Transform:
        """Images go in and come out as uint8 [n, c, h, w]; draw from the stream if you need chance."""
        return vv.Transform(apply=lambda images: images[..., ::-1].copy())
''',
    ),
    "augmentation": Variation(
        question="Does it help to shift the training images by chance?",
        arms='[plain.but("shifted", augmentation=vv.Shift(2))]',
    ),
    "tuning": Variation(
        question="Is a network that knows other letters better frozen or fine-tuned?",
        arms='[plain.but("fine-tuned", tuning=vv.Full())]',
        control="tuning=vv.LinearProbe()",
        model="vv.Pretrained(network, other_letters)",
        setup="""\
    network = vv.models.MLP()
    other_letters = vv.TrainedOn(  # trained once, and kept; or take vv.models.WeightsFile("weights.pth")
        vv.Arm("letters K to T", model=network, optimizer=vv.SGD(lr=0.01, momentum=0.9), epochs=5),
        data=vv.datasets.Glyphs(train_size=1000, test_size=100, letters="KLMNOPQRST"),
    )
""",
    ),
    "loss": Variation(
        question="Do smoothed labels help?",
        arms='[plain.but("smoothed", loss=vv.CrossEntropy(label_smoothing=0.1))]',
    ),
    "schedule": Variation(
        question="Does it help to lower the learning rate on a cosine?",
        arms='[plain.but("cosine", schedule=vv.Cosine())]',
    ),
    "averaging": Variation(
        question="Does it help to average the weights over the steps?",
        arms='[plain.but("averaged", averaging=vv.EMA(0.99))]',
    ),
    "selection": Variation(
        question="Does it help to stop at the best epoch, and what do the images cost that it is chosen by?",
        arms='[plain.but("best epoch", selection=vv.BestEpoch(0.2))]',
    ),
}
"""By factor."""
DEFAULT = "input"


def study_text(template: str, factor: str, name: str, path: str) -> str:
    """The text of a study file.

    Args:
        template: with a mark for each part.
        factor: one of ``VARIATIONS``.
        name: of the study.
        path: of the file, as its head tells how it is run.
    """
    variation = VARIATIONS[factor]
    parts = {
        "@QUESTION@": variation.question,
        "@FILE@": path,
        "@NAME@": name,
        "@IMPORTS@": variation.imports,
        "@CODE@": variation.code,
        "@SETUP@": variation.setup,
        "@MODEL@": variation.model,
        "@CONTROL@": f"        {variation.control},\n" if variation.control else "",
        "@ARMS@": variation.arms,
    }
    for mark, text in parts.items():
        template = template.replace(mark, text)
    return template
