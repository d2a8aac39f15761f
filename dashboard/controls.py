"""Widgets for the options of a technique, derived from its signature and from nothing else."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.text import _, escape, sentence_case
from vizlib.core.options import Option, options
from vizlib.figures.style import name_of
from vizlib.index import TECHNIQUES

SLIDER_STEPS = 128  # a range with more whole numbers than this gets a field to type into
SEGMENTS = 4  # so many short choices stand side by side; others go into a list
SEGMENT_LETTERS = 24
TYPED = {"weights": "12:1, 40:-0.5", "mask": "96x96r10.20.30.40"}  # kinds of options that are typed, with an example
# Where the app begins with another value than the library.
APP_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"occlusion": {"score": "probability"}}


def settings(technique: str) -> tuple[Option, ...]:
    """The options of a technique, in the order of its signature, with the defaults of the app."""
    own = APP_DEFAULTS.get(technique, {})
    return tuple(
        replace(option, default=own.get(option.name, option.default)) for option in options(TECHNIQUES[technique])
    )


def values(technique: str, place: str, layers: Sequence[str] = ()) -> dict[str, Any]:
    """What the widgets of :func:`controls` say, whether or not they are on the page; defaults where untouched.

    A required option that nobody has chosen yet is left out.
    """
    chosen = {option.name: _value(option, _key(place, technique, option), layers) for option in settings(technique)}
    return {option.name: chosen[option.name] for option in settings(technique) if not _unset(option, chosen)}


def changes(technique: str, place: str, layers: Sequence[str] = ()) -> dict[str, Any]:
    """Those of :func:`values` that differ from the defaults of the library: a recipe names them."""
    defaults = {option.name: option.default for option in options(TECHNIQUES[technique])}
    return {name: value for name, value in values(technique, place, layers).items() if value != defaults[name]}


def controls(
    technique: str,
    place: str,
    layers: Sequence[str] = (),
    default_layer: str | None = None,
    without: Collection[str] = (),
) -> None:
    """Draw one widget per option.

    Parameters
    ----------
    technique : str
    place : str
        Prefix of the widgets' keys: the same place shares its values, for the whole visit.
    layers : sequence of str
        Layers of the model, for options that name one.
    default_layer : str, optional
        The layer that an empty choice stands for.
    without : collection of str
        Options that the page itself decides.
    """
    for option in settings(technique):
        if option.name in without:
            continue
        key = _key(place, technique, option)
        if option.kind != "size":
            untouched = option.required and key not in st.session_state
            _keep(key, None if untouched else _value(option, key, layers))
        choices = (layers or _kept(key)) if option.kind == "layer" else option.choices()
        automatic = default_layer if option.kind == "layer" else None
        widget = _WIDGETS[_widget(option, choices)]
        widget(option, choices, automatic or "", key=key, **_common(option))


def _keep(key: str, value: Any) -> None:
    """Write only what differs: a written value replaces what a person is typing at that moment."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _kept(key: str) -> tuple[str, ...]:
    """The layer that a link names, as the only choice until the model is known; else the widget would drop it."""
    layer = st.session_state.get(key)
    return (layer,) if layer else ()


def choose(technique: str, place: str, name: str, value: Any) -> None:
    """Give one option a value; a button's callback."""
    option = next(option for option in settings(technique) if option.name == name)
    st.session_state[_key(place, technique, option)] = value


def put(technique: str, place: str, chosen: Mapping[str, Any]) -> None:
    """Give several options their values."""
    for option in settings(technique):
        if option.name not in chosen:
            continue
        key, value = _key(place, technique, option), chosen[option.name]
        pair = value if isinstance(value, tuple) else (value, value)
        stored = zip(_sides(option, key), pair, strict=True) if option.kind == "size" else [(key, value)]
        st.session_state.update(dict(stored))


def reset(technique: str, place: str) -> None:
    """Put every option back to its default; a button's callback."""
    for option in settings(technique):
        key = _key(place, technique, option)
        for stored in (key, *_sides(option, key)):
            st.session_state.pop(stored, None)


def _key(place: str, technique: str, option: Option) -> str:
    return f"{place}/{technique}/{option.name}"


