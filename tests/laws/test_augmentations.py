"""What every shipped augmentation promises."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torchvision.transforms.v2 as v2
import torchvision.transforms.v2.functional as functional
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shipped import AUGMENTATIONS

import visavis as vv
from small import cell_of, tiny_arm, tiny_data
from visavis.errors import InvalidStudy
from visavis.parts.augmentations.resized_crop import _sides
from visavis.streams import root
from visavis.training.epoch_images import mix_pairs, whole_pairs
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs
from visavis.training.state import TrainState

every = pytest.mark.parametrize("augmentation", AUGMENTATIONS, ids=str)
shapes = st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(1, 7), st.integers(1, 7))
batches = shapes.flatmap(lambda shape: hnp.arrays(np.uint8, shape)).map(torch.from_numpy)
seeds = st.integers(0, 1000)


def draws(augmentation, count, seed=0):
    return augmentation.draw(count, root(seed).child("augmentation", 1))


def rows_of(images):
    return torch.arange(len(images))


@every
@given(images=batches, seed=seeds)
@settings(max_examples=30)
def test_same_stream_same_images_and_the_input_is_unmodified(augmentation, images, seed):
    before, rows = images.clone(), rows_of(images)
    first, second = (draws(augmentation, len(images), seed).apply(images, rows) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(images, before)
    assert torch.equal(rows, rows_of(images))
    assert first.shape == images.shape
    assert first.dtype == torch.uint8


@every
@given(images=batches, seed=seeds)
@settings(max_examples=30)
def test_an_image_becomes_the_same_whatever_stands_beside_it(augmentation, images, seed):
    """Neither the batch size nor the order changes a draw."""
    drawn, rows = draws(augmentation, len(images), seed), rows_of(images)
    together = drawn.apply(images, rows)
    alone = torch.cat([drawn.apply(images[row : row + 1], rows[row : row + 1]) for row in range(len(images))])
    assert torch.equal(together, alone)
    backwards = drawn.apply(images.flip(0), rows.flip(0))
    assert torch.equal(backwards.flip(0), together)


@every
def test_draws_are_told_and_differ_from_epoch_to_epoch_and_seed_to_seed(augmentation):
    told = [draws(augmentation, 200, seed).arrays for seed in (0, 1)]
    told.append(augmentation.draw(200, root(0).child("augmentation", 2)).arrays)
    assert all(len(array) == 200 for arrays in told for array in arrays.values())
    assert bool(told[0]) != isinstance(augmentation, vv.Unaugmented)
    for other in told[1:]:
        assert not any(np.array_equal(array, other[name]) for name, array in told[0].items())


@given(images=batches, seed=seeds, pixels=st.integers(0, 9))
@settings(max_examples=60)
def test_a_shift_is_a_move_that_repeats_the_edge(images, seed, pixels):
    drawn = draws(vv.Shift(pixels), len(images), seed)
    shifts = drawn.arrays["shifts"]
    assert np.abs(shifts).max() <= pixels
    height, width = images.shape[2:]
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)), mode="edge")
    for image, source, (down, right) in zip(drawn.apply(images, rows_of(images)), padded, shifts, strict=True):
        top, left = pixels - down, pixels - right
        assert np.array_equal(image.numpy(), source[:, top : top + height, left : left + width])


def test_every_shift_is_as_likely():
    shifts = draws(vv.Shift(1), 30_000).arrays["shifts"]
    counts = np.bincount(3 * (shifts[:, 0] + 1) + shifts[:, 1] + 1, minlength=9)
    assert counts == pytest.approx(30_000 / 9, rel=0.1)


@given(images=batches, seed=seeds, probability=st.floats(0, 1))
@settings(max_examples=40)
def test_a_flip_mirrors_what_it_says(images, seed, probability):
    drawn = draws(vv.Flip(probability), len(images), seed)
    flipped = drawn.apply(images, rows_of(images))
    for image, result, is_flipped in zip(images, flipped, drawn.arrays["flips"], strict=True):
        assert torch.equal(result, image.flip(2) if is_flipped else image)


def test_larger_probabilities_flip_the_same_images_and_more():
    flips = [draws(vv.Flip(probability), 500).arrays["flips"] for probability in (0.0, 0.2, 0.5, 1.0)]
    assert [flip.mean() for flip in flips] == pytest.approx([0, 0.2, 0.5, 1], abs=0.06)
    assert all((few <= many).all() for few, many in pairwise(flips))


@pytest.mark.parametrize("augmentation", [vv.Shift(2), vv.Flip()], ids=str)
def test_the_batch_size_changes_nothing_of_what_an_epoch_shows(augmentation):
    """The images that the loop's steps take, put back into the order of the training part."""
    data, shown = tiny_data(), []
    for batch_size in (2, 7, 60):
        cell = cell_of(tiny_arm(augmentation=augmentation, batch_size=batch_size), data)
        state = TrainState(cell, Precision.fp32)
        state.enter(2)
        order = root(0).child("order", 2).numpy().permutation(60)
        images = torch.cat([state.prepare(slice(start, start + batch_size))[0] for start in range(0, 60, batch_size)])
        shown.append(images[torch.from_numpy(np.argsort(order))])
    assert torch.equal(shown[0], shown[1])
    assert torch.equal(shown[0], shown[2])
    assert not torch.equal(shown[0], torch.from_numpy(data.train.images))


