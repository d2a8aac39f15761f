"""Top patches are the brightest places, at most one an image, cut to what the unit sees."""

import numpy as np
import pytest
import torch
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.core.recipe import recipe_for
from vizlib.data.imagesets import samples
from vizlib.figures import interactive, static
from vizlib.figures.export import to_bytes
from vizlib.figures.sheets import OUTSIDE
from vizlib.figures.units import even_columns, patch_sheet
from vizlib.inside.tally import Tally


def counter(padding=0, stride=1):
    """A net that counts the light in windows of 3 x 3."""
    layer = nn.Conv2d(1, 2, 3, padding=padding, stride=stride, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.weight[1].neg_()
    return nn.Sequential(layer, nn.ReLU())


def dark(*squares, size=12):
    """Black images, each with one bright square of 3 x 3: (row, column, brightness)."""
    images = torch.zeros(len(squares), 1, size, size)
    for image, (row, column, brightness) in zip(images, squares, strict=True):
        image[:, row : row + 3, column : column + 3] = brightness
    return images


def test_the_brightest_squares_are_found_in_order_with_place_value_and_box():
    images = dark((2, 7, 1.0), (9, 0, 3.0), (4, 4, 2.0))
    found = vz.top_patches(counter(), images, layer="1", unit=0, k=2)
    assert found.images.tolist() == [1, 2]
    np.testing.assert_allclose(found.values, [27, 18])
    assert found.positions.tolist() == [[9, 0], [4, 4]]
    assert found.boxes.tolist() == [[9, 0, 12, 3], [4, 4, 7, 7]]
    np.testing.assert_array_equal(found.patches[:, 0], [np.full((3, 3), 3), np.full((3, 3), 2)])
    assert found.inside.all()
    assert found.searched == 3


def test_each_patch_is_of_another_image():
    images = torch.cat([dark((2, 2, 5.0)) + dark((8, 8, 4.0)), dark((0, 0, 1.0))])
    found = vz.top_patches(counter(), images, layer="1", unit=0, k=2)
    assert found.images.tolist() == [0, 1]
    np.testing.assert_allclose(found.values, [45, 9])


def test_what_lies_in_the_padding_is_marked():
    image = torch.zeros(1, 1, 8, 8)
    image[..., 0, 0] = 1
    net = counter(padding=2)
    found = vz.top_patches(net, image, layer="1", unit=0, k=1)
    assert found.positions.tolist() == [[0, 0]]
    assert found.boxes.tolist() == [[-2, -2, 1, 1]]
    assert found.inside[0].tolist() == [[False] * 3, [False] * 3, [False, False, True]]
    assert found.patches[0, 0].tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert (patch_sheet(found).pixels == np.array(OUTSIDE, np.uint8)).all(-1).any()


def test_the_box_follows_the_stride_and_agrees_with_the_receptive_field():
    net = nn.Sequential(*counter(stride=2), nn.Conv2d(2, 3, 3, padding=1), nn.ReLU())
    images = toys.images(3, 20, 1).float()
    found = vz.top_patches(net, images, layer="3", unit=1, k=3)
    field = vz.receptive_field(net, layer="3", input_size=20)
    assert [found.box(n) for n in range(3)] == [field.whole_box(tuple(at)) for at in found.positions.tolist()]
    assert found.patches.shape == (3, 1, *field.size)


def test_an_image_changed_outside_the_patch_keeps_the_value_of_its_unit():
    net = toys.seeded(lambda: nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 5, 3, 2, 1)))
    images = toys.images(4)
    found = vz.top_patches(net, images, layer="2", unit=3, k=4)
    for rank in range(4):
        top, left, bottom, right = found.box(rank)
        only = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(rank), dtype=torch.float64)
        seen = (..., slice(max(top, 0), bottom), slice(max(left, 0), right))
        only[seen] = images[found.images[rank]][seen]
        row, column = found.positions[rank]
        assert net(only)[0, 3, row, column].item() == pytest.approx(found.values[rank], rel=1e-10)


def test_the_ranking_is_that_of_all_activations_at_once():
    model, images = toys.small(), toys.images(20)
    found = vz.top_patches(model, images, layer="second", unit=4, k=6, batch_size=3)
    values = vz.activations(model, images, layer="second").values[:, 4]
    best = values.reshape(20, -1).max(1)
    np.testing.assert_array_equal(found.images, np.argsort(-best, kind="stable")[:6])
    np.testing.assert_allclose(found.values, np.sort(best)[::-1][:6], rtol=1e-10)
    share = (values.reshape(-1, 1) <= found.values * (1 + 1e-12)).mean(0)
    np.testing.assert_allclose(found.quantiles, share, atol=2 / values.size)
    assert found.quantiles[0] == 1


def test_the_histogram_holds_every_activation_of_the_channel():
    model, images = toys.small(), toys.images(20)
    found = vz.top_patches(model, images, layer="second", unit=4, k=1)
    values = vz.activations(model, images, layer="second").values[:, 4]
    assert found.counts.sum() == values.size
    np.testing.assert_allclose(found.edges[[0, -1]], [values.min(), values.max()], rtol=1e-3)
    wanted, _ = np.histogram(values, bins=found.edges)
    assert np.abs(found.counts - wanted).sum() <= 0.02 * values.size


def test_the_batch_size_changes_neither_patches_nor_histogram():
    images = dark(*((n % 9, (2 * n) % 9, 1.0 + n % 5) for n in range(23)))
    one, many = (vz.top_patches(counter(), images, layer="1", unit=0, k=5, batch_size=n) for n in (1, 1024))
    assert one.digest() == many.digest()
    assert one.images.tolist() == [4, 9, 14, 19, 3]  # of equals, the first


