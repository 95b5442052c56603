"""One image file -> one array of bytes, rightly or not at all."""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from visavis.datasets.reading.damage import JPEG, SCAN, damage_of
from visavis.read_as import Fit

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")
GREY_MODES = frozenset({"1", "L"})
COLOUR_MODES = frozenset({"P", "RGB", "CMYK", "YCbCr", "LAB", "HSV"})
ALPHA_MODES = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
DEEP_MODES = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
DEEPEST = 65535
LARGEST = 16384
"""Pixels on the longer side beyond which a file isn't decoded: it is no training image."""
MOST_PIXELS = 1 << 26
"""Pixels altogether, more than any camera's; with them decoding takes less than a gigabyte."""
LARGE_PIXELS = 1 << 24
"""Pixels beyond which pictures are decoded one after the other."""
STRIP = 256
"""Rows that are worked on at once where numbers take more memory than bytes."""
MOST_SCANS = 100
"""A JPEG has a dozen scans; each further one costs a walk over all pixels."""
TIFF = (b"II", b"MM")
STANDARD_ERROR = 2
LONGEST_REASON = 200
_one_tiff, _one_large = threading.Lock(), threading.Lock()
"""The process has one standard error, and one memory for what takes much of it."""
SEVERAL = "more than one picture in the file"


@dataclass(frozen=True)
class Form:
    """What images are decoded to.

    Attributes:
        channels: 1 for grey, 3 for colour; None for what each image is.
        size: (height, width) that every image is brought to; None leaves its own.
        fit: how, see ``read_as.Fit``.
        is_measured: whether an image is reduced to what its shorter side is, the upper and the lower byte.
    """

    channels: int | None = None
    size: tuple[int, int] | None = None
    fit: Fit = "crop"
    is_measured: bool = False


def _squash(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.BILINEAR)