def test_arms_that_augment_alike_draw_alike():
    data = tiny_data()
    arms = [
        tiny_arm(augmentation=vv.Shift(2)),
        tiny_arm(augmentation=vv.Shift(2), optimizer=vv.AdamW(lr=0.01), batch_size=9, input=vv.PixelPermutation()),
        tiny_arm(augmentation=vv.Shift(2), training=vv.LabelNoise(0.5), epochs=2),
        tiny_arm(augmentation=vv.Shift(1)),
        tiny_arm(),
    ]
    drawn = [[epoch.row.augmentation for epoch in epochs(cell_of(arm, data), Precision.fp32)] for arm in arms]
    assert drawn[0] == drawn[1]
    assert drawn[0][:2] == drawn[2]
    assert len(set(drawn[0])) == 3  # every epoch its own
    assert not set(drawn[0]) & set(drawn[3])
    assert len(set(drawn[4])) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: vv.Shift(-1), "pixels"),
        (lambda: vv.Shift(1.5), "pixels"),
        (lambda: vv.Shift("2"), "pixels"),
        (lambda: vv.Shift(1, fill=300), "fill"),
        (lambda: vv.Rotate(-1), "degrees"),
        (lambda: vv.ResizedCrop(0), "smallest"),
        (lambda: vv.RandAugment(-1), "operations"),
        (lambda: vv.RandAugment(2, 31), "magnitude"),
        (lambda: vv.Mixup(0), "alpha"),
        (lambda: vv.CutMix(-1), "alpha"),
        (lambda: vv.Jitter(hue=0.6), "hue"),
        (lambda: vv.Jitter(saturation=2), "saturation"),
        (lambda: vv.Flip(1.5), "probability"),
        (lambda: vv.Flip(-0.1), "probability"),
        (lambda: vv.Flip(None), "probability"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, field):
    with pytest.raises(InvalidStudy, match=rf"augmentation\.{field} can't be used; got .*; expected"):
        wrong()


@given(images=batches, seed=seeds, share=st.floats(0.02, 1))
@settings(max_examples=60)
def test_what_is_erased_is_a_grey_rectangle_and_the_rest_stays(images, seed, share):
    drawn = draws(vv.Erase(1, share), len(images), seed)
    for image, before, (_, _, height, width) in zip(
        drawn.apply(images, rows_of(images)), images, drawn.arrays["rectangles"], strict=True
    ):
        sides = [round(side * whole) for side, whole in zip((height, width), image.shape[1:], strict=True)]
        is_grey = (image == 128).all(0)
        assert torch.equal(image[:, ~is_grey], before[:, ~is_grey])
        assert int(is_grey.sum()) >= sides[0] * sides[1]
    assert torch.equal(draws(vv.Erase(0), len(images), seed).apply(images, rows_of(images)), images)


def test_erased_areas_lie_between_their_bounds():
    rectangles = draws(vv.Erase(0.5, 0.33), 4000).arrays["rectangles"]
    area = rectangles[:, 2] * rectangles[:, 3]
    assert np.mean(area > 0) == pytest.approx(0.5, abs=0.03)
    assert area[area > 0].mean() == pytest.approx((0.02 + 0.33) / 2, abs=0.01)
    assert area.max() <= 0.33 + 1e-9


def test_a_jitter_is_what_torchvision_makes_of_the_same_draws():
    images = noise((12, 3, 9, 11))
    drawn = draws(vv.Jitter(0.4, 0.5, 0.8, 0.5), 12)
    for image, before, (brightness, contrast, saturation, hue) in zip(
        drawn.apply(images, rows_of(images)), images, drawn.arrays["changes"].astype(float), strict=True
    ):
        expected = functional.adjust_contrast(functional.adjust_brightness(before, brightness), contrast)
        expected = functional.adjust_hue(functional.adjust_saturation(expected, saturation), hue)
        off = (image.int() - expected.int()).abs()
        assert off.max() <= 2
        assert off.float().mean() < 0.3
    assert torch.equal(draws(vv.Jitter(0, 0), 12).apply(images, rows_of(images)), images)


def test_colours_of_grey_images_cannot_be_changed():
    with pytest.raises(InvalidStudy, match="hue can't be used; got images of 1 channels"):
        draws(vv.Jitter(hue=0.1), 2).apply(noise((2, 1, 4, 4)), torch.arange(2))


