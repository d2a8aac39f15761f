"""Hiding changes exactly what the mask covers, and the model's answer to it is the model's own."""

import numpy as np
import pytest
import torch
import toys
from torch import nn

import vizlib as vz
from vizlib.attribution.hiding import hide, hiding, top_share
from vizlib.attribution.results_hiding import NO_LAYER
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.figures.export import FORMATS, to_bytes
from vizlib.figures.hiding import hiding_plan

FILLS = ("zero", "mean", "blur")


def mask_of(*box, size=16):
    mask = np.zeros((size, size), dtype=bool)
    top, bottom, left, right = box or (0, 0, 0, 0)
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize("fill", FILLS)
def test_an_empty_mask_changes_nothing(fill):
    images = toys.images(2)
    assert torch.equal(hide(images, mask_of(), fill), images)


@pytest.mark.parametrize("fill", FILLS)
def test_only_what_is_under_the_mask_changes_and_the_image_given_does_not(fill):
    images, mask = toys.images(2), mask_of(3, 9, 5, 12)
    before = images.clone()
    hidden = hide(images, mask, fill)
    assert ((hidden != images).any(1) == torch.from_numpy(mask)).all()
    assert torch.equal(images, before)


def test_the_fills_are_zero_and_the_mean_of_each_channel():
    images, mask = toys.images(1), mask_of(2, 5, 2, 5)
    assert (hide(images, mask, "zero")[0, :, mask] == 0).all()
    mean = hide(images, mask, "mean")[0, :, 3, 3]
    torch.testing.assert_close(mean, images[0].mean((1, 2)))


def test_a_full_mask_with_zeros_gives_the_answer_to_zeros():
    model, image = toys.small(), toys.images(1)
    found = hiding(model, image, mask=mask_of(0, 16, 0, 16))
    with torch.no_grad():
        np.testing.assert_array_equal(found.scores[1:], model(torch.zeros_like(image)).numpy())
        np.testing.assert_allclose(found.scores[:1], model(image).numpy(), rtol=1e-12)


def test_hiding_a_window_is_one_window_of_occlusion():
    model, image = toys.small(), toys.images(1)
    windows = vz.occlusion(model, image, 2, window=8, stride=8, fill="mean").values[0, 0]
    for top, left in ((0, 0), (0, 8), (8, 0), (8, 8)):
        found = hiding(model, image, mask=mask_of(top, top + 8, left, left + 8), fill="mean").scores
        assert found[0, 2] - found[1, 2] == pytest.approx(windows[top, left], rel=1e-9, abs=1e-12)


def test_the_map_and_the_activations_are_those_of_the_altered_image():
    model, image, mask = toys.small(), toys.images(1), mask_of(0, 8, 0, 16)
    found = hiding(model, image, 3, mask=mask, layer="second")
    altered = hide(image, mask)
    expected = vz.grad_cam(model, altered, 3, layer="second")
    np.testing.assert_allclose(found.maps.values[1:], expected.values, rtol=1e-9, atol=1e-12)
    assert found.maps.target.tolist() == [3, 3]
    kept = []
    with torch.no_grad():
        handle = model.second.register_forward_hook(lambda module, args, output: kept.append(output.clone()))
        model(altered)
        handle.remove()
    np.testing.assert_allclose(found.activations[1], kept[0].mean(1)[0].numpy(), rtol=1e-9, atol=1e-12)


def test_without_a_class_both_maps_explain_what_was_predicted_for_the_whole_image():
    model, image = toys.small(), toys.images(1)
    found = hiding(model, image, mask=mask_of(0, 16, 0, 16), layer="second")
    assert found.maps.target.tolist() == [int(found.scores[0].argmax())] * 2


def test_the_model_stays_as_it_was():
    model = toys.with_gradients_wanted()
    before = toys.state_of(model)
    hiding(model, toys.images(1), mask=mask_of(0, 4, 0, 4), layer="second")
    assert toys.same(toys.state_of(model), before)


def test_a_tenth_of_a_hundred_positions_are_the_ten_highest():
    values = np.random.default_rng(0).permutation(100).reshape(10, 10).astype(float)
    np.testing.assert_array_equal(top_share(values, 0.1), values >= 90)


def test_equal_values_are_taken_in_reading_order_so_that_the_share_is_exact():
    assert top_share(np.zeros((4, 5)), 0.3).ravel().tolist() == [True] * 6 + [False] * 14


@pytest.mark.parametrize(("share", "count"), [(0, 0), (1, 30), (0.5, 15), (0.01, 0)])
def test_the_share_is_rounded_to_whole_positions(share, count):
    assert top_share(np.arange(30.0).reshape(5, 6), share).sum() == count


