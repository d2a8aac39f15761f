"""Pin to compare inside a network: one picture stays beside the live one, on one scale where the values allow it."""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.explain.pin import differences, said
from dashboard.pin_link import Recalled, forget, mirror, recalled, remember
from dashboard.pin_word import plain_look
from dashboard.text import _, escape, sentence_case
from vizlib.figures.style import name_of

Make = Callable[[Answer, dict[str, Any]], Any]
Show = Callable[[Any, str, bool], None]
WORDS = (str, int, float, tuple)
PLACED = ("beside", "row", "column")  # keywords that say where things stand, not what the picture is of
PAINTED = ("activations", "filters")  # rasters: another end of the scale means another picture


@dataclass(frozen=True, eq=False)
class Held:
    """A picture as it was when it was pinned; ``display`` are keywords of the figure functions."""

    answer: Answer
    display: dict[str, Any]
    title: str

    @property
    def words(self) -> str:
        """The title and the model, as plain text."""
        return f"{self.title}, {self.answer.recipe.subject}"


@dataclass(frozen=True)
class Ends:
    """A colour scale."""

    low: float
    high: float
    unit: str


def held(place: str) -> Held | None:
    """What is pinned on the card of this name."""
    found: Held | None = st.session_state.get(_key(place))
    return found


def _key(place: str) -> str:
    return f"held/{place}"


def hold_button(place: str, answer: Answer, display: dict[str, Any], title: str) -> None:
    """Pin a picture, or let it go when it is the one that is pinned."""
    kept = held(place)
    here = kept is not None and _same(kept, answer, display)
    mirror()
    st.button(
        _("Unpin") if here else _("Pin"),
        key=f"pin {place}",
        icon=":material/keep_off:" if here else ":material/keep:",
        help=_("Let go of the pinned picture") if here else _("Pin to compare: keep this picture beside the next ones"),
        on_click=partial(_let_go, place) if here else partial(_hold, place, Held(answer, dict(display), title)),
    )


def _hold(place: str, kept: Held) -> None:
    st.session_state[_key(place)] = kept
    remember(place, kept.answer.recipe, kept.display)


def _let_go(place: str) -> None:
    st.session_state.pop(_key(place), None)
    forget(place)


def side_by_side(place: str, live: Held) -> bool:
    """Whether two pictures stand on the card."""
    kept = held(place)
    return kept is not None and not _same(kept, live.answer, live.display)


def _same(kept: Held, answer: Answer, display: dict[str, Any]) -> bool:
    return kept.answer.recipe.digest() == answer.recipe.digest() and _look(kept.display) == _look(display)


def _look(display: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plain_look(display).items() if name not in PLACED}


def beside_held(place: str, live: Held, drawn: Any, make: Make, show: Show) -> None:
    """The live picture, with the pinned one on its left while another one is pinned.

    Parameters
    ----------
    place : str
    live : Held
        What the page asks for now.
    drawn : plotly figure
        Of the live picture.
    make : callable
        Draws an answer with keywords of the figure functions.
    show : callable
        Puts a figure on the page: ``show(drawn, key, alone)``.
    """
    _hold_of_link(place, live, make)
    kept, key = held(place), f"chart {place}"
    if kept is None or not side_by_side(place, live):
        show(drawn, key, True)
        if kept is not None:
            st.caption(_("This picture is pinned. Change the model, the layer or a setting to compare."))
        return
    wanted = bool(st.session_state.get(_scale(place), True))
    before, now, comparable = pair(kept, live, drawn, make, shared=wanted)
    left, right = st.columns(2)
    with left:
        st.caption(f":material/keep: **{_('Pinned')}** · {escape(kept.words)}")
        show(before, f"{key} pinned", False)
        st.button(_("Unpin"), key=f"unpin {place}", icon=":material/keep_off:", on_click=_let_go, args=(place,))
    with right:
        st.caption(f":material/visibility: **{_('Now')}** · {escape(live.words)}")
        show(now, key, False)
    _words(place, kept, live, comparable)


