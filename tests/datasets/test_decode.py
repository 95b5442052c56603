import io

import numpy as np
import pytest
from forms import deep_png
from PIL import Image

from visavis.datasets.reading.decode import Form, Unreadable
from visavis.datasets.reading.decode import decode as decode_whole

GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOURS = np.stack([GREY, GREY[::-1], GREY.T], axis=2)


def decode(content, form):
    return decode_whole(content, form).pixels


def saved(image, kind="PNG", **settings):
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()


def test_grey_stays_grey_whatever_the_mode():
    picture = Image.fromarray(GREY)
    for mode in ("L", "RGB", "P", "RGBA", "LA"):
        found = decode(saved(picture.convert(mode)), Form())
        assert found.shape == (1, 16, 16), mode
        assert np.array_equal(found[0], GREY), mode


def test_bits_are_black_and_white():
    found = decode(saved(Image.fromarray(GREY).convert("1", dither=Image.Dither.NONE)), Form())
    assert set(np.unique(found)) == {0, 255}


def test_colours_stay_colours_unless_grey_is_asked_for():
    content = saved(Image.fromarray(COLOURS))
    assert np.array_equal(decode(content, Form()), COLOURS.transpose(2, 0, 1))
    luma = np.asarray(Image.fromarray(COLOURS).convert("L"))
    assert np.array_equal(decode(content, Form(channels=1))[0], luma)
    assert decode(saved(Image.fromarray(GREY)), Form(channels=3)).shape == (3, 16, 16)


def test_a_palette_gives_its_colours():
    picture = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    picture.putpalette([255, 0, 0, 0, 0, 255])
    assert decode(saved(picture), Form()).transpose(1, 2, 0).tolist() == [[[255, 0, 0], [0, 0, 255]]]


def test_sixteen_bits_of_grey_are_divided_by_257():
    values = np.array([[0, 128, 257, 385, 386, 65535]], np.uint16)
    found = decode(saved(Image.fromarray(values)), Form())
    assert found[0].tolist() == [[0, 0, 1, 1, 2, 255]]
    tiff = decode(saved(Image.fromarray(values), "TIFF"), Form())
    assert np.array_equal(tiff, found)


def test_a_transparent_shade_of_sixteen_bits_shows_white():
    values = np.arange(0, 65536, 4096, dtype=np.uint16)[None]
    content = saved(Image.fromarray(values), transparency=4096)
    expected = [255 if value == 4096 else round(value / 257) for value in values[0].tolist()]
    assert decode(content, Form())[0, 0].tolist() == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("level", [0, 9])
def test_a_picture_whose_rest_is_overwritten_is_not_used(kind, level):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    settings = {"compress_level": level} if kind == "PNG" else {"progressive": level == 9}
    content = saved(Image.fromarray(pixels), kind, **settings)
    assert decode(content + b"trailing", Form()).shape == (3, 64, 64)
    for share in (0.3, 0.6, 0.99):
        kept = int(share * len(content))
        with pytest.raises(Unreadable):
            decode(content[:kept] + bytes(len(content) - kept), Form())


@pytest.mark.parametrize("chunk", [b"IHDR", b"IDAT", b"IEND"])
def test_a_wrong_checksum_is_told(chunk):
    content = bytearray(saved(Image.fromarray(np.zeros((8, 8), np.uint8))))
    content[-1 if chunk == b"IEND" else content.index(chunk) + 6] ^= 1
    with pytest.raises(Unreadable, match=rf"checksum is wrong \({chunk.decode()}\)"):
        decode(bytes(content), Form())


def test_of_a_picture_with_another_one_embedded_the_main_one_counts():
    rng = np.random.default_rng(0)
    main, small = (Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)) for side in (64, 16))
    content = saved(main, "MPO", save_all=True, append_images=[small], quality=90)
    assert np.array_equal(decode(content, Form()), decode(saved(main, "JPEG", quality=90), Form()))


def test_of_sixteen_bits_of_colour_the_upper_byte_counts():
    values = np.zeros((2, 2, 3), np.uint16)
    values[0, 0] = (65535, 256, 255)
    assert decode(deep_png(values), Form())[:, 0, 0].tolist() == [255, 1, 0]


