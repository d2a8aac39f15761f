"""The map itself: dots or pictures on a canvas that shows what is under the pointer, and a lasso, without the server.

One sheet holds all small pictures; pointing, zooming, turning in 3-D and drawing a lasso are answered in the browser,
so that ten thousand points stay light.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import streamlit as st

from dashboard.space.script import CSS, HTML, JS
from dashboard.text import _

KEY, SENT = "space map", "space sheet sent"
_map = st.components.v2.component("vizlib_space", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True, eq=False)
class Sheet:
    """All small pictures in one: ``source`` is its address, a picture stands in each square of ``cell`` pixels."""

    source: str = ""
    cell: int = 32
    columns: int = 1
    count: int = 0

    @cached_property
    def name(self) -> str:
        """Tells it from other sheets; empty where there is none."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16] if self.source else ""


@dataclass(frozen=True, eq=False)
class Painted:
    """Colours of the points: an index into ``palette`` each, with a legend of classes or a scale."""

    index: np.ndarray
    palette: tuple[str, ...]
    kinds: tuple[int, ...] = ()
    entries: tuple[tuple[str, int], ...] = ()
    scale: dict[str, Any] | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the canvas shows.

    Attributes
    ----------
    of : str
        Which images these are; what is reported about others is out of date.
    points : float array [point, 2 or 3]
    names : sequence of str
        What is said under the pointer.
    painted : Painted
    sheet : Sheet
    faces : bool
        Pictures instead of dots.
    selected, landed : sequence of int
        Points that stand out; those that came later, with their name beside them.
    chosen : int or None
    links : sequence of (int, int)
        Lines between points.
    alternative : str
        The map in words.
    """

    of: str
    points: np.ndarray
    names: Sequence[str]
    painted: Painted
    sheet: Sheet = field(default_factory=Sheet)
    faces: bool = False
    selected: Sequence[int] = ()
    landed: Sequence[int] = ()
    chosen: int | None = None
    links: Sequence[tuple[int, int]] = ()
    alternative: str = ""


def draw(drawing: Drawing, take: Callable[[dict[str, Any]], None], key: str = KEY) -> None:
    """Draw the map; ``take`` gets ``{"clicked": i}`` or ``{"selected": [...]}`` before the page is drawn again."""
    data, before = _data(drawing), st.session_state.get(f"{SENT} {key}", {})
    sent = {name: data[f"{name}_name"] for name in ("sheet", "names")}
    data |= {name: "" if name == "sheet" else [] for name, which in sent.items() if before.get(name) == which}
    st.session_state[f"{SENT} {key}"] = sent
    _map(key=key, data=data, on_told_change=lambda: _report(key, drawing.of, take))


def _data(drawing: Drawing) -> dict[str, Any]:
    count, painted, sheet = len(drawing.points), drawing.painted, drawing.sheet
    return {
        "of": drawing.of,
        "dims": int(drawing.points.shape[1]),
        "points": packed(drawing.points.astype("<f4")),
        "count": count,
        "names": list(drawing.names),
        "names_name": _name_of(drawing.names),
        "colour": packed(painted.index.astype(np.uint8)),
        "palette": list(painted.palette),
        "palette_of": painted.name,
        "kinds": list(painted.kinds),
        "entries": [{"label": label, "index": index} for label, index in painted.entries],
        "scale": painted.scale,
        "sheet": sheet.source,
        "sheet_name": sheet.name,
        "cell": sheet.cell,
        "columns": sheet.columns,
        "pictured": sheet.count,
        "faces": drawing.faces,
        "framed": len(painted.palette) > 1,
        "dot": int(np.clip(220 / max(count, 1) ** 0.5, 5, 14)),
        "face": int(np.clip((760 if drawing.points.shape[1] == 2 else 520) / max(count, 1) ** 0.5, 12, 64)),
        "selected": [int(index) for index in drawing.selected],
        "landed": [int(index) for index in drawing.landed],
        "chosen": drawing.chosen,
        "links": [list(map(int, link)) for link in drawing.links],
        "words": _words(drawing),
    }


def _name_of(names: Sequence[str]) -> str:
    """Tells these names from others."""
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:16] if names else ""


def packed(values: np.ndarray) -> str:
    """The bytes of an array as text."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _report(key: str, of: str, take: Callable[[dict[str, Any]], None]) -> None:
    said = (st.session_state.get(key) or {}).get("told") or {}
    if "lost" in said:
        st.session_state.pop(f"{SENT} {key}", None)  # the browser has it no more: it is sent again
    elif said.get("of") == of:
        take(said)


def _words(drawing: Drawing) -> dict[str, Any]:
    turn = _("Turn") if drawing.points.shape[1] == 3 else _("Move")
    buttons = {"point": _("Point"), "lasso": _("Lasso"), "box": _("Box"), "move": turn, "whole": _("Whole map")}
    return {
        "buttons": buttons,
        "size": _("Size"),
        "toggle": _("Show or hide"),
        "alternative": drawing.alternative,
    }
