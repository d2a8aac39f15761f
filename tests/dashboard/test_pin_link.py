"""A copied address opens what is pinned too: computed again from its question, never taken from the link."""

import base64
import json
import zlib
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard import pin_link
from dashboard.pin_word import LONGEST, from_word, to_word


def press(tab, key):
    return next(button for button in tab.main.button if button.key == key).click().run()


def address(tab):
    return {name: value if isinstance(value, str) else value[0] for name, value in tab.query_params.items()}


def charts(tab):
    return [json.loads(chart.proto.spec)["data"] for chart in tab.get("plotly_chart")]


def other_layer(tab, settled):
    next(box for box in tab.main.selectbox if box.label == "Layer").set_value("conv1").run()
    return settled(tab)


def packed(facts):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(facts).encode())).decode().rstrip("=")


def test_a_link_opens_the_pinned_map_beside_the_live_one_on_a_fresh_server(app, settled):
    tab = settled(app(method="grad_cam"))
    assert "pin" not in address(tab)
    tab.session_state["look/grad_cam/colours"] = "cividis"
    tab.run()
    press(tab, "pin grad_cam")
    tab.session_state["look/grad_cam/colours"] = "automatic"
    tab = other_layer(tab, settled)
    said, before = address(tab), charts(tab)
    assert len(before) == 2
    fresh = settled(app(**said))
    assert not fresh.exception
    assert charts(fresh) == before
    kept = fresh.session_state["held/explain"]
    assert kept.recipe.digest() == tab.session_state["held/explain"].recipe.digest()
    assert kept.look == {"colours": "cividis"}
    assert address(fresh) == said


def test_unpin_takes_it_out_of_the_address_and_a_step_back_pins_it_again(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "pin grad_cam")
    with_pin = address(tab)
    assert "pin" in with_pin
    press(tab, "pin grad_cam")
    without = address(tab)
    assert "pin" not in without
    tab.session_state["visit"].move(with_pin)
    tab = settled(tab.run())
    assert tab.session_state["held/explain"].recipe.technique == "grad_cam"
    tab.session_state["visit"].move(without)
    tab.run()
    assert "held/explain" not in tab.session_state


def test_a_pinned_picture_that_is_not_here_is_said_and_stays_in_the_address(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "pin grad_cam")
    place, word = address(tab)["pin"].split(".")
    facts = json.loads(zlib.decompress(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))))
    other = f"{place}.{packed({**facts, 'images': ['0' * 16]})}"
    fresh = settled(app(method="grad_cam", pin=other))
    assert not fresh.exception
    assert any("not here" in caption.value for caption in fresh.main.caption)
    assert address(fresh)["pin"] == other


@pytest.mark.parametrize(
    "wrong",
    ["", "explain", "explain.", "explain.AAAA", "~~..~", "explain." + packed([1]),
     "explain." + packed({"technique": 1}),
     "explain." + packed({"technique": "rm", "model": "x", "images": [], "target": []}),
     "explain." + packed({"technique": "grad_cam", "model": "digits-cnn", "images": [], "target": [0]}),
     "explain." + packed({"technique": "grad_cam", "model": "digits-cnn", "images": [], "target": [0],
                          "options": {"nonsense": 1}})],
)  # fmt: skip
def test_a_pin_that_makes_no_sense_leaves_the_page_as_it_is(wrong, app, settled):
    tab = settled(app(method="grad_cam", pin=wrong))
    assert not tab.exception
    assert len(charts(tab)) == 1


def test_inside_a_network_too_the_pinned_picture_comes_with_the_link(app, settled):
    def opened(**said):
        return settled(app(**said).switch_page("../pages/layers.py").run())

    tab = opened()
    press(tab, "pin activations")
    next(box for box in tab.selectbox if box.label == "Layer").set_value("conv2").run()
    tab = settled(tab)
    before = tab.session_state["held/activations"]
    said = address(tab)
    assert said["pin"].startswith("activations.")
    fresh = app()
    visit = fresh.session_state["visit"]
    fresh.switch_page("../pages/layers.py").run()
    visit.move({**said, "method": ""})
    kept = settled(fresh.run()).session_state["held/activations"]
    assert not fresh.exception
    assert kept.answer.recipe.digest() == before.answer.recipe.digest()
    np.testing.assert_array_equal(kept.answer.result.values, before.answer.result.values)
    assert set(kept.display) == set(before.display)
    assert kept.title == before.title


