"""The page Loss landscape in a real browser: the cut goes where the pointer rests."""

import re

from playwright.sync_api import expect

CHART = ".st-key-chart-landscape .js-plotly-plot"
WHERE = "(area) => { const box = area.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; }"


def rest(page, share):
    """Move to a place of the picture, as a share of its width, and a little further."""
    x, y, width, height = page.locator(f"{CHART} .nsewdrag").first.evaluate(WHERE)
    for step in (-3, 0):
        page.mouse.move(x + width * share + step, y + height * 0.3)


def test_the_cut_follows_the_pointer(visitor):
    page = visitor("/loss_landscape?model=digits-cnn")
    cut = page.get_by_role("slider", name="Cut at direction 1")
    expect(cut).to_have_value("10")
    expect(page.locator(f"{CHART} .contourlayer path").first).to_be_attached()
    page.locator(CHART).scroll_into_view_if_needed()
    rest(page, 0.25)
    expect(cut).to_have_value(re.compile("^[456]$"))
    rest(page, 0.75)
    expect(cut).to_have_value(re.compile("^1[456]$"))
