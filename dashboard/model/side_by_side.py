"""What is known of one model or of two, with ratios, and their tables of layers beside each other."""

from dataclasses import dataclass

import streamlit as st

from dashboard.engine import Answer
from dashboard.inside import ask_model
from dashboard.model.layer_graph import ask_graph
from dashboard.model.layer_table import DASH, ROW_HEIGHT, columns_of, headings, start_row, summary_of
from dashboard.model.speed import digits, measured
from dashboard.model.stored_layers import stored_layers
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.figures.inside import short
from vizlib.inside.graph import LayerGraph
from vizlib.inside.results import ModelSummary

SHARED = ("layer", "type", "output", "parameters", "macs", "field")  # columns of two tables beside each other
HEIGHT = 420  # pixels of such a table
Measure = tuple[str, float | None]  # in words, and the number by which two are compared


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a model at this moment.

    Attributes
    ----------
    here : Visit
        With the model.
    outcome : Answer or Job
        The table of layers, computed now.
    summary : ModelSummary or None
        The same numbers, or the stored ones until they are there.
    graph : LayerGraph or Job
    other : Known or None
        The model to compare with.
    """

    here: Visit
    outcome: Answer | Job
    summary: ModelSummary | None
    graph: LayerGraph | Job
    other: "Known | None" = None

    @property
    def answer(self) -> Answer | None:
        return self.outcome if isinstance(self.outcome, Answer) else None


def known(here: Visit, place: str = "", other: Known | None = None) -> Known:
    """Ask for the layers of a model; stored ones stand in for what is not there yet."""
    outcome = ask_model(here, f"inside/{place}layers", "model_summary")
    graph, stored = ask_graph(here, f"inside/{place}graph"), stored_layers(here)
    summary = summary_of(outcome) if isinstance(outcome, Answer) else stored.summary if stored else None
    waiting = isinstance(graph, Job) and graph.state != "failed"
    return Known(here, outcome, summary, stored.graph if waiting and stored else graph, other)


def measures(model: Known, layer: str) -> dict[str, Measure]:
    """Facts that are numbers; ``layer`` is the explained one."""
    found: dict[str, Measure] = {}
    if model.summary is not None:
        found = _costs(model.summary)
        if isinstance(model.graph, LayerGraph):
            depth = model.graph.depth
            found[_("Depth")] = (_("{depth} layers with weights on the longest way").format(depth=depth), depth)
        found[_("Layers")] = (str(len(model.summary)), len(model.summary))
        found[_("Receptive field")] = _field(model.summary, layer)
    speed = measured(model.here)
    if speed is not None:
        best = max(pace.images_per_second for pace in speed.paces)
        words = _("{rate} images/s here on {device}").format(rate=digits(best), device=speed.device.upper())
        found[_("Speed")] = (words, best)
    return found


def _costs(summary: ModelSummary) -> dict[str, Measure]:
    parameters, macs = summary.total_parameters, summary.total_macs
    return {
        _("Parameters"): (f"{short(parameters)} ({thousands(parameters)})", parameters),
        _("MACs"): (_("{macs} for one image").format(macs=short(macs)), macs),
    }


def _field(summary: ModelSummary, layer: str) -> Measure:
    if not len(summary):
        return "", None
    row = summary.row(start_row(summary, layer))
    if row.covers_image:
        return _("the whole image at {layer}").format(layer=row.name), None
    height, width = row.field
    if not height:
        return "", None
    return _("{height} × {width} pixels at {layer}").format(height=height, width=width, layer=row.name), height


def with_ratios(first: dict[str, Measure], second: dict[str, Measure]) -> dict[str, str]:
    """The second model's facts in words, each with how many times the first one's it is."""
    words = {}
    for name, (text, number) in second.items():
        base = first.get(name, ("", None))[1]
        words[name] = (
            _("{words}, {ratio} times").format(words=text, ratio=ratio(number / base)) if number and base else text
        )
    return words


def ratio(times: float) -> str:
    """A ratio with sensible digits: 18.5, 0.054."""
    return thousands(round(times)) if times >= 1000 else f"{times:.3g}" if times >= 1 else f"{times:.2g}"


def thousands(number: int) -> str:
    """A whole number in groups of three digits."""
    return f"{number:,}".replace(",", " ")


def beside(model: Known) -> None:
    """The tables of two models beside each other; nothing without a second model."""
    if model.other is None or model.summary is None:
        return
    st.subheader(_("The layers of both"), anchor=False)
    for column, one in zip(st.columns(2, gap="medium"), (model, model.other), strict=True):
        with column:
            st.markdown(f"**{escape(one.here.listed().name)}**")
            if one.summary is None:
                st.skeleton(height=HEIGHT)
            else:
                _layers(one.here.listed().name, one.summary)


def _layers(name: str, summary: ModelSummary) -> None:
    columns, shown = columns_of(summary), headings()
    shown["layer"] = st.column_config.TextColumn(_("Layer"), pinned=True)
    st.dataframe(
        {column: columns[column] for column in SHARED},
        column_config={column: shown[column] for column in SHARED},
        hide_index=True,
        height=min(HEIGHT, ROW_HEIGHT * (len(summary) + 1) + 3),
        placeholder=DASH,
        key=f"beside {name}",
        alt=_("Table of {count} layers").format(count=len(summary)),
    )
