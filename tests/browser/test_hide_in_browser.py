"""Hide it yourself, as a person does it: with the mouse, the keyboard and a finger."""

import pytest
from playwright.sync_api import expect

MARKED = "/explain?model=scenes-shortcut&method=hide&image=car+1%2C+watermarked"


@pytest.fixture
def marked(visitor):
    def opened(**settings):
        page = visitor(MARKED, **settings)
        expect(page.locator(".verdict")).to_contain_text("Nothing is hidden: boat")
        page.locator("canvas").scroll_into_view_if_needed()
        return page

    return opened


def at(page, x, y):
    box = page.locator("canvas").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page, *places):
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=4)
    page.mouse.up()


def test_dragging_over_the_watermark_turns_the_boat_into_a_car_and_undo_turns_it_back(marked):
    page = marked()
    drag(page, (0.01, 0.01), (0.32, 0.16))
    expect(page.locator(".verdict")).to_contain_text("No longer boat")
    expect(page.locator(".verdict")).to_contain_text("now car")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".verdict")).to_contain_text("Nothing is hidden")


def test_a_patch_is_dragged_on_to_another_place_and_its_size_stays(marked):
    page = marked()
    drag(page, (0.5, 0.5), (0.82, 0.66))
    expect(page.locator(".verdict")).to_contain_text("Still boat")
    share = page.locator("output").inner_text()
    drag(page, (0.66, 0.58), (0.16, 0.08))
    expect(page.locator(".verdict")).to_contain_text("No longer boat")
    assert page.locator("output").inner_text() == share


def test_the_keyboard_alone_hides_the_mark_and_the_mask_survives_another_page(marked):
    page = marked()
    page.locator("canvas").focus()
    for key in ["ArrowUp", *["ArrowLeft"] * 10, *["ArrowUp"] * 10, *["+"] * 3]:
        page.keyboard.press(key)
    expect(page.locator(".verdict")).to_contain_text("No longer boat")
    share = page.locator("output").inner_text()
    page.get_by_role("link", name="Home").click()
    expect(page.locator(".verdict")).to_have_count(0)
    page.get_by_role("link", name="Explain", exact=True).click()
    expect(page.locator(".verdict")).to_contain_text("No longer boat")
    expect(page.locator("output")).to_have_text(share)


def test_a_finger_paints_on_a_narrow_screen_without_scrolling_it(marked):
    page = marked(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    before = page.locator("canvas").bounding_box()
    finger = page.context.new_cdp_session(page)
    for kind, place in [("touchStart", (0.01, 0.01)), *[("touchMove", (0.04 * n, 0.02 * n)) for n in range(1, 9)]]:
        x, y = at(page, *place)
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".verdict")).to_contain_text("No longer boat")
    assert abs(page.locator("canvas").bounding_box()["x"] - before["x"]) < 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
