"""A picture to paint on: rectangles that can be moved, a brush, an eraser; it reports which pixels are covered."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.text import _
from vizlib.core.mask_text import covered_by, runs_of

KEY = "hide canvas"
_HTML = """
<div class="painter">
  <div class="row modes" role="group">
    <button type="button" data-mode="rectangle"></button>
    <button type="button" data-mode="brush"></button>
    <button type="button" data-mode="eraser"></button>
    <label class="size"><span></span><input type="range" min="1" max="40" value="10"></label>
  </div>
  <canvas tabindex="0" role="application"></canvas>
  <div class="row">
    <button type="button" data-act="undo"></button>
    <button type="button" data-act="clear"></button>
    <output aria-live="polite"></output>
  </div>
  <p class="keys"></p>
</div>
"""
_CSS = """
.painter { font-family: var(--st-font); color: var(--st-text-color); max-width: 36rem; display: grid; gap: .5rem;
           padding: 3px; }
.row { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; font-size: .9rem; }
button { font: inherit; color: inherit; cursor: pointer; min-height: 2.4rem; padding: .2rem .8rem;
         border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
         background: var(--st-background-color); }
button:hover { border-color: var(--st-primary-color); }
button[aria-pressed="true"] { border-color: var(--st-primary-color); color: var(--st-primary-color);
         font-weight: 600; box-shadow: inset 0 0 0 1px var(--st-primary-color); }
button:disabled { opacity: .45; cursor: default; }
.size { display: flex; align-items: center; gap: .4rem; margin-left: auto; }
.size.off { opacity: .45; }
.size input { accent-color: var(--st-primary-color); width: 7rem; min-height: 2.4rem; }
canvas { display: block; width: 100%; border-radius: 2px; touch-action: none; cursor: crosshair; }
canvas.erasing { cursor: cell; }
canvas:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--st-primary-color);
         outline-offset: 2px; }