def test_fewer_images_than_patches_give_what_there_is():
    found = vz.top_patches(counter(), dark((0, 0, 1.0)), layer="1", unit=0, k=9)
    assert len(found.values) == 1
    assert found.notes == ("There is only 1 image, and each gives one patch.",)


def test_a_unit_that_nothing_excites_says_so():
    found = vz.top_patches(counter(), dark((0, 0, 1.0)), layer="1", unit=1, k=1)
    assert found.zeros == 1
    assert "No image excites this unit" in found.banners()[0]


def test_a_layer_without_positions_shows_whole_images():
    found = vz.top_patches(toys.small(), toys.images(), layer="head", unit=2, k=3)
    assert found.boxes.tolist() == [[0, 0, 16, 16]] * 3
    np.testing.assert_array_equal(found.patches, toys.images().numpy()[found.images])


def test_a_unit_beyond_the_layer_is_refused():
    with pytest.raises(OptionError, match=r"top_patches: unit must be an integer from 0 to 1 at layer '1'; got 2"):
        vz.top_patches(counter(), dark((0, 0, 1.0)), layer="1", unit=2, k=1)


def test_cancelling_stops_after_the_batch():
    passed = []

    class Stop(BaseException):
        pass

    def cancel(done, total):
        passed.append((done, total))
        if done >= 4:
            raise Stop

    with pytest.raises(Stop):
        vz.top_patches(counter(), dark(*[(0, 0, 1.0)] * 50), layer="1", unit=0, k=1, batch_size=2, progress=cancel)
    assert passed == [(0, 50), (2, 50), (4, 50)]


def test_the_photos_that_people_see_are_cut_at_the_same_place_in_any_size():
    found = vz.top_patches(counter(), dark((6, 3, 1.0)), layer="1", unit=0, k=1)
    photo = np.zeros((24, 24, 3), np.uint8)
    photo[12:18, 6:12] = (250, 10, 20)
    colours = {tuple(colour) for colour in patch_sheet(found, [photo]).pixels.reshape(-1, 3).tolist()}
    assert colours == {(250, 10, 20), (255, 255, 255)}


def test_rows_of_patches_are_as_even_as_they_can_be():
    assert [even_columns(count, 5) for count in (1, 5, 6, 8, 9, 12, 20)] == [1, 5, 3, 4, 3, 4, 5]
    assert [even_columns(count, 9) for count in (9, 10, 16)] == [9, 5, 8]


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("k", [1, 4])
def test_both_draw_patches_and_histogram(backend, k):
    found = vz.top_patches(toys.small(), toys.images(), layer="second", unit=0, k=k)
    assert backend.figure(found) is not None
    assert backend.figure(found, images=[np.zeros((16, 16, 3), np.uint8)] * 4) is not None


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html", "npz"])
def test_every_file_is_written(format):
    model = vz.load_model("digits-cnn")
    name, image = samples("digits-cnn")[0]
    recipe = recipe_for("top_patches", model, [(name, image.convert("RGB"))], layer="conv2", unit=1, k=1)
    found = vz.top_patches(model, model.preprocess(image)[None], layer="conv2", unit=1, k=1)
    assert len(to_bytes(found, format, recipe=recipe)) > 1000


def test_a_tally_in_portions_counts_like_one_at_once_whatever_the_range():
    values = np.random.default_rng(0).standard_normal(4000) * 10.0 ** np.random.default_rng(1).integers(-20, 20, 4000)
    values[::7] = 0
    whole, parts = Tally(), Tally()
    whole.add(values)
    for part in np.split(values[::-1], 8):
        parts.add(part)
    np.testing.assert_array_equal(whole.counts, parts.counts)
    assert whole.zeros == parts.zeros == (values == 0).sum()
    assert whole.total == 4000
    share = np.array([(values <= value).mean() for value in values[:200]])
    np.testing.assert_allclose(whole.at_most(values[:200]), share, atol=0.002)


def test_a_tally_knows_negative_zero_and_both_signs():
    tally = Tally()
    tally.add(np.array([-2.0, -1.0, -0.0, 0.0, 1.0, 2.0]))
    np.testing.assert_allclose(tally.at_most(np.array([-2.0, -1.0, 0.0, 1.0, 2.0])), [1 / 6, 2 / 6, 4 / 6, 5 / 6, 1])
    counts, edges = tally.histogram(4)
    assert counts.tolist() == [1, 1, 2, 2]
    assert edges.tolist() == [-2, -1, 0, 1, 2]


def test_rows_stand_at_their_quantile_of_the_images():
    images = dark(*[(4, 4, 1.0 + number) for number in range(101)])
    found = vz.top_patches(counter(), images, layer="1", unit=0, k=3, rows="quantiles")
    assert found.levels.tolist() == [1] * 3 + [0.9] * 3 + [0.75] * 3 + [0.5] * 3 + [0.25] * 3
    assert found.images.reshape(5, 3)[:, 1].tolist() == [99, 90, 75, 50, 25]
    assert (np.diff(found.values) < 0).all()
    strongest = vz.top_patches(counter(), images, layer="1", unit=0, k=3)
    np.testing.assert_array_equal(found.images[:3], strongest.images)
    words = [note.text for note in interactive.figure(found).layout.annotations]
    assert words == ["strongest", "90%", "75%", "median", "25%"]
    assert static.figure(found).axes


def test_too_few_images_for_all_rows_are_shared_and_it_is_said():
    found = vz.top_patches(counter(), toys.images(4, 12, 1).float(), layer="1", unit=0, k=2, rows="quantiles")
    assert len(found.values) == 10
    assert found.notes[-1] == "The rows share images: 4 are too few for 5 rows of 2."