def test_a_turn_is_what_torchvision_makes_of_the_same_angle():
    images = noise((8, 3, 12, 9))
    drawn = draws(vv.Rotate(90), 8)
    for image, before, angle in zip(
        drawn.apply(images, rows_of(images)), images, drawn.arrays["angles"].tolist(), strict=True
    ):
        expected = functional.rotate(before, angle, functional.InterpolationMode.BILINEAR)
        assert (image.int() - expected.int()).abs().max() <= 1
    assert torch.equal(draws(vv.Rotate(0), 8).apply(images, rows_of(images)), images)


def test_a_resized_crop_is_a_part_stretched_to_the_whole():
    """A ramp over the columns becomes a part of it, as wide as the part."""
    columns = torch.arange(0, 240, 4, dtype=torch.uint8).expand(200, 1, 40, 60).contiguous()
    drawn = draws(vv.ResizedCrop(0.3), 200)
    slopes = np.diff(drawn.apply(columns, rows_of(columns)).numpy()[:, 0, 20, 10:50].astype(float)).mean(1) / 4
    rows = torch.from_numpy(np.random.default_rng(0).permutation(200))
    tall = drawn.apply(columns.transpose(2, 3).contiguous(), rows).numpy()[:, 0, 10:50, 20].astype(float)
    heights = np.diff(tall, axis=1).mean(1) / 4
    assert slopes.max() <= 1.001
    assert 0.38 < slopes.min() < 0.5  # (.3 * 40 * 60 * .75) ** .5 / 60: a share of .3, at its narrowest
    assert heights.max() <= 1.001


def test_a_resized_crop_keeps_its_bounds_and_its_whites():
    white = torch.full((3000, 1, 32, 32), 255, dtype=torch.uint8)
    assert (draws(vv.ResizedCrop(), 3000).apply(white, rows_of(white)) == 255).all()
    noisy = noise((50, 3, 16, 64))
    assert torch.equal(draws(vv.ResizedCrop(1), 50).apply(noisy, rows_of(noisy)), noisy)
    arrays = draws(vv.ResizedCrop(0.5), 3000).arrays
    sides = _sides(*(torch.from_numpy(arrays[name]) for name in ("areas", "ratios")), torch.tensor([32, 32]))
    areas = sides.prod(1)
    assert areas.min() >= 0.5
    assert sides.max() <= 1
    assert (areas == 1).float().mean() < 0.02


NAMES = (
    "Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color", "Contrast",
    "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize",
)  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("augmentation", "theirs"),
    [(vv.RandAugment(1, 9), v2.RandAugment()), (vv.RandAugment(1, 24), v2.RandAugment()),
     (vv.TrivialAugment(), v2.TrivialAugmentWide())],
    ids=str,
)  # fmt: skip
def test_operations_are_what_torchvision_makes_of_the_same_draws(augmentation, theirs, channels):
    images = smooth((140, channels, 30, 26))
    drawn = draws(augmentation, len(images))
    found = drawn.apply(images, rows_of(images))
    seen = set()
    for row, (number, strength) in enumerate(zip(*(drawn.arrays[name][:, 0] for name in drawn.arrays), strict=True)):
        magnitudes, signed = theirs._AUGMENTATION_SPACE[NAMES[number]]
        values = magnitudes(31, 30, 26)
        magnitude = 0.0 if values is None else round(float(values[round(abs(strength) * 30)]), 4)
        expected = theirs._apply_image_or_video_transform(
            images[row], NAMES[number], magnitude * (np.sign(strength) if signed else 1), "nearest", {}
        )
        off = (found[row].int() - expected.int()).abs()
        assert (off > 1).float().mean() < 0.02, NAMES[number]  # where two pixels are as near
        seen.add(NAMES[number])
    assert len(seen) == 14


@given(images=batches, seed=seeds)
@settings(max_examples=30)
def test_at_strength_zero_nothing_changes_but_what_has_no_strength(images, seed):
    drawn = draws(vv.RandAugment(2, 0), len(images), seed)
    is_still = (drawn.arrays["operations"] < 11).all(1)
    assert torch.equal(drawn.apply(images, rows_of(images))[is_still], images[is_still])
    assert torch.equal(draws(vv.RandAugment(0), len(images), seed).apply(images, rows_of(images)), images)


def test_a_mixup_is_the_blend_it_says():
    images, partners = noise((6, 3, 5, 5)), noise((6, 3, 5, 5), 1)
    drawn = draws(vv.Mixup(1), 6)
    mixed, share = drawn.mix(images, partners, torch.arange(6))
    assert share.tolist() == pytest.approx(drawn.arrays["shares"].tolist())
    weight = drawn.arrays["shares"][:, None, None, None]
    assert np.abs(mixed.numpy() - (images.numpy() * weight + partners.numpy() * (1 - weight))).max() <= 0.51


