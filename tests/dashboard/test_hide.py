"""Hide it yourself: what is painted is what the model gets, and the page says what became of its answer."""

import re

import numpy as np
import pytest
import toys

from dashboard.explain.canvas import decoded, encoded
from dashboard.explain.hide import HIDE
from dashboard.explain.swing import coloured, points

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
    expected = hiding(model, batch_of(model, [shot.open()]), mask=half())
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
    np.testing.assert_array_equal(trial.hidden[half()], trial.hiding.filled[half()])
    assert len(np.unique(trial.hiding.filled)) == 1  # zero is one colour


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


def test_what_is_painted_is_in_the_address_and_a_link_hides_it_on_a_fresh_server(app, settled):
    from dashboard.explain.mask_link import to_word

    tab = settled(app(method=HIDE))
    assert "mask" not in tab.query_params
    tab.session_state["hide/fill"] = "mean"
    tab = settled(paint(tab, half()))
    said = {name: value if isinstance(value, str) else value[0] for name, value in tab.query_params.items()}
    assert (said["mask"], said["fill"]) == (to_word(half()), "mean")
    first = tab.session_state["hide desk"].last[1]
    fresh = settled(app(**said))
    asked, trial = fresh.session_state["hide desk"].last
    assert asked.fill == "mean"
    np.testing.assert_array_equal(decoded(asked.runs, SIZE), half())
    np.testing.assert_array_equal(trial.hiding.scores, first.hiding.scores)
    np.testing.assert_array_equal(trial.hidden, first.hidden)


def test_a_mask_of_another_size_in_a_link_hides_nothing(app, settled):
    tab = settled(app(method=HIDE, mask="96x96r1.1.20.20"))
    assert not tab.exception
    assert "Nothing is hidden" in words(tab)


def test_a_step_back_in_the_browser_is_a_step_back_of_the_mask(app, settled):
    tab = settled(paint(settled(app(method=HIDE)), half()))
    visit = tab.session_state["visit"]
    before = dict(visit.special)
    visit.follow({"model": visit.listed().name, "image": visit.shot().address, "method": HIDE})
    tab = settled(tab.run())
    assert "Nothing is hidden" in words(tab)
    visit.follow({"model": visit.listed().name, "image": visit.shot().address, "method": HIDE, **before})
    asked, _ = settled(tab.run()).session_state["hide desk"].last
    np.testing.assert_array_equal(decoded(asked.runs, SIZE), half())


def test_a_mask_too_intricate_for_a_link_is_not_in_it_and_the_page_says_so(app, settled, monkeypatch):
    monkeypatch.setattr("dashboard.explain.mask_link.LONGEST", 8)
    tab = settled(paint(settled(app(method=HIDE)), half()))
    assert "mask" not in tab.query_params
    assert any("too intricate for a link" in caption.value for caption in tab.caption)


def test_the_comparison_can_be_downloaded_and_put_into_the_report(app, settled):
    import csv
    import io

    from PIL import Image
    from pypdf import PdfReader

    from dashboard.explain.hide_files import picture_png, table_csv
    from dashboard.report import maker

    tab = settled(paint(settled(app(method=HIDE)), half()))
    _, trial = tab.session_state["hide desk"].last
    labels = tab.session_state["visit"].sight().labels
    labelled = [button.proto.label for button in tab.main.get("download_button")]
    assert {"PDF", "Recipe (JSON)", "Hidden picture (PNG)", "Probabilities (CSV)"} <= set(labelled)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(picture_png(trial.hidden)))), trial.hidden)
    rows = list(csv.DictReader(io.StringIO(table_csv(trial.hiding, labels).decode())))
    assert len(rows) == len(labels)
    for column in ("before", "after"):
        assert sum(float(row[column]) for row in rows) == pytest.approx(1)
    next(button for button in tab.main.button if button.label == "Add to report").click().run()
    (kept,) = tab.session_state["report"]
    assert kept.answer.recipe.options["mask"] == "32x32r0.0.32.16"
    for format in ("png", "svg", "html"):
        assert kept.entry().file(format)
    (page,) = PdfReader(io.BytesIO(maker("pdf", [kept], "Hidden")())).pages
    assert kept.answer.recipe.digest() in page.extract_text()
    assert next(button for button in tab.main.button if button.label == "In the report").disabled


