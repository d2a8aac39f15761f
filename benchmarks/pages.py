"""How quickly the app answers in a real browser, and how many bytes it sends: each beside its limit.

    python benchmarks/pages.py [--rounds 5] [--chromium /usr/bin/chromium]

A server is started on these models, and headless Chromium does what a person does; the page's own clock runs from the
moment it hears of the click until the answer is on the screen. The middle of all rounds counts. Bytes are those of the
page's connection meanwhile.
"""

import argparse
import base64
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE = 90_000  # milliseconds
QUIET = 1500  # milliseconds that a page is left alone before it is asked
CLOCK = """for (const kind of ["pointerdown", "keydown"])
  addEventListener(kind, () => { window.acted = performance.now(); }, true);"""
SCENE = "/explain?model=scenes-resnet&method=grad_cam"
WIDE = "/layers?model=resnet18&weights=random"  # its default layer has 512 channels
HEATMAP = "document.querySelector('.js-plotly-plot')?.data?.find(trace => trace.type == 'heatmap')"
SAYING = "[...document.querySelectorAll('p')].map(p => p.innerText).find(t => /^Channel \\d+: mean/.test(t))"
SHEET = "document.querySelector('.js-plotly-plot')?.layout?.images?.[0]?.source"


@dataclass
class Row:
    """One line of the table: seconds and bytes of each round, and what they may be at most."""

    title: str
    limit: float
    seconds: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    megabytes: float | None = None

    def line(self) -> str:
        middle, sent = statistics.median(self.seconds), statistics.median(self.sent) / 1e6
        kept = middle < self.limit and (self.megabytes is None or sent < self.megabytes)
        most = f"{self.megabytes:g} MB" if self.megabytes else ""
        facts = f"{middle:7.2f} s {min(self.seconds):7.2f} s {self.limit:6.1f} s {sent:9.2f} MB {most:>7}"
        return f"{self.title:48}{facts}   {'kept' if kept else 'MISSED'}"


class Watch:
    """Counts what the server sends to a page."""

    def __init__(self, page: Page) -> None:
        self.page, self.total = page, 0
        page.add_init_script(CLOCK)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.webSocketFrameReceived", self._frame)
        network.on("Network.loadingFinished", self._file)

    def _frame(self, event: dict) -> None:
        frame = event["response"]
        content = frame["payloadData"]
        self.total += len(base64.b64decode(content)) if frame["opcode"] == 2 else len(content)

    def _file(self, event: dict) -> None:
        self.total += int(event["encodedDataLength"])

    def time(self, row: Row, act: Callable[[], object], answered: str) -> None:
        """One round: act, and wait until an expression of the page is true; the page's own clock counts."""
        self.page.wait_for_timeout(QUIET)
        before = self.total
        act()
        passed = f"() => ({answered}) ? [(performance.now() - window.acted) / 1000] : null"
        seen = self.page.wait_for_function(passed, polling="raf", timeout=PATIENCE)
        row.seconds.append(seen.json_value()[0])
        self.page.wait_for_timeout(QUIET)
        row.sent.append(self.total - before)


def main() -> None:
    asked = arguments()
    with server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
        print(f"{'':48}{'middle':>9}{'best':>10}{'limit':>9}{'sent':>13}")
        for rows in (home, explain, layers):
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(PATIENCE)
            for row in rows(page, address, asked.rounds):
                print(row.line(), flush=True)
            page.close()
        browser.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    return parser.parse_args()


@contextmanager
def server() -> Iterator[str]:
    """The app as ``make run`` starts it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard", "--server.port", str(port)]
    process = subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=REPOSITORY,
        env={**os.environ, "VIZLIB_MODELS": str(REPOSITORY / "models")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address) and process.poll() is None:
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
    except OSError:
        return False
    return True


def home(page: Page, address: str, rounds: int) -> Iterator[Row]:
    """The first visitor of a fresh server, with nothing in the browser's cache."""
    heading, cards = Row("Home: its question is read", 3), Row("Home: its six cards are seen", 3)
    watch, began = Watch(page), time.perf_counter()
    page.goto(address, wait_until="commit")
    for row, seen in ((heading, page.locator("h1")), (cards, page.locator(".card img").nth(5))):
        seen.wait_for()
        row.seconds.append(time.perf_counter() - began)
        row.sent.append(watch.total)
        yield row
    opened = Row("A card of Home: Grad-CAM computed and drawn", 5)
    watch.time(opened, page.locator(".card").first.click, HEATMAP)
    yield opened


def explain(page: Page, address: str, rounds: int) -> Iterator[Row]:
    """One map large: its opacity, and the way back to a question that was answered before."""
    watch = Watch(page)
    page.goto(address + SCENE)
    page.wait_for_function(f"() => {HEATMAP}")
    opacity, repeated = Row("Opacity of a large map changed", 0.3), Row("A question repeated", 0.3)
    slider = page.get_by_role("slider", name="Opacity")
    for _ in range(rounds):
        shown = page.evaluate(f"{HEATMAP}.opacity")
        slider.focus()
        watch.time(opacity, lambda: page.keyboard.press("ArrowLeft"), f"{HEATMAP}.opacity < {shown - 0.01}")
    yield opacity
    most = page.evaluate(f"{HEATMAP}.zmax")
    method = {name: page.get_by_role("radio", name=name) for name in ("Saliency", "Grad-CAM")}
    for _ in range(rounds):
        method["Saliency"].click()
        page.wait_for_function(f"() => {HEATMAP}?.zmax != {most}")
        watch.time(repeated, method["Grad-CAM"].click, f"{HEATMAP}?.zmax == {most}")
    yield repeated


def layers(page: Page, address: str, rounds: int) -> Iterator[Row]:
    """The activation maps of a layer with 512 channels."""
    watch = Watch(page)
    page.goto(address + WIDE)
    page.wait_for_function(f"() => {SAYING} && {SHEET}")
    page.wait_for_timeout(4 * QUIET)
    step = Row("512 channels: another channel", 0.5, megabytes=3)
    scale = Row("512 channels: one colour range for all", 0.5, megabytes=3)
    back = Row("512 channels: the page opened again", 0.5, megabytes=3)
    number = page.get_by_role("spinbutton", name="Channel, from 0 to 511")
    for turn in range(rounds):
        number.fill(str(100 + turn))
        answered = f"{SAYING}?.startsWith('Channel {100 + turn}:')"
        watch.time(step, lambda: number.press("Enter"), answered)
    yield step
    for _ in range(rounds):
        page.evaluate(f"window.seen = {SHEET}")
        toggle = page.get_by_text("One colour range for all channels")
        watch.time(scale, toggle.click, f"{SHEET} && {SHEET} != window.seen")
    yield scale
    link = {name: page.get_by_test_id("stSidebarNavLink").filter(has_text=name) for name in ("Report", "Layers")}
    for _ in range(rounds):
        link["Report"].click()
        page.wait_for_function("() => document.querySelector('h1')?.innerText == 'Your report'")
        page.wait_for_function(f"() => !{SHEET}")
        watch.time(back, link["Layers"].click, f"{SAYING} && {SHEET}")
    yield back


if __name__ == "__main__":
    main()
