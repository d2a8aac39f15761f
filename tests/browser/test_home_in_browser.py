"""Home, as a person meets it: in Chromium, on a server that has just started and on one that runs."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from conftest import PATIENCE, Server
from playwright.sync_api import expect

CARDS = "a.card"
PAINTED = """const look = () => {
  const question = document.querySelector("[data-testid=stMain] h1");
  if (question?.getClientRects().length) requestAnimationFrame(() => { window.painted = Date.now(); });
  else requestAnimationFrame(look);
}
requestAnimationFrame(look);"""


@pytest.fixture
def fresh_server(tmp_path):
    made = Server(tmp_path / "log.txt")
    try:
        made.wait()
        yield made
    finally:
        made.process.terminate()
        made.process.wait(20)


def torch_came(server):
    """When torch was first seen in the server's memory; the poll can only be late."""
    end = time.monotonic() + PATIENCE / 1000
    while not any("torch" in region.path for region in psutil.Process(server.process.pid).memory_maps()):
        assert time.monotonic() < end, "torch was never imported"
        time.sleep(0.05)
    return time.time()


def test_home_is_painted_before_torch_is_imported_and_the_import_follows(chromium, fresh_server):
    page = chromium.new_page()
    page.add_init_script(PAINTED)
    with ThreadPoolExecutor() as beside:
        came = beside.submit(torch_came, fresh_server)
        page.goto(fresh_server.address, wait_until="commit")
        page.locator(CARDS).first.locator("img").wait_for(timeout=PATIENCE)
        assert page.evaluate("window.painted") / 1000 < came.result()
    page.close()


def test_a_card_opens_its_own_question_in_explain_and_the_map_follows(visitor):
    page = visitor()
    expect(page.locator(CARDS)).to_have_count(6)
    page.get_by_role("link", name=re.compile("Why does it call this fish a boat")).click()
    expect(page).to_have_url(re.compile(r"/explain\?model=scenes-shortcut&image=fish.*&method=grad_cam"))
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    expect(page.get_by_text(re.compile("scenes-shortcut says boat about fish 1, watermarked"))).to_be_visible()


def test_a_card_is_a_link_that_a_new_tab_can_open_and_the_keyboard_reaches(visitor):
    page = visitor()
    card = page.locator(CARDS).first
    path = card.get_attribute("href")
    assert card.locator("img").get_attribute("alt").startswith("The picture, and beside it: ")
    card.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/explain\?"))
    other = visitor("/" + path)
    expect(other.locator(".js-plotly-plot")).to_have_count(1)
    expect(other.get_by_text(re.compile("says car about car 1"))).to_be_visible()


def test_a_photo_dropped_on_home_is_explained_by_four_methods(visitor, photos):
    page = visitor()
    door = page.get_by_test_id("stMain").locator('input[type="file"]')
    door.set_input_files(photos / "samoyed.jpg")
    expect(page).to_have_url(re.compile(r"/explain\?"))
    expect(page.get_by_text("samoyed.jpg").first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_cards_stand_below_each_other(visitor, scheme):
    page = visitor(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    expect(page.locator(CARDS)).to_have_count(6)
    boxes = [page.locator(CARDS).nth(index).bounding_box() for index in range(6)]
    assert len({round(box["x"]) for box in boxes}) == 1
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
