"""Home and the stored results, without a browser: they are what the software computes now, and lead to it."""

import io
import json
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import gallery
from dashboard.controls import APP_DEFAULTS
from dashboard.engine import ModelName, Question

REPOSITORY = Path(__file__).resolve().parents[2]
ENTRY = REPOSITORY / "dashboard" / "streamlit_app.py"
FACTS = json.loads((gallery.FOLDER / "gallery.json").read_text(encoding="utf-8"))
NAMES = [facts["file"].removesuffix(".png") for facts in FACTS]


@pytest.fixture(scope="module")
def maker():
    """The script behind ``make gallery``."""
    return runpy.run_path(str(gallery.FOLDER / "make.py"))


def defaults(technique):
    """What the app asks when nobody has touched a setting."""
    return tuple(APP_DEFAULTS.get(technique, {}).items())


def question(one, **changed):
    asked = Question(ModelName(one.model), one.image, one.digest, one.technique, None, defaults(one.technique))
    return replace(asked, **changed)


@pytest.mark.parametrize("facts", FACTS, ids=NAMES)
def test_a_stored_result_is_what_its_recipe_gives_now(facts, maker):
    from vizlib.core.metadata import read_recipe
    from vizlib.core.recipe import run

    recipe, digest = read_recipe(gallery.FOLDER / facts["file"])
    assert digest
    now, stored = maker["numbers"](run(recipe)), facts["numbers"]
    near = 1e-5 * stored["largest"]
    assert np.abs(np.subtract(now["blocks"], stored["blocks"])).max() < near
    assert now["largest"] == pytest.approx(stored["largest"], abs=near)
    assert now["score"] == pytest.approx(stored["score"], rel=1e-5)


def test_the_pictures_and_words_are_what_making_them_anew_gives(maker):
    for wish, stored in zip(maker["WISHES"], FACTS, strict=True):
        made = maker["make"](wish)
        exact = ("file", "technique", "model", "weights", "image", "digest", "target", "label", "heading", "sentence")
        assert {name: made.facts[name] for name in exact} == {name: stored[name] for name in exact}
        assert made.facts["probability"] == pytest.approx(stored["probability"], abs=1e-4)
        before = maker["pixels"]((gallery.FOLDER / stored["file"]).read_bytes())
        difference = np.abs(maker["pixels"](made.picture) - before)
        assert np.quantile(difference, 0.999) <= 2, stored["file"]


def test_the_gallery_is_small_and_holds_nothing_else():
    files = [file for file in gallery.FOLDER.iterdir() if file.is_file() and not file.name.startswith("make")]
    assert {file.name for file in files} == {*(facts["file"] for facts in FACTS), "gallery.json"}
    assert sum(file.stat().st_size for file in files) < 400_000


def test_home_has_six_cards_of_every_bundled_model_and_of_all_four_methods():
    shown = gallery.cards()
    assert len(shown) == 6
    assert {one.technique for one in shown} == {"saliency", "guided_backprop", "occlusion", "grad_cam"}
    assert {one.model for one in shown} == {"scenes-resnet", "scenes-shortcut", "digits-cnn"}
    assert all(one.heading and one.sentence and one.alternative for one in shown)


def test_explain_opens_on_four_stored_maps_of_the_default_model_and_picture():
    from dashboard.intake.pictures import sample_shots
    from dashboard.visit import FAVOURITE

    first = sample_shots(FAVOURITE)[0]
    for technique in ("saliency", "guided_backprop", "occlusion", "grad_cam"):
        asked = Question(ModelName(FAVOURITE), first.name, first.digest, technique, None, defaults(technique))
        found = gallery.stored(asked)
        assert found is not None
        assert found.map.startswith("data:image/png;base64,")


def test_only_the_very_question_has_a_stored_answer():
    one = gallery.cards()[0]
    assert gallery.stored(question(one)) == one
    assert gallery.stored(question(one, target=one.target)) == one
    assert gallery.stored(question(one, model=ModelName(one.model, stamp=(1.0,)))) == one
    for changed in (
        {"target": one.target + 1},
        {"digest": "0" * 64},
        {"technique": "occlusion"},
        {"options": (("layer", "layer2"),)},
        {"model": ModelName(one.model, weights="random")},
        {"model": ModelName("another")},
    ):
        assert gallery.stored(question(one, **changed)) is None


def test_a_stored_occlusion_is_about_the_probability_and_no_other_score_has_one():
    kept = [one for one in gallery._all() if one.technique == "occlusion"]
    assert {one.unit for one in kept} == {"drop of the probability"}
    for one in kept:
        assert gallery.stored(question(one)) == one
        assert gallery.stored(question(one, options=())) is None


def test_other_weights_have_no_stored_results(monkeypatch):
    monkeypatch.setattr(gallery, "_weights", lambda model: "0" * 64)
    gallery._all.cache_clear()
    assert gallery.cards() == ()
    monkeypatch.undo()
    gallery._all.cache_clear()
    assert gallery.cards()


def test_a_link_names_model_picture_and_method_as_explain_reads_them():
    from dashboard.intake.pictures import sample_shots

    for one in gallery.cards():
        address = urlsplit(one.link)
        named = {name: values[0] for name, values in parse_qs(address.query).items()}
        assert address.path == "explain"
        assert named == {"model": one.model, "image": one.image, "method": one.technique}
        assert one.digest in {shot.digest for shot in sample_shots(one.model) if shot.address == one.image}


def test_a_photo_dropped_on_home_is_the_chosen_picture_of_explain(models, engine):
    content = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 30, 30)).save(content, "PNG")
    tab = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert not tab.exception
    tab.main.get("file_uploader")[0].set_value(("mine.png", content.getvalue(), "image/png")).run()
    assert not tab.exception
    here = tab.session_state["visit"]
    assert (here.shot().name, here.method) == ("mine.png", "")
    assert len([block for block in tab.main.markdown if block.value.startswith("##")]) == 4


def test_a_wrong_file_dropped_on_home_gets_one_sentence_there(models, engine):
    tab = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    tab.main.get("file_uploader")[0].set_value(("page.jpg", b"<html></html>", "image/jpeg")).run()
    assert not tab.exception
    assert [error.value.split(":")[0] for error in tab.main.error] == ["page\\.jpg\\"]


def test_painting_home_imports_nothing_that_is_slow():
    script = """
import os, sys
from streamlit.testing.v1 import AppTest
tab = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not tab.exception and tab.title[0].value, tab.exception
assert tab.main.get("bidi_component"), tab
print([name for name in ("torch", "torchvision", "matplotlib", "captum", "umap", "sklearn") if name in sys.modules])
os._exit(0)
"""
    command = [sys.executable, "-c", script, str(ENTRY)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.stdout.strip().splitlines()[-1:] == ["[]"], found.stderr
