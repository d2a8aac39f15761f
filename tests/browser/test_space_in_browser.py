"""The map of Embeddings in a real browser: pointing shows the image, a box fills the gallery."""

from playwright.sync_api import expect

COUNT = """(canvas, name) => {
  const pen = canvas.getContext("2d"), clear = pen.clearRect.bind(pen);
  window[name] = 0;
  pen.clearRect = (...where) => { window[name] += 1; clear(...where); };
}"""


def test_pointing_shows_the_image_and_a_box_selects_images(visitor):
    page = visitor("/embeddings?model=digits-cnn")
    canvas = page.locator(".stage > canvas")
    expect(page.get_by_text("How much this map lies")).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tip = page.locator(".tip")
    for step in range(40):
        page.mouse.move(middle[0] + 4 * step - 80, middle[1])
        if tip.is_visible():
            break
    expect(tip).to_contain_text("digit")
    canvas.evaluate(COUNT, "points")
    page.locator(".over canvas").evaluate(COUNT, "marks")
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.wait_for_function("() => window.marks > window.points")  # the ring moves without the points drawn again
    page.get_by_role("button", name="Box", exact=True).click()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 5, steps=4)
    page.mouse.up()
    expect(page.get_by_text("images selected")).to_be_visible()
    expect(page.locator(".faces img").first).to_be_visible()
