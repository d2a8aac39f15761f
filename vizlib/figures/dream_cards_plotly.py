"""The grid of dreams and the card of a unit on screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.figures.dream_cards import COLUMNS, CardPlan, GridPlan, card_plan, grid_plan
from vizlib.figures.interactive import data_uri, figure
from vizlib.figures.units_plotly import HISTOGRAM, MARK
from vizlib.inside.results_dreams import DreamAblation, UnitCard
from vizlib.inside.results_units import Patches

TILE = 300  # pixels
WORDS = 64  # pixels of a row that are words
WIDTH = 900
ABOVE = 62  # pixels for the titles of the upper parts, where the title itself stands elsewhere


@figure.register
def ablation(result: DreamAblation, *, labels: Sequence[str] | None = None, **_: Any) -> go.Figure:
    """Nine dreams with three numbers under each; the one as it is set is in the middle.

    Parameters
    ----------
    labels : sequence of str, optional
        Class names.
    """
    plan = grid_plan(result, labels)
    height = plan.rows * (TILE + WORDS)
    drawn = make_subplots(
        plan.rows, COLUMNS, horizontal_spacing=0.02, vertical_spacing=WORDS / height, subplot_titles=_titles(plan)
    )
    for tile in plan.tiles:
        row, column = tile.place // COLUMNS + 1, tile.place % COLUMNS + 1
        drawn.add_trace(go.Image(source=data_uri(tile.image), hoverinfo="skip"), row=row, col=column)
    drawn.update_xaxes(visible=False, constrain="domain")
    drawn.update_yaxes(visible=False, constrain="domain")
    drawn.update_annotations(font={"size": 11})
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=height + 60,
        margin={"l": 8, "r": 8, "t": 90, "b": 8},
        meta={"alternative": plan.alternative, "above": ABOVE},
    )
    return drawn


def _titles(plan: GridPlan) -> list[str]:
    """What is switched, and below it the numbers; by place."""
    texts = [""] * (plan.rows * COLUMNS)
    for tile in plan.tiles:
        title, numbers = escape(tile.title, quote=False), escape(tile.numbers, quote=False)
        texts[tile.place] = f"{f'<b>{title}</b>' if tile.first else title}<br>{numbers}"
    return texts


@figure.register
def unit_card(result: UnitCard, *, images: Sequence[np.ndarray] | None = None, **_: Any) -> go.Figure:
    """The made image beside the histogram of all activations, over the patches.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        All images of the set as people see them.
    """
    plan = card_plan(result, images)
    tall = WIDTH * plan.sheet.pixels.shape[0] / plan.sheet.pixels.shape[1]
    drawn = make_subplots(
        2,
        2,
        specs=[[{}, {}], [{"colspan": 2}, None]],
        column_widths=[1, 1.5],
        row_heights=[TILE, tall],
        horizontal_spacing=0.09,
        vertical_spacing=min(0.5, 115 / (TILE + tall + 115)),
        subplot_titles=[
            escape(text, quote=False) for text in (_wrapped(plan.dream_title, ":", "channel"), "", plan.sheet.title)
        ],
    )
    drawn.add_trace(go.Image(source=data_uri(plan.dream), hoverinfo="skip"), row=1, col=1)
    _histogram(drawn, result.patches, plan)
    drawn.add_trace(go.Image(source=data_uri(plan.sheet.pixels), hoverinfo="skip"), row=2, col=1)
    _texts(drawn, plan)
    for row in (1, 2):
        drawn.update_xaxes(visible=False, constrain="domain", row=row, col=1)
        drawn.update_yaxes(visible=False, constrain="domain", row=row, col=1)
    drawn.update_annotations(font={"size": 11})
    drawn.for_each_annotation(lambda note: note.update(text=note.text.replace("&lt;br&gt;", "<br>")))
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=TILE + tall + 219,
        margin={"l": 8, "r": 8, "t": 80, "b": 8},
        showlegend=False,
        bargap=0,
        meta={"alternative": plan.alternative, "above": ABOVE},
    )
    return drawn


def _wrapped(text: str, *signs: str) -> str:
    """The text with a new line after each sign, since a phone leaves a part little width."""
    for sign in signs:
        text = text.replace(f"{sign} ", f"{sign}<br>", 1)
    return text


def _histogram(drawn: go.Figure, patches: Patches, plan: CardPlan) -> None:
    middles = (patches.edges[1:] + patches.edges[:-1]) / 2
    hover = "%{y:,} activations near %{x:.3g}<extra></extra>"
    bars = go.Bar(
        x=middles, y=patches.counts, width=np.diff(patches.edges), marker={"color": HISTOGRAM}, hovertemplate=hover
    )
    marks = go.Scatter(
        x=patches.values, y=np.ones(len(patches.values)), mode="markers", text=plan.sheet.texts,
        marker={"color": MARK, "symbol": "triangle-up", "size": 9}, hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    for trace in (bars, marks):
        drawn.add_trace(trace, row=1, col=2)
    drawn.update_xaxes(title={"text": _wrapped(plan.axis, ";"), "font": {"size": 11}}, row=1, col=2)
    drawn.update_yaxes(type="log", title="count", row=1, col=2)


def _texts(drawn: go.Figure, plan: CardPlan) -> None:
    """Hovering over a patch tells what it is."""
    marks = go.Scatter(
        x=plan.sheet.centres[:, 0], y=plan.sheet.centres[:, 1], mode="markers", text=plan.sheet.texts,
        marker={"opacity": 0, "size": 14}, hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    drawn.add_trace(marks, row=2, col=1)