def test_a_word_says_the_question_and_the_look_and_what_is_too_long_is_not_said(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "pin grad_cam")
    here, kept = tab.session_state["visit"], tab.session_state["held/explain"]
    word = to_word(here, kept.recipe, {"opacity": 0.5, "images": [object()]})
    wanted = from_word(word)
    assert len(word) < LONGEST / 2
    assert (wanted.technique, wanted.model, wanted.look) == ("grad_cam", "digits-cnn", {"opacity": 0.5})
    assert wanted.target == list(kept.recipe.target)
    assert to_word(here, kept.recipe, {"colours": "x" * 3000}) is not None  # it packs well
    assert to_word(here, kept.recipe, {"colours": np.random.default_rng(0).bytes(900).hex()}) is None
    assert to_word(here, kept.recipe, {"second": object()}) is None


@pytest.fixture
def copied(app, settled):
    """Open the address of a page as a new visitor."""

    def open_copy(page, said):
        fresh = app()
        visit = fresh.session_state["visit"]
        fresh.switch_page(f"../pages/{page}.py").run()
        visit.move({**said, "method": ""})
        fresh = settled(fresh.run())
        assert not fresh.exception
        return fresh

    return open_copy


def the_same(fresh, before, place):
    kept = fresh.session_state[f"held/{place}"]
    assert kept.answer.recipe.digest() == before.answer.recipe.digest()
    assert kept.answer.result.digest() == before.answer.result.digest()
    assert kept.title == before.title
    return kept


def test_patches_of_a_bundled_set_are_found_again_by_the_name_of_the_set(app, settled, copied):
    tab = settled(app().switch_page("../pages/units.py").run())
    next(box for box in tab.selectbox if box.label == "Image set").set_value("digits:360").run()
    tab = settled(tab)
    press(tab, "pin patches")
    before, said = tab.session_state["held/patches"], address(tab)
    word = from_word(said["pin"].partition(".")[2])
    assert (word.images, word.technique) == (["digits:360"], "top_patches")
    assert len(said["pin"]) < 300
    fresh = copied("units", said | {"set": ""})  # looks at the tray, so the patches of the set stand beside
    the_same(fresh, before, "patches")
    assert {"chart patches", "chart patches pinned"} <= {chart.key for chart in fresh.get("plotly_chart")}
    assert fresh.session_state["visit"].pins_said() == said["pin"]
    whole = copied("units", said)
    assert next(box for box in whole.selectbox if box.label == "Image set").value == "digits:360"
    assert "chart patches pinned" not in {chart.key for chart in whole.get("plotly_chart")}  # both are the same


@pytest.mark.parametrize("place", ["roc", "pr", "thresholds"])
def test_an_evaluation_on_a_bundled_set_is_judged_again_with_its_band_and_mark(place, app, settled, copied):
    tab = settled(app().switch_page("../pages/evaluation.py").run())
    press(tab, f"pin {place}")
    before, said = tab.session_state[f"held/{place}"], address(tab)
    kept = the_same(copied("evaluation", said), before, place)
    assert set(kept.display) == set(before.display)
    assert kept.display.get("mark") == before.display.get("mark")
    if place == "roc":
        np.testing.assert_array_equal(kept.display["band"].low, before.display["band"].low)


def test_a_page_that_is_complete_at_once_asks_for_the_pin_when_it_is_first_drawn(app, settled):
    tab = settled(app().switch_page("../pages/evaluation.py").run())
    press(tab, "pin roc")
    fresh = app()
    visit = fresh.session_state["visit"]
    visit.linked_pins, visit.linked_page = dict([address(tab)["pin"].split(".")]), ""  # as on arrival
    fresh.switch_page("../pages/evaluation.py").run()
    assert any("is being computed" in caption.value for caption in fresh.caption)


def test_a_pinned_path_to_another_solution_finds_the_set_and_the_solution_by_name(app, settled, copied):
    tab = settled(app().switch_page("../pages/loss_landscape.py").run())
    press(tab, "landscape path compute")
    tab = settled(tab)
    press(tab, "pin landscape path")
    before, said = tab.session_state["held/landscape path"], address(tab)
    wanted = from_word(said["pin"].partition(".")[2])
    assert wanted.others == [[o["name"], o["digest"][:16]] for o in before.answer.recipe.others]
    the_same(copied("loss_landscape", said), before, "landscape path")


def compare(tab, settled, name):
    next(one for one in tab.get("button_group") if one.label == "Compare with").set_value(name).run()
    return settled(tab)


def test_a_difference_to_a_second_model_is_made_again_when_its_card_is_there(app, settled, copied):
    tab = compare(settled(app().switch_page("../pages/layers.py").run()), settled, "before")
    press(tab, "pin differences")
    before, said = tab.session_state["held/differences"], address(tab)
    fresh = copied("layers", said)
    assert "held/differences" not in fresh.session_state
    assert fresh.session_state["visit"].pins_said() == said["pin"]
    kept = the_same(compare(fresh, settled, "picture"), before, "differences")
    assert kept.answer.recipe.data["second"]["weights"] == "random"
    assert kept.display == before.display


