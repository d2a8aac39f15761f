"""What the map of :mod:`dashboard.space.canvas` is in the browser: its page, its rules and its program."""

HTML = """
<div class="space">
  <div class="row" role="group">
    <button type="button" data-tool="point"></button>
    <button type="button" data-tool="lasso"></button>
    <button type="button" data-tool="box"></button>
    <button type="button" data-tool="move"></button>
    <button type="button" data-act="whole"></button>
    <label class="size"><span></span><input type="range" min="4" max="72" value="8"></label>
  </div>
  <div class="stage"><canvas tabindex="0" role="application"></canvas><div class="over"><canvas></canvas></div>
    <div class="tip" hidden><canvas class="face"></canvas><p></p></div></div>
  <div class="legend"></div>
</div>
"""
CSS = """
.space { font-family: var(--st-font); color: var(--st-text-color); display: grid; gap: .5rem; padding: 3px; }
.row, .legend { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; font-size: .88rem; }
button { font: inherit; color: inherit; cursor: pointer; min-height: 2.2rem; padding: .15rem .7rem;
         border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
         background: var(--st-background-color); }
button:hover { border-color: var(--st-primary-color); }
button[aria-pressed="true"] { border-color: var(--st-primary-color); color: var(--st-primary-color); font-weight: 600;
         box-shadow: inset 0 0 0 1px var(--st-primary-color); }
.size { display: flex; align-items: center; gap: .4rem; margin-left: auto; }
.size input { accent-color: var(--st-primary-color); width: 7rem; }
.stage { position: relative; }
.stage > canvas { display: block; width: 100%; border: 1px solid var(--st-border-color); box-sizing: border-box;
         border-radius: var(--st-base-radius); cursor: crosshair; background: light-dark(#ffffff, #12181b); }
.over { position: absolute; inset: 1px; pointer-events: none; }
.over canvas { display: block; width: 100%; height: 100%; }
button:focus-visible, canvas:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.tip { position: absolute; pointer-events: none; z-index: 5; display: flex; gap: .5rem; align-items: center;
         max-width: 20rem; padding: .4rem; border-radius: var(--st-base-radius); font-size: .82rem; line-height: 1.35;
         background: var(--st-background-color); border: 1px solid var(--st-border-color);
         box-shadow: 0 2px 10px rgb(0 0 0 / .2); }
.tip[hidden] { display: none; }
.tip { color: var(--st-text-color); }
.tip p { margin: 0; white-space: pre-line; overflow-wrap: anywhere; }
.face { flex: none; width: 84px; height: 84px; image-rendering: pixelated; }
.legend button { min-height: 0; border: 0; padding: .1rem .35rem; background: none; display: flex; gap: .35rem;
         align-items: center; font-size: .84rem; box-shadow: none; }
.legend svg { width: .85rem; height: .85rem; flex: none; }
.legend .bar { width: 9rem; height: .7rem; border-radius: 2px; }
.legend .off { opacity: .35; }
@media (pointer: coarse) { button, .legend button { min-height: 2.75rem; } }
"""
JS = """
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;

const LINK = "vizlib_space";  // said to the other maps of the page
const SHEETS = new Map(), NAMES = new Map();  // large, so each is sent once

function shape(pen, kind, x, y, r) {
  pen.beginPath();
  if (kind === 1) pen.rect(x - r * .88, y - r * .88, r * 1.76, r * 1.76);
  else if (kind === 2) for (const [a, b] of [[0, -1.2], [1.1, .85], [-1.1, .85]]) pen.lineTo(x + r * a, y + r * b);
  else if (kind === 3) for (const [a, b] of [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]])
    pen.lineTo(x + r * a, y + r * b);
  else pen.arc(x, y, r, 0, 7);
  pen.closePath();
}

function mapper(root) {
  const canvas = root.querySelector(".stage > canvas"), over = root.querySelector(".over canvas");
  const tip = root.querySelector(".tip"), range = root.querySelector("input"), face = tip.querySelector(".face");
  const coarse = matchMedia("(pointer: coarse)").matches;
  const me = { tool: "point", zoom: 1, x: 0, y: 0, yaw: .6, pitch: .35, path: null, turn: 0, off: new Set() };
  const size = () => [canvas.clientWidth, canvas.clientHeight];

  const project = () => {
    const [wide, tall] = size(), n = me.n, at = me.now, deep = me.dims === 3;
    me.sx = me.sx?.length === n ? me.sx : new Float32Array(n);
    me.sy = me.sy?.length === n ? me.sy : new Float32Array(n);
    me.depth = deep ? (me.depth?.length === n ? me.depth : new Float32Array(n)) : null;
    const [cy, sy, cp, sp] = [Math.cos(me.yaw), Math.sin(me.yaw), Math.cos(me.pitch), Math.sin(me.pitch)];
    const pad = Math.max(24, (me.faces ? me.usual : 0) / 2 + 10), fit = me.box;
    const unit = me.zoom * (deep ? Math.min(wide, tall) / 2 - pad
      : Math.min((wide - 2 * pad) / fit.w, (tall - 2 * pad) / fit.h));
    for (let i = 0; i < n; i++) {
      let a, b;
      if (deep) {
        const x = (at[3 * i] - fit.x) / fit.r, y = (at[3 * i + 1] - fit.y) / fit.r, z = (at[3 * i + 2] - fit.z) / fit.r;
        a = x * cy + z * sy;
        const back = z * cy - x * sy;
        b = y * cp - back * sp;
        me.depth[i] = back * cp + y * sp;
      } else { a = at[2 * i] - fit.x; b = at[2 * i + 1] - fit.y; }
      me.sx[i] = wide / 2 + a * unit + me.x;
      me.sy[i] = tall / 2 - b * unit + me.y;
    }
  };

  const bounds = (at) => {
    const low = [1e30, 1e30, 1e30], high = [-1e30, -1e30, -1e30];
    for (let i = 0; i < at.length; i++) {
      const axis = i % me.dims;
      low[axis] = Math.min(low[axis], at[i]);
      high[axis] = Math.max(high[axis], at[i]);
    }
    const mid = low.map((value, axis) => (value + high[axis]) / 2), span = low.map((value, axis) => high[axis] - value);
    return { x: mid[0], y: mid[1], z: mid[2], w: span[0] || 1, h: span[1] || 1,
             r: Math.max(...span) / 2 * 1.12 || 1 };
  };

  const seen = (i) => !me.off.size || !me.off.has(me.colour[i]);
  const cell = (i) => [(i % me.columns) * me.cell, Math.floor(i / me.columns) * me.cell, me.cell, me.cell];

  const cleared = (paper) => {
    const [wide, tall] = size(), ratio = devicePixelRatio || 1, pen = paper.getContext("2d");
    if (paper.width !== Math.round(wide * ratio) || paper.height !== Math.round(tall * ratio)) {
      paper.width = Math.round(wide * ratio); paper.height = Math.round(tall * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, tall);
    return pen;
  };
  const span = () => Number(range.value) * (me.faces && me.sheet ? Math.min(3, Math.sqrt(me.zoom)) : 1);
  const ring = (pen, i, colour, extra) => {
    const side = span();
    pen.lineWidth = 2; pen.strokeStyle = colour;
    pen.beginPath(); pen.arc(me.sx[i], me.sy[i], (me.faces && me.sheet ? side * .72 : side / 2) + extra, 0, 7);
    pen.stroke();
  };

  const draw = () => {
    me.waiting = false;
    if (!me.now) return;
    const [wide, tall] = size(), pen = cleared(canvas);
    project();
    const faces = me.faces && me.sheet, side = span(), r = side / 2, picked = me.picked.size > 0;
    const order = me.depth ? me.order.slice().sort((i, j) => me.depth[i] - me.depth[j])
      : picked ? [...me.order.filter((i) => !me.picked.has(i)), ...me.order.filter((i) => me.picked.has(i))] : me.order;
    const ink = getComputedStyle(root).color, edge = getComputedStyle(tip).color;
    pen.imageSmoothingEnabled = side < me.cell;
    for (const i of order) {
      const x = me.sx[i], y = me.sy[i];
      if (x < -side || y < -side || x > wide + side || y > tall + side) continue;
      const near = me.depth ? .55 + .45 * (me.depth[i] + 1) / 2 : faces ? 1 : .82;
      pen.globalAlpha = !seen(i) ? .05 : picked && !me.picked.has(i) ? .18 : near;
      if (faces && i < me.pictured) {
        pen.drawImage(me.sheet, ...cell(i), x - r, y - r, side, side);
        if (me.framed && side > 9) {
          pen.lineWidth = Math.max(1.2, side / 16); pen.strokeStyle = me.palette[me.colour[i]];
          pen.strokeRect(x - r, y - r, side, side);
        }
        continue;
      }
      pen.fillStyle = me.palette[me.colour[i]];
      shape(pen, me.kinds[me.colour[i]] || 0, x, y, faces ? Math.min(r, 5) : r);
      pen.fill();
      if (r > 3) { pen.lineWidth = .7; pen.globalAlpha *= .4; pen.strokeStyle = edge; pen.stroke(); }
    }
    pen.globalAlpha = 1;
    const ground = getComputedStyle(canvas).backgroundColor;
    for (const [from, to] of me.links) {
      pen.lineWidth = 1.2; pen.strokeStyle = ink; pen.globalAlpha = .55;
      pen.beginPath(); pen.moveTo(me.sx[from], me.sy[from]); pen.lineTo(me.sx[to], me.sy[to]); pen.stroke();
      pen.globalAlpha = 1;
    }
    for (const i of me.landed) {
      ring(pen, i, ink, 3);
      pen.font = "600 12px " + (getComputedStyle(root).fontFamily || "sans-serif"); pen.fillStyle = ink;
      pen.lineWidth = 4; pen.strokeStyle = ground; pen.lineJoin = "round";
      pen.strokeText(me.names[i].split("\\n")[0].slice(0, 24), me.sx[i] + side * .5 + 8, me.sy[i] + 4);
      pen.fillText(me.names[i].split("\\n")[0].slice(0, 24), me.sx[i] + side * .5 + 8, me.sy[i] + 4);
    }
    if (me.chosen !== null && me.chosen < me.n) ring(pen, me.chosen, ink, 4);
    mark();
  };
  const mark = () => {  // over the points, which need not be drawn again for what follows the pointer
    me.marking = false;
    if (!me.sx) return;
    const pen = cleared(over), ink = getComputedStyle(root).color;
    if (me.under !== null && me.under < me.n) ring(pen, me.under, ink, 2);
    if (me.path) {
      pen.lineWidth = 1.5; pen.strokeStyle = ink; pen.fillStyle = ink; pen.setLineDash([5, 4]);
      pen.beginPath();
      me.path.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath(); pen.stroke(); pen.globalAlpha = .07; pen.fill(); pen.globalAlpha = 1; pen.setLineDash([]);
    }
  };
  const soon = () => { if (!me.waiting) { me.waiting = true; requestAnimationFrame(draw); } };
  const markSoon = () => { if (!me.waiting && !me.marking) { me.marking = true; requestAnimationFrame(mark); } };

  const glide = (to) => {
    const from = me.now, begun = performance.now();
    me.target = to;
    const step = (time) => {
      if (me.target !== to) return;
      const t = Math.min(1, (time - begun) / 450), s = t * t * (3 - 2 * t);
      me.now = s < 1 ? Float32Array.from(to, (value, k) => from[k] + (value - from[k]) * s) : to;
      me.box = bounds(me.now);
      draw();
      if (t < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };

  const place = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const nearest = ([x, y]) => {
    const reach = Math.max(me.faces ? Number(range.value) * .7 : 9, coarse ? 22 : 9);
    let best = null, least = reach * reach;
    for (let i = 0; i < me.n; i++) {
      if (!seen(i)) continue;
      const d = (me.sx[i] - x) ** 2 + (me.sy[i] - y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    return best;
  };
  const hover = (at) => {
    const i = at ? nearest(at) : null;
    if (i !== me.under) { me.under = i; markSoon(); link({ under: i }); }
    tip.hidden = i === null;
    if (i === null) return;
    tip.querySelector("p").textContent = me.names[i];
    face.hidden = !me.sheet || i >= me.pictured;
    face.style.display = face.hidden ? "none" : "";
    if (!face.hidden) {
      face.width = face.height = me.cell;
      face.getContext("2d").drawImage(me.sheet, ...cell(i), 0, 0, me.cell, me.cell);
    }
    const [wide] = size(), left = me.sx[i] > wide / 2;
    tip.style.left = left ? "" : `${me.sx[i] + 16}px`;
    tip.style.right = left ? `${wide - me.sx[i] + 16}px` : "";
    tip.style.top = `${Math.max(4, me.sy[i] - 40)}px`;
  };

  const inside = (x, y) => {
    let odd = false;
    for (let i = 0, j = me.path.length - 1; i < me.path.length; j = i++) {
      const [xi, yi] = me.path[i], [xj, yj] = me.path[j];
      if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) odd = !odd;
    }
    return odd;
  };
  const link = (what) => dispatchEvent(new CustomEvent(LINK, { detail: { from: me, of: me.of, ...what } }));
  const tell = (what) => { me.turn += 1; me.report({ of: me.of, turn: me.turn, ...what }); link(what); };
  const hear = ({ detail }) => {  // what happens in another map of the same images
    if (!root.isConnected) removeEventListener(LINK, hear);
    else if (detail.from !== me && detail.of === me.of && me.now) {
      if ("under" in detail) { me.under = detail.under < me.n ? detail.under : null; tip.hidden = true; markSoon(); }
      if (detail.selected) { me.picked = new Set(detail.selected); soon(); }
      if ("clicked" in detail && detail.clicked < me.n) { me.chosen = detail.clicked; soon(); }
    }
  };

  canvas.onpointerdown = (event) => {
    if (event.button || !me.now) return;
    const at = place(event);
    me.start = me.last = at;
    me.walked = 0;
    if (me.tool === "point" && !(me.dims === 3) && !event.shiftKey) return;
    canvas.setPointerCapture(event.pointerId);
    me.drawing = event.shiftKey ? "lasso" : me.tool === "point" ? "move" : me.tool;
    if (me.drawing !== "move") me.path = [at];
  };
  canvas.onpointermove = (event) => {
    const at = place(event);
    if (!me.start) { hover(at); return; }
    me.walked += Math.hypot(at[0] - me.last[0], at[1] - me.last[1]);
    if (me.drawing === "lasso") me.path.push(at);
    else if (me.drawing === "box") me.path = [me.start, [at[0], me.start[1]], at, [me.start[0], at[1]]];
    else if (me.drawing === "move") {
      const dx = at[0] - me.last[0], dy = at[1] - me.last[1];
      if (me.dims === 3 && !event.ctrlKey) {
        me.yaw += dx / 150;
        me.pitch = Math.max(-1.5, Math.min(1.5, me.pitch + dy / 150));
      } else { me.x += dx; me.y += dy; }
    }
    me.last = at;
    if (me.drawing) { tip.hidden = true; me.under = null; me.path ? markSoon() : soon(); }
  };
  const lift = (event) => {
    if (!me.start) return;
    const at = me.last, walked = me.walked, path = me.path, tool = me.drawing;
    if (path && path.length > 2 && walked > 8) {
      const found = [];
      for (let i = 0; i < me.n; i++) if (seen(i) && inside(me.sx[i], me.sy[i])) found.push(i);
      me.picked = new Set(found);
      tell({ selected: found });
    } else if (walked < 6 && event.type === "pointerup") {
      const i = nearest(at);
      if (i !== null) { me.chosen = i; tell({ clicked: i }); }
      else if (me.picked.size) { me.picked = new Set(); tell({ selected: [] }); }
    }
    me.start = me.path = me.drawing = null;
    soon();
  };
  canvas.onpointerup = canvas.onpointercancel = lift;
  canvas.onpointerleave = () => { if (!me.start) hover(null); };
  const zoom = (factor, [x, y]) => {
    const [wide, tall] = size(), before = me.zoom;
    me.zoom = Math.max(.5, Math.min(60, me.zoom * factor));
    const share = me.zoom / before;
    me.x = x - wide / 2 - (x - wide / 2 - me.x) * share;
    me.y = y - tall / 2 - (y - tall / 2 - me.y) * share;
    soon();
  };
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !me.entered) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), place(event));
  }, { passive: false });
  canvas.onfocus = () => { me.entered = true; };
  canvas.onblur = () => { me.entered = false; };
  canvas.ondblclick = (event) => zoom(2, place(event));
  canvas.onkeydown = (event) => {
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    const [wide, tall] = size();
    if (moves[event.key]) { me.x += moves[event.key][0]; me.y += moves[event.key][1]; }
    else if (event.key === "+" || event.key === "=") zoom(1.4, [wide / 2, tall / 2]);
    else if (event.key === "-") zoom(1 / 1.4, [wide / 2, tall / 2]);
    else if (event.key === "Escape" && me.picked.size) { me.picked = new Set(); tell({ selected: [] }); }
    else return;
    event.preventDefault();
    soon();
  };

  const choose = (tool) => {
    me.tool = tool;
    canvas.style.touchAction = tool === "point" && me.dims !== 3 ? "pan-y" : "none";
    canvas.style.cursor = tool === "move" ? "grab" : tool === "point" ? "default" : "crosshair";
    root.querySelectorAll("[data-tool]").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool)));
  };
  root.querySelectorAll("[data-tool]").forEach((button) => { button.onclick = () => choose(button.dataset.tool); });
  root.querySelector("[data-act=whole]").onclick = () => {
    Object.assign(me, { zoom: 1, x: 0, y: 0, yaw: .6, pitch: .35 });
    me.off.clear();
    legend();
    soon();
  };
  range.oninput = soon;

  const made = (tag) => document.createElement(tag);
  const drawn = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const marks = ["M7 1a6 6 0 1 0 .01 0z", "M2 2h10v10H2z", "M7 1l6.5 11.5H.5z", "M7 0l6 7-6 7-6-7z"];
  const legend = () => {
    const box = root.querySelector(".legend");
    box.replaceChildren();
    if (me.scale) {
      const bar = made("span"), low = made("span"), high = made("span");
      bar.className = "bar";
      bar.style.background = `linear-gradient(to right, ${me.scale.colours.join(", ")})`;
      low.textContent = `${me.scale.title} ${me.scale.low}`;
      high.textContent = me.scale.high;
      box.append(low, bar, high);
    }
    me.entries.forEach(({ label, index }) => {
      const button = made("button"), svg = drawn("svg"), path = drawn("path");
      svg.setAttribute("viewBox", "0 0 14 14");
      path.setAttribute("d", marks[me.kinds[index] || 0]);
      path.setAttribute("fill", me.palette[index]);
      svg.append(path);
      button.type = "button";
      button.title = me.words.toggle;
      button.className = me.off.has(index) ? "off" : "";
      button.setAttribute("aria-pressed", String(!me.off.has(index)));
      button.append(svg, label);
      button.onclick = () => { me.off.has(index) ? me.off.delete(index) : me.off.add(index); legend(); soon(); };
      box.append(button);
    });
  };

  const fitHeight = () => {
    canvas.style.height = `${Math.round(Math.max(320, Math.min(680, canvas.clientWidth * .68)))}px`;
    soon();
  };
  new ResizeObserver(fitHeight).observe(root);

  me.follow = (data, report) => {
    me.report = report;
    addEventListener(LINK, hear);
    if (data.names.length) NAMES.set(data.names_name, data.names);
    if (NAMES.size > 3) NAMES.delete(NAMES.keys().next().value);
    const names = NAMES.get(data.names_name);
    const fresh = me.of !== data.of || me.n !== data.count || me.dims !== data.dims;
    if (fresh) Object.assign(me, { zoom: 1, x: 0, y: 0, chosen: null, under: null, first: false }), (tip.hidden = true);
    if (me.paletteOf !== data.palette_of) { me.off.clear(); me.paletteOf = data.palette_of; }
    me.names = names ?? Array(data.count).fill("");
    Object.assign(me, { of: data.of, n: data.count, dims: data.dims, palette: data.palette,
      kinds: data.kinds, colour: bytes(data.colour), columns: data.columns, cell: data.cell, pictured: data.pictured,
      links: data.links, landed: data.landed, faces: data.faces, framed: data.framed, scale: data.scale,
      entries: data.entries, words: data.words, picked: new Set(data.selected), chosen: data.chosen });
    if (me.order?.length !== me.n) me.order = Array.from({ length: me.n }, (_, i) => i);
    if (data.points !== me.pointsText) {
      const to = floats(data.points);
      me.pointsText = data.points;
      if (!fresh && me.now && me.now.length === to.length && !STILL) glide(to);
      else { me.now = me.target = to; me.box = bounds(to); }
    }
    if (data.sheet) SHEETS.set(data.sheet_name, data.sheet);
    if (SHEETS.size > 3) SHEETS.delete(SHEETS.keys().next().value);
    const source = SHEETS.get(data.sheet_name);
    if ((data.sheet_name && !source) || (data.names_name && !names)) tell({ lost: data.sheet_name || data.names_name });
    if (me.source !== source) {
      me.source = source;
      me.sheet = null;
      if (source) {
        const picture = new Image();
        picture.onload = () => { if (me.source === source) { me.sheet = picture; soon(); } };
        picture.src = source;
      }
    }
    const narrow = Math.sqrt(Math.min(1, (canvas.clientWidth || 1000) / 1000));
    const usual = Math.max(4, Math.round((data.faces ? data.face : data.dot) * narrow));
    if (me.usual !== usual) { me.usual = usual; range.value = usual; }
    for (const [name, word] of Object.entries(data.words.buttons))
      root.querySelector(`[data-tool=${name}], [data-act=${name}]`).textContent = word;
    root.querySelector(".size span").textContent = data.words.size;
    range.setAttribute("aria-label", data.words.size);
    canvas.setAttribute("aria-label", data.words.alternative);
    legend();
    fitHeight();
  };
  choose("point");
  return me;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".space");
  root.me ??= mapper(root);
  root.me.follow(data, (told) => setStateValue("told", told));
}
"""
