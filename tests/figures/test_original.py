"""A map goes back to the pixels it came from: exactly, whatever the shape of the picture."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

import vizlib as vz
from vizlib.core.metadata import read_recipe
from vizlib.core.recipe import perform, recipe_for
from vizlib.core.results import Attribution
from vizlib.data.imagesets import samples
from vizlib.figures.export import to_bytes
from vizlib.figures.original import on_original, overlay, to_png
from vizlib.zoo.cards import Card
from vizlib.zoo.preprocess import cropped, geometry


def one(row, column, shape=(4, 4)):
    values = np.zeros(shape, dtype=np.float32)
    values[row, column] = 1
    return values


def result_of(values):
    values = np.asarray(values, dtype=np.float32)[None, None]
    return Attribution(values, np.array([0]), np.array([1.0]), "grad_cam", "u", signed=False)


def test_one_network_pixel_lands_on_exactly_its_box():
    placed = on_original(one(1, 2), (60, 40), (10.0, 0.0, 50.0, 40.0))  # each network pixel is 10 x 10 here
    expected = np.full((40, 60), np.nan)
    expected[:, 10:50] = 0
    expected[10:20, 30:40] = 1
    np.testing.assert_array_equal(placed, expected)


def test_each_pixel_takes_the_value_around_its_middle_when_nothing_divides():
    values = np.arange(15, dtype=np.float64).reshape(3, 5)
    size, box = (17, 11), (1.3, -0.7, 15.9, 10.2)
    placed = on_original(values, size, box)
    for y in range(size[1]):
        for x in range(size[0]):
            row = np.floor((y + 0.5 - box[1]) * 3 / (box[3] - box[1]))
            column = np.floor((x + 0.5 - box[0]) * 5 / (box[2] - box[0]))
            inside = 0 <= row < 3 and 0 <= column < 5
            assert np.isnan(placed[y, x]) if not inside else placed[y, x] == values[int(row), int(column)]


def test_a_map_of_the_same_size_is_itself():
    values = np.random.default_rng(0).normal(size=(7, 9))
    np.testing.assert_array_equal(on_original(values, (9, 7), (0, 0, 9, 7)), values)


def test_a_picture_smaller_than_the_map_takes_single_values():
    values = np.arange(16.0).reshape(4, 4)
    np.testing.assert_array_equal(on_original(values, (2, 2), (0, 0, 2, 2)), values[1::2, 1::2])


@pytest.mark.parametrize("size", [(301, 200), (200, 301), (97, 97), (33, 500)])
def test_what_the_network_saw_lies_where_the_map_is_drawn(size):
    """The view itself, taken back, is the picture inside the crop: only the resampling differs."""
    card = Card(name="card", build="x:y", resize=64, crop=(56, 48))
    ramp = np.add.outer(np.linspace(0, 120, size[1]), np.linspace(0, 120, size[0])).astype(np.uint8)
    picture = Image.fromarray(np.repeat(ramp[..., None], 3, axis=-1))
    view = np.asarray(cropped(card, picture))[..., 0].astype(float)
    placed = on_original(view, size, geometry(card, size).box)
    seen = ~np.isnan(placed)
    left, top, right, bottom = geometry(card, size).box
    assert abs(seen.sum() - (right - left) * (bottom - top)) <= sum(size)
    step = 120 / min(size) * max(1, min(size) / 64)  # one pixel of either raster
    assert np.abs(placed - ramp)[seen].max() <= 2 * step + 2


def test_outside_the_crop_the_picture_is_untouched_and_inside_it_is_coloured():
    image = np.random.default_rng(1).integers(0, 256, (41, 61, 3)).astype(np.uint8)
    drawn = overlay(result_of(one(0, 0)), image, (10.0, 0.0, 51.0, 41.0), opacity=1.0)
    assert drawn.shape == image.shape
    np.testing.assert_array_equal(drawn[:, :10], image[:, :10])
    np.testing.assert_array_equal(drawn[:, 51:], image[:, 51:])
    assert len(np.unique(drawn[:, 10:51].reshape(-1, 3), axis=0)) == 2  # the two ends of the colours


def test_with_no_opacity_the_seen_part_is_the_grey_picture():
    image = np.full((8, 8, 3), (10, 200, 30), dtype=np.uint8)
    drawn = overlay(result_of(one(0, 0)), image, (0, 0, 8, 8), opacity=0.0)
    assert np.unique(drawn).tolist() == [round(0.299 * 10 + 0.587 * 200 + 0.114 * 30)]


@pytest.fixture(scope="module")
def answered():
    model = vz.load_model("digits-cnn")
    name, image = samples("digits-cnn")[0]
    image = image.convert("RGB")
    recipe = recipe_for("saliency", model, [(name, image)])
    return recipe, perform(recipe, model, [image]), image, model


@pytest.mark.parametrize("scale", [1, 30])
def test_the_file_holds_the_picture_pixel_for_pixel_and_its_recipe(answered, scale):
    recipe, result, image, model = answered
    large = image.resize((image.width * scale, image.height * scale))
    box = model.crop_box(large.size)
    content = to_png(result, np.asarray(large), box, recipe=recipe, labels=model.labels)
    assert read_recipe(content) == (recipe, result.digest())
    page = np.asarray(Image.open(io.BytesIO(content)))
    np.testing.assert_array_equal(page[: large.height, : large.width], overlay(result, np.asarray(large), box))
    assert len(np.unique(page[large.height :].reshape(-1, 3), axis=0)) > 50  # a colour bar below


def test_the_table_has_one_row_a_pixel_with_the_very_numbers(answered):
    recipe, result, _, _ = answered
    comment, *lines = to_bytes(result, "csv", recipe=recipe).decode().splitlines()
    assert comment.startswith("# ")
    table = list(csv.DictReader(lines))
    assert list(table[0])[:3] == ["y", "x", "value"]
    height, width = result.values.shape[2:]
    values = np.array([row["value"] for row in table], dtype=result.values.dtype).reshape(height, width)
    np.testing.assert_array_equal(values, result.heatmap()[0])
    assert (table[width + 2]["y"], table[width + 2]["x"]) == ("1", "2")


def test_a_layer_table_is_one_row_a_layer():
    summary = vz.model_summary(vz.load_model("digits-cnn"))
    recipe = recipe_for("model_summary", vz.load_model("digits-cnn"), [])
    table = list(csv.DictReader(to_bytes(summary, "csv", recipe=recipe).decode().splitlines()[1:]))
    assert [row["layer"] for row in table] == list(summary.names)
    assert sum(int(row["parameters"]) for row in table) == summary.total_parameters