output { margin-left: auto; font-variant-numeric: tabular-nums; }
.keys { margin: 0; font-size: .82rem; line-height: 1.4; color: light-dark(#566168, #a5b1b7); }
@media (pointer: coarse) { button { min-height: 2.75rem; } .keys { display: none; } }
"""
_JS = """
const PAUSE = 160;  // milliseconds between two reports while the pointer moves

function decode(runs, length) {
  const mask = new Uint8Array(length);
  let at = 0, on = 0;
  for (const run of runs ? runs.split(" ").map(Number) : []) {
    if (on) mask.fill(1, at, at + run);
    at += run;
    on = 1 - on;
  }
  return mask;
}

function encode(mask) {
  const runs = [];
  let on = 0, run = 0;
  for (const value of mask) {
    if (value === on) { run += 1; continue; }
    runs.push(run);
    on = value;
    run = 1;
  }
  if (on) runs.push(run);
  return runs.join(" ");
}

function painter(root) {
  const canvas = root.querySelector("canvas"), range = root.querySelector("input");
  const me = { mode: "rectangle", base: null, patch: null, past: [], pictures: {}, turn: 0, sent: 0 };
  const index = (x, y) => y * me.width + x;

  const covered = () => {
    const mask = me.base.slice();
    if (me.patch) {
      const { x, y, w, h } = me.patch;
      for (let row = Math.max(0, y); row < Math.min(me.height, y + h); row++)
        mask.fill(1, index(Math.max(0, x), row), index(Math.min(me.width, x + w), row));
    }
    return mask;
  };

  const settle = () => { me.base = covered(); me.patch = null; };
  const remember = () => {
    me.past.push({ base: me.base.slice(), patch: me.patch && { ...me.patch } });
    if (me.past.length > 50) me.past.shift();
  };

  const draw = () => {
    me.waiting = false;
    if (!me.base) return;
    const zoom = Math.max(1, Math.ceil(560 / me.width)), pen = canvas.getContext("2d"), mask = covered();
    const wide = me.width * zoom, tall = me.height * zoom;
    if (canvas.width !== wide || canvas.height !== tall) { canvas.width = wide; canvas.height = tall; }
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, wide, tall);
    if (me.pictures.whole) pen.drawImage(me.pictures.whole, 0, 0, wide, tall);
    const edge = new Path2D(), inside = new Path2D();
    let count = 0;
    for (let y = 0; y < me.height; y++) for (let x = 0; x < me.width; x++) {
      if (!mask[index(x, y)]) continue;
      count += 1;
      inside.rect(x * zoom, y * zoom, zoom, zoom);
      const line = (fromX, fromY, toX, toY) => {
        edge.moveTo(fromX * zoom, fromY * zoom); edge.lineTo(toX * zoom, toY * zoom);
      };
      if (!x || !mask[index(x - 1, y)]) line(x, y, x, y + 1);
      if (!y || !mask[index(x, y - 1)]) line(x, y, x + 1, y);
      if (x + 1 === me.width || !mask[index(x + 1, y)]) line(x + 1, y, x + 1, y + 1);
      if (y + 1 === me.height || !mask[index(x, y + 1)]) line(x, y + 1, x + 1, y + 1);
    }
    if (count) {
      pen.save();
      pen.clip(inside);
      if (me.pictures.filled) pen.drawImage(me.pictures.filled, 0, 0, wide, tall);
      else { pen.fillStyle = "#808080"; pen.fillRect(0, 0, wide, tall); }
      pen.restore();
      pen.lineWidth = 4; pen.strokeStyle = "#ffffff"; pen.stroke(edge);
      pen.lineWidth = 2; pen.strokeStyle = "#0b6b80"; pen.stroke(edge);
    }
    const share = (100 * count / mask.length).toFixed(1);
    root.querySelector("output").textContent = me.words.share.replace("{share}", share);
    root.querySelector("[data-act=undo]").disabled = !me.past.length;
    root.querySelector("[data-act=clear]").disabled = !count;
  };
  const soon = () => { if (!me.waiting) { me.waiting = true; requestAnimationFrame(draw); } };

  const tell = () => {
    clearTimeout(me.later);
    me.later = null;
    const runs = encode(covered()), held = Boolean(me.start);
    if (runs === me.told && held === me.toldHeld) return;
    me.told = runs;
    me.toldHeld = held;
    me.turn += 1;
    me.report({ picture: me.picture, runs, held, turn: me.turn });
  };
  const tellSoon = () => { if (!me.later) me.later = setTimeout(tell, PAUSE); };
  const changed = (now) => { soon(); if (now) tell(); else tellSoon(); };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * me.width, (event.clientY - box.top) / box.height * me.height];
  };

  const dab = (x, y) => {
    const radius = Math.max(0.71, range.value / 200 * me.width), value = me.mode === "brush" ? 1 : 0;
    for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(me.height, y + radius + 1); row++)
      for (let column = Math.max(0, Math.floor(x - radius)); column < Math.min(me.width, x + radius + 1); column++)
        if ((column + .5 - x) ** 2 + (row + .5 - y) ** 2 <= radius ** 2) me.base[index(column, row)] = value;
  };
  const stroke = ([fromX, fromY], [toX, toY]) => {
    const steps = Math.max(1, Math.ceil(Math.hypot(toX - fromX, toY - fromY)));
    for (let step = 1; step <= steps; step++)
      dab(fromX + (toX - fromX) * step / steps, fromY + (toY - fromY) * step / steps);
  };
  const within = ([x, y]) =>
    me.patch && x >= me.patch.x && y >= me.patch.y && x < me.patch.x + me.patch.w && y < me.patch.y + me.patch.h;
  const keepInside = () => {
    me.patch.x = Math.max(0, Math.min(me.width - me.patch.w, me.patch.x));
    me.patch.y = Math.max(0, Math.min(me.height - me.patch.h, me.patch.y));
  };
  const stretch = ([fromX, fromY], [toX, toY]) => {
    const low = (one, other) => Math.max(0, Math.floor(Math.min(one, other)));
    const high = (one, other, most) => Math.min(most, Math.ceil(Math.max(one, other)));
    const x = low(fromX, toX), y = low(fromY, toY);
    me.patch = { x, y, w: high(fromX, toX, me.width) - x, h: high(fromY, toY, me.height) - y };
  };

  canvas.onpointerdown = (event) => {
    if (event.button || !me.base) return;
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    remember();
    me.last = me.start = at;
    if (me.mode === "rectangle") {
      me.held = within(at) ? { ...me.patch } : null;
      if (!me.held) settle();
    } else {
      settle();
      dab(...at);
    }
    changed(false);
  };
  canvas.onpointermove = (event) => {
    canvas.style.cursor = me.mode === "rectangle" && within(place(event)) ? "move" : "";
    if (!me.start) return;
    const at = place(event);
    if (me.mode !== "rectangle") stroke(me.last, at);
    else if (me.held) {
      me.patch = { ...me.held, x: Math.round(me.held.x + at[0] - me.start[0]),
                   y: Math.round(me.held.y + at[1] - me.start[1]) };
      keepInside();
    } else stretch(me.start, at);
    me.last = at;
    changed(false);
  };
  const lift = () => {
    if (!me.start) return;
    me.start = me.held = null;
    if (me.patch && (me.patch.w < 1 || me.patch.h < 1)) me.patch = null;
    changed(true);
  };
  canvas.onpointerup = canvas.onpointercancel = lift;

  const resize = (by) => {
    me.patch.w = Math.max(1, Math.min(me.width, me.patch.w + by));
    me.patch.h = Math.max(1, Math.min(me.height, me.patch.h + by));
    me.patch.x -= Math.trunc(by / 2);
    me.patch.y -= Math.trunc(by / 2);
    keepInside();
  };
  canvas.onkeydown = (event) => {
    if (!me.base || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(me.width / 24));
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const sizes = { "+": step, "=": step, "-": -step, "_": -step };
    const known = moves[event.key] || sizes[event.key] || ["Enter", "Delete", "Backspace"].includes(event.key);
    if (!known) return;
    event.preventDefault();
    remember();
    const fresh = !me.patch;
    if (event.key === "Enter") settle();
    else if (event.key === "Delete" || event.key === "Backspace") me.patch = null;
    else if (fresh) {
      const w = Math.max(1, Math.round(me.width / 5)), h = Math.max(1, Math.round(me.height / 5));
      me.patch = { x: Math.round((me.width - w) / 2), y: Math.round((me.height - h) / 2), w, h };
    } else if (moves[event.key]) {
      me.patch.x += moves[event.key][0];
      me.patch.y += moves[event.key][1];
      keepInside();
    } else resize(sizes[event.key]);
    changed(false);
  };

  const choose = (mode) => {
    me.mode = mode;
    canvas.classList.toggle("erasing", mode === "eraser");
    root.querySelector(".size").classList.toggle("off", mode === "rectangle");
    range.disabled = mode === "rectangle";
    root.querySelectorAll("[data-mode]").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode)));
  };
  root.querySelectorAll("[data-mode]").forEach((button) => { button.onclick = () => choose(button.dataset.mode); });
  root.querySelector("[data-act=undo]").onclick = () => {
    const before = me.past.pop();
    if (before) { Object.assign(me, before); changed(true); }
  };
  root.querySelector("[data-act=clear]").onclick = () => {
    remember();
    me.base = new Uint8Array(me.width * me.height);
    me.patch = null;
    changed(true);
  };
  choose(me.mode);

  const load = (name, source) => {
    if (me.sources?.[name] === source) return;
    me.sources = { ...me.sources, [name]: source };
    if (!source) { me.pictures[name] = null; return; }
    const picture = new Image();
    picture.onload = () => { if (me.sources[name] === source) { me.pictures[name] = picture; soon(); } };
    picture.src = source;
  };

  me.follow = (data, report) => {
    me.report = report;
    me.words = data.words;
    const other = me.picture !== data.picture;
    if (other || me.stamp !== data.stamp) {
      if (me.base && !other) remember(); else me.past = [];
      Object.assign(me, { picture: data.picture, stamp: data.stamp, width: data.width, height: data.height });
      me.base = decode(data.runs, me.width * me.height);
      me.patch = null;
      me.told = encode(me.base);
      me.toldHeld = false;
    }
    load("whole", data.whole);
    load("filled", data.filled);
    for (const [name, word] of Object.entries(data.words.buttons))
      root.querySelector(`[data-mode=${name}], [data-act=${name}]`).textContent = word;
    root.querySelector(".size span").textContent = data.words.size;
    root.querySelector(".modes").setAttribute("aria-label", data.words.modes);
    root.querySelector(".keys").textContent = data.words.keys;
    canvas.setAttribute("aria-label", `${data.words.canvas} ${data.words.keys}`);
    soon();
  };
  return me;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".painter");
  root.me ??= painter(root);
  root.me.follow(data, (told) => setStateValue("painted", told));
}
"""
_painter = st.components.v2.component("vizlib_painter", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Easel:
    """What stands on the canvas.

    Attributes
    ----------
    picture : str
        Which picture it is; a report about another one is out of date.
    whole, filled : str
        Addresses of the picture and of the same all hidden; empty while the latter is not known.
    size : (int, int)
        Height and width of the mask.
    runs : str
        The mask that the page knows, as :func:`encoded`.
    stamp : int
        Counts the masks that did not come from the canvas: with another stamp it takes ``runs`` over.
    """

    picture: str
    whole: str
    filled: str
    size: tuple[int, int]
    runs: str
    stamp: int


def canvas(easel: Easel, take: Callable[[str, bool], None]) -> None:
    """Draw the canvas; what is painted goes to ``take`` before the page is drawn again.

    Parameters
    ----------
    easel : Easel
    take : callable
        ``take(runs, held)``: the mask as :func:`encoded`, and whether the pointer is still down.
    """
    _painter(
        key=KEY,
        data={
            "picture": easel.picture,
            "whole": easel.whole,
            "filled": easel.filled,
            "height": easel.size[0],
            "width": easel.size[1],
            "runs": easel.runs,
            "stamp": easel.stamp,
            "words": _words(),
        },
        on_painted_change=lambda: _report(easel.picture, take),
    )


def _report(picture: str, take: Callable[[str, bool], None]) -> None:
    said = (st.session_state.get(KEY) or {}).get("painted") or {}
    runs = said.get("runs") if said.get("picture") == picture else None
    if isinstance(runs, str):
        take(runs, bool(said.get("held")))


def encoded(mask: np.ndarray) -> str:
    """A mask as lengths of runs in reading order, uncovered and covered in turn; what follows the last is uncovered."""
    return " ".join(map(str, runs_of(mask)))


def decoded(runs: str, size: tuple[int, int]) -> np.ndarray:
    """The mask of :func:`encoded`; lengths that make no sense cover nothing beyond the picture."""
    return covered_by([int(word) for word in runs.split(" ") if word.isdecimal()], size)


def _words() -> dict[str, object]:
    return {
        "canvas": _("The picture as the network sees it, to hide parts of."),
        "modes": _("Tool"),
        "size": _("Width"),
        "share": _("{share} % hidden"),
        "keys": _(
            "Drag a rectangle; drag it again to move it. With the keyboard: arrows place and move a patch "
            "(Shift: by one pixel), + and - resize it, Enter fixes it, Delete removes it."
        ),
        "buttons": {
            "rectangle": _("Rectangle"),
            "brush": _("Brush"),
            "eraser": _("Eraser"),
            "undo": _("Undo"),
            "clear": _("Clear"),
        },
    }
