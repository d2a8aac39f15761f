"""What pages about one picture begin with: the question, the picture, what the model says, and the choice of method."""

import html
from collections.abc import Sequence

import streamlit as st

from dashboard.engine import Sight
from dashboard.explain.hide import HIDE
from dashboard.intake.imagenet import banner
from dashboard.sidebar import progress_text
from dashboard.text import _, escape, percent
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.figures.style import name_of

TOP = 5
SIDE = 150  # pixels
ALL = ""


def headline(here: Visit) -> None:
    """The question the page answers, the picture, and the model's first answers."""
    st.title(_("Why did it decide that?"), anchor=False)
    with st.container(key="narrow-hint"):
        st.caption(_("Model, images and class are in the menu » at the top left."))
    banner(here)
    shot, sight = here.shot(), here.look()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="headline"):
        st.image(sight.picture if isinstance(sight, Sight) else shot.picture, width=SIDE, alt=shot.name)
        with st.container(width="stretch"):
            _words(here, sight)


def _words(here: Visit, sight: Sight | Job) -> None:
    if isinstance(sight, Sight):
        _predictions(here, sight)
    elif sight.state == "failed":
        st.error(escape(sight.error), icon=":material/error:")
        st.button(_("Try again"), on_click=here.again, args=("look",), key="look again")
        st.stop()
    else:
        st.markdown(escape(here.shot().name))
        st.progress(sight.fraction, text=progress_text(sight))


def _predictions(here: Visit, sight: Sight) -> None:
    """What the model says, and its strongest classes as bars."""
    first = sight.predicted
    saying = _("{model} says **{label}** about *{image}*.")
    names = {"model": here.listed().name, "label": sight.labels[first], "image": here.shot().name}
    st.markdown(saying.format(**{key: escape(name) for key, name in names.items()}))
    shown = [int(index) for index in sight.probabilities.argsort()[::-1][:TOP]]
    explained = first if here.target is None else here.target
    st.html(_bars(sight, shown if explained in shown else [*shown[:-1], explained], explained))
    for note in sight.notes:
        st.warning(escape(note), icon=":material/info:")


def _bars(sight: Sight, classes: Sequence[int], explained: int) -> str:
    rows = []
    for index in classes:
        share = float(sight.probabilities[index])
        mark = ' class="explained"' if index == explained else ""
        rows.append(
            f"<span{mark}>{html.escape(sight.labels[index])}</span>"
            f'<i style="width:{share:.1%}"></i><span>{html.escape(percent(share))}</span>'
        )
    return f'<div class="odds">{"".join(rows)}</div>'


def method_choice(here: Visit, methods: Sequence[str]) -> str | None:
    """All methods at a glance, or one of them; the choice is in the address."""
    choices = (ALL, *methods)
    here.method = st.segmented_control(
        _("Method"),
        choices,
        default=here.method if here.method in choices else ALL,
        key=f"method {here.enlarged}",
        required=True,
        label_visibility="collapsed",
        format_func=_method_name,
    )
    return here.method or None


def _method_name(method: str) -> str:
    own = {ALL: _("All four"), HIDE: _("Hide it yourself")}
    return own.get(method) or escape(_(name_of(method)))
