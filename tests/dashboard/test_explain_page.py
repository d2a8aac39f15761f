"""The page Explain, without a browser: what it shows, what it asks the worker, and what it never does."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vizlib as vz

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "streamlit_app.py"
METHODS = ("saliency", "guided_backprop", "occlusion", "grad_cam")


def texts(tab):
    """Everything that the page says in words."""
    elements = [*tab.main.markdown, *tab.main.caption, *tab.error, *tab.warning, *tab.info]
    return "\n".join(element.value for element in elements)


def png(colour=(200, 30, 30), size=(40, 40)):
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()


def lines(tab):
    """The shell line of the card."""
    return next(code.value for code in tab.main.code if code.language == "bash")


def charts(tab):
    return tab.get("plotly_chart")


def test_all_four_methods_answer_side_by_side_each_with_alternative_text(app, settled):
    tab = settled(app(method=""))
    assert not tab.exception
    assert [heading.value for heading in tab.main.markdown if heading.value.startswith("##")] == [
        "## Saliency", "## Guided backprop", "## Occlusion", "## Grad\\-CAM",
    ]  # fmt: skip
    assert [chart.proto.alt.split(" map")[0] for chart in charts(tab)] == [
        "Saliency", "Guided backprop", "Occlusion", "Grad-CAM",
    ]  # fmt: skip
    assert not any("annotations" in json.loads(chart.proto.spec)["layout"] for chart in charts(tab))


def test_the_page_is_painted_before_anything_is_computed(app, engine):
    engine.worker._turns.take()  # the worker cannot begin
    tab = app(method="")
    assert not tab.exception
    assert len(tab.get("image")) == 1 + len(METHODS)
    assert [button.label for button in tab.main.button] == ["Cancel", "Enlarge"] * len(METHODS)
    assert charts(tab) == []
    engine.worker._turns.pass_on()


def test_painting_the_page_imports_nothing_that_is_slow():
    script = """
