"""Every mask has one word, and every word for it gives that word."""

import numpy as np
import pytest

from vizlib.core.mask_text import canonical, mask_of, packed, written


@pytest.mark.parametrize("seed", range(4))
def test_a_mask_comes_back_from_its_word(seed):
    mask = np.random.default_rng(seed).random((9, 23)) < (0.1, 0.5, 0.9, 1.1)[seed]
    np.testing.assert_array_equal(mask_of(written(mask)), mask)
    np.testing.assert_array_equal(mask_of(f"9x23z{packed(mask)}"), mask)


def test_however_it_is_said_a_mask_has_one_word():
    mask = np.zeros((8, 10), bool)
    mask[2:5, 1:7] = mask[3:6, 4:9] = True
    overlapping, runs = "8x10r1.2.6.3_4.3.5.3", f"8x10z{packed(mask)}"
    assert {canonical(said) for said in (mask, mask.astype(float), overlapping, runs)} == {written(mask)}


def test_few_rectangles_are_said_as_rectangles_and_noise_as_run_lengths():
    box = np.zeros((96, 96), bool)
    box[20:60, 10:40] = True
    assert written(box) == "96x96r10.20.30.40"
    assert written(np.zeros((4, 4), bool)) == "4x4r"
    assert not mask_of("4x4r").any()
    assert written(np.random.default_rng(0).random((30, 30)) < 0.5).startswith("30x30l")


@pytest.mark.parametrize(
    "wrong",
    ["", "nonsense", "4x4", "4x4r1.2.3", "4x4q1", "0x4r", "9999x9999r", "4x4z!", 3, [1, 2], np.zeros((2, 2, 2)),
     np.full((3, 3), 0.5), None],
)  # fmt: skip
def test_what_is_no_mask_has_no_word(wrong):
    assert canonical(wrong) is None


def test_what_lies_beyond_the_picture_is_not_hidden():
    assert mask_of("4x4r2.2.99.99").sum() == 4
    assert mask_of("4x4l0.999").all()