def test_what_speaks_against_the_class_is_not_hidden_first():
    assert top_share(np.array([[-9.0, 1.0], [0.0, -2.0]]), 0.25).tolist() == [[False, True], [False, False]]


def test_a_mask_of_another_size_an_unknown_fill_and_an_impossible_share_are_refused():
    with pytest.raises(OptionError, match=r"mask must be \[16, 16\]"):
        hide(toys.images(1), np.zeros((4, 4), bool))
    with pytest.raises(OptionError, match="fill must be one of"):
        hide(toys.images(1), mask_of(), "pink")
    with pytest.raises(OptionError, match="share must be between"):
        top_share(np.zeros((2, 2)), 1.5)


def test_without_a_mask_the_top_of_its_own_grad_cam_is_hidden():
    model, image = toys.small(), toys.images(1)
    found = vz.hiding(model, image, 2, share=0.2, layer="second")
    expected = top_share(vz.grad_cam(model, image, 2, layer="second").heatmap()[0], 0.2)
    np.testing.assert_array_equal(found.mask, expected)
    assert found.digest() == vz.hiding(model, image, 2, mask=expected, layer="second").digest()


def test_a_mask_may_be_an_array_a_tensor_or_any_word_for_it():
    model, image, mask = toys.small(), toys.images(1), mask_of(2, 7, 3, 12)
    words = "16x16r3.2.9.5", "16x16l35.9.7.9.7.9.7.9.7.9", torch.from_numpy(mask), mask.astype(int)
    wanted = vz.hiding(model, image, mask=mask).digest()
    assert [vz.hiding(model, image, mask=word).digest() == wanted for word in words] == [True] * 4


def test_colours_of_the_hidden_part_undo_the_normalisation():
    found = vz.hiding(toys.small(), toys.images(1), 0, ((0.2, 0.4, 0.6), (0.1, 0.1, 0.1)), mask=mask_of(0, 9, 0, 9))
    assert (found.filled == np.array([51, 102, 153])).all()
    picture = np.full((16, 16, 3), 7, np.uint8)
    shown = found.hidden(picture)
    assert (shown[:9, :9] == found.filled[:9, :9]).all()
    assert (shown[9:] == 7).all()


def test_both_figures_show_the_hidden_part_when_they_are_given_the_picture_alone():
    found = vz.hiding(toys.small(), toys.images(1), mask=mask_of(0, 4, 0, 4))
    before, after = hiding_plan(found, [np.full((16, 16, 3), 7, np.uint8)]).images
    assert (before == 7).all()
    assert ((after != 7).all(2) == found.mask).all()


def without_positions():
    """A network in which every layer is Linear."""
    return toys.seeded(
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(768, 9), nn.Tanh(), nn.Linear(9, 5)).double().eval()
    )


def test_without_a_layer_that_has_positions_the_answer_follows_and_what_is_left_out_is_said():
    model, image, mask = without_positions(), toys.images(1), mask_of(2, 12, 3, 9)
    found = vz.hiding(model, image, mask=mask, fill="mean")
    with torch.no_grad():
        expected = model(torch.cat([image, hide(image, mask, "mean")])).numpy()
    np.testing.assert_allclose(found.scores, expected, rtol=1e-12)
    assert abs(found.scores[0] - found.scores[1]).max() > 0.01
    assert (found.maps, found.activations, found.layer) == (None, None, None)
    assert found.target == found.scores[0].argmax()
    assert len(found.banners()) == 1
    assert vz.hiding(toys.small(), image, mask=mask).banners() == ()


def test_without_such_a_layer_the_class_asked_for_is_kept_and_a_function_has_none():
    model, image, mask = without_positions(), toys.images(1), mask_of(0, 4, 0, 4)
    assert vz.hiding(model, image, 3, mask=mask).target == 3
    assert vz.hiding(model, image, lambda scores: scores[:, 0], mask=mask).target == -1


def test_without_such_a_layer_and_without_a_mask_the_sentence_says_what_to_give():
    with pytest.raises(UnsupportedModel, match="give a mask"):
        vz.hiding(without_positions(), toys.images(1))


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "json"])
def test_without_such_a_layer_every_file_is_made_all_the_same(format):
    found = vz.hiding(without_positions(), toys.images(1), mask=mask_of(0, 9, 0, 9))
    picture = np.full((16, 16, 3), 7, np.uint8)
    for shown in ({}, {"images": [picture]}):
        assert to_bytes(found, format, recipe=None, **shown)
    assert NO_LAYER in hiding_plan(found).alternative