def _value(option: Option, key: str, layers: Sequence[str]) -> Any:
    """The stored value, or the default where there is none or the model has no such layer."""
    if option.kind == "size":
        return _size_of(*(st.session_state.get(side, start) for side, start in _sides(option, key).items()))
    value = st.session_state.get(key, option.default)
    if option.kind in TYPED:
        return value or option.default
    gone = option.kind == "layer" and layers and value is not None and value not in layers
    emptied = value is None and not option.optional
    return option.default if gone or emptied else value


def _unset(option: Option, chosen: dict[str, Any]) -> bool:
    return option.required and (chosen[option.name] is None or chosen[option.name] is option.default)


def _common(option: Option) -> dict[str, Any]:
    help_text = escape(_(option.help)) or None
    return {"label": sentence_case(_(option.name)), "help": help_text, "persist_state": "session"}


def _widget(option: Option, choices: Sequence[Any]) -> str:
    """Which widget suits: what may be empty needs one that can be empty."""
    free = option.optional or option.required
    if option.kind == "size":
        return "size"
    if option.kind in TYPED:
        return "text"
    if option.kind in ("int", "float"):
        return "slider" if not free and _slides(option) else "number"
    if option.kind == "bool" and not free:
        return "toggle"
    short = len(choices) <= SEGMENTS and sum(len(str(choice)) for choice in choices) <= SEGMENT_LETTERS
    return "segments" if option.kind == "choice" and short and not free else "list"


def _slides(option: Option) -> bool:
    assert option.low is not None
    assert option.high is not None
    span = option.high - option.low
    return math.isfinite(span) and (option.kind == "float" or span <= SLIDER_STEPS)


def _bounds(option: Option) -> dict[str, Any]:
    number = float if option.kind == "float" else int
    low, high = (None if limit is None or math.isinf(limit) else number(limit) for limit in (option.low, option.high))
    return {"min_value": low, "max_value": high}


def _slider(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    assert option.low is not None
    assert option.high is not None
    step = 1 if option.kind == "int" else (option.high - option.low) / 100
    st.slider(**common, **_bounds(option), step=step)


def _number(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    detail = {"format": "%g"} if option.kind == "float" else {"step": 1}
    st.number_input(**common, **_bounds(option), **detail, value=None, placeholder=_("automatic"))


def _size(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    """Height and width; one of them alone is a square."""
    names = (_("height"), _("width"))
    sides = _sides(option, common.pop("key")).items()
    for column, name, (key, start) in zip(st.columns(2), names, sides, strict=True):
        st.session_state.setdefault(key, start)
        detail = {**common, **_bounds(option), "label": f"{common['label']}, {name}", "step": 1, "value": None}
        column.number_input(**detail, key=key, placeholder=_("automatic"))


def _sides(option: Option, key: str) -> dict[str, int | None]:
    """Keys of the two fields of a size, and what they begin with; nothing for other options."""
    if option.kind != "size":
        return {}
    start = None if option.required else option.default
    height, width = start if isinstance(start, tuple) else (start, start)
    return {f"{key}/height": height, f"{key}/width": width}


def _size_of(height: int | None, width: int | None) -> int | tuple[int, int] | None:
    if height is None or width is None:
        return width if height is None else height
    return height if height == width else (height, width)


def _toggle(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    st.toggle(**common)


def _segments(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    st.segmented_control(**common, options=choices, required=True, format_func=lambda value: escape(_(str(value))))


def _list(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    empty = _("automatic ({choice})").format(choice=automatic) if automatic else _("automatic")
    named = name_of if option.kind == "technique" else str
    free = option.optional or option.required
    st.selectbox(**common, options=choices, index=None if free else 0, format_func=named, placeholder=empty)


def _text(option: Option, choices: Sequence[Any], automatic: str, **common: Any) -> None:
    st.text_input(**common, value=None, placeholder=TYPED[option.kind])


_WIDGETS = {
    "text": _text,
    "slider": _slider,
    "number": _number,
    "size": _size,
    "toggle": _toggle,
    "segments": _segments,
    "list": _list,
}