def question(**changed):
    return packed({"technique": "top_patches", "model": "digits-cnn", "images": ["digits:36"], "target": [], **changed})


WEIGHTS = "0" * 64


@pytest.mark.parametrize(
    "changed",
    [{"target": [-1]}, {"images": ["models"]}, {"images": ["/etc"]}, {"images": ["scenes:999999"]},
     {"images": ["scenes:0"]},
     {"images": ["digits:36", "digits:36"]}, {"images": ["scenes:12#12"]}, {"images": ["models#1"]}, {"images": [3]},
     {"technique": "nms"}, {"technique": "regression"},
     {"technique": "roc_curve", "images": []}, {"technique": "roc_curve", "images": ["0" * 16]},
     {"others": [["/etc/passwd", "0" * 16]]}, {"others": ["digits-cnn:adam"]}, {"others": [["digits-cnn:adam", ""]]},
     {"data": {"boxes": []}}, {"data": {"second": {"model": "digits-cnn"}}}, {"data": {"column": 3}},
     {"data": {"second": {"model": "digits-cnn", "weights": "/etc", "weights_digest": WEIGHTS}}}],
)  # fmt: skip
def test_a_link_names_only_bundled_sets_and_weights_never_a_file_of_the_server(changed):
    assert from_word(question()) is not None
    assert from_word(question(**changed)) is None


@pytest.mark.parametrize(
    "changed",
    [{"others": [["models:adam", "0" * 16]]}, {"others": [["digits-cnn:adam", "0" * 16]]},
     {"data": {"second": {"model": "models", "weights": "default", "weights_digest": WEIGHTS}}},
     {"technique": "roc_curve", "data": {"column": "nonsense"}, "target": [99]},
     {"technique": "slice_accuracy", "data": {"column": "nonsense"}}, {"options": {"unit": 9**9}},
     {"technique": "fold_curves", "data": {"folds": 9**9}},
     {"technique": "compare_auc", "target": [1]}],
)  # fmt: skip
def test_a_model_or_weights_that_are_not_those_of_the_link_are_not_pinned(changed, app, settled, caplog):
    fresh = app()
    fresh.switch_page("../pages/units.py").run()
    fresh.session_state["visit"].move({"model": "digits-cnn", "pin": f"patches.{question(**changed)}"})
    fresh = settled(fresh.run())
    assert not fresh.exception
    assert "held/patches" not in fresh.session_state
    assert "vizlib.dashboard" not in [record.name for record in caplog.records]  # no error that was not foreseen


def test_images_of_a_bundled_set_have_a_name_and_an_archive_of_the_same_name_has_none(app):
    import dataclasses
    import io
    import zipfile

    from vizlib.core.judged import judged, of_model
    from vizlib.data.one_of_set import name_in_set
    from vizlib.data.streams import archive_stream, image_stream
    from vizlib.zoo.cards import read_card

    here, stream = app().session_state["visit"], image_stream("scenes:24@train")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(2):
            content = io.BytesIO()
            stream.read(number).save(content, "PNG")
            archive.writestr(f"{number}/a.png", content.getvalue())
    card = read_card(here.listed().folder)
    recipes = [
        judged(of_model(card, "digits-cnn", WEIGHTS, images), "confusion")
        for images in (stream, archive_stream(stream.name, file.getvalue()))
    ]
    assert from_word(to_word(here, recipes[0], {})).images == ["scenes:24@train"]
    assert to_word(here, recipes[1], {}) is None
    from vizlib.data.images import pixel_digest

    named = [{"name": name_in_set(stream, row), "digest": pixel_digest(stream.read(0))} for row in (0, 1)]
    one = dataclasses.replace(recipes[0], technique="decision_plane", images=tuple(named), options={})
    assert from_word(to_word(here, one, {})).images == ["scenes:24@train#0", named[1]["digest"][:16]]


def test_a_pin_that_is_done_between_two_looks_is_not_given_up(monkeypatch):
    awaited = []
    monkeypatch.setattr(pin_link.st, "fragment", lambda work, run_every: awaited.append)
    here = SimpleNamespace(linked_pins={"card": "word"})
    job = SimpleNamespace(over=True, state="done")
    pin_link._under_way(here, "card", job)
    assert (here.linked_pins, awaited) == ({"card": "word"}, [job])
    monkeypatch.setattr(pin_link.st, "caption", lambda words: None)
    pin_link._under_way(here, "card", SimpleNamespace(over=True, state="cancelled"))
    assert here.linked_pins == {}
