"""How a map looks on the screen: its figure, and the controls that change no number."""

import textwrap
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer, Sight
from dashboard.explain.pixel import add_places, chosen_pixel, take_click, with_mark
from dashboard.text import _
from dashboard.visit import Visit
from vizlib.core.results import Attribution
from vizlib.figures.style import COLOURS, panels, tick_label

FOOT = 84  # pixels under a map for its colour bar; dashboard/style.py gives the figure its height
UNIT_LETTERS = 42  # of a line under the colour bar of a small figure


def look(technique: str, answer: Answer) -> dict[str, Any]:
    """What the controls of the look say; only what differs from the automatic look."""
    return _look(technique, answer.result)


def _look(technique: str, result: Attribution) -> dict[str, Any]:
    automatic = {"opacity": panels(result)[0].opacity, "colours": COLOURS[0], "absolute": False}
    said = {name: st.session_state.setdefault(_key(technique, name), value) for name, value in automatic.items()}
    return {name: value for name, value in said.items() if value != automatic[name]}


def sensible(said: dict[str, Any]) -> dict[str, Any]:
    """Of a look that a link names, what makes sense."""
    opacity, colours = said.get("opacity"), said.get("colours")
    found: dict[str, Any] = {"absolute": True} if said.get("absolute") is True else {}
    found |= {"colours": colours} if colours in COLOURS else {}
    return found | ({"opacity": opacity} if isinstance(opacity, float) and 0 <= opacity <= 1 else {})


def look_controls(technique: str, answer: Answer) -> None:
    """Opacity, colours and sign; to be drawn after :func:`look` was asked."""
    st.slider(_("Opacity of the map"), 0.0, 1.0, step=0.05, key=_key(technique, "opacity"), persist_state="session")
    st.selectbox(_("Colours"), COLOURS, key=_key(technique, "colours"), persist_state="session")
    if answer.result.signed:
        st.toggle(_("Magnitude only"), key=_key(technique, "absolute"), persist_state="session")


def draw_map(
    here: Visit, technique: str, answer: Answer, sight: Sight, *, large: bool, reach: float | None = None
) -> None:
    """The map over the picture, as wide as its place, with the colour bar below it; a large one can be clicked."""
    chosen = look(technique, answer)
    key = (answer.recipe.digest(), large, reach, tuple(chosen.items()))
    drawn = here.figures.get(key)
    if drawn is None:
        drawn = _stretched(_drawn(answer.result, sight, chosen, large), reach)
        if large:
            add_places(drawn, answer.result)
        here.figures.put(key, drawn)
    place = chosen_pixel(technique, answer.result) if large else None
    _show(technique, with_mark(drawn, answer, place) if place else drawn, clicked=large)


def draw_partial(technique: str, result: Attribution, sight: Sight, *, large: bool) -> None:
    """What is known so far of a map that is being computed; where nothing is known, the picture shows."""
    drawn = _drawn(result, sight, _look(technique, result), large)
    unfinished = _("Unfinished. {map}").format(map=drawn.layout.meta["alternative"])
    drawn.update_layout(meta={"alternative": unfinished})
    _show(technique, drawn)


def draw_kept(place: str, result: Attribution, sight: Sight, chosen: dict[str, Any], reach: float | None) -> None:
    """A map with the look that it had; ``reach`` is the end of a colour scale it shares with another."""
    _show(place, _stretched(_drawn(result, sight, chosen, large=False), reach))


def _stretched(drawn: Any, reach: float | None) -> Any:
    """The figure with another end of its colour scale."""
    if reach is None:
        return drawn
    for trace in drawn.select_traces({"type": "heatmap"}):
        low = -reach if trace.zmin < 0 else 0.0
        clipped = bool(abs(trace.z).max() > reach)
        ticks = [low, (low + reach) / 2, reach]
        words = [*map(tick_label, ticks[:2]), f"≥ {tick_label(reach)}" if clipped else tick_label(reach)]
        trace.update(zmin=low, zmax=reach, colorbar={"tickvals": ticks, "ticktext": words})
    return drawn


def _show(technique: str, drawn: Any, clicked: bool = False) -> None:
    from vizlib.figures.interactive import CONFIG

    key = f"figure {technique}"
    with st.container(key=f"frame-{technique}"), st.container(key=f"figure-{technique}"):
        st.plotly_chart(
            drawn,
            width="stretch",
            height="stretch",
            key=key,
            config={**CONFIG, "displayModeBar": False},
            alt=drawn.layout.meta["alternative"],
            on_select=partial(take_click, technique, key) if clicked else "ignore",
            selection_mode="points",
        )


def _drawn(result: Attribution, sight: Sight, chosen: dict[str, Any], large: bool) -> Any:
    """The figure as a card shows it."""
    from vizlib.figures.interactive import figure

    drawn = figure(result, layout="overlay", images=[sight.view], labels=sight.labels, **chosen)
    clear = "rgba(0,0,0,0)"
    margin = {"l": 0, "r": 0, "t": 0, "b": FOOT}
    drawn.update_layout(height=None, margin=margin, paper_bgcolor=clear, plot_bgcolor=clear, dragmode=False)
    drawn.layout.annotations = ()  # the card has the title, as text that cannot be markup
    drawn.update_yaxes(constraintoward="top")
    if sight.view.shape[0] == sight.view.shape[1]:  # its place is square: to keep the shape would only freeze a
        drawn.update_yaxes(scaleanchor=None)  # moment in which the place was not yet
    drawn.update_traces(selector={"type": "heatmap"}, colorbar=_colour_bar(drawn, large))
    return drawn


def _key(technique: str, name: str) -> str:
    return f"look/{technique}/{name}"


def _colour_bar(drawn: Any, large: bool) -> dict[str, Any]:
    unit = next(trace.colorbar.title.text for trace in drawn.data if trace.type == "heatmap")
    lines = [unit] if large else textwrap.wrap(unit, UNIT_LETTERS)
    title = {"side": "bottom", "text": "<br>".join(lines)}
    return {
        "orientation": "h",
        "y": 0,
        "yanchor": "top",
        "x": 0.5,
        "xanchor": "center",
        "len": 0.8,
        "ticklabeloverflow": "allow",
        "title": title,
    }