def test_from_every_file_the_comparison_is_made_again_bit_for_bit(app, settled, models, tmp_path, capsys):
    from vizlib.__main__ import main
    from vizlib.figures.export import FORMATS, to_bytes

    tab = settled(paint(settled(app(method=HIDE)), half()))
    _, trial = tab.session_state["hide desk"].last
    sight, picture = tab.session_state["visit"].sight(), tmp_path / "picture.png"
    tab.session_state["visit"].shot().open().save(picture)
    for format in FORMATS:
        file = tmp_path / f"hidden.{format}"
        file.write_bytes(to_bytes(trial.hiding, format, recipe=trial.recipe, images=[sight.view], labels=sight.labels))
        assert main(["rerun", str(file), "--model", str(models), "--images", str(picture)]) == 0
        assert "bit for bit" in capsys.readouterr().out


def test_the_lines_beside_it_name_the_mask(app, settled):
    tab = settled(paint(settled(app(method=HIDE)), half()))
    shell, python = (code.value for code in tab.main.code if "{" not in code.value)
    assert "--mask 32x32r0.0.32.16" in shell
    assert "vz.hiding(model, images, " in python
    assert "mask='32x32r0.0.32.16'" in python


@pytest.fixture
def all_linear(app, models, tmp_path, monkeypatch):
    """The page with a model of which no layer has positions."""
    from dashboard import visit

    folder = tmp_path / "all-linear"
    folder.mkdir()
    monkeypatch.setenv("VIZLIB_MODELS", toys.all_linear_card(folder))
    visit._models.cache_clear()
    return lambda: app(method=HIDE), folder


def test_a_model_without_positions_answers_all_the_same_and_the_page_says_what_is_left_out(all_linear, settled):
    from vizlib.attribution.results_hiding import NO_LAYER

    opened, _ = all_linear
    tab = settled(opened())
    assert not tab.error
    assert "Nothing is hidden" in words(tab)
    tab = settled(paint(tab, half()))
    _, trial = tab.session_state["hide desk"].last
    assert trial.hiding.maps is None
    assert "Nothing is hidden" not in words(tab)
    assert re.search(r"<td>[+\u2212][\d.]+</td>", words(tab))
    assert [info.value for info in tab.main.info] == [NO_LAYER]


def test_of_a_model_without_positions_the_top_of_the_saliency_map_is_hidden(all_linear, settled):
    opened, _ = all_linear
    tab = settled(opened())
    next(button for button in tab.main.button if button.label.startswith("Hide the top 10 %")).click()
    tab = settled(tab)
    assert not tab.error
    asked, _ = tab.session_state["hide desk"].last
    assert decoded(asked.runs, SIZE).sum() == round(0.1 * SIZE[0] * SIZE[1])


def test_of_a_model_without_positions_the_comparison_is_made_again_from_its_file(all_linear, settled, tmp_path, capsys):
    from vizlib.__main__ import main
    from vizlib.figures.export import to_bytes

    opened, folder = all_linear
    tab = settled(paint(settled(opened()), half()))
    _, trial = tab.session_state["hide desk"].last
    sight, picture, file = tab.session_state["visit"].sight(), tmp_path / "picture.png", tmp_path / "hidden.html"
    tab.session_state["visit"].shot().open().save(picture)
    file.write_bytes(to_bytes(trial.hiding, "html", recipe=trial.recipe, images=[sight.view], labels=sight.labels))
    assert main(["rerun", str(file), "--model", str(folder), "--images", str(picture)]) == 0
    assert "bit for bit" in capsys.readouterr().out
    line = ["hiding", str(picture), "--model", str(folder), "--mask", "32x32r0.0.32.16"]
    assert main([*line, "--output", str(tmp_path / "again.png")]) == 0
