"""Both drawings of a receptive field and of a layer table say the same."""

import json

import numpy as np
import pytest
from inside.nets import Stack, conv
from torch import nn

import vizlib as vz
from vizlib.core.recipe import recipe_for
from vizlib.figures import interactive, static
from vizlib.figures.export import to_bytes
from vizlib.figures.inside import bars, field_plan, short
from vizlib.inside.results import Box, ModelSummary, ReceptiveField


@pytest.fixture(scope="module")
def field() -> ReceptiveField:
    return vz.receptive_field(Stack((7, 2, 3, 1), (3, 2, 1, 1)), layer="1", input_size=(32, 48))


@pytest.fixture(scope="module")
def summary() -> ModelSummary:
    layers = [layer for n in range(6) for layer in (conv(3, 1, 1, inputs=3, outputs=3), nn.ReLU())]
    return vz.model_summary(nn.Sequential(*layers, nn.Flatten(), nn.Linear(3 * 256, 4)), input_size=16)


def test_the_corner_unit_is_drawn_into_the_padding(field):
    plan = field_plan(field, (0, 0))
    assert plan.clipped == (0, 0, 6, 6)
    assert plan.whole == (-5, -5, 6, 6)
    assert plan.x_range[0] < -5
    assert plan.y_range[1] > 32
    assert "11 × 11 pixels, stride 4 × 4" in plan.title
    assert "rows 0 to 5 and columns 0 to 5" in plan.alternative


def test_screen_and_paper_draw_the_same_boxes(field):
    screen = interactive.figure(field, unit=(0, 0))
    drawn = {(shape.y0, shape.x0, shape.y1, shape.x1) for shape in screen.layout.shapes}
    paper = static.figure(field, unit=(0, 0))
    patches = [patch.get_bbox() for patch in paper.axes[0].patches]
    assert drawn == {(box.y0, box.x0, box.y1, box.x1) for box in patches}
    assert drawn == {(0, 0, 6, 6), (-5, -5, 6, 6), (0, 0, 32, 48)}
    assert screen.layout.meta["alternative"].startswith("Receptive field of unit (0, 0)")


def test_the_image_lies_under_the_box(field):
    pixels = [np.zeros((32, 48, 3), np.uint8)]
    assert len(interactive.figure(field, images=pixels).layout.images) == 1
    assert len(static.figure(field, images=pixels).axes[0].images) == 1
    assert len(static.figure(field, images=[]).axes[0].images) == 0


def test_a_unit_that_does_not_exist_is_refused(field):
    with pytest.raises(ValueError, match="units; got unit"):
        interactive.figure(field, unit=(99, 0))


def test_layers_beyond_the_most_are_summed_up_in_one_row(summary):
    all_of_it, few = bars(summary), bars(summary, most=2)
    assert len(all_of_it.names) == 7
    assert few.names[-1] == "5 other layers"
    assert len(few.names) == 3
    for plan in (all_of_it, few):
        assert sum(plan.parameters) == summary.total_parameters
        assert sum(plan.macs) == summary.total_macs


def test_both_tables_have_one_bar_for_every_layer(summary):
    screen, paper = interactive.figure(summary), static.figure(summary)
    assert [len(trace.x) for trace in screen.data] == [7, 7]
    assert [len(axes.patches) for axes in paper.axes] == [7, 7]
    assert "7 layers" not in screen.layout.meta["alternative"]
    assert screen.layout.meta["alternative"].startswith("14 layers with ")


@pytest.mark.parametrize(("number", "words"), [(0, "0"), (999, "999"), (11689512, "11.7 M"), (1.814e9, "1.81 G")])
def test_large_numbers_are_short(number, words):
    assert short(number) == words


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html", "npz", "csv", "json"])
@pytest.mark.parametrize("name", ["field", "summary"])
def test_every_format_is_written_with_its_recipe(name, format, request):
    result = request.getfixturevalue(name)
    model = vz.load_model("digits-cnn")
    given = {"layer": "conv2"} if name == "field" else {}
    recipe = recipe_for("receptive_field" if name == "field" else "model_summary", model, [], **given)
    assert (recipe.images, recipe.target) == ((), ())
    content = to_bytes(result, format, recipe=recipe, images=[], labels=None)
    assert len(content) > 200
    assert json.loads(recipe.to_json())["options"]["input_size"] == [32, 32]


def test_a_box_has_named_sides():
    assert Box(1, 2, 3, 4)._asdict() == {"top": 1, "left": 2, "bottom": 3, "right": 4}
