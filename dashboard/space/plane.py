"""What lies between three images: the plane through them, coloured by what the model says there."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.controls import changes, controls, reset
from dashboard.engine import Answer
from dashboard.export import shell_line
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import picture
from dashboard.intake.pictures import square
from dashboard.model.layer_card import CLEAR, config
from dashboard.reading import reading
from dashboard.sidebar import POLL
from dashboard.space.map import chosen, selected
from dashboard.space.names import Known
from dashboard.space.selection import gallery
from dashboard.take_away import take_away
from dashboard.text import _, escape, percent
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.data.one_of_set import name_in_set
from vizlib.data.streams import ImageStream, names_set

if TYPE_CHECKING:
    from vizlib.space.decision import DecisionPlane

TECHNIQUE, PLACE, THREE = "decision_plane", "space plane", "space three"
LETTERS = ("A", "B", "C")
OFFERED, SIDE = 48, 192


@dataclass(frozen=True, eq=False)
class Chosen:
    """One of the three images, as the engine takes pictures."""

    images: ImageStream
    row: int

    @property
    def name(self) -> str:
        """What the recipe calls it: by its set where that can be found again, else by its own name."""
        of = self.images.name
        known = names_set(of) or of.lower().endswith(".zip")
        return name_in_set(self.images, self.row) if known else self.images.names[self.row]

    @property
    def digest(self) -> str:
        return f"{self.images.digest} {self.row}"

    def open(self) -> Image.Image:
        return self.images.read(self.row)


def plane(here: Visit, known: Known) -> None:
    """The section: which three images, and the plane through them."""
    if len(known.space.features) < 3:
        return
    st.subheader(_("What lies between three images"), anchor=False)
    tip = _("Asks the model about some thousand mixtures of three images.")
    if not st.toggle(_("Draw the plane through them"), key="space plane on", persist_state="session", help=tip):
        st.caption(_("Choose three images with the lasso, or by name below once this is on."))
        return
    rows = _choice(known)
    if len(set(rows)) < 3:
        st.info(_("Choose three different images: two points make a line, not a plane."), icon=":material/info:")
        return
    with st.popover(_("Settings"), icon=":material/settings:", key="space plane settings"):
        controls(TECHNIQUE, PLACE)
        st.button(_("Back to defaults"), key="space plane defaults", on_click=reset, args=(TECHNIQUE, PLACE))
    shots: Any = [Chosen(known.space.images, row) for row in rows]
    outcome = ask_model(here, "space/plane", TECHNIQUE, shots, **changes(TECHNIQUE, PLACE))
    beside, drawn = st.columns([1, 4], gap="medium")
    with beside:
        _three(known, rows, None if isinstance(outcome, Job) else cast(Any, outcome.result))
    with drawn:
        _drawn(here, known, rows, outcome)


def _choice(known: Known) -> list[int]:
    """Three lists that offer the lasso's images, the clicked one, or the first of the set."""
    offered = _offered(known)
    usual = _usual(known, offered)
    rows = []
    with st.container(horizontal=True, vertical_alignment="bottom", key="space-three"):
        for letter, row in zip(LETTERS, usual, strict=True):
            key = f"{THREE} {letter}"
            if st.session_state.get(key) not in offered:
                st.session_state[key] = row
            rows.append(
                st.selectbox(
                    _("Image {letter}").format(letter=letter), offered, key=key, persist_state="session", width=240,
                    format_func=partial(_named, known),
                )
            )  # fmt: skip
        enough = len(selected(known.space)) >= 3
        tip = _("The first three images inside the lasso.")
        st.button(
            _("Take the lasso's first three"), key="space three lasso", icon=":material/lasso_select:", help=tip,
            disabled=not enough, on_click=_take, args=(selected(known.space)[:3],),
        )  # fmt: skip
    return [int(row) for row in rows]


