"""What only a browser can bring into the tray: the clipboard, a folder, the camera."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

COUNT_QUESTIONS = """() => {
  window.asked = 0;
  navigator.mediaDevices.getUserMedia = () => {
    window.asked += 1;
    return Promise.reject(new DOMException("", "NotAllowedError"));
  };
}"""
PASTE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  canvas.getContext("2d").fillRect(10, 10, 20, 20);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const clipboard = new DataTransfer();
  clipboard.items.add(new File([blob], "copied.png", { type: "image/png" }));
  const event = { clipboardData: clipboard, bubbles: true, composed: true };
  document.body.dispatchEvent(new ClipboardEvent("paste", event));
}"""


def png(shade):
    content = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 90, 30)).save(content, "PNG")
    return content.getvalue()


def test_a_picture_pasted_anywhere_on_the_page_is_chosen(visitor):
    page = visitor()
    page.get_by_role("button", name="Paste", exact=True).wait_for()
    page.evaluate(PASTE)
    expect(page.locator('.pick[aria-pressed="true"]')).to_have_attribute("title", "copied.png")
    expect(page.get_by_role("button", name="Remove copied.png")).to_have_count(1)


def test_a_folder_is_taken_with_one_sentence_and_the_camera_waits_until_it_is_opened(visitor, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.png").write_bytes(png(1))
    (tmp_path / "deep" / "b.png").write_bytes(png(2))
    (tmp_path / "deep" / "page.jpg").write_text("<html></html>")
    page = visitor()
    page.evaluate(COUNT_QUESTIONS)
    page.get_by_role("button", name="Folder", exact=True).click()
    page.get_by_test_id("stPopoverBody").locator('input[type="file"]').set_input_files(tmp_path)
    expect(page.get_by_text("2 pictures were taken; one other file skipped.")).to_be_visible()
    expect(page.locator(".drop")).to_have_count(2)
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.get_by_text(re.compile("Take a photo"))).to_be_visible()
    page.wait_for_function("window.asked > 0")
