"""What the lasso holds: pictures, a table, files, a set of their own; and one image with the way to Explain."""

import html
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dashboard.image_set import ARCHIVE, YOURS
from dashboard.image_set import KEY as SET
from dashboard.intake.pictures import data_uri
from dashboard.space.ask import Space
from dashboard.space.map import let_go, selected
from dashboard.space.names import Known
from dashboard.space.pictures import part_of, png
from dashboard.text import _, escape
from dashboard.visit import Visit

if TYPE_CHECKING:
    from vizlib.space.results import Embedding

MOST = 48  # pictures of a gallery; the table has all
EXPLAIN = "space explain"
_CSS = """<style>
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: .5rem; }
.faces figure { margin: 0; font-size: .76rem; line-height: 1.25; overflow: hidden; }
.faces img { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 3px;
  border: 3px solid transparent; box-sizing: border-box; }
.faces .right img { border-color: #0072B2; } .faces .wrong img { border-color: #D55E00; border-style: dashed; }
.faces .asked img { border-color: currentColor; }
.faces figcaption { overflow-wrap: anywhere; }
</style>"""


def gallery(known: Known, rows: Sequence[int], marks: Sequence[str] = (), words: Sequence[str] = ()) -> None:
    """Small pictures side by side; a mark is "right", "wrong" or nothing."""
    faces = known.space.faces
    if faces is None or not len(rows):
        return
    cells = []
    for place, row in enumerate(rows):
        mark, said = (marks[place] if marks else ""), (words[place] if words else known.label(row) or known.says(row))
        name = html.escape(known.space.images.names[row])
        source = _face(known, row)
        cells.append(
            f'<figure class="{mark}"><img src="{source}" alt="{name}" title="{name}">'
            f"<figcaption>{html.escape(said)}</figcaption></figure>"
        )
    st.html(f'{_CSS}<div class="faces">{"".join(cells)}</div>')


def _face(known: Known, row: int) -> str:
    from PIL import Image

    assert known.space.faces is not None
    return data_uri(Image.fromarray(known.space.faces.values[row]), 96)


def selection(here: Visit, known: Known, map_: "Embedding") -> None:
    """The images inside the lasso, and what can be done with them."""
    rows, space = selected(known.space), known.space
    if not rows:
        words = _("Draw a lasso or a box around points to see their images; click a point for that one image.")
        st.caption(words)
        return
    st.markdown(f"**{_summary(known, rows)}**")
    gallery(known, rows[:MOST])
    if len(rows) > MOST:
        st.caption(_("The first {most} of {count}; the table has all.").format(most=MOST, count=len(rows)))
    with st.container(horizontal=True, key="space-selection"):
        use = partial(_use, part_of(space.images, rows, _("selection of {count}").format(count=len(rows))))
        icon, tip = ":material/filter_center_focus:", _("All pages that ask about an image set then ask about these.")
        st.button(_("Use as image set"), key="space use", icon=icon, on_click=use, help=tip)
        st.button(_("Let go"), key="space let go", icon=":material/deselect:", on_click=let_go)
    with st.expander(_("Table"), icon=":material/table:"):
        import pandas as pd

        from vizlib.figures.space_table import columns

        st.dataframe(pd.DataFrame(columns(map_, labels=known.model_classes)).iloc[rows], height=280)


def _summary(known: Known, rows: Sequence[int]) -> str:
    """How many are selected, and of which labels."""
    count = _("{count} images selected").format(count=len(rows))
    of = known.labels if known.labels is not None else known.predicted
    names = known.classes if known.labels is not None else known.model_classes
    if of is None:
        return count
    found, many = np.unique(of[list(rows)], return_counts=True)
    order = np.argsort(-many, kind="stable")[:4]
    told = ", ".join(f"{escape(names[found[place]])} × {many[place]}" for place in order)
    return f"{count}: {told}" + (" …" if len(found) > 4 else "")


def _use(images: Any) -> None:
    """Make the selection the image set of all pages; a callback."""
    st.session_state[ARCHIVE], st.session_state[SET] = images, YOURS
    let_go()


def to_explain(here: Visit, space: Space, index: int) -> None:
    """The way of one image to Explain."""
    explain = partial(_explain, here, space, index)
    st.button(_("Explain this one"), key="space explain one", icon=":material/visibility:", on_click=explain)
    if st.session_state.get(EXPLAIN) == "full":
        st.caption(_("The tray is full; remove a picture of yours first."))


def _explain(here: Visit, space: Space, index: int) -> None:
    """Put an image into the tray and go to Explain; a callback."""
    present = {shot.name: shot for shot in here.shots()}.get(space.images.names[index]) if space.private else None
    shot = present or here.uploads.read(f"{space.images.names[index]}.png", png(space.images.read(index)))
    st.session_state[EXPLAIN] = "full" if shot is None else "go"
    if shot is not None:
        here.picture = shot.digest


def leave_for_explain() -> None:
    """Go where the image is explained, once a person asked for it."""
    if st.session_state.get(EXPLAIN) == "go":
        del st.session_state[EXPLAIN]
        st.switch_page("../pages/explain.py")