def _hold_of_link(place: str, live: Held, make: Make) -> None:
    """Hold what the address says is pinned here, as soon as it is known, with the look as far as the card has it."""
    found = recalled(place)
    if found is None:
        return
    for look in _likely(found, live.display):
        try:
            title = html.unescape(make(found.answer, look).layout.title.text or "")
            title = f"{found.about}: {title}" if found.about else title
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):  # a look that this figure does not have
            continue
        words = title or _(name_of(found.answer.recipe.technique))
        st.session_state[_key(place)] = Held(found.answer, look, words)
        return


def _likely(found: Recalled, live: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The look of a link, whole; then what of it is of the kind that the live picture has."""
    looks = {name: _of_kind(value, live.get(name)) for name, value in found.look.items()}
    seen: dict[str, Any] = {"images": [sight.view for sight in found.sights]} if "images" in live else {}
    seen |= {"labels": found.sights[0].labels} if found.sights and "labels" in live else {}
    seen = seen if found.sights else {}
    yield looks | seen
    yield {name: value for name, value in looks.items() if type(value) is type(live.get(name))} | seen


def _of_kind(value: Any, live: Any) -> Any:
    """A list of a link as the tuple, or the point, that a figure takes."""
    if not isinstance(value, list) or not isinstance(live, tuple):
        return value
    named = getattr(live, "_fields", None)
    return tuple(value) if named is None else type(live)(*value) if len(named) == len(value) else live


def _scale(place: str) -> str:
    return f"held scale/{place}"


def pair(kept: Held, live: Held, drawn: Any, make: Make, *, shared: bool) -> tuple[Any, Any, bool | None]:
    """Both pictures, and whether their colours can mean the same; None where there are no colours to compare."""
    before = make(kept.answer, kept.display)
    first, second = ends_of(before), ends_of(drawn)
    if first is None or second is None:
        return before, drawn, None
    if first.unit != second.unit or (first.low < 0) != (second.low < 0):
        return before, drawn, False
    if first != second and not (_stretches(kept, before) and _stretches(live, drawn)):
        return before, drawn, False
    if shared and first != second:
        high = max(first.high, second.high)
        return _until(high, kept, before, make), _until(high, live, drawn, make), True
    return before, drawn, True


def _stretches(one: Held, drawn: Any) -> bool:
    return _heat(drawn) is not None or one.answer.recipe.technique in PAINTED


def _until(high: float, one: Held, drawn: Any, make: Make) -> Any:
    """The figure with this end of its colour scale."""
    heat = _heat(drawn)
    if heat is None:
        return make(one.answer, {**one.display, "high": high})
    low = {"zmin": -high} if heat.zmin < 0 else {}
    return drawn.update_traces(selector={"type": "heatmap"}, zmax=high, **low)


def ends_of(drawn: Any) -> Ends | None:
    """The colour scale of a figure, if it has one."""
    heat = _heat(drawn)
    if heat is not None and heat.zmax is not None:
        return Ends(heat.zmin, heat.zmax, heat.colorbar.title.text or "")
    marks = (trace.marker for trace in drawn.data if trace.type == "scatter" and trace.marker.showscale)
    return next((Ends(mark.cmin, mark.cmax, mark.colorbar.title.text or "") for mark in marks), None)


def _heat(drawn: Any) -> Any:
    return next((trace for trace in drawn.data if trace.type == "heatmap"), None)


def _words(place: str, kept: Held, live: Held, comparable: bool | None) -> None:
    found = [*differences(kept.answer.recipe, live.answer.recipe, "", ""), *_looks(kept.display, live.display)]
    shown = " · ".join(f"{escape(what)}: {escape(before)} → {escape(after)}" for what, before, after in found)
    if shown:
        st.markdown(f"**{_('What differs.')}** {shown}")
    if comparable:
        st.toggle(_("One colour scale for both"), value=True, key=_scale(place), persist_state="session")
    elif comparable is False:
        st.caption(_("The two pictures have different units, so each has its own colour scale."))


def _looks(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Keywords of the look that differ and can be said in a word."""
    for name in dict.fromkeys([*_look(before), *_look(after)]):
        one, other = before.get(name), after.get(name)
        if all(value is None or _is_word(value) for value in (one, other)) and one != other:
            yield sentence_case(_(name)), said(one), said(other)


def _is_word(value: Any) -> bool:
    """Whether a keyword can be said; points and curves, which are tuples with named parts, cannot."""
    return isinstance(value, WORDS) and not hasattr(value, "_fields")
