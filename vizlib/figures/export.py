"""A result as a file: PNG, SVG, PDF, HTML, NPZ, CSV or JSON, each with its recipe inside."""

import dataclasses
import io
import json
from threading import Lock
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from vizlib.core.metadata import KEY, stamp
from vizlib.core.recipe import Recipe
from vizlib.core.results import Result
from vizlib.figures import space_table, style  # noqa: F401  (space_table registers its tables)
from vizlib.figures.fonts import dress
from vizlib.figures.table import rows, to_csv

FORMATS = ("png", "svg", "pdf", "html", "npz", "csv", "json")
DOTS_PER_INCH = 300
_settings = Lock()  # matplotlib's are one for the process


def to_bytes(result: Result, format: str, *, recipe: Recipe | None, **display: Any) -> bytes:
    """A result as the content of a file.

    Parameters
    ----------
    result : Result
    format : {"png", "svg", "pdf", "html", "npz", "csv", "json"}
        Pictures; ``npz`` holds the raw numbers, ``csv`` them as a table, ``json`` the recipe alone.
    recipe : Recipe or None
        Written into the file's metadata together with the digest of the numbers; None where no model was asked.
    **display
        Keywords of the figure functions; they change the look, never the numbers.
    """
    if format not in FORMATS:
        raise ValueError(f"The format must be one of {', '.join(FORMATS)}; got {format[:20]!r}.")
    text = stamp(recipe, result) if recipe else ""
    if format == "json":
        return text.encode()
    if format == "npz":
        return _arrays(result, text)
    if format == "csv":
        return to_csv(rows(result), f"{KEY} {text}" if text else "vizlib")
    if format == "html":
        return _page(result, text, display)
    return _picture(result, format, text, display)


def _arrays(result: Result, text: str) -> bytes:
    arrays = {name: _array(value) for name, value in _facts(result).items() if value is not None}
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays, **{KEY: np.asarray(text)})
    return content.getvalue()


def _array(value: Any) -> np.ndarray:
    """A fact as an array; settings as their JSON."""
    return np.asarray(json.dumps(value, sort_keys=True) if isinstance(value, dict) else value)


def _facts(result: Result) -> dict[str, Any]:
    """Every fact by name; those of a result inside a result behind a dot."""
    facts: dict[str, Any] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        inner = _facts(value) if isinstance(value, Result) else None
        facts |= {field.name: value} if inner is None else {f"{field.name}.{name}": inner[name] for name in inner}
    return facts


def _page(result: Result, text: str, display: dict[str, Any]) -> bytes:
    from vizlib.figures.interactive import CONFIG, figure

    drawn = figure(result, **display)
    page: str = drawn.to_html(include_plotlyjs=True, full_html=True, config=CONFIG)
    safe = text.replace("<", "\\u003c")
    before, end, after = page.rpartition("</body>")
    return f'{before}<script type="application/json" id="{KEY}">{safe}</script>{end}{after}'.encode()


def _picture(result: Result, format: str, text: str, display: dict[str, Any]) -> bytes:
    from vizlib.figures.static import figure

    return saved(figure(result, **display), format, _metadata(format, text, result), bbox_inches="tight")


def saved(drawn: Figure, format: str, metadata: dict[str, Any], **how: Any) -> bytes:
    """A figure of matplotlib as a file with its letters as text; the only place that touches matplotlib's settings."""
    dress(drawn)
    content = io.BytesIO()
    with _settings, matplotlib.rc_context({"pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "vizlib"}):
        drawn.savefig(content, format=format, dpi=DOTS_PER_INCH, metadata=metadata, **how)
    return content.getvalue()


def _metadata(format: str, text: str, result: Result) -> dict[str, Any]:
    title = style.title(result) if isinstance(result, style.Attribution) else type(result).__name__
    if format == "png":
        return {"Title": title, KEY: text}
    if format == "svg":
        return {"Title": title, "Description": text, "Date": None}
    return {"Title": title, "Subject": text, "CreationDate": None}
