"""The page Loss landscape: a stored picture, one that is asked for, the trainings, and curvature."""

import json

import pytest


@pytest.fixture
def page(app, settled):
    tab = app()
    tab.switch_page("../pages/loss_landscape.py").run()
    return settled(tab)


def words(tab):
    kinds = ("markdown", "caption", "info", "error")
    return " ".join(one.value for kind in kinds for one in tab.get(kind)).replace("\\", "")


def charts(tab):
    return [one.proto for one in tab.get("plotly_chart")]


def press(tab, label):
    return next(button for button in tab.button if button.label == label).click().run()


def test_it_opens_on_a_stored_landscape_trainings_and_sharpness(page):
    assert not page.exception
    assert len(charts(page)) == 4
    assert "Checked: the centre" in words(page)
    assert "60.8% + 15.2%" in words(page)
    assert "textbook claim" in words(page) or "do generalise worse" in words(page)
    assert not any(button.label == "Compute" for button in page.button)


def test_other_settings_are_computed_when_they_are_asked_for(page, settled):
    page.session_state["landscape/steps"] = 7
    page.session_state["landscape/span"] = 0.5
    page.run()
    tab = settled(page)
    assert "earlier settings" in words(tab)
    assert "passes over 360 images" in words(tab)
    tab = settled(press(tab, "Compute"))
    assert not tab.exception
    assert "earlier settings" not in words(tab)
    assert "--steps 7" in " ".join(code.value for code in tab.get("code"))


def test_view_height_and_camera_change_the_picture_only(page, settled):
    before = page.session_state["landscape/last"][1].result.digest()
    page.session_state["landscape/view"] = "surface"
    page.session_state["landscape/azimuth"] = 20
    tab = settled(page.run())
    assert not tab.exception
    assert any('"surface"' in one.spec and '"camera"' in one.spec for one in charts(tab))
    assert tab.session_state["landscape/last"][1].result.digest() == before


def test_curvature_is_measured_when_it_is_asked_for(page, settled):
    tab = settled(press(page, "Measure the curvature"))
    assert not tab.exception
    assert any("largest eigenvalue" in one.value for one in tab.markdown)


def test_training_images_are_drawn_on_the_same_plane_and_scale(page, settled):
    page.session_state["landscape/steps"] = 7
    tab = settled(press(settled(page.run()), "Compute"))
    tab.session_state["landscape/training"] = True
    tab = settled(tab.run())
    assert not tab.exception
    assert "Over training images" in words(tab)
    assert "vizlib loss_landscape --model digits-cnn digits:360@train" in " ".join(c.value for c in tab.get("code"))
    ends = [(trace["zmin"], trace["zmax"]) for one in charts(tab) for trace in json.loads(one.spec)["data"]
            if trace["type"] == "contour"][:2]  # fmt: skip
    assert ends[0] == ends[1]
