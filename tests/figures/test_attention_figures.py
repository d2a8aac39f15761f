"""Both drawings of attention say the same, at the right places."""

import numpy as np
import pytest
import toys
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.recipe import recipe_for
from vizlib.data.imagesets import samples
from vizlib.figures import interactive, static
from vizlib.figures.attention import QUERY, distance_plan, head_plan, head_sheet
from vizlib.figures.export import to_bytes
from vizlib.figures.style import alternative_text, title


@pytest.fixture(scope="module")
def found():
    return vz.attention(toys.tiny_vit(), toys.images(2, 28).float())


def test_a_sheet_has_one_tile_a_head_and_frames_the_patch_that_looks(found):
    sheet = head_sheet(found, (1, 2))
    assert sheet.units.tolist() == [0, 1]
    red = (sheet.pixels == np.array(QUERY)).all(-1)
    rows, columns = np.nonzero(red[:, : sheet.pixels.shape[1] // 2])
    middle = np.array([rows.min() + rows.max(), columns.min() + columns.max()]) / 2
    offset = middle - sheet.centres[0, ::-1]
    side = (rows.max() - rows.min() + 1) / 1.0
    np.testing.assert_allclose(offset / side, (1 - 1.5, 2 - 1.5), atol=0.1)
    assert "where patch (1, 2) looks" in sheet.title


def test_the_class_token_has_no_place_and_no_frame(found):
    sheet = head_sheet(found)
    assert not (sheet.pixels == np.array(QUERY)).all(-1).any()
    assert "where the class token looks" in sheet.title


def test_one_head_is_drawn_as_it_is_and_the_mean_is_the_mean(found):
    np.testing.assert_array_equal(head_plan(found, 1, (0, 3), index=1).values, found.looks((0, 3), 1)[1])
    np.testing.assert_allclose(head_plan(found, -1).values, found.looks()[:].mean(0))


def test_screen_and_paper_draw_the_same_head(found):
    pixels = [np.full((28, 28, 3), 128, np.uint8)] * 2
    screen = interactive.figure(found, head=0, query=(2, 1), images=pixels)
    paper = static.figure(found, head=0, query=(2, 1), images=pixels)
    np.testing.assert_array_equal(screen.data[0].z, paper.axes[0].images[1].get_array())
    (x0, x1, y0, y1) = [getattr(screen.layout.shapes[0], edge) for edge in ("x0", "x1", "y0", "y1")]
    assert (x0, x1, y0, y1) == (0.5, 1.5, 1.5, 2.5)
    assert paper.axes[0].patches[0].get_bbox().bounds == (0.5, 1.5, 1, 1)
    assert screen.data[1].customdata[2 * 4 + 1] == 2 * 4 + 1
    assert (screen.data[1].y[9], screen.data[1].x[9]) == (2, 1)


@pytest.mark.parametrize(("wanted", "words"), [({"query": (4, 0)}, "4 x 4 patches"), ({"head": 2}, "head must be")])
@pytest.mark.parametrize("backend", [interactive, static])
def test_what_does_not_exist_is_refused_in_one_sentence(found, backend, wanted, words):
    with pytest.raises(ValueError, match=words):
        backend.figure(found, **wanted)


def test_every_head_is_one_dot_over_its_block_on_both():
    found = vz.attention_distance(toys.tiny_vit(), toys.images(2, 28).float())
    plan = distance_plan(found)
    assert np.round(plan.x).tolist() == [1, 1, 2, 2]
    screen, paper = interactive.figure(found), static.figure(found)
    np.testing.assert_array_equal(screen.data[1].y, found.distances)
    np.testing.assert_array_equal(paper.axes[0].lines[1].get_ydata(), found.distances)
    assert "over 2 images of 28 by 28 pixels" in plan.alternative


def test_a_rollout_is_not_said_to_be_about_a_class():
    found = vz.attention_rollout(toys.tiny_vit(), toys.images(1, 28).float())
    assert title(found, 0, list("abcde")) == "Attention rollout, the same for every class"
    assert "score" not in alternative_text(found)


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html", "npz", "csv", "json"])
def test_a_look_can_be_taken_away_in_every_format(tmp_path, format):
    model = vz.load_model(toys.tiny_vit_card(tmp_path))
    recipe = recipe_for("attention", model, [(name, image.convert("RGB")) for name, image in samples("digits-cnn")[:1]])
    found = vz.attention(model, toys.images(1, 28).float())
    assert to_bytes(found, format, recipe=recipe, query=(0, 1))
