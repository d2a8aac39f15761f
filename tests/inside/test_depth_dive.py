"""A dive says of each layer what the techniques it is made of say, and its boxes hold the pixel."""

import numpy as np
import pytest
import torch
import toys
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.layers import record
from vizlib.figures import interactive, static
from vizlib.inside.depth_dive import trunk, unit_above
from vizlib.inside.receptive_field import survey


@pytest.fixture(scope="module")
def found():
    return vz.depth_dive(toys.small(), toys.images(6), row=11, column=3, depth=3, k=2, steps=3)


def test_each_row_is_what_its_techniques_say(found):
    model, images = toys.small(), toys.images(6)
    for number, layer in enumerate(found.layers):
        field = vz.receptive_field(model, layer=layer, input_size=16)
        unit = tuple(found.units[number])
        assert tuple(found.boxes[number]) == field.box(unit)
        with record(model, layer) as seen:
            model(images[:1])
        values = seen.last(layer)[0, :, unit[0], unit[1]]
        channel = int(found.channels[number])
        assert channel == int(values.argmax())
        assert found.activations[number] == pytest.approx(values.max().item())
        patches = vz.top_patches(model, images, layer=layer, unit=channel, k=2)
        np.testing.assert_array_equal(found.patch_values[number], patches.values)
        np.testing.assert_array_equal(found.patch_boxes[number], patches.boxes)
        dream = vz.maximize_activation(model, layer=layer, unit=channel, steps=3, rate=0.1, input_size=16)
        np.testing.assert_allclose(found.dreams[number], dream.image)


def test_every_box_holds_the_pixel_and_the_effective_field_lies_inside_it(found):
    for box, map_ in zip(found.boxes, found.effective, strict=True):
        top, left, bottom, right = box
        assert top <= 11 < bottom
        assert left <= 3 < right
        inside = map_[top:bottom, left:right].sum()
        assert inside == pytest.approx(map_.sum())
        assert map_.max() == 1


def test_fields_on_the_way_down_never_shrink():
    from torchvision.models import resnet18

    fields = trunk(survey(resnet18(weights=None).eval(), (64, 64)))
    sizes = [field.local_size[0] for field in fields]
    assert sizes == sorted(set(sizes))
    assert fields[-1].layer == "layer4"


def test_the_unit_above_a_pixel_is_the_one_whose_middle_is_nearest():
    field = vz.receptive_field(toys.small(), layer="second", input_size=16)  # middles at 0.5, 2.5, 4.5, ...
    assert field.start == (-3, -3)
    assert unit_above(field, (0, 15)) == (0, 7)
    assert unit_above(field, (7, 4)) == (3, 2)


def test_with_one_image_there_is_one_patch_a_layer():
    found = vz.depth_dive(toys.small(), toys.images(1), depth=2, k=3, steps=2)
    assert (found.patch_images >= 0).sum(1).tolist() == [1, 1]
    assert found.pixel == (8, 8)


def test_rows_are_shown_as_they_come():
    class Watch:
        def __init__(self):
            self.rows = []

        def __call__(self, done, total):
            pass

        def show(self, make):
            self.rows.append(len(make().layers))

    watch = Watch()
    vz.depth_dive(toys.small(), toys.images(2), depth=3, k=1, steps=1, progress=watch)
    assert watch.rows[0] == 1


def test_both_backends_draw_a_row_for_each_layer(found):
    on_screen, on_paper = interactive.figure(found), static.figure(found)
    assert len(on_screen.data) == len(on_paper.axes) == 4 * len(found.layers)
    assert all(layer in on_screen.layout.meta["alternative"] for layer in found.layers)
    assert torch.isfinite(torch.tensor(found.effective)).all()
