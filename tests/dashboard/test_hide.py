"""Hide it yourself: what is painted is what the model gets, and the page says what became of its answer."""

import re

import numpy as np
import pytest

from dashboard.canvas import decoded, encoded
from dashboard.hide import HIDE
from dashboard.swing import coloured, points

SIZE = (32, 32)


def half():
    mask = np.zeros(SIZE, dtype=bool)
    mask[: SIZE[0] // 2] = True
    return mask


def words(tab):
    """The comparison as the page has it."""
    return "\n".join(element.proto.body for element in tab.get("html"))


def paint(tab, mask):
    """As if the canvas had reported a mask."""
    table = tab.session_state["hide desk"]
    table.masks[table.last[0].picture] = encoded(mask)
    return tab


@pytest.mark.parametrize("seed", range(5))
def test_a_mask_survives_the_way_through_the_browser(seed):
    mask = np.random.default_rng(seed).random((7, 9)) < 0.5
    np.testing.assert_array_equal(decoded(encoded(mask), (7, 9)), mask)


def test_masks_that_are_empty_full_or_begin_and_end_covered_survive_too():
    for mask in (np.zeros((3, 4), bool), np.ones((3, 4), bool), ~np.eye(3, dtype=bool), np.eye(3, dtype=bool)):
        np.testing.assert_array_equal(decoded(encoded(mask), mask.shape), mask)
    assert encoded(np.zeros((3, 4), bool)) == ""
    assert encoded(np.array([[False, False, True], [True, False, False]])) == "2 2"


@pytest.mark.parametrize("runs", ["nonsense", "-5 3", "3 99999999999999999999999", "1 1 " * 5000, "²"])
def test_a_mask_that_makes_no_sense_stays_within_the_picture(runs):
    assert decoded(runs, (5, 6)).shape == (5, 6)


def test_a_link_opens_the_tool_and_before_anything_is_hidden_nothing_changes(app, settled):
    tab = settled(app(method=HIDE))
    assert not tab.exception
    assert "Nothing is hidden" in words(tab)
    shares = re.findall(r"<td>([^<]*)</td><td>([^<]*)</td><td>0</td>", words(tab))
    assert shares
    assert all(before == after for before, after in shares)
    assert tab.query_params["method"] in (HIDE, [HIDE])


def test_the_answer_is_that_of_the_library_for_the_same_mask(app, settled, models):
    from vizlib.attribution.hiding import hiding
    from vizlib.core.predict import batch_of
    from vizlib.zoo.load import load_model

    tab = settled(app(method=HIDE))
    tab = settled(paint(tab, half()))
    shot = tab.session_state["visit"].shot()
    model = load_model(models)
    expected = hiding(model.module, batch_of(model, [shot.open()]), half(), layer=model.default_layer)
    asked, trial = tab.session_state["hide desk"].last
    assert decoded(asked.runs, SIZE).sum() == half().sum()
    np.testing.assert_allclose(trial.hiding.scores, expected.scores, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(trial.hiding.activations, expected.activations, rtol=1e-5, atol=1e-5)
    assert "Nothing is hidden" not in words(tab)


def test_the_hidden_picture_is_filled_under_the_mask_and_as_it_was_elsewhere(app, settled):
    tab = settled(paint(settled(app(method=HIDE)), half()))
    _, trial = tab.session_state["hide desk"].last
    view = tab.session_state["visit"].sight().view
    np.testing.assert_array_equal(trial.hidden[~half()], view[~half()])
    np.testing.assert_array_equal(trial.hidden[half()], trial.filled[half()])
    assert len(np.unique(trial.filled)) == 1  # zero is one colour


def test_the_top_of_a_map_is_hidden_to_the_pixel(app, settled):
    tab = settled(app(method=HIDE))
    button = next(button for button in tab.main.button if button.label.startswith("Hide the top 10 %"))
    button.click()
    tab = settled(tab)
    asked, _ = tab.session_state["hide desk"].last
    assert decoded(asked.runs, SIZE).sum() == round(0.1 * SIZE[0] * SIZE[1])


def test_a_mask_seen_before_is_not_computed_again_and_stays_when_the_page_is_left(app, settled, engine, monkeypatch):
    tab = settled(paint(settled(app(method=HIDE)), half()))
    before = tab.session_state["hide desk"].last
    asked = []
    monkeypatch.setattr(engine, "with_model", lambda *args: asked.append(args))
    tab.switch_page("../pages/home.py").run()
    tab.switch_page("../pages/explain.py").run()
    assert asked == []
    assert tab.session_state["hide desk"].last == before


def test_the_pictures_have_alternative_text(app, settled):
    shown = words(settled(app(method=HIDE)))
    alternatives = re.findall(r"<img src='[^']*' alt='([^']*)'", shown)
    assert len(alternatives) == 4
    assert all(len(alternative) > 20 for alternative in alternatives)


@pytest.mark.parametrize(
    ("change", "shown"), [(0.0, "0"), (0.0004, "0"), (0.5, "+50"), (-0.37, "\u221237"), (-0.0123, "\u22121.2")]
)
def test_changes_are_points_with_a_sign(change, shown):
    assert points(change) == shown


def test_the_ends_of_a_scale_have_its_end_colours_and_warm_is_positive():
    low, high = coloured(np.array([[0.0, 1.0]]), 0.0, 1.0, "viridis")[0]
    assert low.round().tolist() == [68, 1, 84]
    assert high.round().tolist() == [253, 231, 37]
    negative, positive = coloured(np.array([[-1.0, 1.0]]), -1.0, 1.0, "RdBu")[0]
    assert positive[0] > positive[2]
    assert negative[0] < negative[2]
