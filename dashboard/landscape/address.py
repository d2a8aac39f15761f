"""What the address says of the page Loss landscape: the settings, the look, further solutions, what is computed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.choices import LONGEST, PART, Choice, follow_choices, number, one_of, say_choices, switch
from dashboard.landscape.controls import DIRECTIONS, FOLLOW, LATER, LED, PLACE, SPANS, STEPS
from dashboard.landscape.order import LOADED, follow_orders, orders_said
from dashboard.landscape.weights import YOURS
from dashboard.visit import Visit
from vizlib.figures.landscape import AZIMUTH, ELEVATION

NAME = re.compile(r"[\w.:@+-]{1,80}")
MOST = 8  # trainings
SHOWS, LOOKS = ("loss", "accuracy"), {"lines": "seeds", "path": "path", "ways": "ways", "own": "own ways"}


def _look(name: str, place: str) -> tuple[Choice, Choice]:
    """Height and scale of one picture of lines or trainings."""
    trainings = name in ("ways", "own")
    return one_of(f"{name}-height", f"{place}/show", SHOWS, "loss"), switch(f"{name}-log", f"{place}/log", trainings)


CHOICES = (
    one_of("directions", f"{PLACE}/directions", DIRECTIONS, "random"),
    one_of("span", f"{PLACE}/span", SPANS, 1.0),
    one_of("steps", f"{PLACE}/steps", STEPS, 21),
    number("seed", f"{PLACE}/seed", 0, 2**31 - 1, 0),
    one_of("view", f"{PLACE}/view", ("contour", "surface"), "contour"),
    one_of("height", f"{PLACE}/show", SHOWS, "loss"),
    switch("log", f"{PLACE}/log", True),
    number("azimuth", f"{PLACE}/azimuth", -180, 180, int(AZIMUTH)),
    number("elevation", f"{PLACE}/elevation", 0, 90, int(ELEVATION)),
    switch("beside", f"{PLACE}/training"),
    switch("pointer", FOLLOW, True),
    number("lines", f"{PLACE}/line seeds", 2, 20, 5),
    one_of("reach", f"{PLACE}/line span", SPANS, 1.0),
    *(choice for name, part in LOOKS.items() for choice in _look(name, f"{PLACE} {part}")),
)
CUT = (
    number("row", f"{PLACE}/row", 0, max(STEPS) - 1, LATER),
    number("column", f"{PLACE}/column", 0, max(STEPS) - 1, LATER),
)
STEP = number("step", f"{PLACE}/last step", 0, 999, LATER)


def follow_address(here: Visit) -> None:
    """Choose what an address names, before the page draws its widgets."""
    st.session_state[LOADED] = False
    word = here.asked.get(PART)
    if word is not None:
        said = dict(part.partition(":")[::2] for part in word[:LONGEST].split("~"))
        follow_orders(here, said.get("computed", ""))
        _follow_names(here, said)
        st.session_state.update({f"{one.key} first": None for one in CUT})
    follow_choices(here, (*CHOICES, *CUT, STEP))


def say_address(here: Visit) -> None:
    """Note for the address what is chosen, and what of it is computed."""
    led = st.session_state.get(LED) == tuple(st.session_state.get(one.key) for one in CUT)
    say_choices(here, (*CHOICES, *map(_found, (STEP,) if led else (*CUT, STEP))))
    orders = orders_said(here)
    words = (f"computed:{orders}" if orders else "", here.parts[PART], *_names_said(here))
    here.parts[PART] = "~".join(filter(None, words))


def _found(choice: Choice) -> Choice:
    """The same choice with the first value that the page has found for it."""
    value = st.session_state.get(choice.key)
    return replace(choice, first=value if value == LATER else st.session_state.get(f"{choice.key} first"))


def _keys(here: Visit) -> dict[str, str]:
    """Of the widgets that choose further solutions of this model."""
    places = {"plane": "/plane", "second": "/corner 0", "third": "/corner 1", "other": " path/other"}
    places["trainings"] = " own ways/which"
    return {name: f"{PLACE}{place}/{here.listed().name}" for name, place in places.items()}


def _follow_names(here: Visit, said: dict[str, str]) -> None:
    """Choose further solutions by name; what is not offered, the choice itself replaces."""
    for name, key in _keys(here).items():
        named: Any = [one for one in said.get(name, "").split(",") if NAME.fullmatch(one)][:MOST]
        if name not in ("plane", "trainings"):
            named = named[0] if named else None
        wanted = named or st.session_state.get(f"{key} first")
        if wanted and st.session_state.get(key) != wanted:
            st.session_state[key] = wanted


def _names_said(here: Visit) -> Iterator[str]:
    """The solutions that are chosen and have a name; weights that a person gave have none elsewhere."""
    directions, own = st.session_state[f"{PLACE}/directions"], {YOURS, *(one.name for one in here.own)}
    idle = {"trajectory": ("second", "third"), "checkpoints": ("plane",)}.get(directions, ("plane", "second", "third"))
    for name, key in _keys(here).items():
        value = st.session_state.get(key)
        chosen = value if isinstance(value, list) else [value or ""]
        named = [one for one in chosen if one not in own and NAME.fullmatch(one)]
        if named and name not in idle and value != st.session_state.get(f"{key} first"):
            yield f"{name}:{','.join(named)}"
