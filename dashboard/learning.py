"""Learning curves: how loss and accuracy went, from a model's own history or from a person's table."""

import math
from pathlib import PurePath
from typing import Any

import streamlit as st

from dashboard.history import (
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
    drawn = curves(history, classes)
    config = {"showSendToCloud": False, "displaylogo": False, "displayModeBar": False}
    st.plotly_chart(drawn, key="chart learning", config=config, alt=alternative(history, classes))
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


def curves(history: History, classes: int) -> Any:
    """Loss and accuracy over the epochs; a line marks the loss of guessing evenly."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    measures = [m for m in ("loss", "accuracy") if any(name.endswith(m) for name in history.values)]
    titles = {"loss": _("Loss (cross entropy)"), "accuracy": _("Accuracy")}
    drawn = make_subplots(1, len(measures), subplot_titles=[titles[m] for m in measures], horizontal_spacing=0.09)
    names = {"train": _("training"), "heldout": _("held out")}
    for column, measure in enumerate(measures, start=1):
        for part, colour in COLOURS.items():
            values = history.values.get(f"{part}_{measure}")
            if values is not None:
                look = {"color": colour, "dash": "solid" if part == "train" else "dot", "width": 2}
                drawn.add_trace(
                    go.Scatter(
                        x=history.values["epoch"], y=values, name=names[part], legendgroup=part, line=look,
                        mode="lines+markers" if len(values) == 1 else "lines", showlegend=column == 1,
                        hovertemplate="%{x:g}: %{y:.4g}",
                    ),
                    row=1, col=column,
                )  # fmt: skip
        if measure == "loss":
            label = f"ln {classes} = {math.log(classes):.3g}"
            drawn.add_hline(math.log(classes), line={"color": "#808b90", "dash": "dash"}, annotation_text=label,
                            annotation_position="top right", row=1, col=column)  # fmt: skip
            drawn.update_yaxes(rangemode="tozero", row=1, col=column)
        else:
            drawn.update_yaxes(tickformat=".0%", row=1, col=column)
    clear = "rgba(0,0,0,0)"
    legend = {"orientation": "h", "y": -0.2, "x": 0, "yanchor": "top"}
    drawn.update_xaxes(title=_("Epoch"))
    drawn.update_layout(height=330, margin={"l": 46, "r": 8, "t": 30, "b": 60}, legend=legend)
    return drawn.update_layout(paper_bgcolor=clear, plot_bgcolor=clear)
