"""A mask in an address comes back to the pixel, or is not in the address at all."""

from urllib.parse import quote

import numpy as np
import pytest

from dashboard.explain.mask_link import LONGEST, from_word, rectangles, to_word

SIZE = (32, 40)


def box(*places):
    mask = np.zeros(SIZE, dtype=bool)
    for left, top, width, height in places:
        mask[top : top + height, left : left + width] = True
    return mask


def stroke(size=(224, 224), radius=20):
    rows, columns = np.indices(size)
    path = [(60 + 40 * np.sin(x / 30), x) for x in range(30, 190, 4)]
    return np.logical_or.reduce([(rows - y) ** 2 + (columns - x) ** 2 < radius**2 for y, x in path])


def test_a_rectangle_is_four_numbers():
    assert to_word(box((3, 4, 10, 12))) == "32x40r3.4.10.12"
    assert rectangles(box((3, 4, 10, 12), (20, 4, 5, 6))) == [(3, 4, 10, 12), (20, 4, 5, 6)]


@pytest.mark.parametrize(
    "mask", [box((0, 0, 40, 32)), box((1, 1, 9, 9), (5, 5, 20, 20)), box((39, 31, 1, 1)), stroke()]
)
def test_a_mask_survives_the_way_through_an_address(mask):
    word = to_word(mask)
    assert len(word) <= LONGEST
    assert quote(word) == word
    np.testing.assert_array_equal(from_word(word, mask.shape), mask)


def test_rectangles_are_apart_and_cover_the_mask():
    mask = stroke((40, 50), 6)
    counted = np.zeros(mask.shape, int)
    for left, top, width, height in rectangles(mask):
        counted[top : top + height, left : left + width] += 1
    np.testing.assert_array_equal(counted, mask)


def test_nothing_hidden_is_no_word_and_noise_is_too_much_for_one():
    assert to_word(np.zeros(SIZE, bool)) == ""
    assert to_word(np.random.default_rng(0).random((224, 224)) < 0.5) is None


@pytest.mark.parametrize(
    "word", ["", "x", "32x40", "32x40r", "32x40r1.2.3", "32x40r1.2.3.four", "32x40z!!", "32x40zAAAA", "40x32r1.1.2.2"]
)
def test_a_word_that_makes_no_sense_hides_nothing(word):
    assert from_word(word, SIZE) is None


def test_a_word_beyond_the_picture_stays_within_it():
    assert from_word("32x40r30.30.9999.9999", SIZE).sum() == 10 * 2


def test_a_packed_word_cannot_unpack_to_more_than_its_share():
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b"1 " * 20_000_000, 9)).decode()
    assert len(bomb) > LONGEST
    assert from_word(f"32x40z{bomb}", SIZE) is None
