"""The cut through a landscape goes where the pointer rests."""

from collections.abc import Callable

import streamlit as st

_JS = """
const REST = 120;  // milliseconds on a node before the cut moves there

export default function ({ data, setTriggerValue }) {
  let timer = 0, plot = null;
  const node = (point) =>
    Array.isArray(point?.pointNumber) ? point.pointNumber[0] * data.columns + point.pointNumber[1] : point?.pointNumber;
  const over = (event) => {
    const found = node(event.points?.[0]);
    clearTimeout(timer);
    if (!Number.isInteger(found) || found === data.node) return;
    timer = setTimeout(() => setTriggerValue("rested", found), REST);
  };
  const away = () => clearTimeout(timer);
  const leave = () => {
    plot?.removeListener?.("plotly_hover", over);
    plot?.removeListener?.("plotly_unhover", away);
  };
  const find = () => {  // a chart that is drawn anew is another element
    const found = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    if (found === plot || !found?.on) return;
    leave();
    plot = found;
    plot.on("plotly_hover", over);
    plot.on("plotly_unhover", away);
  };
  find();
  const watch = setInterval(find, 400);
  return () => { clearInterval(watch); away(); leave(); };
}
"""
_listener = st.components.v2.component("vizlib_pointer", js=_JS)


def follow_pointer(chart: str, node: int, columns: int, take: Callable[[int], None]) -> None:
    """Report the node that the pointer rests on.

    Parameters
    ----------
    chart : str
        Key of a Plotly chart of contours with a point for every node.
    node : int
        Where the cut is, counted row by row.
    columns : int
        Nodes in a row.
    take : callable
        Gets the node.
    """
    key = f"{chart} pointer"
    _listener(
        key=key,
        data={"chart": chart.replace(" ", "-"), "node": node, "columns": columns},
        on_rested_change=lambda: _rested(key, take),
    )


def _rested(key: str, take: Callable[[int], None]) -> None:
    node = (st.session_state.get(key) or {}).get("rested")
    if isinstance(node, int):
        take(node)
