"""How a map looks on the screen: its figure, and the controls that change no number."""

import textwrap
from typing import Any

import streamlit as st

from dashboard.engine import Answer, Sight
from dashboard.text import _
from dashboard.visit import Visit
from vizlib.figures.style import COLOURS, panels

FOOT = 84  # pixels under a map for its colour bar; dashboard/style.py gives the figure its height
UNIT_LETTERS = 42  # of a line under the colour bar of a small figure


def look(technique: str, answer: Answer) -> dict[str, Any]:
    """What the controls of the look say; only what differs from the automatic look."""
    automatic = {"opacity": panels(answer.result)[0].opacity, "colours": COLOURS[0], "absolute": False}
    said = {name: st.session_state.setdefault(_key(technique, name), value) for name, value in automatic.items()}
    return {name: value for name, value in said.items() if value != automatic[name]}


def look_controls(technique: str, answer: Answer) -> None:
    """Opacity, colours and sign; to be drawn after :func:`look` was asked."""
    st.slider(_("Opacity of the map"), 0.0, 1.0, step=0.05, key=_key(technique, "opacity"), persist_state="session")
    st.selectbox(_("Colours"), COLOURS, key=_key(technique, "colours"), persist_state="session")
    if answer.result.signed:
        st.toggle(_("Magnitude only"), key=_key(technique, "absolute"), persist_state="session")


def draw_map(here: Visit, technique: str, answer: Answer, sight: Sight, *, large: bool) -> None:
    """The map over the picture, as wide as its place, with the colour bar below it."""
    from vizlib.figures.interactive import CONFIG

    drawn = _drawn(here, answer, sight, look(technique, answer), large)
    with st.container(key=f"frame-{technique}"), st.container(key=f"figure-{technique}"):
        st.plotly_chart(
            drawn,
            width="stretch",
            height="stretch",
            key=f"figure {technique}",
            config={**CONFIG, "displayModeBar": False},
            alt=drawn.layout.meta["alternative"],
        )


def _drawn(here: Visit, answer: Answer, sight: Sight, chosen: dict[str, Any], large: bool) -> Any:
    """The figure, drawn once for each answer and look."""
    from vizlib.figures.interactive import figure

    key = (answer.recipe.digest(), large, tuple(chosen.items()))
    drawn = here.figures.get(key)
    if drawn is not None:
        return drawn
    drawn = figure(answer.result, layout="overlay", images=[sight.view], labels=sight.labels, **chosen)
    clear = "rgba(0,0,0,0)"
    margin = {"l": 0, "r": 0, "t": 0, "b": FOOT}
    drawn.update_layout(height=None, margin=margin, paper_bgcolor=clear, plot_bgcolor=clear, dragmode=False)
    drawn.layout.annotations = ()  # the card has the title, as text that cannot be markup
    drawn.update_yaxes(constraintoward="top")
    drawn.update_traces(selector={"type": "heatmap"}, colorbar=_colour_bar(drawn, large))
    here.figures.put(key, drawn)
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
