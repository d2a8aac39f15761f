"""Learning curves: how loss and accuracy went, from a model's own history or from a person's table."""

import math
from pathlib import PurePath
from typing import Any

import streamlit as st

from dashboard.model.history import (
    MOST_BYTES,
    History,
    alternative,
    first_loss_sentence,
    history_csv,
    last_sentence,
    read_history,
)
from dashboard.text import _, escape, safe_file_name
from dashboard.visit import Visit

COLOURS = {"train": "#0072b2", "heldout": "#d55e00"}
CLEAR = "rgba(0,0,0,0)"
FEW = 12  # epochs; so many are points as well
MEGABYTES = 8  # of a table of curves


def learning(here: Visit) -> None:
    """The curves of the model's own history, or of a table that a person brings."""
    st.subheader(_("How it learned"), anchor=False)
    st.fragment(_draw)(here)


def _draw(here: Visit) -> None:
    name, content = _source(here)
    if content is None:
        st.caption(_("This model brings no history. Add a table above to see its curves."))
        return
    try:
        history = read_history(content)
    except ValueError as error:
        st.error(escape(f"{name}: {error}"), icon=":material/block:")
        return
    classes = _class_count(here, name)
    loss = history.first_loss
    sentences = [first_loss_sentence(loss, classes) if loss is not None else "", last_sentence(history)]
    st.markdown(escape(" ".join(filter(None, sentences))))
    if not here.engine.ready.is_set():
        st.skeleton(height=300)
        return
    config = {"showSendToCloud": False, "displaylogo": False, "displayModeBar": False}
    measures = [m for m in ("loss", "accuracy") if any(name.endswith(m) for name in history.values)]
    for column, measure in zip(st.columns(len(measures), gap="large"), measures, strict=True):
        words = alternative(history, measure, classes)
        column.plotly_chart(curves(history, measure, classes), key=f"chart {measure}", config=config, alt=words)
    others = [f"{head} → {column}" for column, head in history.taken.items() if head != column]
    if others:
        st.caption(escape(_("Read as: {names}.").format(names=", ".join(others))))
    stem = safe_file_name(PurePath(name).stem)
    st.download_button(
        _("Curves (CSV)"),
        data=lambda: history_csv(history),
        file_name=f"{stem}.csv",
        mime="text/csv",
        key="download history",
        on_click="ignore",
    )


def _source(here: Visit) -> tuple[str, bytes | None]:
    """Name and content of the table: the person's for this model, else the model's own."""
    key = f"history of {here.listed().name}"
    turn = st.session_state.setdefault("history turn", 0)
    with st.expander(_("Curves of your own"), icon=":material/upload:"):
        file = st.file_uploader(
            _("A CSV with the columns epoch, train_loss, train_accuracy, heldout_loss, heldout_accuracy"),
            type=["csv", "tsv", "txt"],
            key=f"upload history {turn}",
            max_upload_size=MEGABYTES,
        )
        if file is not None:
            st.session_state[key] = (PurePath(file.name).name, bytes(file.getvalue()))
            st.session_state["history turn"] += 1
            st.rerun(scope="fragment")
        if key in st.session_state and st.button(_("Back to the model's own"), icon=":material/undo:"):
            del st.session_state[key]
            st.rerun(scope="fragment")
    if key in st.session_state:
        name, content = st.session_state[key]
        st.caption(escape(name))
        return name, content
    return f"history of {here.listed().name}", _own(here)


def _own(here: Visit) -> bytes | None:
    folder = here.listed().folder
    file = folder / "history.csv" if folder else None
    return file.read_bytes() if file and file.is_file() and file.stat().st_size <= MOST_BYTES else None


def _class_count(here: Visit, name: str) -> int:
    """Number of classes: the model's, unless the curves are of another one."""
    sight = here.sight()
    known = max(2, len(sight.labels)) if sight else 10
    if f"history of {here.listed().name}" not in st.session_state:
        return known
    return int(st.number_input(_("Classes"), 2, 1_000_000, known, key=f"classes of {name}", width=160))


def curves(history: History, measure: str, classes: int) -> Any:
    """Loss or accuracy over the epochs; beside the loss, a line marks that of guessing evenly."""
    import plotly.graph_objects as go

    drawn = go.Figure()
    names = {"train": _("training"), "heldout": _("held out")}
    for part, dash in (("train", "solid"), ("heldout", "dot")):
        values = history.values.get(f"{part}_{measure}")
        if values is not None:
            mode = "lines+markers" if len(values) <= FEW else "lines"
            line = {"color": COLOURS[part], "dash": dash, "width": 2}
            place = {"x": history.values["epoch"], "y": values, "name": names[part]}
            drawn.add_trace(go.Scatter(**place, mode=mode, line=line, hovertemplate="%{x:g}: %{y:.4g}"))
    if measure == "loss":
        text = f"ln {classes} = {math.log(classes):.3g}"
        line = {"color": "#808b90", "dash": "dash"}
        drawn.add_hline(math.log(classes), line=line, annotation_text=text, annotation_position="top right")
    title = {"loss": _("Loss (cross entropy)"), "accuracy": _("Accuracy")}[measure]
    drawn.update_yaxes(title=title, rangemode="tozero" if measure == "loss" else "normal")
    drawn.update_yaxes(tickformat=".0%" if measure == "accuracy" else "")
    drawn.update_xaxes(title=_("Epoch"))
    legend = {"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"}
    drawn.update_layout(height=310, margin={"l": 8, "r": 8, "t": 30, "b": 8}, legend=legend, showlegend=True)
    return drawn.update_layout(paper_bgcolor=CLEAR, plot_bgcolor=CLEAR)
