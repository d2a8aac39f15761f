"""The image tray: thumbnails to choose from, and the door for a person's own pictures."""

from urllib.parse import parse_qsl

import streamlit as st

from dashboard.intake.door import HOME, coming, door, said
from dashboard.intake.other_doors import other_doors
from dashboard.text import _, escape
from dashboard.visit import Visit

_HTML = '<div class="tray" role="group"></div>'
_CSS = """
.tray { display: grid; grid-template-columns: repeat(auto-fill, minmax(44px, 1fr)); gap: 6px; padding: 3px;
        max-height: 17rem; overflow-y: auto; }
.cell { position: relative; }
.pick { display: block; width: 100%; aspect-ratio: 1; padding: 0; border: 0; background: none; cursor: pointer;
        border-radius: 6px; outline: 1px solid var(--st-border-color); overflow: hidden; }
.pick img { display: block; width: 100%; height: 100%; object-fit: cover; }
.pick:hover { outline: 2px solid var(--st-gray-color); }
.pick[aria-pressed="true"] { outline: 3px solid var(--st-primary-color); }
.pick:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
.drop { position: absolute; top: -5px; right: -5px; width: 20px; height: 20px; border-radius: 50%; padding: 0;
        border: 1px solid var(--st-border-color); background: var(--st-background-color); cursor: pointer;
        color: var(--st-text-color); font: 14px/1 var(--st-font); opacity: 0; }
.cell:hover .drop, .drop:focus-visible, .cell:focus-within .drop { opacity: 1; }
@media (hover: none) { .drop { opacity: 1; } }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const tray = parentElement.querySelector(".tray");
  const focused = parentElement.activeElement?.dataset?.digest;
  tray.setAttribute("aria-label", data.label);
  tray.replaceChildren(...data.shots.map((shot) => {
    const cell = document.createElement("div");
    cell.className = "cell";
    const pick = document.createElement("button");
    const picture = document.createElement("img");
    pick.type = "button";
    pick.className = "pick";
    pick.title = shot.name;
    pick.dataset.digest = shot.digest;
    pick.setAttribute("aria-pressed", String(shot.digest === data.chosen));
    picture.src = shot.source;
    picture.alt = shot.name;
    pick.append(picture);
    pick.onclick = () => setTriggerValue("picked", shot.digest);
    cell.append(pick);
    if (shot.uploaded) {
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "drop";
      drop.textContent = "\\u00d7";
      drop.setAttribute("aria-label", `${data.remove} ${shot.name}`);
      drop.onclick = () => setTriggerValue("removed", shot.digest);
      cell.append(drop);
    }
    return cell;
  }));
  if (focused) tray.querySelector(`[data-digest="${focused}"]`)?.focus();
  const chosen = tray.querySelector('[aria-pressed="true"]');
  if (chosen && tray.dataset.chosen !== data.chosen) {
    const [frame, cell] = [tray.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (cell.top < frame.top || cell.bottom > frame.bottom) tray.scrollTop += cell.top - frame.top - 4;
  }
  tray.dataset.chosen = data.chosen;
  const moved = () => {
    const { pathname, search } = window.location;
    if (search && pathname.split("/").pop() === data.page) setTriggerValue("moved", search);
  };
  window.removeEventListener("popstate", parentElement.moved);
  window.addEventListener("popstate", moved);
  parentElement.moved = moved;
  return () => window.removeEventListener("popstate", moved);
}
"""
_thumbnails = st.components.v2.component("vizlib_tray", html=_HTML, css=_CSS, js=_JS)


def tray(here: Visit) -> None:
    """Draw the tray; a click, a drop or a removal changes the visit before the page is drawn."""
    _thumbnails(
        key="tray",
        data={
            "label": _("Image"),
            "page": here.page,
            "remove": _("Remove"),
            "chosen": here.shot().digest,
            "shots": tuple(  # in a list Streamlit would look for a table, which loads pandas before the first page
                {"digest": shot.digest, "name": shot.name, "source": shot.thumbnail, "uploaded": shot.uploaded}
                for shot in here.shots()
            ),
        },
        on_picked_change=lambda: _pick(here),
        on_removed_change=lambda: _remove(here),
        on_moved_change=lambda: _move(here),
    )
    coming(here)
    door(here, _("Add your own images"), name="upload")
    other_doors(here)
    if here.uploads.door != HOME:
        said(here)
    for note in here.shot().notes:
        st.caption(escape(note))


def _said(name: str) -> str:
    """What the tray reports; nothing when the browser has left the page at the same moment."""
    return (st.session_state.get("tray") or {}).get(name) or ""


def _pick(here: Visit) -> None:
    here.picture = _said("picked") or here.picture
    here.uploads.hush()


def _remove(here: Visit) -> None:
    here.uploads.remove(_said("removed"))


def _move(here: Visit) -> None:
    """The browser went back or forward on the same page, which follows its address."""
    moved = _said("moved")
    if moved:
        here.move(dict(parse_qsl(moved.removeprefix("?"))))
