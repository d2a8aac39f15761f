"""The figure card: title, picture, how to read it, its look, its settings, its recipe, and files to take away."""

import textwrap
from typing import Any

import streamlit as st

from dashboard.controls import controls, reset, settings
from dashboard.engine import Answer, Sight
from dashboard.export import downloads, python_lines, shell_line
from dashboard.reading import line, reading, title
from dashboard.sidebar import POLL, progress_text
from dashboard.text import _, escape, percent
from dashboard.visit import PLACE, Visit
from dashboard.worker import Job
from vizlib.figures.style import COLOURS, name_of, panels

SMALL, LARGE, FOOT = 340, 420, 84  # pixels: height of a figure, and of the colour bar in it
UNIT_LETTERS = 36  # of a line under the colour bar


def card(here: Visit, technique: str, *, large: bool = False) -> None:
    """Ask one question and show its answer, as it comes; controls of the look redraw this card alone."""
    waiting = not _ended(here.ask(technique))
    st.fragment(_draw, run_every=POLL if waiting else None)(here, technique, large, waiting)


def _ended(outcome: Answer | Job) -> bool:
    return isinstance(outcome, Answer) or outcome.over


def _draw(here: Visit, technique: str, large: bool, waiting: bool) -> None:
    outcome = here.ask(technique)
    if _ended(outcome) == waiting:
        st.rerun()
    with st.container(border=not large, key=f"card-{technique}"):
        sight = here.sight()
        _heading(here, technique, sight, large)
        if isinstance(outcome, Answer) and sight is not None:
            _answer(here, technique, outcome, sight, large)
        elif isinstance(outcome, Job):
            _unanswered(here, technique, outcome, sight)


def _heading(here: Visit, technique: str, sight: Sight | None, large: bool) -> None:
    st.markdown(f"{'###' if large else '####'} {escape(_(name_of(technique)))}")
    if sight is None:
        st.caption(line(technique))
        return
    target = sight.predicted if here.target is None else here.target
    share = f" ({percent(float(sight.probabilities[target]))})" if large else ""
    st.markdown(title(technique, sight.labels[target]) + share)


def _unanswered(here: Visit, technique: str, job: Job, sight: Sight | None) -> None:
    """The picture itself, greyed, with what runs and Cancel; or why there is nothing, and what to do."""
    image = sight.picture if sight else here.shot().picture
    with st.container(key=f"waiting-{technique}"):
        st.image(image, width="stretch", alt=_("The picture, without a map yet"))
    if not job.over:
        st.progress(job.fraction, text=progress_text(job))
        st.button(_("Cancel"), key=f"cancel {technique}", icon=":material/stop_circle:", on_click=job.cancel)
        return
    if job.state == "failed":
        st.error(escape(job.error), icon=":material/error:")
        _settings(technique, sight)
    else:
        st.info(_("Cancelled."), icon=":material/stop_circle:")
    st.button(_("Try again"), key=f"again {technique}", on_click=here.again, args=(job.slot,), icon=":material/replay:")


def _answer(here: Visit, technique: str, answer: Answer, sight: Sight, large: bool) -> None:
    figure, side = st.columns([5, 3], gap="large") if large else (st.container(), st.container())
    look = _look(technique, answer)
    shown = {"images": [sight.view], "labels": sight.labels, **look}
    with figure:
        _picture(technique, answer, shown, large)
        for banner in answer.result.banners():
            st.warning(escape(banner), icon=":material/info:")
        for note in answer.result.notes if large else ():
            st.caption(escape(note))
    with side:
        if large:
            _explained(technique)
            _look_controls(technique, signed=answer.result.signed)
            if settings(technique):
                with st.expander(_("Settings"), icon=":material/settings:", expanded=True):
                    _settings(technique, sight)
            st.markdown(f"**{_('Download')}**")
            with st.container(horizontal=True, key=f"downloads-{technique}"):
                downloads(answer, shown, technique)
        else:
            st.caption(line(technique))
            _row(here, technique, answer, sight, shown)
    if large:
        _lines(answer, look, here.shot().uploaded)


