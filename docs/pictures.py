"""Makes the pictures of the README: python docs/pictures.py (needs Chromium; writes docs/*.webp)."""

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

import vizlib as vz
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.imagesets import samples
from vizlib.figures.export import to_bytes

HERE = Path(__file__).resolve().parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WIDTH = 1200
# What each pictured page waits for.
PAGES = {
    "explain": "document.querySelectorAll('.js-plotly-plot .heatmaplayer image').length >= 4",
    "embeddings": "document.body.innerText.includes('How much this map lies')",
    "evaluation": "document.querySelectorAll('.js-plotly-plot').length >= 3",
    "loss_landscape": "document.querySelectorAll('.js-plotly-plot').length >= 1",
}


def main() -> None:
    """Write every picture."""
    shortcut()
    pages()


def shortcut() -> None:
    """The same watermarked boat for the network that learned boats and for the one that learned the watermark."""
    pictures = dict(samples("scenes-shortcut"))
    name = next(name for name in pictures if name.startswith("boat") and "watermarked" in name)
    rows = [_row(model, name, pictures[name]) for model in ("scenes-resnet", "scenes-shortcut")]
    width = max(row.width for row in rows)
    sheet = Image.new("RGB", (width, sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    _save(sheet, "shortcut.webp")


def _row(model_name: str, name: str, image: Image.Image) -> Image.Image:
    model = vz.load_model(model_name)
    recipe = recipe_for("grad_cam", model, [(name, image)], model.labels.index("boat"))
    result = perform(recipe, model, [image])
    view = [np.asarray(model.view(image))]
    return Image.open(io.BytesIO(to_bytes(result, "png", recipe=recipe, images=view, labels=model.labels)))


def pages() -> None:
    """Pages as the browser shows them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        _screenshots(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the app did not start")


def _screenshots(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, shown in PAGES.items():
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"{address}/{name}")
            page.wait_for_function(shown, timeout=120_000)
            page.wait_for_timeout(3000)
            _save(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), f"{name}.webp")
            page.close()
        browser.close()


def _save(image: Image.Image, name: str) -> None:
    height = round(image.height * WIDTH / image.width)
    image.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS).save(HERE / name, quality=85, method=6)


if __name__ == "__main__":
    main()