def _crop(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return ImageOps.fit(image, size, Image.Resampling.BILINEAR)


def _pad(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return ImageOps.pad(image, size, Image.Resampling.BILINEAR)


FITS: Mapping[Fit, Callable[[Image.Image, tuple[int, int]], Image.Image]] = {
    "crop": _crop,
    "pad": _pad,
    "squash": _squash,
}


@dataclass(frozen=True)
class Bitmap:
    """A picture as bytes, and what it was before.

    Attributes:
        pixels: uint8 [c, h, w].
        original: width, height and Pillow's mode as the file has them: ``48 x 48, L``.
    """

    pixels: np.ndarray
    original: str


class Unreadable(Exception):
    """The reason why an image can't be used, for the list of what was left out."""


def decode(content: bytes, form: Form) -> Bitmap:
    """Decodes an image file to bytes.

    Colours become grey by ITU-R 601 luma (as Pillow's mode L). 16-bit grey is divided by 257 and rounded; of 16-bit
    colours the upper byte counts. What is transparent shows white. CMYK and other colour spaces become RGB as Pillow
    converts them, without colour profiles. A picture that EXIF says is turned is turned back. Of a JPEG with a second
    picture embedded (MPO) the main one counts. Resizing is bilinear, antialiased.

    Raises:
        Unreadable: empty, truncated, damaged, no image, too large, several pictures, or numbers without a known range.
    """
    with silence():
        return decode_silenced(content, form)


@contextmanager
def silence() -> Iterator[None]:
    """In all threads, what Pillow warns of it either mends as every viewer does, or raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def decode_silenced(content: bytes, form: Form) -> Bitmap:
    """``decode`` within ``silence``; several threads can do it at once.

    Raises:
        Unreadable: as ``decode``.
    """
    if not content:
        raise Unreadable("empty file (0 bytes)")
    if content.startswith(JPEG) and content.count(SCAN) > MOST_SCANS:
        raise Unreadable(f"a JPEG of more than {MOST_SCANS} scans")
    damage = damage_of(content)
    if damage:
        raise Unreadable(damage)
    with _libtiff_silenced(content):
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                return bitmap_of(image, form)
        except UnidentifiedImageError:
            raise Unreadable("not an image in a known format") from None
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise Unreadable("too many pixels") from None
        except Unreadable:
            raise
        except Exception as problem:  # damaged files make Pillow's decoders raise whatever comes to hand
            raise Unreadable(f"{type(problem).__name__}: {problem}"[:LONGEST_REASON]) from None


@contextmanager
def _libtiff_silenced(content: bytes) -> Iterator[None]:
    """libtiff writes what it finds wrong to the standard error itself, beside the exception that follows."""
    if not content.startswith(TIFF):
        yield
        return
    with _one_tiff:
        try:
            descriptor = os.dup(STANDARD_ERROR)
        except OSError:  # a process without one
            yield
            return
        try:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), STANDARD_ERROR)
            yield
        finally:
            os.dup2(descriptor, STANDARD_ERROR)
            os.close(descriptor)


def bitmap_of(image: Image.Image, form: Form) -> Bitmap:
    """An opened picture as bytes; see ``decode``.

    Raises:
        Unreadable: as ``decode``.
    """
    original = f"{image.size[0]} x {image.size[1]}, {image.mode}"  # before loading the pixels can change the mode
    if form.is_measured:
        return Bitmap(np.array([[divmod(min(min(image.size), LARGEST), 256)]], np.uint8), original)
    with _one_large if image.size[0] * image.size[1] > LARGE_PIXELS else nullcontext():
        return Bitmap(_pixels(image, form), original)


def _pixels(image: Image.Image, form: Form) -> np.ndarray:
    if max(image.size) > LARGEST or image.size[0] * image.size[1] > MOST_PIXELS:
        raise Unreadable(f"{image.size[0]} x {image.size[1]} pixels is too large")
    # A JPEG with a second, embedded picture (MPO), as phones and drones write them, begins with the main one.
    if getattr(image, "is_animated", False) and image.format != "MPO":  # unlike n_frames it doesn't walk through them
        raise Unreadable(SEVERAL)
    plain = _eight_bit(ImageOps.exif_transpose(image))
    if form.channels == 1:
        plain = _in_mode(plain, "L")
    elif form.channels == 3 or not _is_grey(plain):
        plain = _in_mode(plain, "RGB")
    else:
        plain = plain.getchannel(0)
    if form.size is not None:
        plain = FITS[form.fit](plain, (form.size[1], form.size[0]))
    array = np.asarray(plain)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def _eight_bit(image: Image.Image) -> Image.Image:
    """The picture in mode L or RGB."""
    if image.mode in DEEP_MODES:
        return _from_deep(_deep_on_white(np.asarray(image), image.info.get("transparency")))
    if image.mode in ALPHA_MODES or "transparency" in image.info:
        return _on_white(image)
    if image.mode in GREY_MODES:
        return _in_mode(image, "L")
    if image.mode in COLOUR_MODES:
        return _in_mode(image, "RGB")
    raise Unreadable(f"mode {image.mode} has no known range")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Without the copy that ``convert`` makes of what is in that mode already."""
    return image if image.mode == mode else image.convert(mode)


def _on_white(image: Image.Image) -> Image.Image:
    whole = Image.new("RGB", image.size)
    for top in range(0, image.height, STRIP):
        strip = image.crop((0, top, image.width, min(top + STRIP, image.height))).convert("RGBA")
        white = Image.new("RGBA", strip.size, "white")
        whole.paste(Image.alpha_composite(white, strip).convert("RGB"), (0, top))
    return whole


def _deep_on_white(values: np.ndarray, transparent: object) -> np.ndarray:
    """Grey numbers, those of the transparent one white."""
    return np.where(values == transparent, DEEPEST, values) if isinstance(transparent, int) else values


def _from_deep(values: np.ndarray) -> Image.Image:
    if values.min() < 0 or values.max() > DEEPEST:
        raise Unreadable(f"values from {values.min()} to {values.max()} have no known range")
    shallow = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), STRIP):
        rows = values[top : top + STRIP].astype(np.int64)
        shallow[top : top + STRIP] = (rows * 255 + DEEPEST // 2) // DEEPEST  # divided by 257, rounded
    return Image.fromarray(shallow)


def _is_grey(image: Image.Image) -> bool:
    """Whether every pixel is, whatever the file's mode."""
    if image.mode == "L":
        return True
    array = np.asarray(image)
    strips = (array[:1], *(array[top : top + STRIP] for top in range(0, len(array), STRIP)))  # the first row says it
    return all(np.array_equal(strip[..., 0], strip[..., channel]) for strip in strips for channel in (1, 2))
