"""Dreams on the page Units: the card of the unit, the grid of regularisers, and a dream toward a place."""

import pytest


def press(tab, label):
    return next(button for button in tab.button if button.label == label).click().run()


def choose(tab, label, value):
    return next(one for one in tab.get("number_input") + tab.get("slider") if one.label == label).set_value(value).run()


def words(tab):
    return " ".join(one.value for kind in ("markdown", "caption", "error", "subheader") for one in tab.get(kind))


@pytest.fixture
def units_page(app, settled):
    tab = app()
    tab.switch_page("../pages/units.py").run()
    return choose(settled(tab), "Steps", 4)


def test_dream_and_patches_stand_on_one_card_for_the_report_that_the_technique_makes_again(units_page, settled):
    from vizlib.core.recipe import perform, recipe_for

    tab = settled(press(units_page, "Make the image"))
    assert not tab.exception
    assert "This unit on one card" in words(tab)
    next(button for button in tab.button if button.key == "add unit card").click().run()
    card = tab.session_state["report"][0].answer
    visit = tab.session_state["visit"]
    model = visit.engine.models.get(visit.model_name())
    pictures = [(shot.name, shot.open()) for shot in visit.shots()]
    given = {name: card.recipe.options[name] for name in ("layer", "unit", "k", "steps")}
    alone = recipe_for("unit_card", model, pictures, **given)
    assert card.recipe.digest() == alone.digest()
    assert card.result.digest() == perform(alone, model, [image for _, image in pictures]).digest()


def test_the_regularisers_are_compared_when_it_is_asked_for(units_page, settled):
    before = len(units_page.get("plotly_chart"))
    tab = settled(press(units_page, "Switch each regulariser"))
    assert not tab.exception
    assert len(tab.get("plotly_chart")) == before + 1
    assert "Nine small runs" not in words(tab)


def test_a_place_of_the_picture_is_followed(units_page, settled):
    kind = next(one for one in units_page.get("button_group") if "dream about" in str(one.key or one.proto.id))
    tab = kind.set_value("dream_toward").run()
    tab = settled(press(choose(tab, "Steps", 4), "Make the image"))
    assert not tab.exception
    assert "The features followed are those at row" in words(tab)


def test_the_features_of_the_whole_picture_are_inverted(units_page, settled):
    kind = next(one for one in units_page.get("button_group") if "dream about" in str(one.key or one.proto.id))
    tab = kind.set_value("invert_features").run()
    assert "An image that the layer cannot tell from yours" in words(tab)
    tab = settled(press(choose(tab, "Steps", 4), "Make the image"))
    assert not tab.exception
    assert not tab.error
    assert "Feature inversion" in words(tab)
    assert any(chart.key == "chart dream" for chart in tab.get("plotly_chart"))
