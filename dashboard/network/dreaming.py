"""An image made to excite a unit, or like a place of the picture: settings, the growing image, what came of it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.controls import changes, controls, reset
from dashboard.engine import Answer
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.intake.pictures import Shot
from dashboard.model.layer_card import CLEAR, config
from dashboard.network.unit_cards import unit_card
from dashboard.sidebar import POLL
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

UNIT, PICTURE, WHOLE, GRID = "maximize_activation", "dream_toward", "invert_features", "dream_ablation"
PLACE = "dream"
BY_PAGE = ("layer", "unit")
GRID_STEPS = 64


def dream(here: Visit, layer: str, unit: int, patches: Answer | None = None) -> None:
    """Nothing is computed before the person asks; then the image is shown while it grows."""
    said = {UNIT: _("the unit"), PICTURE: _("a place of my picture"), WHOLE: _("my whole picture")}
    about: str = st.segmented_control(
        _("Excite it like"), list(said), key="dream about", format_func=said.__getitem__, required=True,
        default=UNIT, persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    with st.expander(_("Settings"), icon=":material/settings:"):
        controls(about, PLACE, without=BY_PAGE)
        st.button(_("Back to defaults"), key="dream defaults", on_click=reset, args=(about, PLACE))
    options = _options(here, about, unit)
    shots = [] if about == UNIT else [here.shot()]
    words = _("It starts from noise and follows the gradient; a few seconds for a small model.")
    if about == WHOLE:
        words = _("An image that the layer cannot tell from yours: what it kept of it, and what it threw away.")
    made = _asked(here, "dream", about, shots, {"layer": layer, **options}, _("Make the image"), words)
    if about == UNIT:
        unit_card(here, made, patches)
        _grid(here, layer, options)


def _options(here: Visit, about: str, unit: int) -> dict[str, Any]:
    """Settings that differ from the defaults; the unit is the page's, or for a logit the target class."""
    options = {name: value for name, value in changes(about, PLACE).items() if name not in BY_PAGE}
    if about != UNIT:
        return options
    sight = here.sight()
    if options.get("objective") == "logit" and sight is not None:
        unit = sight.predicted if here.target is None else here.target
        st.caption(_("The class is the target of the menu: {label}.").format(label=escape(sight.labels[unit])))
    return {"unit": unit, **options}


def _grid(here: Visit, layer: str, options: dict[str, Any]) -> None:
    """The same dream with each regulariser switched."""
    st.subheader(_("What each regulariser does to this image"), anchor=False)
    words = _("Nine small runs from one start: each with one regulariser switched, asked again after unseen moves.")
    options = {**options, "steps": min(options.get("steps", GRID_STEPS), GRID_STEPS)}
    _asked(here, "grid", GRID, [], {"layer": layer, **options}, _("Switch each regulariser"), words)


def _asked(
    here: Visit, place: str, technique: str, shots: Sequence[Shot], options: dict[str, Any], button: str, words: str
) -> Answer | None:
    """A button, then what it asked for: under way with what is known so far, or the card."""
    wanted = (here.model_name(), technique, tuple(shot.digest for shot in shots), tuple(sorted(options.items())))
    key, now = f"{place} wanted", f"{place} now"
    ask: Callable[[], None] = partial(st.session_state.__setitem__, key, wanted)
    st.button(button, key=now, icon=":material/auto_awesome:", type="primary", on_click=ask)
    if st.session_state.get(key) != wanted:
        st.caption(words)
        return None
    outcome = ask_model(here, f"inside/{place}", technique, shots=shots, **options)
    sight = here.sight()
    display: dict[str, Any] = {"labels": sight.labels, **({"images": [sight.view]} if shots else {})} if sight else {}
    if isinstance(outcome, Answer):
        return inside_card(here, outcome, place, **display)
    st.fragment(_growing, run_every=None if outcome.over else POLL)(outcome, place, display)
    under_way(here, outcome)
    return None


def _growing(job: Job, place: str, display: dict[str, Any]) -> None:
    """What is known so far; after a Cancel it stays."""
    known: Any = job.partial
    if known is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(known, **display)
    drawn.update_layout(paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key=f"chart growing {place}", config=config(), alt=drawn.layout.meta["alternative"])
    if job.over:
        st.caption(_("Unfinished: the image as it was when it was cancelled."))
