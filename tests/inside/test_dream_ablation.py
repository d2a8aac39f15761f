"""The grid of dreams: one start, one regulariser switched at a time, each changes the image, and numbers that hold."""

import io

import numpy as np
import pytest
import torch
import toys
from PIL import Image
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import UnsupportedModel
from vizlib.figures import interactive, static
from vizlib.figures.table import rows
from vizlib.inside.ascent import climb
from vizlib.inside.starts import LOOK_AFTER

GIVEN = {"layer": "second", "unit": 0, "steps": 10, "input_size": 24, "trials": 3}


@pytest.fixture(scope="module")
def grid():
    return vz.dream_ablation(toys.small(), **GIVEN)


def test_the_first_image_is_the_dream_as_it_is_set(grid):
    alone = vz.maximize_activation(toys.small(), **{k: v for k, v in GIVEN.items() if k != "trials"})
    np.testing.assert_array_equal(grid.images[0], alone.image)
    assert grid.scores[0] == alone.end
    assert grid.start == alone.start
    assert grid.variations[0] == alone.total_variation
    assert grid.names[0] == "as set"


def test_every_regulariser_is_switched_once_and_changes_the_image(grid):
    assert [change.partition("=")[0] for change in grid.changes[1:]] == [
        "parametrisation", "decay", "blur", "norm_clip", "contribution_clip", "jitter", "zoom", "rotate",
    ]  # fmt: skip
    for name, image in zip(grid.names[1:], grid.images[1:], strict=True):
        assert np.abs(image - grid.images[0]).max() > 0.01, name


def test_each_variant_is_the_dream_with_that_setting(grid):
    for variant in (2, 6):
        name, _, value = grid.changes[variant].partition("=")
        setting = {name: int(value) if name == "jitter" else float(value)}
        given = {k: v for k, v in GIVEN.items() if k != "trials"}
        alone = vz.maximize_activation(toys.small(), **given, **setting)
        np.testing.assert_array_equal(grid.images[variant], alone.image)
        assert grid.scores[variant] == alone.end


def test_what_is_on_is_switched_off_and_what_is_off_on():
    found = vz.dream_ablation(toys.small(), **{**GIVEN, "steps": 2}, decay=0.1, zoom=0.0, parametrisation="pixel")
    changes = dict(change.split("=") for change in found.changes[1:])
    assert float(changes["decay"]) == 0
    assert float(changes["zoom"]) > 0
    assert float(changes["blur"]) > 0
    assert changes["parametrisation"] == "fourier"


def test_every_variant_meets_the_same_unseen_moves_and_none_leaves_the_score_as_it_is(grid):
    again = vz.dream_ablation(toys.small(), **{**GIVEN, "decay": 0.02})  # the same image as that variant's
    np.testing.assert_array_equal(again.images[0], grid.images[2])
    np.testing.assert_array_equal(again.fresh[0], grid.fresh[2])
    assert grid.fresh.shape == (9, 3)
    assert (grid.fresh != grid.scores[:, None]).all()
    assert grid.confidences.size == 0


def test_the_confidence_of_a_class_is_its_probability_under_the_moves():
    model = toys.small()
    found = vz.dream_ablation(model, **{**GIVEN, "steps": 3}, objective="logit")
    assert found.confidences.shape == (9, 3)
    assert ((found.confidences > 0) & (found.confidences < 1)).all()
    with torch.no_grad():
        still = model(torch.tensor((found.images[:1] - 0.5) / 0.25)).softmax(1)[0, 0].item()
    assert found.confidences[0].mean() == pytest.approx(still, abs=0.1)


def test_a_dead_unit_is_refused():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 3), torch.nn.ReLU()).double()
    torch.nn.init.constant_(model[0].bias, -1e6)
    with pytest.raises(UnsupportedModel, match="the unit is dead"):
        vz.dream_ablation(model, layer="1", steps=60, input_size=16)


def test_where_grey_excites_the_unit_all_images_begin_at_the_quiet_start_of_the_single_dream(monkeypatch):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 3), torch.nn.ReLU()).double()
    torch.nn.init.constant_(model[0].weight, 0.2)
    torch.nn.init.constant_(model[0].bias, 1.5)
    begun = []

    def kept(plan, aim, seed, on_step, *, start):
        begun.append((seed, start))
        return climb(plan, aim, seed, on_step, start=start)

    monkeypatch.setattr("vizlib.inside.ablation.climb", kept)
    given = {"layer": "1", "steps": LOOK_AFTER + 2, "input_size": 16}
    found, alone = vz.dream_ablation(model, **given, trials=1), vz.maximize_activation(model, **given)
    np.testing.assert_array_equal(found.images[0], alone.image)
    assert found.start == alone.start < 0.1 * found.scores.min()
    assert len(begun) == 8
    assert begun[0][1] is not None
    assert len(set(begun)) == 1  # one seed, one start
    assert any("so all images start where it does less" in note for note in found.notes)


def test_who_watches_sees_the_grid_fill():
    seen = []

    class Watcher:
        def __call__(self, done, total):
            pass

        def show(self, make):
            seen.append(make())

    found = vz.dream_ablation(toys.small(), **GIVEN, progress=Watcher())
    assert 1 <= len(seen[0].images) < 9
    np.testing.assert_array_equal(seen[0].images[0], found.images[0])
    assert interactive.figure(seen[0]) is not None
    assert static.figure(seen[0]) is not None


def test_both_drawings_have_nine_pictures_with_three_numbers_and_the_set_one_in_the_middle(grid):
    screen, paper = interactive.figure(grid), static.figure(grid)
    assert len(screen.data) == 9
    assert paper.axes[4].get_title(loc="left") == "as set"
    assert all("variation" in axes.texts[0].get_text() and "unseen" in axes.texts[0].get_text() for axes in paper.axes)
    middle = next(note.text for note in screen.layout.annotations if "as set" in note.text)
    assert "score" in middle
    assert "variation" in middle
    content = io.BytesIO()
    paper.savefig(content, format="png", dpi=40)
    assert Image.open(content).width > 100


def test_the_table_has_one_row_a_dream(grid):
    names, *table = rows(grid)
    assert len(table) == 9
    assert dict(zip(names, table[0], strict=True))["score"] == grid.scores[0]


def test_a_unit_card_holds_what_the_two_techniques_give():
    model, images = toys.small(), toys.images(4)
    card = vz.unit_card(model, images, layer="second", unit=1, k=3, steps=4, input_size=16)
    made = vz.maximize_activation(model, layer="second", unit=1, steps=4, input_size=16)
    patches = vz.top_patches(model, images, layer="second", unit=1, k=3)
    assert card.dream.digest() == made.digest()
    assert card.patches.digest() == patches.digest()
    assert "Unit 1 of second" in interactive.figure(card).layout.title.text
    assert static.figure(card) is not None


class Set:
    """Four images, one at a time."""

    def __len__(self):
        return 4

    def tensor(self, index):
        return toys.images(4)[index]


def test_a_unit_card_over_a_set_is_that_of_its_images():
    given = {"layer": "second", "unit": 1, "k": 3, "steps": 2, "input_size": 16}
    assert (
        vz.unit_card(toys.small(), Set(), **given).digest()
        == vz.unit_card(toys.small(), toys.images(4), **given).digest()
    )
