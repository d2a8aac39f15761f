"""The page Embeddings with 10,000 images in headless Chromium: how soon it answers, and what is sent.

Start the app, then ``python benchmarks/space_page.py ADDRESS MODEL ARCHIVE.zip``; the archive has the images.
"""

import sys
import time
from collections.abc import Callable

from playwright.sync_api import CDPSession, Page, sync_playwright

FRAMES = """(canvas) => { window.waited = []; canvas.addEventListener("pointermove", () => {
  const begun = performance.now();
  const note = () => window.waited.push(performance.now() - begun);
  requestAnimationFrame(() => requestAnimationFrame(note)); }, true); }"""


class Counter:
    """Bytes that the page receives."""

    def __init__(self, session: CDPSession) -> None:
        self.total = 0
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._frame)

    def _frame(self, event: dict) -> None:
        self.total += len(event["response"]["payloadData"])


def timed(what: str, counter: Counter, work: Callable[[], object]) -> None:
    """Print how long something takes and what it sends."""
    begun, before = time.monotonic(), counter.total
    work()
    print(f"| {what} | {time.monotonic() - begun:.2f} s | {(counter.total - before) / 1e6:.2f} MB |", flush=True)


def opened(page: Page, address: str, model: str, archive: str, counter: Counter) -> None:
    """The page with a map of the archive's images."""
    page.goto(f"{address}/embeddings?model={model}")
    page.get_by_text("How much this map lies").wait_for()
    page.locator("[data-testid=stSelectbox]").filter(has_text="Image set").locator("input").click()
    page.get_by_role("option", name="a ZIP archive of yours").click()
    door = page.locator("input[type=file][accept*=zip]").last
    door.wait_for(state="attached")

    def taken() -> None:
        door.set_input_files(archive)
        page.locator('canvas[aria-label*="0000 images"]').first.wait_for()
        page.get_by_text("What lies nearest to one image").wait_for()
        page.wait_for_timeout(500)

    timed("features and PCA of the archive, drawn", counter, taken)


def cancelled(page: Page, method: str, after: float, counter: Counter) -> None:
    """Cancel a map after some seconds, until the page says so."""
    page.get_by_text(method, exact=True).click()
    page.get_by_role("button", name="Cancel").last.wait_for()
    page.wait_for_timeout(1000 * after)

    def stop() -> None:
        page.get_by_role("button", name="Cancel").last.click()
        page.get_by_text("Cancelled.", exact=True).first.wait_for()

    timed(f"{method} cancelled after {after:g} s", counter, stop)


def pointed(page: Page) -> None:
    """Move over the map; from each movement to the second frame after it."""
    canvas = page.locator(".stage > canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    canvas.evaluate(FRAMES)
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.01 * step), box["y"] + box["height"] / 2)
        page.wait_for_timeout(40)
    waited = sorted(page.evaluate("window.waited"))
    print(f"| pointing, slowest of 40 | {waited[-1]:.0f} ms | |")
    print(f"| pointing, middle | {waited[len(waited) // 2]:.0f} ms | |", flush=True)


def boxed(page: Page) -> None:
    """Draw a box around the middle of the map; the button of the mouse stays down."""
    page.get_by_role("button", name="Box", exact=True).click()
    box = page.locator(".stage > canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=5)


def let_go(page: Page) -> None:
    """Select what the box holds, until the page says how many."""
    page.mouse.up()
    page.get_by_text("images selected").wait_for()


def main(address: str, model: str, archive: str) -> None:
    """Print a table."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1440, "height": 1100}).new_page()
        page.set_default_timeout(240_000)
        counter = Counter(page.context.new_cdp_session(page))
        print("| what | time | received |\n|---|---|---|")
        opened(page, address, model, archive, counter)
        page.wait_for_timeout(4000)
        pointed(page)
        boxed(page)
        timed("a box around points: the gallery", counter, lambda: let_go(page))
        for method, after in (("t-SNE", 10), ("UMAP", 1), ("UMAP", 12)):
            page.get_by_text("PCA", exact=True).click()
            page.get_by_text("What lies nearest to one image").wait_for()
            cancelled(page, method, after, counter)
            page.get_by_role("button", name="Try again").click()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
