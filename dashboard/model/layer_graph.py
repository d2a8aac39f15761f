"""The graph of a model's layers on its page: which layer reads which; a click opens the layer or unfolds a block."""

import html
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.engine import Answer
from dashboard.inside import ask_model, under_way
from dashboard.take_away import take_away
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.figures.graph import WHOLE, in_blocks
from vizlib.inside.graph import INPUT, LayerGraph, Layout, blocks, layout

if TYPE_CHECKING:
    from vizlib.zoo.model import Model

ROW = 26  # pixels of one node
LANE, LANES_WIDE = 16, 168  # pixels between two ways, and of all of them together at most
_HTML = '<div class="graph"></div>'
_CSS = """
.graph { position: relative; max-height: 34rem; overflow: auto; font-family: var(--st-font); font-size: .85rem;
         color: var(--st-text-color); border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.graph .sheet { position: relative; padding: 6px 0; }
.graph svg { position: absolute; left: 0; top: 6px; pointer-events: none; z-index: 1; }
.graph path { fill: none; stroke: light-dark(#8a959b, #78858c); stroke-width: 1.5; }
.graph path.skip { stroke: light-dark(#0072b2, #6cb6e8); stroke-width: 2; }
.graph circle { fill: light-dark(#4a555b, #b6c1c6); }
.graph .join { fill: light-dark(#ffffff, #0e1417); stroke: light-dark(#0072b2, #6cb6e8); stroke-width: 2; }
.graph .plus { stroke: light-dark(#0072b2, #6cb6e8); stroke-width: 1.5; }
.graph .block { fill: light-dark(#d55e00, #ff9d5c); }
.graph .row { box-sizing: border-box; display: flex; gap: .6rem; align-items: center; width: 100%; height: 26px;
              border: 0; margin: 0; padding-block: 0; padding-right: .7rem; background: none; color: inherit;
              font: inherit; text-align: left; white-space: nowrap; }
.graph button.row { cursor: pointer; }
.graph button.row:hover { background: light-dark(#eaf0f2, #1d272c); }
.graph button.row:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: -3px; }
.graph [aria-pressed="true"] { background: light-dark(#d6e8ef, #17404d); font-weight: 650; }
.graph .name { overflow: hidden; text-overflow: ellipsis; min-width: 3.5rem; direction: rtl; text-align: left; }
.graph .name bdi { direction: ltr; }
.graph .kind, .graph .shape { color: light-dark(#566168, #a5b1b7); font-weight: 400; }
.graph .kind { overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; min-width: 2rem; }
.graph .shape { margin-left: auto; flex: none; font-variant-numeric: tabular-nums; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const graph = parentElement.querySelector(".graph");
  if (graph.dataset.shown !== data.graph) {
    graph.dataset.shown = data.graph;
    graph.innerHTML = data.graph;
    graph.querySelectorAll("button").forEach((row) => {
      row.onclick = () => setTriggerValue("chosen", row.dataset.name);
    });
  }
  let first = null;
  graph.querySelectorAll("button").forEach((row) => {
    const chosen = row.dataset.name === data.chosen;
    row.setAttribute("aria-pressed", chosen);
    if (chosen && !first) first = row;
  });
  if (first && graph.dataset.chosen !== data.chosen) {
    const top = first.offsetTop;
    if (top < graph.scrollTop || top > graph.scrollTop + graph.clientHeight - 30) graph.scrollTop = top - 80;
  }
  graph.dataset.chosen = data.chosen;
}
"""
_graph = st.components.v2.component("vizlib_layer_graph", html=_HTML, css=_CSS, js=_JS)


def ask_graph(here: Visit, slot: str = "inside/graph") -> LayerGraph | Job:
    """The graph of the model in view, or the job that follows an image through it."""
    key = ("layer graph", here.model_name())
    found: LayerGraph | None = here.answers.get(key)
    if found is not None:
        return found
    label = _("Graph of {model}").format(model=here.listed().name)
    job = here.engine.with_model(here.owner, slot, key, label, here.model_name(), _followed)
    if job.state != "done":
        return job
    here.answers.put(key, job.value)
    return job.value  # type: ignore[no-any-return]


def _followed(model: "Model", tick: Progress) -> LayerGraph:
    from vizlib.inside.flow import layer_graph

    tick(0, 1)
    return layer_graph(model)


def graph_of_layers(here: Visit, outcome: LayerGraph | Job, table: str, names: tuple[str, ...], chosen: str) -> None:
    """Draw the graph; a click on a layer chooses its row of the table.

    Parameters
    ----------
    here : Visit
    outcome : LayerGraph or Job
        The job is shown while it is under way; when it failed, why.
    table : str
        Key of the table.
    names : tuple of str
        Layers of the table, row by row.
    chosen : str
        The layer that is open.
    """
    if isinstance(outcome, Job):
        if outcome.state == "failed":
            st.caption(_("There is no graph of this model: {reason}").format(reason=escape(outcome.error)))
        else:
            under_way(here, outcome)
        return
    opened = _opened(here, outcome)
    key = f"graph {here.listed().name}"
    _graph(
        key=key,
        data={"graph": graph_html(in_blocks(outcome, opened), names), "chosen": chosen},
        on_chosen_change=lambda: _choose(st.session_state[key]["chosen"], here.listed().name, table, names),
    )
    st.caption(_("Blue: ways that part and meet again. A click opens the layer."))
    _files(here, outcome, opened)


