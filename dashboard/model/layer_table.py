"""The table of a model's layers, and what each of them costs."""

import csv
import io
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.export import recipe_lines
from dashboard.model.layer_card import CLEAR, config, layer_card
from dashboard.model.layer_graph import graph_of_layers
from dashboard.take_away import take_away
from dashboard.text import _, escape, safe_file_name
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.inside.graph import LayerGraph
from vizlib.inside.results import LayerRow, ModelSummary

ROWS_SHOWN = 11
DASH = "–"  # what is undefined
ROW_HEIGHT = 35  # pixels of one row of a table
COLUMNS = ("layer", "type", "output", "parameters", "macs", "stride", "field", "whole image")


def layers(here: Visit, summary: ModelSummary, graph: LayerGraph | Job) -> None:
    """Every layer in a table; below it how they are connected, and the chosen one."""
    st.subheader(_("Every layer, in the order in which they run"), anchor=False)
    row = table(here, summary)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            _("Table (CSV)"),
            data=lambda: table_csv(summary),
            file_name=f"layers-{safe_file_name(here.listed().name)}.csv",
            mime="text/csv",
            key="download layers",
            on_click="ignore",
        )
        st.caption(
            _("A click on the left end of a row opens the layer below; a click on a heading sorts."), width="stretch"
        )
    if reasons := why_empty(summary):
        st.caption(" ".join(reasons))
    for note in summary.notes:
        st.caption(escape(note))
    ways, card = st.columns([2, 3], gap="medium")
    with ways:
        st.markdown("#### " + _("Which layer reads which"))
        graph_of_layers(here, graph, table_key(here, summary), summary.names, row.name)
    with card:
        layer_card(here, row)


def why_empty(summary: ModelSummary) -> list[str]:
    """What a dash in the table means; nothing when there is none."""
    rows = [row for row in summary if row.output_shape]
    words = []
    if any(not row.stride[0] for row in rows):
        words.append(
            _("– under Stride: the output has no positions, as after global pooling, so nothing is between two.")
        )
    if any(row.covers_image for row in rows):
        words.append(_("– under Field: a global operation is on the path, so the field is the whole image."))
    if any(not row.output_shape for row in summary):
        words.append(_("– under both: the layer does not run by itself."))
    return words


def summary_of(answer: Answer) -> ModelSummary:
    """The result of an answer about layers."""
    assert isinstance(answer.result, ModelSummary)
    return answer.result


def table_csv(summary: ModelSummary) -> bytes:
    """The whole table with plain numbers; lengths are in input pixels, sides are height x width."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, "formula"])
    for row in summary:
        cells = [row.name, row.kind, _by(row.output_shape), row.parameters, row.macs, _by(row.stride), _by(row.field)]
        writer.writerow([*cells, row.covers_image, row.formula])
    return text.getvalue().encode()


def _by(sides: tuple[float, ...]) -> str:
    return "x".join(f"{side:g}" for side in sides) if any(sides) else ""


def table_key(here: Visit, summary: ModelSummary) -> str:
    """Key of the table of a model."""
    return f"layers {here.listed().name} {len(summary)}"


def table(here: Visit, summary: ModelSummary) -> LayerRow:
    """The table; returns the chosen row, which is the default layer's until a person chooses."""
    first = start_row(summary, _default_layer(here))
    state: Any = st.dataframe(
        columns_of(summary),
        column_config=headings(),
        hide_index=True,
        height=ROW_HEIGHT * (min(len(summary), ROWS_SHOWN) + 1) + 3,
        key=table_key(here, summary),
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [first]}},
        placeholder=DASH,
        alt=_("Table of {count} layers").format(count=len(summary)),
    )
    chosen = [index for index in state.selection.rows if index < len(summary)]
    return summary.row(chosen[0] if chosen else first)


def _default_layer(here: Visit) -> str:
    sight = here.sight()
    return (sight.default_layer or "") if sight else ""


