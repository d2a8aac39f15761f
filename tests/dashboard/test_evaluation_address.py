"""The address of Evaluation: a copied link opens the same numbers, and what is chosen is in the address."""

import pytest

from dashboard.evaluation.address import VIEWS


@pytest.fixture
def page(app):
    def opened(**address):
        tab = app(**address)
        tab.switch_page("../pages/evaluation.py").run()
        assert not tab.exception
        return tab

    return opened


def chosen(tab):
    word = tab.query_params.get("choices", "")
    return dict(part.partition(":")[::2] for part in (word[0] if isinstance(word, list) else word).split("~") if part)


def box(tab, label):
    return next(one for one in tab.selectbox if one.label.startswith(label))


def widget(kind, label):
    return next(one for one in kind if one.label == label)


def test_a_page_nobody_touched_names_its_set_and_class_alone(page):
    tab = page()
    assert set(chosen(tab)) == {"class"}
    assert tab.query_params["set"] in ("digits:360", ["digits:360"])


def test_a_link_opens_class_threshold_costs_and_curves(page):
    tab = page(choices="class:7~threshold:0.25~miss:4.0~interval:bootstrap~log:on~images:hits")
    assert box(tab, "Class").value == 7
    assert tab.slider[0].value == 0.25
    assert widget(tab.number_input, "Cost of a miss").value == 4.0
    assert box(tab, "Interval").value == "bootstrap"
    assert widget(tab.toggle, "Log axis of the ROC").value is True
    hits = next(one for one in tab.button if one.key == "evaluation cell hits")
    assert hits.proto.type == "primary"
    tab.run()
    assert chosen(tab) == {
        "class": "7", "threshold": "0.25", "miss": "4.0", "interval": "bootstrap", "log": "on", "images": "hits",
    }  # fmt: skip


def test_a_link_opens_the_confusion_and_its_pair(page):
    tab = page(choices="view:classes~by:predicted~alike:on~mistakes:on~true:3~taken:5")
    assert (box(tab, "True class").value, box(tab, "Taken for").value) == (3, 5)
    assert widget(tab.toggle, "Mistakes alone").value is True
    assert chosen(tab.run()) | {"class": ""} == {
        "view": "classes", "by": "predicted", "alike": "on", "mistakes": "on", "true": "3", "taken": "5", "class": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "label", "value"),
    [
        ("view:balance~positives:0.1", "Share of positives", 0.1),
        ("view:sure~bins:20~laid:adaptive", "Bins", 20),
        ("view:sure~fit:0.25", "Share to fit on", 0.25),
        ("view:slices~ranges:6", "Ranges, where the column holds many numbers", 6),
        ("view:folds~folds:3~fold:pr", "Parts", 3),
    ],
)
def test_a_link_opens_every_view_with_its_settings(page, word, label, value):
    tab = page(choices=word)
    assert widget([*tab.slider, *tab.select_slider], label).value == value
    assert dict(part.split(":") for part in word.split("~")).items() <= chosen(tab.run()).items()


@pytest.mark.parametrize(("word", "label"), [("task:pixels", "Leave out pixels"), ("task:boxes~boxes:overlap", "")])
def test_a_link_opens_what_is_judged(page, word, label):
    tab = page(choices=word)
    assert any(one.label.startswith(label) for one in [*tab.toggle, *tab.slider])
    assert dict(part.split(":") for part in word.split("~")).items() <= chosen(tab).items()


def test_the_threshold_is_in_the_address_when_a_person_moves_it_and_leaves_it_at_the_best(page):
    tab = page()
    best = tab.slider[0].value
    tab.slider[0].set_value(0.125).run()
    assert chosen(tab)["threshold"] == "0.125"
    tab.slider[0].set_value(best).run()
    assert "threshold" not in chosen(tab)


def test_another_class_begins_at_its_own_best_threshold(page):
    tab = page(choices="class:7~threshold:0.25")
    box(tab, "Class").set_value(2).run()
    assert tab.slider[0].value != 0.25
    assert "threshold" not in chosen(tab)


def test_a_step_back_puts_back_what_it_does_not_name(page):
    tab = page(choices="class:7~threshold:0.25~second:digits-cnn")
    here = tab.session_state["visit"]
    here.asked["choices"] = "class:2"
    tab.run()
    assert box(tab, "Class").value == 2
    assert set(chosen(tab)) == {"class"}


@pytest.mark.parametrize(
    "word", ["view:junk", "class:99999", "class:77", "threshold:nan", "second:nobody", "~~", "true:-1"]
)
def test_nonsense_opens_the_page_as_it_begins(page, word):
    tab = page(choices=word)
    assert set(chosen(tab)) == {"class"}
    assert box(tab, "Class").value in range(10)


def test_every_view_has_a_word():
    from dashboard.evaluation.page import _views

    assert tuple(_views()) == VIEWS
