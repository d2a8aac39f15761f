"""How alike layers are: the alignment without bias of Kornblith and Nguyen, checked against its definition."""

import numpy as np
import pytest
import torch
import toys
from torch import nn

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.figures import interactive, static
from vizlib.space.layerwise import main_layers, parts


def hsic(k, m):
    """The unbiased estimator as its paper prints it (Song et al. 2012, equation 5)."""
    n, ones = len(k), np.ones(len(k))
    k, m = (kernel - np.diag(np.diag(kernel)) for kernel in (k, m))
    last = 2 / (n - 2) * ones @ k @ m @ ones
    return (np.trace(k @ m) + (ones @ k @ ones) * (ones @ m @ ones) / ((n - 1) * (n - 2)) - last) / (n * (n - 3))


def test_every_cell_is_the_published_estimator():
    images = toys.images(9)
    found = vz.layer_similarity(toys.small(), images, batch_size=16)
    assert found.layers == ("first", "norm", "relu", "second", "head")
    kernels = [kernel_of(name, images) for name in found.layers]
    wanted = [[hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m)) for m in kernels] for k in kernels]
    np.testing.assert_allclose(found.matrix, wanted, atol=1e-10)


def kernel_of(name, images):
    rows = vz.features(toys.small(), images, layer=name, pool="flatten").values
    return rows @ rows.T


def test_parts_are_averaged_before_they_are_divided():
    images = toys.images(10)
    found = vz.layer_similarity(toys.small(), images, batch_size=5)
    whole = [[0.0] * 3 for _ in range(3)]
    for row, one in enumerate(("first", "second", "head")):
        for column, other in enumerate(("first", "second", "head")):
            whole[row][column] = sum(
                hsic(kernel_of(one, part), kernel_of(other, part)) for part in (images[:5], images[5:])
            )
    wanted = whole[0][2] / np.sqrt(whole[0][0] * whole[2][2])
    assert found.matrix[0, -1] == pytest.approx(wanted, abs=1e-10)


def test_a_model_is_like_itself_and_a_turned_layer_is_the_same():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.turn, self.head = nn.Linear(48, 6), nn.Linear(6, 6), nn.Linear(6, 3)
            turned = torch.linalg.qr(torch.randn(6, 6))[0]
            self.turn.weight.data, self.turn.bias.data = 3 * turned, torch.full((6,), 7.0)

        def forward(self, x):
            return self.head(self.turn(self.first(x.flatten(1))))

    found = vz.layer_similarity(toys.seeded(Turned), toys.images(12, 4))
    np.testing.assert_allclose(np.diag(found.matrix), 1, atol=1e-12)
    np.testing.assert_allclose(found.matrix, found.matrix.T, atol=1e-12)
    assert found.matrix[0, 1] == pytest.approx(1, abs=1e-10)
    assert found.matrix[0, 2] < 0.999


def test_without_bias_unrelated_features_have_nothing_in_common_however_wide_they_are():
    class Apart(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Linear(24, 400), nn.Linear(24, 400)

        def forward(self, x):
            flat = x.flatten(1)
            return self.left(flat[:, :24]).sum(1, keepdim=True) + self.right(flat[:, 24:])

    images = toys.images(200, 4, seed=3)
    found = vz.layer_similarity(toys.seeded(Apart), images, batch_size=20)
    assert abs(found.matrix[0, 1]) < 0.05
    features = [vz.features(toys.seeded(Apart), images[:20], layer=name) for name in ("left", "right")]
    assert vz.cka(*features) > 0.3  # what the biased estimator says of as many images


def test_two_models_are_compared_each_with_the_images_as_it_expects_them():
    from vizlib.data.streams import image_stream

    digits, images = vz.load_model("digits-cnn"), image_stream("digits:40")
    one = vz.layer_similarity(digits, images, digits)
    assert not one.of_itself
    np.testing.assert_allclose(one.matrix, vz.layer_similarity(digits, images).matrix, atol=1e-6)
    other = vz.layer_similarity(digits, images, vz.load_model("digits-cnn", weights="random"))
    assert other.matrix[-1, -1] < 0.9


@pytest.mark.parametrize("of", ["a set", "pictures"])
def test_two_models_have_a_recipe_and_each_sees_single_pictures_as_it_expects_them(of):
    from vizlib.core.recipe import perform, recipe_for
    from vizlib.data.streams import image_stream

    digits, scenes, images = vz.load_model("digits-cnn"), vz.load_model("scenes-resnet"), image_stream("scenes:8")
    given = images if of == "a set" else [(f"scenes:8#{row}", images.read(row)) for row in range(8)]
    recipe = vz.Recipe.from_json(recipe_for("layer_similarity", digits, given, second=scenes, most=4).to_json())
    assert recipe.data["second"]["model"] == "scenes-resnet"
    assert recipe.digest() != recipe_for("layer_similarity", digits, given, most=4).digest()
    here = images if of == "a set" else [image for _, image in given]
    expected = vz.layer_similarity(digits, images, scenes, most=4)
    assert perform(recipe, digits, here).digest() == vz.run(recipe).digest() == expected.digest()


def test_a_layer_that_answers_all_images_alike_is_named():
    class Blank(nn.Module):
        def __init__(self):
            super().__init__()
            self.blank, self.head = nn.Linear(48, 3), nn.Linear(48, 3)
            nn.init.zeros_(self.blank.weight)

        def forward(self, x):
            return self.blank(x.flatten(1)) + self.head(x.flatten(1))

    found = vz.layer_similarity(toys.seeded(Blank), toys.images(8, 4))
    assert found.matrix[0].tolist() == [0, 0]
    assert found.notes[0].startswith("blank: all images")


def test_too_few_images_are_refused_and_no_part_is_too_short():
    with pytest.raises(OptionError, match=r"^layer_similarity: images must be at least 4; got 3"):
        vz.layer_similarity(toys.small(), toys.images(3))
    for count in range(4, 60):
        lengths = [part.stop - part.start for part in parts(count, 8)]
        assert sum(lengths) == count
        assert min(lengths) >= 4


def test_layers_are_looked_for_as_deep_as_needed():
    nested = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    assert main_layers(nested) == ["0.0", "0.1", "1.0", "1.1"]
    assert main_layers(toys.small()) == ["first", "norm", "relu", "second", "head"]


@pytest.mark.parametrize("backend", [interactive, static])
def test_both_backends_draw_two_models_with_their_names(backend):
    found = vz.layer_similarity(toys.small(), toys.images(8), toys.small())
    assert backend.figure(found, models=("one", "t$wo")) is not None