def _row(here: Visit, technique: str, answer: Answer, sight: Sight, shown: dict[str, Any]) -> None:
    """The buttons under a small card."""
    with st.container(horizontal=True, gap="small", key=f"row-{technique}"):
        st.button(
            _("Enlarge"), key=f"enlarge {technique}", icon=":material/open_in_full:", on_click=_enlarge,
            args=(here, technique), help=_("This method alone, large, with its explanation"),
        )  # fmt: skip
        with st.popover("", icon=":material/tune:", help=_("Look and settings")):
            _look_controls(technique, signed=answer.result.signed)
            _settings(technique, sight)
        with st.popover("", icon=":material/download:", help=_("Download")):
            downloads(answer, shown, technique)


def _enlarge(here: Visit, technique: str) -> None:
    here.method = technique
    st.session_state["method"] = technique


def _picture(technique: str, answer: Answer, shown: dict[str, Any], large: bool) -> None:
    from vizlib.figures.interactive import CONFIG, figure

    drawn = figure(answer.result, layout="pair" if large else "overlay", **shown)
    drawn.update_layout(
        height=LARGE if large else SMALL,
        margin={"l": 0, "r": 0, "t": 0, "b": FOOT},
        annotations=[],
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
    )
    drawn.update_yaxes(constraintoward="top")
    drawn.update_traces(
        selector={"type": "heatmap"},
        colorbar=_colour_bar(drawn, large),
    )  # fmt: skip
    st.plotly_chart(
        drawn,
        width="stretch",
        key=f"figure {technique}",
        config={**CONFIG, "displayModeBar": False},
        alt=drawn.layout.meta["alternative"],
    )


def _colour_bar(drawn: Any, large: bool) -> dict[str, Any]:
    """The colour bar under the picture, its unit in lines that fit."""
    unit = next(trace.colorbar.title.text for trace in drawn.data if trace.type == "heatmap")
    lines = [unit] if large else textwrap.wrap(unit, UNIT_LETTERS)
    title = {"side": "bottom", "text": "<br>".join(lines)}
    return {"orientation": "h", "y": 0, "yanchor": "top", "x": 0.5, "xanchor": "center", "len": 0.9, "title": title}


def _explained(technique: str) -> None:
    words = reading(technique)
    st.markdown(f"**{_('How to read this.')}** {escape(_(words.shows))}")
    if words.misleads:
        st.markdown(f"**{_('How it can mislead.')}** {escape(_(words.misleads))}")


def _look(technique: str, answer: Answer) -> dict[str, Any]:
    """What the controls of the look say; only what differs from the automatic look."""
    automatic = {"opacity": panels(answer.result)[0].opacity, "colours": COLOURS[0], "absolute": False}
    said = {name: st.session_state.setdefault(f"look/{technique}/{name}", value) for name, value in automatic.items()}
    return {name: value for name, value in said.items() if value != automatic[name]}


def _look_controls(technique: str, *, signed: bool) -> None:
    """Opacity, colours, sign: they change how the picture looks, never a number."""
    st.slider(_("Opacity of the map"), 0.0, 1.0, step=0.05, key=f"look/{technique}/opacity", persist_state="session")
    st.selectbox(_("Colours"), COLOURS, key=f"look/{technique}/colours", persist_state="session")
    if signed:
        st.toggle(_("Magnitude only"), key=f"look/{technique}/absolute", persist_state="session")


def _settings(technique: str, sight: Sight | None) -> None:
    """The technique's own options; a change computes anew."""
    if not settings(technique):
        st.caption(_("This method has no settings."))
        return
    controls(technique, PLACE, sight.layers if sight else (), sight.default_layer if sight else None)
    st.button(_("Back to defaults"), key=f"defaults {technique}", on_click=reset, args=(technique, PLACE))


def _lines(answer: Answer, look: dict[str, Any], uploaded: bool) -> None:
    paper = reading(answer.recipe.technique).paper
    with st.expander(_("Formula and paper"), icon=":material/menu_book:"):
        st.markdown(escape(paper))
    with st.expander(_("Recipe, Python and shell"), icon=":material/code:"):
        st.code(shell_line(answer.recipe, look), language="bash", wrap_lines=True)
        st.code(python_lines(answer.recipe, uploaded), language="python", wrap_lines=True)
        st.caption(_("Recipe {digest}").format(digest=f"`{answer.recipe.digest()}`"))
        st.code(answer.recipe.to_json(), language="json", height=240)
