"""The figure card: title, picture, how to read it, its look, its settings, its recipe, and files to take away."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dashboard.controls import controls, reset, settings
from dashboard.engine import Answer, Sight
from dashboard.explain.faint import banners, faint_line, small_banners
from dashboard.explain.look import draw_map, draw_partial, look, look_controls
from dashboard.explain.pin import beside_pinned, common_reach, pin_button
from dashboard.explain.pixel import pixel
from dashboard.export import downloads, picture_download, recipe_lines
from dashboard.gallery import stored
from dashboard.reading import formula_and_paper, line, reading, title
from dashboard.report import add_button, report_link
from dashboard.showcase import stored_map
from dashboard.sidebar import POLL, progress_text
from dashboard.text import _, escape, percent
from dashboard.visit import PLACE, Visit
from dashboard.worker import Job
from vizlib.core.results import Attribution
from vizlib.figures.style import name_of


@dataclass(frozen=True)
class Card:
    """What one drawing of a card knows.

    Attributes
    ----------
    outcome : Answer or Job
        The answer to the present question, or the job that works on it or has failed.
    answer : Answer or None
        What can be shown: the present answer, else the last one about the same picture and class.
    sight : Sight or None
        What the model says of the picture; None before it has spoken.
    """

    here: Visit
    technique: str
    large: bool
    outcome: Answer | Job
    answer: Answer | None
    sight: Sight | None

    @property
    def ready(self) -> bool:
        """Whether the techniques are imported, so that their settings and documentation are known."""
        return self.here.engine.ready.is_set()

    @property
    def unfinished(self) -> Attribution | None:
        """What is known of a map that is being computed, or was until it was cancelled."""
        found = self.outcome.partial if isinstance(self.outcome, Job) else None
        return found if isinstance(found, Attribution) else None


def card(here: Visit, technique: str, *, large: bool = False) -> None:
    """Ask one question and show its answer, as it comes; controls of the look redraw this card alone."""
    waiting = not _ended(here.ask(technique))
    st.fragment(_draw, run_every=POLL if waiting else None)(here, technique, large, waiting)


def _ended(outcome: Answer | Job) -> bool:
    return isinstance(outcome, Answer) or outcome.over


def _draw(here: Visit, technique: str, large: bool, waiting: bool) -> None:
    outcome = here.ask(technique)
    if _ended(outcome) == waiting:
        st.rerun()  # so that the page's timers follow
    answer = outcome if isinstance(outcome, Answer) else here.previous(technique)
    this = Card(here, technique, large, outcome, answer, here.sight())
    with st.container(border=not large, key=f"{'large' if large else 'small'}-card-{technique}"):
        _heading(this)
        picture, side = st.columns([5, 3], gap="large") if large else (st.container(), st.container())
        with picture:
            beside_pinned(answer, this.sight, technique, partial(_picture, this)) if large else _picture(this)
            if large:
                _take_away(this)
        with side:
            with st.container():  # what comes and goes has its own place, so that a field below keeps what is typed
                _remarks(this)
                if large and isinstance(outcome, Answer) and this.sight is not None:
                    pixel(here, technique, outcome, this.sight)
            _beside(this) if large else _below(this)
        if large and isinstance(outcome, Answer):
            _lines(this, outcome)


def _heading(this: Card) -> None:
    st.markdown(f"## {escape(_(name_of(this.technique)))}")
    with st.container(key=f"title-{this.technique}"):
        if this.sight is None:
            st.caption(line(this.technique))
            return
        target = this.sight.predicted if this.here.target is None else this.here.target
        share = f" ({percent(float(this.sight.probabilities[target]))})" if this.large else ""
        st.markdown(title(this.technique, this.sight.labels[target]) + share)


def _picture(this: Card) -> None:
    """The map, or what is known of it; else a stored one, else greyed the last one or the picture itself."""
    unfinished = this.unfinished
    kept = None if this.answer or unfinished else stored(this.here.question(this.technique))
    running = isinstance(this.outcome, Job) and not this.outcome.over
    present = this.answer is this.outcome or kept is not None or (unfinished is not None and running)
    with st.container(key=f"{'present' if present else 'waiting'}-{this.technique}"):
        if unfinished is not None and this.sight is not None:
            draw_partial(this.technique, unfinished, this.sight, large=this.large)
            return
        if this.answer is not None and this.sight is not None:
            reach = common_reach(this.technique, this.answer) if this.large else None
            draw_map(this.here, this.technique, this.answer, this.sight, large=this.large, reach=reach)
            return
        image = this.sight.picture if this.sight else this.here.shot().picture
        with st.container(key=f"frame-{this.technique}"), st.container(key=f"figure-{this.technique}"):
            if kept is not None:
                stored_map(kept)
                return
            st.image(image, width="stretch", alt=_("The picture, without a map yet"))


def _remarks(this: Card) -> None:
    """What runs, with Cancel; what went wrong and what to do; what a reader must know."""
    if isinstance(this.outcome, Job):
        _job(this, this.outcome)
        return
    (banners if this.large else small_banners)(this.technique, this.outcome.result)
    for note in this.outcome.result.notes if this.large else ():
        st.caption(escape(note))


def _job(this: Card, job: Job) -> None:
    if not job.over or job.state == "done":  # done since it was asked for: the next look has the map
        st.progress(job.fraction, text=progress_text(job))
        st.button(_("Cancel"), key=f"cancel {this.technique}", icon=":material/stop_circle:", on_click=job.cancel)
        return
    if job.state == "failed":
        st.error(escape(job.error), icon=":material/error:")
    else:
        st.info(_("Cancelled."), icon=":material/stop_circle:")
        if this.unfinished is not None:
            words = _("The map is unfinished, {done} of {total}; where the picture shows, nothing is known yet.")
            st.caption(words.format(done=job.done, total=job.total))
    again = partial(this.here.again, job.slot)
    st.button(_("Try again"), key=f"again {this.technique}", on_click=again, icon=":material/replay:")


def _beside(this: Card) -> None:
    """Beside a large picture: how to read it, how it looks, how it is computed."""
    if not this.ready:
        st.caption(line(this.technique))
        return
    words = reading(this.technique)
    st.markdown(f"**{_('How to read this.')}** {escape(_(words.shows))}")
    if words.misleads:
        st.markdown(f"**{_('How it can mislead.')}** {escape(_(words.misleads))}")
    with st.container():
        if this.answer is not None:
            look(this.technique, this.answer)
            look_controls(this.technique, this.answer)
    if settings(this.technique):
        with st.expander(_("Settings"), icon=":material/settings:", expanded=True):
            _settings(this)


def _take_away(this: Card) -> None:
    """Under a large picture: files, the report, a pin."""
    if not this.ready or not isinstance(this.outcome, Answer):
        return
    with st.container(horizontal=True, key=f"take-away-{this.technique}"):
        with st.popover(_("Download"), icon=":material/download:", key=f"take {this.technique}"):
            _downloads(this, this.outcome, width="stretch")
        _keep(this, this.outcome)
        report_link()


def _below(this: Card) -> None:
    """Below a small picture: one line, and one row of buttons; dashboard/style.py shows their icons alone."""
    if this.sight is not None:
        with st.container(key=f"line-{this.technique}"):
            if not isinstance(this.outcome, Answer) or not faint_line(this.technique, this.outcome.result):
                st.caption(line(this.technique))
    with st.container(horizontal=True, gap="small", key=f"row-{this.technique}"):
        alone = _("This method alone, large, with its explanation")
        open_large = partial(_enlarge, this.here, this.technique)
        st.button(
            _("Enlarge"),
            key=f"enlarge {this.technique}",
            icon=":material/open_in_full:",
            on_click=open_large,
            help=alone,
        )
        if this.ready:
            with st.popover(
                _("Look and settings"),
                icon=":material/tune:",
                help=_("Look and settings"),
                key=f"tune {this.technique}",
            ):
                if this.answer is not None:
                    look(this.technique, this.answer)
                    look_controls(this.technique, this.answer)
                _settings(this)
        if isinstance(this.outcome, Answer):
            with st.popover(
                _("Download"), icon=":material/download:", help=_("Download"), key=f"take {this.technique}"
            ):
                _downloads(this, this.outcome, width="stretch")
            _keep(this, this.outcome)


def _enlarge(here: Visit, technique: str) -> None:
    here.method = technique
    here.enlarged += 1


def _settings(this: Card) -> None:
    """The technique's own options; a change computes anew."""
    if not settings(this.technique):
        st.caption(_("This method has no settings."))
        return
    sight = this.sight
    controls(this.technique, PLACE, sight.layers if sight else (), sight.default_layer if sight else None)
    back = partial(reset, this.technique, PLACE)
    st.button(_("Back to defaults"), key=f"defaults {this.technique}", on_click=back)


def _shown(this: Card, answer: Answer, sight: Sight) -> dict[str, Any]:
    """Keywords of the figure, for files."""
    return {"images": [sight.view], "labels": sight.labels, **look(this.technique, answer)}


def _keep(this: Card, answer: Answer) -> None:
    """To the report, and pinned for comparison."""
    if this.sight is not None:
        add_button(this.technique, answer, this.sight, _shown(this, answer, this.sight))
        pin_button(this.technique, answer, this.sight, large=this.large)


def _downloads(this: Card, answer: Answer, width: str) -> None:
    if this.sight is not None:
        shown = _shown(this, answer, this.sight)
        downloads(answer, shown, this.technique, width)
        picture_download(answer, this.here.shot().open, shown, this.technique, width)


def _lines(this: Card, answer: Answer) -> None:
    """Formula and paper, and the lines that make the picture again without the browser."""
    formula_and_paper(this.technique)
    recipe_lines(this.here, answer, look(this.technique, answer), whole=True)
