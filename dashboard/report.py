"""The report of a visit: figures collected from the cards, each with its caption, and the files made of them."""

import base64
import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.engine import Answer, Sight
from dashboard.notice import draw_notices, notice
from dashboard.reading import plain_title, reading
from dashboard.text import _, escape

if TYPE_CHECKING:
    from vizlib.figures.report import Entry

REPORT, TITLE = "report", "report title"
MOST = 60
FILES = {
    "html": ("One page (HTML)", "text/html", ":material/html:"),
    "pdf": ("One document (PDF)", "application/pdf", ":material/picture_as_pdf:"),
    "zip": ("All figures and recipes (ZIP)", "application/zip", ":material/folder_zip:"),
}


@dataclass(eq=False)
class Kept:
    """One figure of the report; its caption is a person's own."""

    answer: Answer
    display: dict[str, Any]
    title: str
    caption: str
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def entry(self) -> "Entry":
        """As the library takes it."""
        from vizlib.figures.report import Entry

        return Entry(self.answer.result, self.answer.recipe, self.title, self.caption, self.display)

    @functools.cached_property
    def picture(self) -> str:
        """The figure as the report will have it."""
        return "data:image/png;base64," + base64.b64encode(self.entry().file("png")).decode()


def kept() -> list[Kept]:
    """What this visit has collected, in the order of the report."""
    found: list[Kept] = st.session_state.setdefault(REPORT, [])
    return found


def add_button(technique: str, answer: Answer, sight: Sight, shown: dict[str, Any]) -> None:
    """Put the map of a technique into the report, with its present look."""
    keep_button(technique, answer, shown, plain_title(technique, sight.labels[answer.recipe.target[0]]))


def keep_button(place: str, answer: Answer, shown: dict[str, Any], title: str, caption: str = "") -> None:
    """Put a figure into the report, with its present look.

    Parameters
    ----------
    place : str
        Tells the card from others on the page.
    answer : Answer
    shown : dict
        Keywords of the figure functions.
    title : str
        A sentence, as plain text.
    caption : str
        What the technique's documentation says when empty.
    """
    present = _find(answer, shown) is not None
    st.button(
        _("In the report") if present else _("Add to report"),
        key=f"add {place}",
        icon=":material/check:" if present else ":material/note_add:",
        help=_("This figure is in the report") if present else _("Add to report: keep this figure for the page Report"),
        disabled=present,
        on_click=_add,
        args=(answer, shown, title, caption),
    )
    draw_notices()


def report_link() -> None:
    """The way to what is collected, once there is something."""
    if kept():
        label = _("Report ({count})").format(count=len(kept()))
        st.page_link("../pages/report.py", label=label, icon=":material/description:")


def _find(answer: Answer, shown: dict[str, Any]) -> Kept | None:
    look = _look(shown)
    same = (k for k in kept() if k.answer.recipe.digest() == answer.recipe.digest() and _look(k.display) == look)
    return next(same, None)


def _look(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in ("images", "labels")}


def _add(answer: Answer, shown: dict[str, Any], title: str, caption: str) -> None:
    if len(kept()) >= MOST:
        notice(_("The report is full; remove some figures first."), ":material/block:")
        return
    notes = getattr(answer.result, "notes", ())
    shows = caption or _(reading(answer.recipe.technique).shows)
    kept().append(Kept(answer, shown, title, " ".join([shows, *answer.result.banners(), *notes])))
    count = len(kept())
    notice(_("Added. Figures in the report: {count}.").format(count=count), ":material/note_add:")


def report() -> None:
    """The page: every figure with its caption, their order, and the files."""
    st.title(_("Your report"), anchor=False)
    if not kept():
        _empty()
        return
    st.text_input(_("Title of the report"), _("What the model sees"), key=TITLE, persist_state="session")
    _files()
    for index, figure in enumerate(kept()):
        _figure(index, figure)


def _empty() -> None:
    st.markdown(
        _(
            "Nothing is collected yet. Press **Add to report** under a picture of any page, and come back: "
            "here you write captions, put figures in order and download all of them as one page or one document."
        )
    )
    st.page_link("../pages/explain.py", label=_("Open Explain"), icon=":material/arrow_forward:")


def _files() -> None:
    from vizlib.figures.report import why_no_pdf

    reason = why_no_pdf([figure.entry() for figure in kept()], st.session_state[TITLE])
    with st.container(horizontal=True, key="report-files"):
        for suffix, (label, mime, icon) in FILES.items():
            st.download_button(
                _(label),
                data=maker(suffix, kept(), st.session_state[TITLE]),
                file_name=f"report.{suffix}",
                mime=mime,
                icon=icon,
                key=f"report {suffix}",
                on_click="ignore",
                disabled=suffix == "pdf" and bool(reason),
            )
    if reason:
        st.info(escape(reason), icon=":material/font_download_off:")


def maker(suffix: str, figures: list[Kept], title: str) -> Callable[[], bytes]:
    """What makes a file of the report when it is asked for."""

    def make() -> bytes:
        from vizlib.figures import report

        return getattr(report, f"to_{suffix}")([figure.entry() for figure in figures], title)  # type: ignore[no-any-return]

    return make


def _figure(index: int, figure: Kept) -> None:
    key = figure.name
    with st.container(border=True, key=f"entry-{key}"):
        picture, words = st.columns([5, 4], gap="large")
        with picture:
            st.image(figure.picture, width="stretch", alt=f"{figure.title}. {figure.caption}")
        with words:
            st.markdown(f"### {index + 1}. {escape(figure.title)}")
            change = partial(_write, figure, f"caption {key}")
            st.text_area(_("Caption"), figure.caption, key=f"caption {key}", on_change=change, height=120)
            st.caption(escape(figure.entry().facts()))
            st.caption(_("Recipe {digest}").format(digest=f"`{figure.answer.recipe.digest()[:16]}`"))
            _order(index, key)


def _write(figure: Kept, key: str) -> None:
    figure.caption = st.session_state[key]


def _order(index: int, key: str) -> None:
    last = len(kept()) - 1
    with st.container(horizontal=True, gap="small"):
        for step, icon, word in ((-1, "arrow_upward", _("Move up")), (1, "arrow_downward", _("Move down"))):
            st.button(
                "",
                key=f"{step} {key}",
                icon=f":material/{icon}:",
                help=word,
                disabled=not 0 <= index + step <= last,
                on_click=_move,
                args=(index, step),
            )
        st.button(_("Remove"), key=f"remove {key}", icon=":material/delete:", on_click=_remove, args=(key,))


def _move(index: int, step: int) -> None:
    figures = kept()
    figures[index], figures[index + step] = figures[index + step], figures[index]


def _remove(key: str) -> None:
    st.session_state[REPORT] = [figure for figure in kept() if figure.name != key]
