"""The other ways to bring pictures: a folder, the camera, and the clipboard."""

import base64
import binascii
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import streamlit as st

from dashboard.intake.door import door, take
from dashboard.text import _
from dashboard.visit import Visit

MOST_PASTED = 20  # pictures of one paste
LARGEST_PASTE = 24 << 20  # bytes of all pictures of one paste
CAMERA = 300  # pixels, such that the picture and its button fit on a phone
_HTML = '<button type="button" class="paste"></button>'
_CSS = """
.paste { height: 2.5rem; padding: 0 .7rem; border: 1px solid var(--st-border-color); cursor: pointer; width: 100%;
         border-radius: var(--st-button-radius, var(--st-base-radius)); background: light-dark(#ffffff, transparent);
         color: var(--st-text-color); font: 400 .93rem var(--st-font); white-space: nowrap; }
.paste:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.paste:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.title = data.hint;
  const source = (blob) => new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
  const send = async (blobs) => {
    const pictures = blobs.slice(0, data.most);
    const large = pictures.reduce((sum, blob) => sum + blob.size, 0) > data.largest;
    if (large || !pictures.length) return setTriggerValue("missed", large ? "large" : "none");
    const sources = await Promise.all(pictures.map(source));
    const named = sources.map((one, index) => ({ name: pictures[index].name || "", source: one }));
    setTriggerValue("pasted", { moment: Date.now(), pictures: named });
  };
  const pasted = (event) => {
    const files = [...(event.clipboardData?.files || [])].filter((file) => file.type.startsWith("image/"));
    const writing = event.composedPath().some((one) => one.isContentEditable || /^(INPUT|TEXTAREA)$/.test(one.tagName));
    if (!files.length || (writing && event.clipboardData.types.includes("text/plain"))) return;
    event.preventDefault();
    send(files);
  };
  button.onclick = async () => {
    try {
      const blobs = [];
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((one) => one.startsWith("image/"));
        if (type) blobs.push(await item.getType(type));
      }
      await send(blobs);
    } catch {
      setTriggerValue("missed", "forbidden");
    }
  };
  document.removeEventListener("paste", parentElement.pasted);
  document.addEventListener("paste", pasted);
  parentElement.pasted = pasted;
  return () => document.removeEventListener("paste", pasted);
}
"""
_clipboard = st.components.v2.component("vizlib_paste", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Sent:
    """A picture that came from the clipboard or the camera."""

    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


def other_doors(here: Visit) -> None:
    """Draw the row of other ways; the camera is asked for only when its door is open."""
    with st.container(horizontal=True, gap="xsmall", key="doors"):
        with st.popover(_("Folder"), key=f"folder door {st.session_state.get('turn of folder', 0)}", width="stretch"):
            door(here, _("A folder of images"), name="folder", folder=True)
        _camera(here)
        _clipboard(
            key="paste",
            data={
                "label": _("Paste"),
                "hint": _missed("forbidden"),
                "most": MOST_PASTED,
                "largest": LARGEST_PASTE,
            },
            on_pasted_change=lambda: _paste(here),
            on_missed_change=lambda: _miss(here),
        )


def _camera(here: Visit) -> None:
    turn = st.session_state.get("turn of camera", 0)
    popover = st.popover(_("Camera"), key=f"camera door {turn}", width="stretch", on_change="rerun")
    if not popover.open:
        return
    key = f"camera {turn}"
    with popover:
        st.camera_input(_("Take a photo"), key=key, width=CAMERA, on_change=lambda: _photograph(here, key))


def _photograph(here: Visit, key: str) -> None:
    photo = st.session_state[key]
    if photo is not None:
        number = st.session_state.get("turn of camera", 0) + 1
        name = _("Photo {number}").format(number=number)
        take(here, [Sent(name, photo.getvalue())], name="camera")


def _paste(here: Visit) -> None:
    """Take what the clipboard held; nothing that a browser sends is believed to be a picture before it is read."""
    files = pasted(_told("pasted"))
    if files:
        take(here, files, name="paste")


def _miss(here: Visit) -> None:
    here.uploads.door = "paste"
    here.uploads.said, here.uploads.refused = _missed(str(_told("missed"))), []


def _told(name: str) -> Any:
    """What the component reports; nothing when the browser has left the page at the same moment."""
    return (st.session_state.get("paste") or {}).get(name)


def _missed(why: str) -> str:
    """What to do when the clipboard gave no picture."""
    return {
        "none": _("There is no picture in the clipboard: copy one first."),
        "large": _("The copied pictures are larger than 24 MB: save them and drop the files here."),
    }.get(why, _("Copy a picture, then press Ctrl+V or ⌘V anywhere on the page."))


def pasted(message: Any) -> list[Sent]:
    """The files in a message of the component; anything else in it is dropped."""
    pictures = message.get("pictures") if isinstance(message, dict) else None
    found = [_sent(one) for one in pictures[:MOST_PASTED]] if isinstance(pictures, list) else []
    whole = [one for one in found if one is not None]
    return whole if sum(len(one.content) for one in whole) <= LARGEST_PASTE else []


def _sent(picture: Any) -> Sent | None:
    if not isinstance(picture, dict):
        return None
    header, comma, content = str(picture.get("source", "")).partition(",")
    if not (comma and header.startswith("data:image/") and header.endswith(";base64")):
        return None
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Sent(PurePath(str(picture.get("name", ""))[:200]).name or _("Pasted picture"), decoded)
