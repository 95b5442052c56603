"""Glyphs: the embedded set, letters drawn from the fonts that matplotlib ships, A to J unless told otherwise.

Synthetic, and said so wherever it is shown: it needs no download, and stands in for no published data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_uppercase

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from visavis.checks import require, require_whole
from visavis.data import ImageData, Split
from visavis.streams import Stream, root

LETTERS = "ABCDEFGHIJ"
SIDE = 28
OVERSAMPLING = 4

TRAIN_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSansMono-BoldOblique",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
    "STIXGeneralBol",
    "cmss10",
    "cmr10",
    "cmmi10",
)
TEST_FONTS = (
    "DejaVuSans-BoldOblique",
    "DejaVuSansMono-Oblique",
    "DejaVuSerif-BoldItalic",
    "STIXGeneralBolIta",
    "cmtt10",
    "cmb10",
    "cmti10",
)


@dataclass(frozen=True)
class Glyphs:
    """White letters on black, 28 x 28, each turned, sheared, stretched and shifted a little.

    Attributes:
        train_size, test_size: numbers of images; the fonts of the two parts are disjoint.
        seed: which random changes.
        letters: the classes, capital letters of the Latin alphabet.
    """

    train_size: int = 4000
    test_size: int = 1000
    seed: int = 0
    letters: str = LETTERS

    def __post_init__(self) -> None:
        capital = len(set(self.letters)) == len(self.letters) >= 2 and set(self.letters) <= set(ascii_uppercase)
        require(capital, "data.letters", repr(self.letters), "two or more capital letters, each once")
        for name in ("train_size", "test_size"):
            require_whole(getattr(self, name), f"data.{name}", len(self.letters))

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        stream = root(self.seed).child("glyphs")
        return ImageData(
            name="glyphs (synthetic)",
            source=(
                f"Synthetic letters {self.letters[0]} to {self.letters[-1]}, drawn by visavis from fonts that "
                "matplotlib ships, with small random affine changes. Not NotMNIST."
            ),
            split_rule=f"{len(TRAIN_FONTS)} fonts for training, {len(TEST_FONTS)} others for testing.",
            classes=tuple(self.letters),
            train=draw_letters(self.letters, TRAIN_FONTS, self.train_size, "train", stream),
            test=draw_letters(self.letters, TEST_FONTS, self.test_size, "test", stream),
            synthetic=True,
        )


def draw_letters(letters: str, fonts: Sequence[str], count: int, part: str, stream: Stream) -> Split:
    """``count`` letters, the classes in turn, the fonts in turn within a class."""
    images = np.empty((count, 1, SIDE, SIDE), np.uint8)
    labels = np.arange(count) % len(letters)
    row_fonts = [fonts[(row // len(letters)) % len(fonts)] for row in range(count)]
    generator = stream.child(part).numpy()
    for row in range(count):
        images[row, 0] = draw_letter(letters[labels[row]], row_fonts[row], generator)
    ids = np.array([f"{part}/{letters[labels[row]]}/{row:06d}-{row_fonts[row]}".encode() for row in range(count)])
    return Split(images, labels.astype(np.int64), ids, np.array([font.encode() for font in row_fonts]))


def draw_letter(letter: str, font: str, generator: np.random.Generator) -> np.ndarray:
    """One letter, uint8 [28, 28]: fitted to the frame, changed by a random affine map, averaged down from 4 x."""
    canvas = _canvas(letter, font)
    angle = np.deg2rad(generator.uniform(-15, 15))
    shear = generator.uniform(-0.2, 0.2)
    stretch = generator.uniform(0.75, 1.05, size=2)
    shift = generator.uniform(-2, 2, size=2) * OVERSAMPLING
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # Pillow asks of each pixel of the result where it comes from: the inverse of what is done to the letter
    inverse = np.linalg.inv(turn @ np.array([[1, shear], [0, 1]]) @ np.diag(stretch))
    centre = np.array(canvas.size) / 2
    offset = centre - inverse @ (centre + shift)
    matrix = (*inverse[0], offset[0], *inverse[1], offset[1])
    image = canvas.transform(canvas.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(image.reduce(OVERSAMPLING))


@cache
def _canvas(letter: str, font: str) -> Image.Image:
    """The letter as large as fits a frame with a margin of two pixels, centred."""
    frame, room = SIDE * OVERSAMPLING, (SIDE - 4) * OVERSAMPLING
    face = ImageFont.truetype(_font_file(font), room)
    left, top, right, bottom = face.getbbox(letter)
    glyph = Image.new("L", (int(right - left), int(bottom - top)))
    ImageDraw.Draw(glyph).text((-left, -top), letter, fill=255, font=face)
    scale = room / max(glyph.size)
    glyph = glyph.resize((max(1, round(glyph.width * scale)), max(1, round(glyph.height * scale))))
    canvas = Image.new("L", (frame, frame))
    canvas.paste(glyph, ((frame - glyph.width) // 2, (frame - glyph.height) // 2))
    return canvas


def _font_file(font: str) -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
