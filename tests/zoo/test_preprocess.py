"""What the network sees, against torchvision's presets and against geometry."""

import numpy as np
import pytest
import torch
from PIL import Image

from vizlib.zoo.cards import parse_card
from vizlib.zoo.official import OFFICIAL
from vizlib.zoo.preprocess import cropped, geometry, normalised
from vizlib.zoo.torchvision import official_card, official_weights

SIZES = [(500, 375), (213, 640), (224, 224), (31, 57), (1, 3)]
GREY = parse_card('build = "a:b"\nchannels = 1\ninput_size = 28\nmean = [0.286]\nstd = [0.353]')


def noise(size: tuple[int, int], seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def distinct_presets() -> list[str]:
    def look(name: str) -> tuple[object, ...]:
        card = official_card(name)
        return (card.resize, card.crop, card.mean, card.std, card.interpolation)

    return list({look(name): name for name in OFFICIAL}.values())


def test_every_torchvision_preset_is_reproduced_bit_for_bit():
    presets = distinct_presets()
    assert len(presets) >= 20
    for name in presets:
        preset = official_weights(name).transforms()
        for size in SIZES:
            image = noise(size)
            theirs = preset(image)
            ours = torch.from_numpy(normalised(official_card(name), image))
            assert ours.dtype == theirs.dtype
            assert torch.equal(ours, theirs), (name, size)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "LA"])
def test_every_mode_of_image_becomes_the_same_as_its_rgb(mode):
    card = official_card("resnet18")
    image = noise((300, 260)).convert(mode)
    np.testing.assert_array_equal(normalised(card, image), normalised(card, image.convert("RGB")))


def test_one_channel_is_the_luma_of_the_colours():
    image = Image.new("RGB", (28, 28), (200, 100, 50))
    luma = (200 * 299 + 100 * 587 + 50 * 114) // 1000
    expected = (np.float32(luma) / np.float32(255) - np.float32(0.286)) / np.float32(0.353)
    seen = normalised(GREY, image)
    assert seen.shape == (1, 28, 28)
    assert (seen == expected).all()


def test_grey_images_pass_a_grey_card_unchanged():
    pixels = np.random.default_rng(1).integers(0, 256, (28, 28), dtype=np.uint8)
    seen = normalised(GREY, Image.fromarray(pixels))
    np.testing.assert_allclose(seen[0] * 0.353 + 0.286, pixels / 255, atol=1e-6)


def test_two_sides_in_resize_squeeze_the_whole_image():
    card = parse_card('build = "a:b"\ninput_size = [40, 80]\nresize = [40, 80]')
    assert geometry(card, (500, 375)).box == (0, 0, 500, 375)
    assert cropped(card, noise((500, 375))).size == (80, 40)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (333, 777), (224, 224), (100, 90)])
def test_the_crop_box_says_where_each_pixel_of_the_view_comes_from(size):
    """An image that holds its own coordinates must show, at each pixel of the view, the place the box predicts."""
    card = official_card("resnet18")
    across = np.broadcast_to(np.arange(size[0]) + 0.5, size[::-1]).astype(np.float32)
    down = np.broadcast_to((np.arange(size[1]) + 0.5)[:, None], size[::-1]).astype(np.float32)
    where = geometry(card, size)
    left, top, right, bottom = where.box
    pixel = np.arange(20, 204) + 0.5
    corner = (*where.corner, where.corner[0] + 224, where.corner[1] + 224)
    seen_across, seen_down = (
        np.asarray(Image.fromarray(plane).resize(where.resized, Image.Resampling.BILINEAR).crop(corner))
        for plane in (across, down)
    )
    wrong_across = seen_across[100, 20:204] - (left + pixel * (right - left) / 224)
    wrong_down = seen_down[20:204, 100] - (top + pixel * (bottom - top) / 224)
    for wrong in (
        wrong_across,
        wrong_down,
    ):  # antialiasing leaves a ripple; half a pixel of offset would be 0.2 or more
        assert abs(wrong.mean()) < 0.01
        assert abs(wrong).max() < 0.15


def test_a_very_long_image_is_seen_without_resizing_all_of_it(monkeypatch):
    card = official_card("resnet18")
    image = noise((9, 4000))
    whole = np.asarray(cropped(card, image), dtype=int)
    monkeypatch.setattr("vizlib.zoo.preprocess.LARGEST_RESIZED", 1000)
    assert abs(np.asarray(cropped(card, image), dtype=int) - whole).max() <= 1