def _files(here: Visit, graph: LayerGraph, opened: str | None) -> None:
    """The graph as a file and in the report, as soon as the table that its recipe makes is there."""
    table = ask_model(here, "inside/layers", "model_summary")
    if isinstance(table, Answer):
        title = _("Which layer of {model} reads which").format(model=here.listed().name)
        take_away("graph", table, {"graph": graph, "opened": opened}, title, pin=False)


def _opened(here: Visit, graph: LayerGraph) -> str | None:
    """Which block shows its layers; only networks that are too large to be shown whole have blocks."""
    if len(graph) <= WHOLE:
        return None
    found = blocks(graph)
    names = [name for name in dict.fromkeys(found) if found.count(name) > 1]
    return st.selectbox(
        _("Open a block"),
        names,
        index=None,
        placeholder=_("all closed"),
        key=f"block {here.listed().name}",
        persist_state="session",
    )


def _choose(name: str | None, model: str, table: str, names: tuple[str, ...]) -> None:
    """What a click means: a layer of the table, or a block to open."""
    if name in names:
        st.session_state[table] = {"selection": {"rows": [names.index(name)], "columns": [], "cells": []}}
    elif name:
        st.session_state[f"block {model}"] = name


def graph_html(graph: LayerGraph, names: tuple[str, ...] = ()) -> str:
    """One line a node, its ways at the left; layers among ``names`` and blocks can be clicked."""
    places = layout(graph)
    lane = min(LANE, LANES_WIDE / places.width)
    left = lane * places.width + 18
    rows = [_row(graph, node, left, set(names)) for node in range(len(graph))]
    ways = f'<svg width="{left:g}" height="{ROW * len(graph)}" aria-hidden="true">{_ways(graph, places, lane)}</svg>'
    words = html.escape(in_words(graph))
    return f'<div class="sheet" role="group" aria-label="{words}">{ways}{"".join(rows)}</div>'


def in_words(graph: LayerGraph) -> str:
    """The graph as a sentence."""
    parts = _("Graph of {nodes} nodes and {edges} connections; {joins} nodes join several ways.")
    return parts.format(nodes=len(graph), edges=len(graph.edges), joins=int(graph.joins.sum()))


def _row(graph: LayerGraph, node: int, left: float, names: set[str]) -> str:
    name, kind, members = graph.names[node], graph.kinds[node], int(graph.members[node])
    if kind == INPUT:
        name, kind = _("image"), ""
    elif members > 1:
        kind = _("{count} nodes").format(count=members)
    shape = " × ".join(map(str, graph.shapes[node]))
    cells = (("name", f"<bdi>{html.escape(name)}</bdi>"), ("kind", html.escape(kind)), ("shape", shape))
    inside = "".join(f'<span class="{part}">{text}</span>' for part, text in cells if text)
    style = f'class="row" style="padding-left: {left:g}px"'
    if members == 1 and (graph.joins[node] or name not in names):
        return f"<div {style}>{inside}</div>"
    title = html.escape(f"{name} {kind}", quote=True)
    return f'<button {style} data-name="{html.escape(name)}" title="{title}">{inside}</button>'


def _ways(graph: LayerGraph, places: Layout, lane: float) -> str:
    """Edges as lines that leave at once, pass in their lane and arrive at the end; then the nodes."""

    def x(number: int) -> str:
        return f"{12 + lane * number:g}"

    def y(row: float) -> str:
        return f"{ROW * (row + 0.5):g}"

    drawn = []
    for source, target, route in places.routes:
        down = 1 if target > source else -1
        over, before = source + down, target - down
        path = f"M{x(places.lanes[source])} {y(source)}"
        if source != before:
            path += _bend(x(places.lanes[source]), x(route), y(source + down / 2), y(over))
            path += f"V{y(before)}" + _bend(x(route), x(places.lanes[target]), y(before + down / 2), y(target))
        else:
            path += _bend(x(places.lanes[source]), x(places.lanes[target]), y(source + down / 2), y(target))
        aside = route or places.lanes[source] or places.lanes[target]
        drawn.append((bool(aside), f'<path class="{"skip" if aside else "way"}" d="{path}"/>'))
    dots = [_dot(graph, node, x(places.lanes[node]), y(node)) for node in range(len(graph))]
    return "".join(path for _aside, path in sorted(drawn)) + "".join(dots)


def _bend(start: str, end: str, middle: str, to: str) -> str:
    return f"V{to}" if start == end else f"C{start} {middle} {end} {middle} {end} {to}"


def _dot(graph: LayerGraph, node: int, x: str, y: str) -> str:
    if graph.joins[node]:
        cross = f'<path class="plus" d="M{float(x) - 4:g} {y}h8M{x} {float(y) - 4:g}v8"/>'
        return f'<circle class="join" cx="{x}" cy="{y}" r="6"/>{cross if graph.kinds[node] == "add" else ""}'
    if graph.members[node] > 1:
        return f'<rect class="block" x="{float(x) - 5:g}" y="{float(y) - 5:g}" width="10" height="10" rx="2"/>'
    return f'<circle cx="{x}" cy="{y}" r="{4.5 if graph.weighted[node] else 3:g}"/>'
