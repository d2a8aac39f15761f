"""The page Embeddings: a map with its quality, what a lasso holds, neighbours, layers, my pictures."""

import io
import time

import numpy as np
import pandas as pd
import pytest

from dashboard import image_set
from dashboard.space.columns import TABLE
from dashboard.space.map import CHOSEN, SELECTED
from vizlib.evaluation.tables import read_table


def words(tab):
    return " ".join(one.value for kind in ("markdown", "caption", "error", "warning", "info") for one in tab.get(kind))


def shown(tab):
    """What the canvas got."""
    from dashboard.space.script import JS  # the page draws with it

    assert JS
    return tab.session_state["space last"]


def pick(tab, kind, label):
    return next(one for one in tab.get(kind) if one.label == label)


@pytest.fixture
def page(app, settled, monkeypatch, tmp_path):
    monkeypatch.setenv("VIZLIB_CACHE", str(tmp_path))
    monkeypatch.setattr(image_set, "DIGITS", "digits:60")
    monkeypatch.setattr("dashboard.space.page.DIGITS", "digits:60")
    tab = app()
    tab.switch_page("../pages/embeddings.py").run()
    return settled(tab)


def test_it_opens_on_a_map_of_the_digits_with_a_sentence_for_every_number(page):
    assert not page.exception
    known, map_ = shown(page)
    assert map_.points.shape == (60, 2)
    assert known.space.features.layer == "flatten"
    text = words(page)
    assert "How much this map lies" in text
    for name in ("Trustworthiness", "Continuity", "Neighbours kept", "Distances", "Nearest has the same label"):
        assert name in text
    assert f"{map_.quality.trustworthiness:.3f}" in text
    assert "straight shadow" in text


def test_another_method_and_another_layer_show_another_map_of_the_same_images_in_the_same_place(page, settled):
    first = shown(page)[1]
    pick(page, "button_group", "Map").set_value("tsne").run()
    tab = settled(page)
    assert shown(tab)[1].technique == "tsne"
    assert "sizes of clusters and gaps" in words(tab)
    pick(tab, "button_group", "Map").set_value("pca").run()
    pick(tab, "select_slider", "The same images, layer by layer").set_value("fc").run()
    tab = settled(tab)
    known, after = shown(tab)
    assert known.space.features.layer == "fc"
    assert pick(tab, "selectbox", "Layer").value == "fc"
    turned = np.linalg.svd((after.points - after.points.mean(0)).T @ (first.points - first.points.mean(0)))
    assert np.allclose(turned[0] @ turned[2], np.eye(2), atol=0.01)  # nothing is left to turn
    assert not tab.exception


def test_a_lasso_fills_gallery_table_and_the_image_set_of_all_pages(page, settled):
    of = shown(page)[0].space.images.digest
    page.session_state[SELECTED] = (of, [3, 5, 8])
    tab = page.run()
    assert "3 images selected" in words(tab)
    assert len(tab.dataframe[0].value) == 3
    next(button for button in tab.button if button.label == "Use as image set").click().run()
    tab = settled(tab)
    assert len(shown(tab)[0].space.images) == 3
    assert shown(tab)[1].points.shape == (3, 2)
    assert not tab.exception


def test_a_clicked_image_has_neighbours_in_features_and_in_pixels_and_opens_explain(page, settled):
    known = shown(page)[0]
    page.session_state[CHOSEN] = (known.space.images.digest, 7)
    tab = settled(page.run())
    text = words(tab)
    assert "As the network sees it" in text
    assert "As raw pixels" in text
    assert "of these 8" in text
    assert text.count(f"have the label {known.label(7)}") == 2
    next(button for button in tab.button if button.label == "Explain this one").click().run()
    tab = settled(tab)
    assert tab.session_state["visit"].shot().name.startswith(known.space.images.names[7])
    assert not tab.exception


def test_my_picture_lands_on_the_map_and_has_neighbours(page, settled):
    next(toggle for toggle in page.toggle if toggle.label == "My pictures on the map").set_value(True).run()
    pick(page, "button_group", "Neighbours of").set_value("mine").run()
    tab = settled(page)
    assert not tab.exception
    assert not tab.error
    assert tab.session_state["visit"].shot().name in words(tab)


def test_every_colour_can_be_chosen(page, settled):
    for colour in ("predicted", "error", "confidence", "cluster", "trust", "none"):
        pick(page, "selectbox", "Colour by").set_value(colour).run()
        page = settled(page)
        assert not page.exception


def test_a_table_of_my_own_colours_the_map_and_one_about_other_images_is_refused(page, settled):
    pick(page, "selectbox", "Colour by").set_value("column").run()
    assert "Give a table" in words(page)
    names = shown(page)[0].space.images.names
    rows = "\n".join(f'"{name}",{number % 7 + 0.5}' for number, name in enumerate(names))
    page.session_state[TABLE] = read_table("mine.csv", f"name,ink\n{rows}\n".encode())
    page.run()
    pick(page, "selectbox", "Column").set_value("ink").run()
    page = settled(page)
    assert not page.exception
    assert not page.error
    page.session_state[TABLE] = read_table("other.csv", b"name,ink\nelsewhere.png,1\n")
    page.run()
    assert "names an image of this set" in words(page)
    assert not page.exception