def test_what_is_cut_in_is_a_rectangle_and_the_share_is_what_is_left():
    images, partners = torch.zeros(60, 1, 16, 20, dtype=torch.uint8), torch.ones(60, 1, 16, 20, dtype=torch.uint8)
    drawn = draws(vv.CutMix(), 60)
    mixed, share = drawn.mix(images, partners, torch.arange(60))
    assert share.tolist() == pytest.approx((1 - mixed.float().mean((1, 2, 3))).tolist())
    for image in mixed[:, 0].numpy():
        ys, xs = np.nonzero(image)
        assert len(ys) == 0 or image[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].all()
    shares = draws(vv.CutMix(), 4000).arrays["rectangles"][:, 2] ** 2
    assert shares.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("augmentation", [vv.Mixup(1), vv.AugmentationChain([vv.Flip(), vv.CutMix()])], ids=str)
def test_images_are_mixed_with_the_one_beside_them_whatever_the_batch_size(augmentation):
    data, shown = tiny_data(), []
    for batch_size in (2, 7, 60):
        state = TrainState(cell_of(tiny_arm(augmentation=augmentation, batch_size=batch_size), data), Precision.fp32)
        state.enter(1)
        parts = [state.prepare(slice(start, min(start + batch_size, 60))) for start in range(0, 60, batch_size)]
        shown.append([torch.cat(tensors) for tensors in zip(*parts, strict=True)])
    for images, labels in shown[1:]:
        assert torch.equal(images, shown[0][0])
        assert torch.equal(labels, shown[0][1])
    order, labels = root(0).child("order", 1).numpy().permutation(60), shown[0][1]
    own = torch.nn.functional.one_hot(torch.from_numpy(data.train.labels[order])).float()
    beside = own.view(30, 2, -1).flip(1).view(60, -1)
    assert labels.sum(1).tolist() == pytest.approx([1] * 60)
    assert (labels[own + beside == 0] == 0).all()
    assert 0.2 < (labels * own).sum(1).mean() < 0.9


def test_an_image_without_a_partner_keeps_its_label():
    labels = torch.tensor([0, 1, 1])
    mixed, shares = mix_pairs(draws(vv.Mixup(1), 3).mix, noise((3, 1, 4, 4)), labels, torch.arange(3), slice(0, 3), 2)
    assert torch.equal(mixed[2], noise((3, 1, 4, 4))[2])
    assert shares[2].tolist() == [0, 1]
    assert whole_pairs(slice(3, 5), 5) == slice(2, 5)


def test_what_mixes_comes_last():
    with pytest.raises(InvalidStudy, match="doesn't come last"):
        draws(vv.AugmentationChain([vv.Mixup(), vv.Flip()]), 2)


def noise(shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def smooth(shape):
    """Images whose neighbouring pixels are alike, so that a place that is off by a rounding hardly shows."""
    few = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (*shape[:2], 4, 4)).astype(np.float32))
    return torch.nn.functional.interpolate(few, shape[2:], mode="bilinear").round().to(torch.uint8)


def test_a_chain_is_one_after_the_other_each_as_it_is_alone_and_a_second_one_anew():
    images = noise((6, 1, 8, 8))
    drawn = draws(vv.AugmentationChain([vv.Flip(), vv.Shift(2), vv.Shift(2)]), 6)
    alone = [draws(part, 6) for part in (vv.Flip(), vv.Shift(2))]
    assert np.array_equal(drawn.arrays["0 flips"], alone[0].arrays["flips"])
    assert np.array_equal(drawn.arrays["1 shifts"], alone[1].arrays["shifts"])
    assert not np.array_equal(drawn.arrays["2 shifts"], alone[1].arrays["shifts"])
    again = vv.Shift(2).draw(6, root(0).child("augmentation", 1).child("again", 1))
    expected = images
    for part in (*alone, again):
        expected = part.apply(expected, rows_of(images))
    assert torch.equal(drawn.apply(images, rows_of(images)), expected)


def test_an_input_is_no_augmentation_of_a_chain():
    with pytest.raises(InvalidStudy, match=r"augmentations\[1\] can't be used; got Blur"):
        draws(vv.AugmentationChain([vv.Flip(), vv.Blur(1)]), 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: vv.Erase(2),
        lambda: vv.Erase(0.5, 0.01),
        lambda: vv.Jitter(-1),
        lambda: vv.Jitter(0, 2),
        lambda: vv.AugmentationChain([]),
        lambda: vv.AugmentationChain("Flip"),
        lambda: vv.AugmentationChain([3]),
    ],
)
def test_augmentations_that_cannot_be_are_refused(make):
    with pytest.raises(InvalidStudy, match=r"augmentation\..* can't be used"):
        make()
