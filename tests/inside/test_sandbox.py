"""Stacks of convolutions by hand: the numbers of the literature, and those of the traced network."""

import math

import numpy as np
import pytest
from torch import nn

import vizlib as vz
from vizlib.inside.sandbox import PRESETS, Convolution, parse_stack, stack_field


def field_of(text, channels=64):
    return stack_field(parse_stack(text), channels)


def test_two_3x3_see_what_one_5x5_sees_with_fewer_parameters():
    two, one = field_of("3, 3"), field_of("5")
    assert two.sizes[-1] == one.sizes[-1] == 5
    assert two.parameters.sum() / one.parameters.sum() == pytest.approx(18 / 25)


def test_three_3x3_see_what_one_7x7_sees():
    assert field_of("3, 3, 3").sizes[-1] == field_of("7").sizes[-1] == 7


def test_dilations_1_2_4_have_no_hole_and_2_2_2_use_7_of_13():
    assert (field_of("3 d1, 3 d2, 3 d4").sizes[-1], field_of("3 d1, 3 d2, 3 d4").holes) == (15, 0)
    assert (field_of("3 d2, 3 d2, 3 d2").sizes[-1], field_of("3 d2, 3 d2, 3 d2").used[-1]) == (13, 7)


def test_ten_uniform_3x3_spread_like_a_gaussian_of_known_width():
    assert field_of(", ".join(["3"] * 10)).sigma == pytest.approx(math.sqrt(10 * 8 / 12), abs=1e-9)


def test_padding_moves_the_field_and_never_changes_its_size():
    assert field_of("3 p1, 3 p1").sizes.tolist() == field_of("3, 3").sizes.tolist()
    assert field_of("3 p1, 3 p1").starts.tolist() == [-1, -2]


@pytest.mark.parametrize("text", [*PRESETS.values(), "4 s2 p1 d3, 2 s2, 5 p4 d2"])
def test_a_traced_network_has_the_same_field(text):
    layers = parse_stack(text)
    net = nn.Sequential(
        *(nn.Conv2d(1, 1, one.kernel, one.stride, one.padding, dilation=one.dilation) for one in layers)
    )
    mine = stack_field(layers)
    for number in range(len(layers)):
        traced = vz.receptive_field(net, layer=str(number), input_size=96, probe=False)
        assert (mine.sizes[number],) * 2 == traced.size
        assert (mine.strides[number],) * 2 == traced.stride
        assert (mine.starts[number],) * 2 == traced.start


def test_the_shares_of_all_paths_are_one():
    assert np.isclose(field_of("7 s2 p3, 3 s2 p1, 3 d2").paths.sum(), 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one layer"),
        ("3, cat", "Layer 2, 'cat', cannot be read"),
        ("0", "kernel must be from 1"),
        ("3 s99", "stride must be"),
        (", ".join(["3"] * 41), "may have 40"),
        (", ".join(["3 s16"] * 8), "sees more than"),
        ("3 x 5", "cannot be read"),
    ],
)
def test_what_cannot_be_a_stack_is_said_in_one_sentence(text, said):
    with pytest.raises(ValueError, match=said):
        field_of(text)


def test_all_ways_to_write_a_layer():
    assert parse_stack("3x3 s2p1; 5×5 D2\n7") == (Convolution(3, 2, 1), Convolution(5, dilation=2), Convolution(7))


def test_both_pictures_show_the_field_and_say_it_in_words():
    from vizlib.figures import sandbox

    field = field_of("3 d2, 3 d2")
    screen, paper = sandbox.stack_on_screen(field), sandbox.stack_on_paper(field)
    shown = screen.data[-1].z
    assert shown.shape == (9, 9)
    assert np.isnan(shown[0, 1])
    assert np.nanmax(shown) == 1
    assert "9 × 9 pixels, 4 of them unseen" in screen.layout.meta["alternative"]
    assert len(paper.axes) == 3