def test_what_is_transparent_shows_white():
    clear = np.zeros((2, 2, 4), np.uint8)
    clear[0, 0] = (10, 20, 30, 255)
    clear[0, 1] = (0, 0, 0, 128)
    found = decode(saved(Image.fromarray(clear)), Form()).transpose(1, 2, 0)
    assert found[0, 0].tolist() == [10, 20, 30]
    assert found[1, 1].tolist() == [255, 255, 255]
    assert found[0, 1].tolist() == [127, 127, 127]
    key = saved(Image.fromarray(np.array([[7, 8]], np.uint8)), transparency=7)
    assert decode(key, Form())[0].tolist() == [[255, 8]]


def test_cmyk_becomes_colours():
    picture = Image.new("CMYK", (2, 2), (0, 255, 255, 0))
    found = decode(saved(picture, "JPEG", quality=95), Form())
    assert np.abs(found[:, 0, 0].astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize(("tag", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (0, 1)), (8, (1, 0))])
def test_a_picture_that_exif_says_is_turned_is_turned_back(tag, corner):
    pixels = np.zeros((16, 16), np.uint8)
    pixels[:8, :8] = 255
    exif = Image.Exif()
    exif[274] = tag
    found = decode(saved(Image.fromarray(pixels), exif=exif), Form())[0]
    assert found[corner[0] * 15, corner[1] * 15] == 255
    assert (found == 255).sum() == 64


def test_resizing_is_pillows():
    picture = Image.fromarray(GREY)
    squashed = decode(saved(picture), Form(size=(8, 4), fit="squash"))
    assert np.array_equal(squashed[0], np.asarray(picture.resize((4, 8), Image.Resampling.BILINEAR)))
    for fit in ("crop", "pad", "squash"):  # a shape that stays is the same whichever way
        found = decode(saved(picture), Form(size=(8, 8), fit=fit))
        assert np.array_equal(found[0], np.asarray(picture.resize((8, 8), Image.Resampling.BILINEAR)))


def test_a_wide_picture_is_cropped_padded_or_squashed():
    wide = np.zeros((8, 24), np.uint8)
    wide[:, 8:16] = 100
    found = {
        fit: decode(saved(Image.fromarray(wide)), Form(size=(24, 24), fit=fit))[0] for fit in ("crop", "pad", "squash")
    }
    assert (found["crop"] == 100).mean() > 0.8  # the middle third
    assert (found["pad"][:8] == 0).all()
    assert (found["pad"][12] == 100).mean() == pytest.approx(1 / 3, abs=0.05)
    assert (found["squash"] == 100).mean() == pytest.approx(1 / 3, abs=0.05)


def moving():
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 255)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"plain text", "not an image"),
        (saved(Image.fromarray(GREY))[:50], "(?i)truncated|broken|not an image"),
        (moving(), "more than one picture"),
        (saved(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"), "mode F has no known range"),
        (saved(Image.fromarray(np.full((4, 4), 70000, np.int32)), "TIFF"), "have no known range"),
        (saved(Image.new("L", (20000, 1))), "20000 x 1 pixels is too large"),
        (saved(Image.fromarray(GREY), "ICO"), "not an image"),
    ],
)
def test_what_cannot_be_decoded_rightly_is_named(content, reason):
    with pytest.raises(Unreadable, match=reason):
        decode(content, Form())


@pytest.mark.parametrize(
    ("content", "original"),
    [
        (saved(Image.fromarray(GREY[:8])), "16 x 8, L"),
        (saved(Image.fromarray(COLOURS)), "16 x 16, RGB"),
        (saved(Image.fromarray(GREY.astype(np.uint16) * 257)), "16 x 16, I;16"),
        (saved(Image.fromarray(GREY).convert("P"), "GIF"), "16 x 16, L"),
        (saved(Image.fromarray(GREY).convert("RGBA")), "16 x 16, RGBA"),
    ],
)
def test_what_a_picture_was_before_is_kept(content, original):
    assert decode_whole(content, Form(channels=1, size=(4, 4))).original == original
