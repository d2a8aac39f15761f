"""The page Model, as a person meets it: in Chromium, on a running server."""

import csv
import re

from playwright.sync_api import expect


def opened(page, charts=4):
    """Wait until everything is on the page."""
    expect(page.get_by_role("heading", name="What is inside this model?")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(charts)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    return page


def test_a_click_on_a_row_opens_the_layer_and_its_grad_cam_has_an_address(visitor):
    page = opened(visitor("/model?model=digits-cnn"))
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 18, "y": 52})  # the box at the left end of the first row
    expect(page.get_by_role("heading", name="conv1", exact=True)).to_be_visible()
    opened(page)
    page.get_by_role("button", name="Grad-CAM at this layer").click()
    expect(page).to_have_url(re.compile(r"/explain\?.*method=grad_cam.*layer=conv1"))
    expect(page.locator(".js-plotly-plot")).to_have_count(1)


def test_a_click_on_a_node_of_the_graph_opens_the_layer_and_marks_its_row(visitor):
    page = opened(visitor("/model?model=digits-cnn"))
    page.locator(".graph button[data-name='conv1']").click()
    expect(page.get_by_role("heading", name="conv1", exact=True)).to_be_visible()
    expect(page.locator(".graph [aria-pressed='true']")).to_have_attribute("data-name", "conv1")
    page.locator(".graph button[data-name='fc']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="fc", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Grad-CAM at this layer")).to_be_disabled()


def test_the_speed_is_measured_on_a_click_and_the_table_can_be_taken_away(visitor):
    page = opened(visitor("/model?model=digits-cnn"))
    page.get_by_role("button", name="Measure images per second").click()
    expect(page.get_by_text("32 images at once")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").first.click()
    with open(download.value.path(), newline="") as file:
        assert next(row["layer"] for row in csv.DictReader(file)) == "conv1"


def test_a_bad_table_of_curves_gets_one_sentence_and_a_good_one_is_drawn(visitor, tmp_path):
    page = opened(visitor("/model?model=digits-cnn"))
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("epoch,loss\n1,abc\n")
    good.write_text("epoch,loss,val_loss\n1,9.5,9.6\n2,5,6\n")
    page.get_by_text("Curves of your own").click()
    page.locator('input[type="file"]').last.set_input_files(bad)
    expect(page.get_by_role("alert")).to_contain_text("is not a number")
    page.locator('input[type="file"]').last.set_input_files(good)
    expect(page.get_by_text("worse than guessing")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_on_a_phone_nothing_is_cut_off(visitor):
    page = opened(visitor("/model", viewport={"width": 390, "height": 844}, color_scheme="dark"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [chart.bounding_box() for chart in page.locator(".js-plotly-plot").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