def test_probes_say_how_well_the_layer_separates_the_classes(page, settled):
    next(toggle for toggle in page.toggle if toggle.label == "Measure it").set_value(True).run()
    tab = settled(page)
    assert "a straight cut for" in words(tab)
    assert not tab.exception


def test_the_plane_through_three_images_of_the_lasso_is_drawn_and_its_lines_make_it_again(page, settled):
    of = shown(page)[0].space.images.digest
    page.session_state[SELECTED] = (of, [3, 5, 8, 9])
    page.session_state["space plane/decision_plane/steps"] = 8
    next(toggle for toggle in page.toggle if toggle.label == "Draw the plane through them").set_value(True).run()
    tab = settled(page)
    next(button for button in tab.button if button.label == "Take the lasso's first three").click().run()
    tab = settled(tab)
    assert [pick(tab, "selectbox", f"Image {letter}").value for letter in "ABC"] == [3, 5, 8]
    text = words(tab)
    assert "The plane through three images" in text
    assert "Hardly anything on this plane is a photo" in text
    assert "Somepalli" in text
    assert "Add to report" in [button.label for button in tab.button]
    lines = next(code.value for code in tab.code if "vz.decision_plane" in code.value)
    made: dict = {}
    exec(lines, made)  # the very lines that the page shows
    assert made["result"].classes.shape[1] <= 12
    assert any("digits:60#3 digits:60#5 digits:60#8" in code.value.replace("'", "") for code in tab.code)
    pick(tab, "selectbox", "Image C").set_value(5).run()
    assert "three different images" in words(settled(tab))
    assert not tab.exception


def test_layers_are_compared_with_each_other_and_with_those_of_another_model(twin, page, settled):
    next(toggle for toggle in page.toggle if toggle.label == "Compare the layers").set_value(True).run()
    tab = settled(page)
    assert "How alike the layers of the model see 60 images" in words(tab)
    assert any(
        "vizlib layer_similarity --model digits-cnn digits:60" in one.value.replace("-s", "_s") for one in tab.code
    )
    pick(tab, "selectbox", "With the layers of").set_value(twin).run()
    tab = settled(tab)
    assert "How alike the layers of two models see 60 images" in words(tab)
    assert any(f"--second {twin} digits:60" in one.value for one in tab.code)
    assert "add space likeness two" in {one.key for one in tab.button}
    made: dict = {}
    exec(next(one.value for one in tab.code if "second = vz.load_model" in one.value), made)  # the lines of the page
    assert not made["result"].of_itself
    assert not tab.exception


def test_the_points_leave_as_csv_and_parquet_with_all_that_is_known(page):
    from dashboard.space.take import named, recipe_of
    from vizlib.figures.space_table import to_csv, to_parquet

    known, map_ = shown(page)
    whole = named(known, map_)
    for table in (
        pd.read_csv(io.BytesIO(to_csv(whole, labels=known.model_classes))),
        pd.read_parquet(io.BytesIO(to_parquet(whole, labels=known.model_classes))),
    ):
        assert list(table.columns) == ["name", "x", "y", "label", "predicted", "confidence", "correct", "trust"]
        assert np.allclose(table[["x", "y"]], map_.points)
    recipe = recipe_of(known, map_)
    assert (recipe.technique, recipe.options["layer"]) == ("pca", "flatten")
    assert any("vizlib pca --model digits-cnn digits:60" in code.value for code in page.code)


def test_its_recipe_makes_the_same_map_again(page):
    from dashboard.space.take import recipe_of
    from vizlib.core.recipe import Recipe, run

    known, map_ = shown(page)
    again = run(Recipe.from_json(recipe_of(known, map_).to_json()))
    assert again.digest() == map_.digest()


def test_a_cancelled_map_stays_as_it_was_and_can_be_tried_again(page):
    page.session_state["space/tsne/iterations"] = 5000
    pick(page, "button_group", "Map").set_value("tsne").run()
    visit = page.session_state["visit"]
    job = next(job for job in visit.jobs() if job.slot == "space/map")
    end = time.monotonic() + 60
    while job.partial is None:
        assert not job.finished
        assert time.monotonic() < end
        time.sleep(0.02)
    job.cancel()
    assert job.wait(3)
    tab = page.run()
    assert "Unfinished: the map as it was when it was cancelled" in words(tab)
    assert "Try again" in [button.label for button in tab.button]
    assert not tab.exception


def test_a_link_opens_the_same_map(app, settled, monkeypatch, tmp_path):
    monkeypatch.setenv("VIZLIB_CACHE", str(tmp_path))
    monkeypatch.setattr(image_set, "DIGITS", "digits:60")
    tab = app(set="digits:60", through="conv2", map="tsne", dimensions="3")
    tab = settled(tab.switch_page("../pages/embeddings.py").run())
    assert not tab.exception
    here = tab.session_state["visit"]
    assert (tab.session_state["space method"], tab.session_state["space dimensions"]) == ("tsne", 3)
    assert here.parts["through"] == "conv2"
    assert tab.query_params["map"] == "tsne"