def start_row(summary: ModelSummary, layer: str) -> int:
    """The row of a layer; of a block its last row that computes at positions; else the last row that does."""
    placed = [index for index, row in enumerate(summary) if len(row.output_shape) == 3 and any(row.stride)]
    inside = [index for index in placed if f"{summary.names[index]}.".startswith(f"{layer}.")]
    at_work = [index for index in inside or placed if summary.macs[index]]
    return (at_work or inside or placed or [0])[-1]


def columns_of(summary: ModelSummary) -> dict[str, list[Any]]:
    """Columns of the table; numbers stay numbers, so that they sort."""
    rows = list(summary)
    return {
        "layer": [row.name for row in rows],
        "type": [row.kind for row in rows],
        "output": [" × ".join(map(str, row.output_shape)) for row in rows],
        "parameters": [row.parameters for row in rows],
        "macs": [row.macs / 1e6 for row in rows],
        "stride": [row.stride[0] or None for row in rows],
        "field": [None if row.covers_image else row.field[0] or None for row in rows],
        "whole image": [row.covers_image for row in rows],
    }


def headings() -> dict[str, Any]:
    """What the columns are called, and how their numbers look."""
    column = st.column_config
    return {
        "layer": column.TextColumn(_("Layer"), pinned=True, width="medium"),
        "type": column.TextColumn(_("Type")),
        "output": column.TextColumn(_("Output"), help=_("Channels × height × width of the output for one image")),
        "parameters": column.NumberColumn(_("Parameters"), format="localized"),
        "macs": column.NumberColumn(
            _("MACs, million"), format="%.3g", help=_("Multiplications with addition, for one image")
        ),
        "stride": column.NumberColumn(
            _("Stride, px"), format="%g", help=_("Input pixels between two neighbouring units (along the height)")
        ),
        "field": column.NumberColumn(
            _("Field, px"), format="%d", help=_("Receptive field of one unit: its height in input pixels")
        ),
        "whole image": column.CheckboxColumn(
            _("Whole image"), help=_("A global operation is on the path, so every unit sees the whole image")
        ),
    }


def costs(here: Visit, answer: Answer) -> None:
    """Parameters and MACs of each layer as bars."""
    st.subheader(_("Where the parameters and the work are"), anchor=False)
    summary = summary_of(answer)
    share = parameter_share(summary)
    if share:
        st.markdown(share)
    drawn = _drawn_costs(summary)
    st.plotly_chart(drawn, key="chart costs", config=config(), alt=drawn.layout.meta["alternative"])
    st.caption(
        _(
            "Multiplications with addition (MACs) of one image; a FLOP count would be twice as high. They tell the "
            "arithmetic, not the time: moving numbers in memory is not in them."
        )
    )
    take_away("costs", answer, {}, _("What the layers of {model} cost").format(model=here.listed().name), pin=False)
    recipe_lines(here, answer)


def parameter_share(summary: ModelSummary) -> str:
    """Which layer has most of each, as a sentence in Markdown."""
    rows = [row for row in summary if row.parameters or row.macs]
    if not rows or not summary.total_macs or not summary.total_parameters:
        return ""
    largest, busiest = max(rows, key=lambda row: row.parameters), max(rows, key=lambda row: row.macs)
    sentence = _("*{largest}* has {share} of the parameters, *{busiest}* does {work} of the multiplications.")
    return sentence.format(
        largest=escape(largest.name),
        share=f"{largest.parameters / summary.total_parameters:.0%}".replace("%", " %"),
        busiest=escape(busiest.name),
        work=f"{busiest.macs / summary.total_macs:.0%}".replace("%", " %"),
    )


def _drawn_costs(summary: ModelSummary) -> Any:
    from vizlib.figures.interactive import figure

    drawn = figure(summary)
    names = [name.replace("<", "‹").replace("&", "＆") for name in drawn.data[0].y]  # names of others are no markup
    drawn.update_traces(y=names)
    drawn.update_xaxes(nticks=4)
    drawn.update_layout(title=None, margin={"l": 8, "r": 8, "t": 28, "b": 30}, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR)
    return drawn
