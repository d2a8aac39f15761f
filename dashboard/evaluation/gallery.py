"""The images behind a number: small pictures, the surest decisions first; a click opens one on Explain."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.evaluation.scores import Scored
from dashboard.intake.pictures import THUMBNAIL, data_uri, square
from dashboard.notice import draw_notices, notice
from dashboard.text import _, escape
from dashboard.visit import Visit

AT_ONCE = 24
OPENED = "evaluation opened"
_HTML = '<div class="found" role="group"></div>'
_CSS = """
.found { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 8px; padding: 3px; }
.one { padding: 0; border: 0; background: none; cursor: pointer; text-align: left; color: var(--st-text-color);
       font: 12px/1.3 var(--st-font); border-radius: 6px; min-width: 0; }
.one img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 6px;
           outline: 1px solid var(--st-border-color); image-rendering: pixelated; }
.one:hover img { outline: 2px solid var(--st-primary-color); }
.one:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 2px; }
.one span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-top: 2px; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const found = parentElement.querySelector(".found");
  found.setAttribute("aria-label", data.label);
  found.replaceChildren(...data.images.map((image) => {
    const one = document.createElement("button");
    const picture = document.createElement("img");
    one.type = "button";
    one.className = "one";
    one.title = `${image.name}. ${data.open}`;
    picture.src = image.source;
    picture.alt = image.name;
    one.append(picture, ...image.words.map((line) => {
      const words = document.createElement("span");
      words.textContent = line;
      return words;
    }));
    one.onclick = () => setTriggerValue("opened", image.row);
    return one;
  }));
}
"""
_pictures = st.components.v2.component("vizlib_found", html=_HTML, css=_CSS, js=_JS)


def gallery(
    here: Visit, place: str, scored: Scored, examples: np.ndarray, values: np.ndarray, title: str,
    asked: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Examples as pictures that open on Explain; as rows of a table where there are no pictures.

    Parameters
    ----------
    here : Visit
    place : str
        Tells it from others on the page.
    scored : Scored
    examples : int array
        Which, in the order in which they are shown.
    values : array
        The score of each, said below it.
    title : str
        What these examples are, as plain text.
    asked : sequence of str, optional
        The class that each decision is about, where they are about several.
    """
    st.markdown(f"**{escape(title)}**")
    if not len(examples):
        st.caption(_("There are none."))
        return
    key, many = f"{place} shown", (scored.key, title)
    if st.session_state.get(f"{key} of") != many:
        st.session_state[f"{key} of"], st.session_state[key] = many, AT_ONCE
    shown = examples[: st.session_state[key]]
    if scored.images is None:
        _as_table(place, scored, shown, values, asked)
    else:
        _as_pictures(here, place, scored, shown, values, asked)
    if len(examples) > len(shown):
        label = _("Show more of {count}").format(count=f"{len(examples):,}")
        st.button(label, key=f"{place} more", icon=":material/expand_more:", on_click=_more, args=(key,))


def _more(key: str) -> None:
    st.session_state[key] += 2 * AT_ONCE


def _as_table(place: str, scored: Scored, shown: np.ndarray, values: np.ndarray, asked: Sequence[str] | None) -> None:
    rows: dict[str, Any] = {
        _("Row"): scored.rows[shown] + 1,
        _("Score"): values[: len(shown)],
        _("Truth"): [scored.called(example) for example in shown.tolist()],
    }
    if asked is not None:
        rows[_("Class")] = list(asked[: len(shown)])
    st.dataframe(rows, hide_index=True, key=f"{place} rows", height=300)


def _as_pictures(
    here: Visit, place: str, scored: Scored, shown: np.ndarray, values: np.ndarray, asked: Sequence[str] | None
) -> None:
    assert scored.images is not None
    images = []
    for number, (example, value) in enumerate(zip(shown.tolist(), values[: len(shown)].tolist(), strict=True)):
        row = int(scored.rows[example])
        source = data_uri(square(scored.images.read(row)), THUMBNAIL)
        said = f"{value:.3f}" if asked is None else f"{asked[number]} {value:.3f}"
        words = [scored.called(example), said]
        images.append({"row": row, "name": scored.images.names[row], "source": source, "words": words})
    _pictures(
        key=f"{place} pictures",
        data={"label": _("Images"), "open": _("Opens on Explain"), "images": images},
        on_opened_change=lambda: _chosen(here, f"{place} pictures", scored),
    )


def _chosen(here: Visit, key: str, scored: Scored) -> None:
    said = st.session_state.get(key) or {}
    if said.get("opened") is not None:
        open_image(here, scored, int(said["opened"]))


def open_image(here: Visit, scored: Scored, row: int) -> None:
    """Take an image of the set into the tray and choose it; the page then goes to Explain."""
    assert scored.images is not None
    image, name = scored.images.read(row), scored.images.names[row].rpartition("/")[2]
    content = io.BytesIO()
    image.save(content, "PNG")
    shot: Any = here.uploads.read(name, content.getvalue())
    if shot is None:
        notice(_("The tray is full; remove some pictures first."), ":material/block:")
        return
    here.picture = shot.digest
    st.session_state[OPENED] = True


def go_when_opened() -> None:
    """To Explain, when an image was clicked."""
    draw_notices()
    if st.session_state.pop(OPENED, False):
        st.switch_page("../pages/explain.py")
