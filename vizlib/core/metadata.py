"""The recipe inside every exported file: written as text, read back from PNG, SVG, PDF, HTML, NPZ, CSV and JSON."""

import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

from vizlib.core.recipe import Recipe
from vizlib.core.results import Result

KEY = "vizlib-recipe"
LARGEST_FILE = 200 * 2**20


def stamp(recipe: Recipe, result: Result) -> str:
    """Recipe and digest of the numbers as one line of JSON, for a file's metadata."""
    return json.dumps({"recipe": json.loads(recipe.to_json()), "result": result.digest()}, sort_keys=True)


def read_recipe(source: str | Path | bytes) -> tuple[Recipe, str | None]:
    """Read the recipe of an exported figure, and the digest of its numbers where the file states it.

    Raises
    ------
    ValueError
        One sentence, when the file carries no recipe.
    """
    content = source if isinstance(source, bytes) else _content(Path(source))
    text = _stamp_in(content)
    if text is None:
        raise ValueError("This file carries no recipe; only figures and data saved by this software do.")
    try:
        facts = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("The recipe in this file is damaged; save the figure again.") from None
    if isinstance(facts, dict) and "recipe" in facts:
        return Recipe.from_json(json.dumps(facts["recipe"])), facts.get("result")
    return Recipe.from_json(text), None


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError("This file is larger than any figure; give the exported figure itself.")
        return path.read_bytes()
    except OSError:
        raise ValueError(f"The file {path.name!r} cannot be read; check its name.") from None


def _stamp_in(content: bytes) -> str | bytes | None:
    if content.startswith(b"\x89PNG"):
        return _in_png(content)
    if content.startswith(b"%PDF"):
        return _in_pdf(content)
    if content.startswith(b"PK"):
        return _in_npz(content)
    if content.lstrip().startswith(b"{"):
        return content
    if content.startswith(f"# {KEY} ".encode()):
        return content.partition(b"\n")[0].removeprefix(f"# {KEY} ".encode())
    return _in_markup(content)


def _in_png(content: bytes) -> str | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            return image.info.get(KEY)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None


def _in_pdf(content: bytes) -> str | None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        facts: Any = PdfReader(io.BytesIO(content)).metadata or {}
        subject = facts.get("/Subject")
    except (PyPdfError, ValueError, KeyError, RecursionError):
        return None
    return str(subject) if subject and str(subject).startswith("{") else None


def _in_npz(content: bytes) -> str | None:
    import numpy as np

    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return str(archive[KEY]) if KEY in archive else None
    except (ValueError, OSError, KeyError, zipfile.BadZipFile):
        return None


def _in_markup(content: bytes) -> str | None:
    text = content.decode("utf-8", errors="ignore")
    html = re.search(rf'<script type="application/json" id="{KEY}">(.*?)</script>', text, re.DOTALL)
    svg = re.search(r"<dc:description>(\{.*?\})</dc:description>", text, re.DOTALL)
    return unescape(svg.group(1)) if svg else html.group(1) if html else None