def _offered(known: Known) -> list[int]:
    inside = selected(known.space)[:OFFERED]
    found = inside if len(inside) >= 3 else [*range(min(OFFERED // 2, len(known.space.features))), *inside]
    own = chosen(known.space)
    return list(dict.fromkeys([*found, *([] if own is None else [own])]))


def _usual(known: Known, offered: Sequence[int]) -> list[int]:
    """Three of different classes where there are so many; else the first three."""
    of = known.predicted if known.predicted is not None else known.labels
    kinds = dict.fromkeys([-1]) if of is None else {int(of[row]): row for row in reversed(offered)}
    rows = sorted(row for row in kinds.values() if row is not None)[:3]
    return [*rows, *(row for row in offered if row not in rows)][:3]


def _named(known: Known, row: int) -> str:
    label = known.label(row) or known.says(row)
    name = known.space.images.names[row]
    return f"{name} · {label}" if label and label not in name else name


def _take(rows: list[int]) -> None:
    """Take three images; a callback."""
    for letter, row in zip(LETTERS, rows, strict=True):
        st.session_state[f"{THREE} {letter}"] = row


def _three(known: Known, rows: Sequence[int], result: "DecisionPlane | None") -> None:
    """The images themselves, beside the plane, with what the model says of each."""
    words = []
    for place, (letter, row) in enumerate(zip(LETTERS, rows, strict=True)):
        said = known.says(row)
        if result is not None and known.model_classes:
            name = known.model_classes[int(result.predicted[place])]
            said = f"{name} {percent(float(result.confidence[tuple(result.nodes[place])]))}"
        words.append(f"{letter}: {said}")
    gallery(known, rows, words=words)


def _drawn(here: Visit, known: Known, rows: Sequence[int], outcome: Answer | Job) -> None:
    labels: dict[str, Any] = {"labels": known.model_classes}
    if isinstance(outcome, Job):
        st.fragment(_so_far, run_every=None if outcome.over else POLL)(outcome, labels)
        under_way(here, outcome)
        return
    title = picture(outcome, PLACE, beside=False, **labels)
    words = reading(TECHNIQUE)
    st.markdown(
        f"**{_('How to read this.')}** {escape(_(words.shows))} " + _("The lighter a colour, the less sure it is.")
    )
    st.markdown(f"**{_('How it can mislead.')}** {escape(_(words.misleads))}")
    images = [np.asarray(square(known.space.images.read(row)).resize((SIDE, SIDE))) for row in rows]
    names = [known.space.images.names[row] for row in rows]
    take_away(PLACE, outcome, {**labels, "images": images, "names": names}, title)
    _cited(words.paper)
    _lines(known, rows, outcome)


def _cited(paper: str) -> None:
    st.caption(escape(paper))


def _so_far(job: Job, labels: dict[str, Any]) -> None:
    """The rows that are known."""
    if job.partial is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(job.partial, **labels)
    drawn.update_layout(title=None, margin_t=12, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key="chart space plane so far", config=config(), alt=drawn.layout.meta["alternative"])
    if job.over:
        st.caption(_("Unfinished: the rows that were known when it was cancelled."))


def _lines(known: Known, rows: Sequence[int], answer: Answer) -> None:
    """The same plane from a shell and from Python; of images of one's own, how a saved figure is made again."""
    with st.expander(_("Recipe, Python and shell"), icon=":material/code:"):
        if known.space.private:
            words = _("Your images are in no file. A saved figure is made again where they are: {line}")
            st.caption(words.format(line=f"`python -m vizlib rerun plane.pdf --images {_where(known)}`"))
        else:
            st.code(shell_line(answer.recipe), language="bash", wrap_lines=True)
            st.code(python_lines(answer.recipe, known.space.images.name, rows), language="python", wrap_lines=True)
        st.caption(_("Recipe {digest}").format(digest=f"`{answer.recipe.digest()}`"))


def _where(known: Known) -> str:
    """Where a person has the images: the archive, or files."""
    name = known.space.images.name.replace("`", "")
    return shlex.quote(name) if name.lower().endswith(".zip") else "a.png b.png c.png"


def python_lines(recipe: Any, of: str, rows: Sequence[int]) -> str:
    """Lines that make a plane again through three images of a set."""
    from vizlib.core.options import options
    from vizlib.index import TECHNIQUES

    usual = {option.name: option.default for option in options(TECHNIQUES[TECHNIQUE])}
    asked = "".join(f", {name}={value!r}" for name, value in recipe.options.items() if value != usual[name])
    lines = (
        "import numpy as np",
        "import vizlib as vz",
        "from vizlib.data.streams import image_stream",
        "",
        f"model = vz.load_model({recipe.model!r})",
        f"images = image_stream({of!r})",
        f"three = np.stack([model.preprocess(images.read(number)) for number in {tuple(rows)}])",
        f"result = vz.decision_plane(model, three{asked})",
    )
    return "\n".join(lines)
