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
    assert any("row 9" in chart.proto.alt for chart in tab.get("plotly_chart") if hasattr(chart.proto, "alt"))
