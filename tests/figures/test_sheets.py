"""Sheets of many maps: no row is left half empty without need, and the colour bar is never higher than the sheet."""

import numpy as np
import pytest

from vizlib.figures.interactive import figure
from vizlib.figures.sheets import lay_out
from vizlib.inside.results_units import Activations


@pytest.mark.parametrize("count", [16, 32, 64, 96, 128, 256, 512, 1000, 2048])
def test_the_usual_numbers_of_channels_leave_no_place_empty_but_a_few(count):
    laid = lay_out(np.zeros((count, 4, 4, 3), np.uint8))
    columns = len(set(laid.centres[:, 0].tolist()))
    rows = len(set(laid.centres[:, 1].tolist()))
    assert columns * rows - count <= 2
    assert rows <= columns <= 4 * rows


def test_the_colour_bar_lies_below_the_maps_and_the_figure_tells_its_shape():
    values = np.random.default_rng(0).random((1, 8, 4, 4)).astype(np.float32)
    facts = dict.fromkeys(("mean", "maximum", "sparsity"), np.zeros(8))
    result = Activations(values, **facts, dead=np.zeros(8, bool), special=None, layer="x", input_size=(4, 4))
    for drawn, bar in (
        (sheet := figure(result), sheet.data[0].marker.colorbar),
        (channel := figure(result, unit=0), channel.data[0].colorbar),
    ):
        assert (bar.orientation, bar.y, bar.yanchor) == ("h", 0, "top")
        assert drawn.layout.margin.b == drawn.layout.meta["foot"]
    assert channel.layout.meta["aspect"] == 1
    wide, high = sheet.layout.images[0].sizex, sheet.layout.images[0].sizey
    assert sheet.layout.meta["aspect"] == high / wide
