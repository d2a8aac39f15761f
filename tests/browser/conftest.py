"""A real server and a real Chromium. Every page must stay silent: no console error, no request elsewhere, clean log."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("VIZLIB_REAL", REPOSITORY.parent / "shared" / "real"))
CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 120_000  # milliseconds; a slow machine is no fault of a page
# Streamlit looks for its server below the address of a deep link first, and finds it one step up.
BASE = re.compile(r"/[a-z_]+/_stcore/(health|host-config)$")
SILENT = re.compile(r"error|warning|exception|traceback", re.IGNORECASE)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


class Server:
    """A running app: its address, its process, its log."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address, self.log = f"http://127.0.0.1:{port}", log
        folders = [REPOSITORY / "models", REAL / "squeezenet"]
        environment = {**os.environ, "VIZLIB_MODELS": os.pathsep.join(map(str, folders))}
        command = [sys.executable, "-m", "streamlit", "run", "dashboard", "--server.port", str(port)]
        command += ["--server.headless", "true"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def wait(self) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(self.log.read_text())

    def busy(self, seconds: float) -> float:
        """Share of one processor that the server used during some seconds."""
        process = psutil.Process(self.process.pid)
        before = sum(process.cpu_times()[:2])
        time.sleep(seconds)
        return (sum(process.cpu_times()[:2]) - before) / seconds

    def complaints(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if SILENT.search(line)]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("server") / "log.txt")
    try:
        made.wait()
        yield made
    finally:
        made.process.terminate()
        made.process.wait(20)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium, server):
    """Open the app as a new visitor; at the end nothing may have been complained about."""
    contexts, said, asked = [], [], []

    def note(message):
        if message.type == "error" and not BASE.search(message.location["url"]):
            said.append(message.text)

    def visit(path="", **settings):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 1000}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", note)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.address + path)
        page.wait_for_selector("h1")
        return page

    yield visit
    for context in contexts:
        context.close()
    own = (server.address, server.address.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert said == []
    assert server.complaints() == []


@pytest.fixture
def photos():
    if not REAL.is_dir():
        pytest.skip("the real weights and photos are not on this machine")
    return REAL / "photos"
