"""The page Depth dive: the pixel is typed, the strip comes when it is asked for and not before."""

import pytest


@pytest.fixture
def page(app, settled):
    tab = app()
    tab.switch_page("../pages/depth_dive.py").run()
    return settled(tab)


def test_the_strip_of_the_typed_pixel_comes_when_it_is_asked_for(page, settled):
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    next(field for field in page.number_input if field.label == "Row").set_value(9).run()
    next(button for button in page.button if button.label == "Dive").click().run()
    tab = settled(page)
    assert not tab.exception
    assert len(tab.get("plotly_chart")) == 2
    assert (tab.query_params["pixel"], tab.query_params["dive"]) in (("9,16", "now"), (["9,16"], ["now"]))
    assert any("row 9" in chart.proto.alt for chart in tab.get("plotly_chart") if hasattr(chart.proto, "alt"))


def test_a_copied_link_opens_the_same_dive_and_one_of_a_clicked_pixel_waits_for_dive(app, settled):
    def opened(**address):
        tab = app(**address)
        tab.switch_page("../pages/depth_dive.py").run()
        return settled(tab)

    def pixel(tab):
        return [field.value for field in tab.number_input if field.label in ("Row", "Column")]

    tab = opened(pixel="9,12", dive="now")
    assert pixel(tab) == [9, 12]
    assert len(tab.get("plotly_chart")) == 2
    tab = opened(pixel="9,12")
    assert pixel(tab) == [9, 12]
    assert len(tab.get("plotly_chart")) == 1
    for wrong in ("9", "9,99", "-1,3", "x,y"):
        assert not opened(pixel=wrong).exception