import os, sys
os.environ["VIZLIB_MODELS"] = ""
from streamlit.testing.v1 import AppTest
from dashboard import visit
from dashboard.engine import Engine
from dashboard.worker import Worker
held = Engine(Worker())
held.worker._turns.take()
visit.engine = lambda: held
tab = AppTest.from_file(sys.argv[1], default_timeout=60).run()
tab.switch_page("../pages/explain.py").run()
assert not tab.exception and tab.title[0].value, tab.exception
print([name for name in ("torch", "torchvision", "matplotlib", "captum", "umap") if name in sys.modules])
os._exit(0)
"""
    found = subprocess.run(
        [sys.executable, "-c", script, ENTRY], capture_output=True, text=True, timeout=120, check=False
    )
    assert found.stdout.strip().splitlines()[-1:] == ["[]"], found.stderr


def test_the_answer_has_the_recipe_that_the_library_writes_for_the_same_question(app, settled, models):
    from vizlib.core.recipe import recipe_for
    from vizlib.zoo.load import load_model

    tab = settled(app(method="grad_cam"))
    here = tab.session_state["visit"]
    shot = here.shot()
    expected = recipe_for("grad_cam", load_model(models), [(shot.name, shot.open())])
    assert here.ask("grad_cam").recipe.digest() == expected.digest()
    assert any(expected.digest() in caption.value for caption in tab.main.caption)
    assert f"python -m vizlib grad_cam --model digits-cnn '{shot.name}'" in lines(tab)


def test_a_link_opens_model_image_class_and_method(app, settled):
    from dashboard.intake.pictures import sample_shots

    name = sample_shots("digits-cnn")[3].name
    tab = settled(app(method="occlusion", image=name, model="digits-cnn", **{"class": "8"}))
    assert not tab.exception
    assert charts(tab)[0].proto.alt.startswith("Occlusion map for 8")
    address = {"model": "digits-cnn", "image": name, "class": "8", "method": "occlusion"}
    assert {key: tab.query_params[key] for key in address} == address


def test_a_link_opens_the_settings_of_its_method(app, settled):
    tab = settled(app(method="occlusion", settings="window:6~stride:3"))
    assert not tab.exception
    fields = {field.label: field.value for field in tab.number_input}
    assert (fields["Window"], fields["Stride"]) == (6, 3)
    assert "--window 6 --stride 3" in lines(tab)
    assert tab.query_params["settings"] == "window:6~stride:3"


def test_a_link_full_of_nonsense_opens_the_page_with_what_is_there(app, settled):
    tab = settled(
        app(method="nonsense", image="<img src=x>", model="../../etc", settings="window:<b>~", **{"class": "99999"})
    )
    assert not tab.exception
    assert [error.value for error in tab.error] == []
    assert len(charts(tab)) == len(METHODS)


def test_another_class_is_explained_when_it_is_chosen(app, settled):
    tab = settled(app(method="saliency"))
    box = next(box for box in tab.sidebar.selectbox if box.label == "Explained class")
    assert box.options[0].startswith("Predicted: ")
    other = next(index for index in range(10) if f"for {index}," not in charts(tab)[0].proto.alt)
    box.set_value(other).run()
    assert f"map for {other}," in charts(settled(tab))[0].proto.alt


def test_a_setting_asks_anew_and_a_look_does_not(app, settled, engine, monkeypatch):
    from vizlib.core import recipe

    asked = []
    perform = recipe.perform
    monkeypatch.setattr(recipe, "perform", lambda *args: asked.append(args[0]) or perform(*args))
    tab = settled(app(method="occlusion"))
    assert len(asked) == 1
    next(slider for slider in tab.main.slider if slider.label == "Opacity of the map").set_value(0.3).run()
    next(box for box in tab.main.selectbox if box.label == "Colours").set_value("PuOr").run()
    next(toggle for toggle in tab.main.toggle if toggle.label == "Magnitude only").set_value(True).run()
    assert len(asked) == 1
    window = next(field for field in tab.main.number_input if field.label == "Window")
    settled(window.set_value(9).run())
    assert [question.options["window"] for question in asked] == [None, 9]
    assert "--window 9" in lines(tab)
    window.set_value(None).run()
    assert tab.session_state["visit"].jobs() == ()  # the first answer is still on the shelf
    assert len(asked) == 2


def test_a_mistake_is_one_sentence_and_the_page_stays_usable(app, settled):
    tab = settled(app(method="grad_cam"))
    layer = next(box for box in tab.main.selectbox if box.label == "Layer")
    settled(layer.set_value(layer.options[-1]).run())
    assert not tab.exception
    (error,) = tab.error
    assert error.value.startswith("grad\\_cam\\: ")
    assert "\n" not in error.value
    next(button for button in tab.main.button if button.label == "Back to defaults").click().run()
    assert len(charts(settled(tab))) == 1


def test_an_error_inside_the_program_shows_a_number_and_no_detail(app, settled, monkeypatch):
    from vizlib.core import recipe

    def broken(*arguments):
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(recipe, "perform", broken)
    tab = settled(app(method="saliency"))
    (error,) = tab.error
    assert "secret" not in texts(tab)
    assert "error" in error.value
    monkeypatch.undo()
    next(button for button in tab.main.button if button.label == "Try again").click().run()
    assert len(charts(settled(tab))) == 1


def test_cancel_is_said_and_kept_until_it_is_asked_again(app, settled, monkeypatch):
    from vizlib.core import recipe

    perform = recipe.perform

    def slow(asked, model, images, progress):
        for step in range(2000):
            progress(step, 2000)
        return perform(asked, model, images, progress)

    monkeypatch.setattr(recipe, "perform", lambda *args: __import__("time").sleep(0.5) or slow(*args))
    tab = app(method="saliency")
    next(button for button in tab.main.button if button.label == "Cancel").click().run()
    assert [info.value for info in tab.info] == ["Cancelled."]
    settled(tab).run()
    assert [info.value for info in tab.info] == ["Cancelled."]
    monkeypatch.setattr(recipe, "perform", perform)
    next(button for button in tab.main.button if button.label == "Try again").click().run()
    assert len(charts(settled(tab))) == 1


def test_an_uploaded_picture_is_chosen_and_a_wrong_file_gets_one_sentence(app, settled):
    tab = settled(app(method="saliency"))
    uploader = tab.sidebar.get("file_uploader")[0]
    uploader.set_value([("red.png", png(), "image/png"), ("page.jpg", b"<html></html>", "image/jpeg")]).run()
    here = tab.session_state["visit"]
    assert here.shot().name == "red.png"
    (error,) = tab.sidebar.error
    assert error.value.startswith("page\\.jpg\\: ")
    assert len(charts(settled(tab))) == 1
    tab.sidebar.get("file_uploader")[0].set_value([("empty.png", b"", "image/png")]).run()
    assert here.shot().name == "red.png"
    assert [error.value.split("\\:")[0] for error in tab.sidebar.error] == ["empty\\.png"]


def test_names_of_others_are_shown_as_they_are(app, settled):
    tab = app(method="saliency")
    name = "![x](http:evil.example.png) <img src=x onerror=alert(1)> :red[hot] $x$ www.evil.example.png"
    tab.sidebar.get("file_uploader")[0].set_value([(name, png(), "image/png")]).run()
    settled(tab)
    assert not tab.exception
    for markup in (r"!\[", r"\]\(", "<", ":red", r"\$", "www\\."):
        assert not re.search(rf"(?<!\\){markup}", texts(tab).replace("<br>", "")), markup
    assert r"\!\[x\]\(" in texts(tab)


def test_two_visitors_see_their_own_pictures(app, settled):
    first, second = app(method="saliency"), app(method="saliency")
    first.sidebar.get("file_uploader")[0].set_value([("mine.png", png(), "image/png")]).run()
    settled(first)
    settled(second).run()
    mine, theirs = (tab.session_state["visit"] for tab in (first, second))
    assert mine.owner != theirs.owner
    assert [shot.name for shot in mine.uploads.shots] == ["mine.png"]
    assert theirs.uploads.shots == []
    assert theirs.shot().digest != mine.shot().digest


def test_a_model_that_cannot_be_loaded_is_one_sentence(app, settled, tmp_path, monkeypatch):
    from dashboard import visit

    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "card.toml").write_text("build = 'torchvision:resnet18'\nweights = 'gone.safetensors'\n")
    monkeypatch.setenv("VIZLIB_MODELS", str(tmp_path))
    visit._models.cache_clear()
    tab = settled(app(method="saliency"))
    assert not tab.exception
    assert len(tab.error) == 1
    assert str(tmp_path) not in tab.error[0].value


def test_no_model_at_all_says_what_to_do(app, tmp_path, monkeypatch):
    from dashboard import visit

    monkeypatch.setenv("VIZLIB_MODELS", str(tmp_path))
    visit._models.cache_clear()
    tab = app()
    assert not tab.exception
    assert "card.toml" in tab.error[0].value


def test_every_format_can_be_downloaded_and_carries_the_recipe(app, settled):
    from dashboard.export import FORMATS, _maker
    from vizlib.core.metadata import read_recipe

    tab = settled(app(method="grad_cam"))
    here = tab.session_state["visit"]
    answer, sight = here.ask("grad_cam"), here.sight()
    assert [button.proto.label for button in tab.main.get("download_button")] == [
        *(label for label, _ in FORMATS.values()), "Overlay on your picture (PNG)",
    ]  # fmt: skip
    for suffix in FORMATS:
        content = _maker(answer, suffix, {"images": [sight.view], "labels": sight.labels})()
        recipe, digest = read_recipe(content)
        assert recipe.digest() == answer.recipe.digest(), suffix
        assert digest in (None, answer.result.digest())


@pytest.mark.parametrize("name", ["-rf.png", "a b.png", "$(touch x).png", "it's.png"])
def test_the_shell_line_quotes_what_others_named(name):
    import shlex
    from types import SimpleNamespace

    from dashboard.export import shell_line

    facts = {"images": ({"name": name},), "technique": "grad_cam", "model": "m", "target": (3,), "options": {}}
    recipe = SimpleNamespace(weights="default", precision="float32", others=(), data={}, **facts)
    words = shlex.split(shell_line(recipe, {"opacity": 0.5}))
    assert words[6] in (name, f"./{name}")
    assert words[7:] == ["--target", "3", "--opacity", "0.5", "-o", "grad_cam.pdf"]


def test_the_lines_of_a_question_about_the_model_alone_give_its_size_back():
    import shlex
    from types import SimpleNamespace

    from dashboard.export import python_lines, shell_line
    from vizlib.__main__ import build_parser
    from vizlib.core.options import options

    asked = {"layer": "conv1", "input_size": [64, 32], "probe": False}
    facts = {"images": (), "target": (), "technique": "receptive_field", "model": "m", "options": asked}
    recipe = SimpleNamespace(weights="default", precision="float32", others=(), data={}, **facts)
    words = shlex.split(shell_line(recipe))
    parsed = build_parser("receptive_field").parse_args(words[4:])
    known = {option.name: option for option in options(vz.receptive_field)}
    assert {name: known[name].parse(getattr(parsed, name), "") for name in asked} == {**asked, "input_size": (64, 32)}
    assert python_lines(recipe).endswith("(model, layer='conv1', input_size=[64, 32], probe=False)")


def test_the_python_lines_of_several_pictures_make_the_same_numbers():
    from dashboard.export import python_lines
    from vizlib.core.recipe import perform, recipe_for
    from vizlib.data.imagesets import samples

    model, pictures = vz.load_model("digits-cnn"), list(samples("digits-cnn"))[:3]
    recipe = recipe_for("effective_receptive_field", model, pictures, layer="conv2")
    scope = {}
    exec(python_lines(recipe), scope)
    assert scope["result"].digest() == perform(recipe, model, [picture for _, picture in pictures]).digest()


def test_a_view_is_what_the_network_sees(app, settled):
    here = settled(app(method="saliency")).session_state["visit"]
    sight = here.sight()
    assert sight.view.dtype == np.uint8
    assert sight.view.shape == (32, 32, 3)
    assert sight.probabilities.sum() == pytest.approx(1)


def test_random_weights_are_called_untrained_everywhere(app, settled):
    tab = app(method="saliency")
    learned = settled(tab).session_state["visit"].ask("saliency").result.digest()
    tab.sidebar.toggle[0].set_value(True).run()
    settled(tab)
    assert not tab.exception
    assert any("untrained" in element.value for element in tab.sidebar.markdown)
    assert any("random" in warning.value for warning in tab.main.warning)
    answer = tab.session_state["visit"].ask("saliency")
    assert answer.recipe.weights == tab.query_params["weights"] == "random"
    assert answer.result.digest() != learned
    assert len(tab.sidebar.selectbox[0].options) == 81  # with torchvision's own, which need no file then


def test_a_link_to_a_picture_that_is_not_here_says_so_until_it_is_added(app, settled):
    from vizlib.data.intake import read_image

    digest = read_image(png()).digest[:16]
    tab = app(method="saliency", image=digest)
    assert [info.value for info in tab.info if "not here" in info.value] == [tab.main.info[0].value]
    tab.sidebar.get("file_uploader")[0].set_value([("red.png", png(), "image/png")]).run()
    settled(tab)
    assert list(tab.info) == []
    assert tab.query_params["image"] == digest


def test_a_link_to_a_model_that_is_not_here_says_so_in_the_page_until_another_is_chosen(app):
    tab = app(model="theirs~0123456789ab")
    assert [info.value for info in tab.info] == [tab.main.info[0].value]
    assert "theirs" in tab.main.info[0].value
    tab.session_state["visit"].absent = ""
    assert list(tab.run().main.info) == []


def test_results_are_shared_by_visitors_but_names_are_not(app, settled, engine):
    first, second = app(method="saliency"), app(method="saliency")
    for tab, name in ((first, "first.png"), (second, "second.png")):
        tab.sidebar.get("file_uploader")[0].set_value([(name, png(), "image/png")]).run()
        settled(tab)
    mine, theirs = (tab.session_state["visit"].ask("saliency") for tab in (first, second))
    assert mine.result is theirs.result
    assert [answer.recipe.images[0]["name"] for answer in (mine, theirs)] == ["first.png", "second.png"]


@pytest.mark.parametrize("technique", [name for name in vz.TECHNIQUES if vz.index.NAMES[name].family == "attribution"])
def test_every_method_that_explains_a_prediction_has_its_formula_in_words_too(technique):
    from dashboard.formulas import FORMULAS

    formula = FORMULAS[technique]
    assert formula.latex.count("{") == formula.latex.count("}")
    assert formula.latex.count(r"\left") == formula.latex.count(r"\right")
    assert formula.words.endswith(".")


def test_a_large_card_shows_formula_and_paper(app, settled):
    tab = settled(app(method="grad_cam"))
    assert [one.label for one in tab.main.expander if "paper" in one.label] == ["Formula and paper"]
    assert r"\alpha_k" in tab.main.latex[0].value
    assert any("selvaraju2017gradcam" in code.value for code in tab.main.code)
