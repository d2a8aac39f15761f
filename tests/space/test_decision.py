"""The plane through three images: regions of a linear model are half planes, and the images lie on it."""

import numpy as np
import pytest
import torch
import toys

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.figures import interactive, static
from vizlib.figures.decision import decision_plan


class Straight(torch.nn.Module):
    """Class 1 where the first pixel is brighter than the second, else class 0."""

    def forward(self, x):
        return torch.stack([torch.zeros(len(x)).to(x), 4 * (x[:, 0, 0, 0] - x[:, 0, 0, 1])], dim=1)


def three(*pixels):
    images = torch.zeros(3, 1, 2, 2, dtype=torch.float64)
    for image, (first, second) in zip(images, pixels, strict=True):
        image[0, 0] = torch.tensor([first, second])
    return images


def test_regions_of_a_linear_model_are_half_planes_with_the_confidence_of_the_distance():
    found = vz.decision_plane(Straight(), three((0, 0), (1, 0), (0, 1)), steps=21, margin=0.5)
    x, y = np.meshgrid(found.axis, found.rows)  # the plane is that of the two pixels themselves
    assert (found.classes[np.abs(x - y) > 1e-9] == (x > y)[np.abs(x - y) > 1e-9]).all()
    np.testing.assert_allclose(found.confidence, 1 / (1 + np.exp(-4 * np.abs(x - y))), atol=1e-12)
    assert found.shares == pytest.approx({0: 0.5, 1: 0.5}, abs=0.06)


def test_each_image_is_a_node_with_its_own_answer_bit_for_bit():
    model, images = toys.small(), toys.images(3)
    found = vz.decision_plane(model, images, steps=9)
    with torch.no_grad():
        own = [model(image[None]).softmax(1)[0] for image in images]
    assert found.predicted.tolist() == [int(one.argmax()) for one in own]
    for node, position, one in zip(found.nodes, found.positions, own, strict=True):
        assert (found.axis[node[1]], found.rows[node[0]]) == tuple(position)
        assert found.confidence[tuple(node)] == pytest.approx(float(one.max()), abs=1e-12)


def test_the_basis_is_orthonormal_and_leads_to_the_images():
    images = toys.images(3)
    found = vz.decision_plane(toys.small(), images, steps=5)
    first, second = found.basis.reshape(2, -1)
    assert (first @ first, second @ second, first @ second) == pytest.approx((1, 1, 0), abs=1e-12)
    for (x, y), image in zip(found.positions, images, strict=True):
        reached = images[0].numpy() + x * found.basis[0] + y * found.basis[1]
        np.testing.assert_allclose(reached, image.numpy(), atol=1e-12)
    assert found.positions[0].tolist() == [0, 0]
    assert found.positions[1, 1] == 0 < found.positions[1, 0]
    assert found.positions[2, 1] > 0


def test_the_grid_reaches_as_far_beyond_the_images_as_asked_and_its_cells_are_square():
    images = three((0, 0), (2, 0), (0, 1))
    tight, wide = (vz.decision_plane(Straight(), images, steps=21, margin=margin) for margin in (0, 1))
    assert (tight.axis[[0, -1]].tolist(), tight.rows[[0, -1]].tolist()) == ([0, 2], [0, 1])
    np.testing.assert_allclose([*wide.axis[[0, -1]], *wide.rows[[0, -1]]], [-2, 4, -1, 2], atol=1e-12)
    assert np.median(np.diff(wide.axis)) == pytest.approx(np.median(np.diff(wide.rows)), rel=0.1)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (three((0, 0), (1, 0), (0, 1))[:2], "exactly three; got 2"),
        (three((0, 0), (0, 0), (0, 1)), "three different ones"),
        (three((0, 0), (1, 1), (1, 1)), "must not lie on one line"),
        (three((0, 0), (1, 1), (3, 3)), "must not lie on one line"),
    ],
)
def test_images_without_a_plane_are_refused_in_one_sentence(images, words):
    with pytest.raises(OptionError, match=f"^decision_plane: images must .*{words}|{words}") as refused:
        vz.decision_plane(Straight(), images)
    assert "\n" not in str(refused.value)


def test_a_model_without_classes_is_refused_in_one_sentence():
    with pytest.raises(UnsupportedModel, match="one row of scores of at least two classes"):
        vz.decision_plane(torch.nn.Identity(), three((0, 0), (1, 0), (0, 1)))


def test_the_rows_so_far_are_shown():
    class Watch:
        def __init__(self):
            self.seen = []

        def __call__(self, done, total):
            pass

        def show(self, make):
            self.seen.append(make())

    watch = Watch()
    vz.decision_plane(Straight(), three((0, 0), (1, 0), (0, 1)), batch_size=8, progress=watch)
    assert (watch.seen[0].classes == -1).any()
    assert interactive.figure(watch.seen[0]) is not None


def test_the_figure_names_regions_and_images_and_more_classes_than_colours_are_grey():
    found = vz.decision_plane(Straight(), three((0, 0.1), (1, 0), (0, 1)))
    plan = decision_plan(found, labels=["dark", "<b>bright</b>"])
    assert [region.name for region in plan.regions] == ["dark", "<b>bright</b>"]
    assert plan.points[1][4].startswith("B: <b>bright</b>")
    assert "dark" in plan.title
    drawn = interactive.figure(found, labels=["dark", "<b>bright</b>"])
    assert "<b>bright" not in drawn.to_json().replace("\\u003c", "<")
    assert static.figure(found, labels=["dark", "$bright"]) is not None
    many = decision_plan(vz.decision_plane(toys.seeded(lambda: Sectors(12)), toys.images(3), steps=40, margin=3))
    assert len(many.regions) <= 8
    assert sum(region.share for region in many.regions) == pytest.approx(1)


class Sectors(torch.nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.head = torch.nn.Linear(768, classes)

    def forward(self, x):
        return self.head(x.flatten(1))
