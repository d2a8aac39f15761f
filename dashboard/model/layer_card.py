"""One layer: its formula with the numbers filled in, what it sees of the picture, and the way to its Grad-CAM."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.hold import Held, beside_held, side_by_side
from dashboard.inside import ask_model, under_way
from dashboard.take_away import take_away
from dashboard.text import _, escape
from dashboard.visit import PLACE, Visit
from dashboard.worker import Job
from vizlib.figures.inside import short
from vizlib.inside.results import DISAGREES, LayerRow, ReceptiveField

CLEAR = "rgba(0,0,0,0)"
FIELD = "chart field"
MOST_PLACES = 48  # along a side of the picture that report a click


def layer_card(here: Visit, row: LayerRow) -> None:
    """One layer: its formula with the numbers filled in, what it sees, and the way to its Grad-CAM."""
    with st.container(border=True, key="layer"):
        shape = " × ".join(map(str, row.output_shape))
        st.markdown(f"### {escape(row.name)}")
        st.caption(" · ".join(filter(None, (escape(row.kind), shape, _costs(row)))))
        if row.formula:
            st.code("\n".join(row.formula.split("; ")), language=None, wrap_lines=True)
        sight = here.sight()
        if not any(row.stride) and row.output_shape:
            st.caption(_("Stride –: the output has no positions, so there is no distance between them."))
        reason = why_no_grad_cam(row)
        if not row.output_shape or (sight and row.name not in sight.layers):
            st.caption(_("This part does not run as a layer of its own, so it has no receptive field."))
            _to_grad_cam(here, row.name, reason or _("It does not run as a layer of its own."))
            return
        field_of_layer(here, row.name)
        _to_grad_cam(here, row.name, reason)


def why_no_grad_cam(row: LayerRow) -> str:
    """Why Grad-CAM cannot look at a layer; empty when it can."""
    if not row.output_shape:
        return _("The layer does not run by itself.")
    if len(row.output_shape) < 2:
        return _("The output is a list of numbers without positions, so there is no map.")
    if len(row.output_shape) == 3 and row.output_shape[1:] == (1, 1):
        return _("The output has a single position, so a map would have one value.")
    return ""


def _costs(row: LayerRow) -> str:
    words = []
    if row.parameters:
        words.append(_("{number} parameters").format(number=short(row.parameters)))
    if row.macs:
        words.append(_("{number} MACs").format(number=short(row.macs)))
    return ", ".join(words)


def field_of_layer(here: Visit, layer: str) -> None:
    """The receptive field on the picture, as soon as it is known."""
    outcome = ask_model(here, "inside/field", "receptive_field", layer=layer)
    if isinstance(outcome, Job):
        sight = here.sight()
        st.image(sight.picture if sight else here.shot().picture, width=320, alt=here.shot().name)
        under_way(here, outcome)
        return
    st.fragment(_field_of_unit)(here, outcome)


def _field_of_unit(here: Visit, answer: Answer) -> None:
    """The field of one unit; another unit is only another drawing."""
    field, sight = answer.result, here.sight()
    assert isinstance(field, ReceptiveField)
    picture, words = st.columns([1, 1], gap="large")
    with words:
        unit = _unit(field)
        shown = {"unit": unit, "images": [sight.view] if sight else None}
        st.markdown(field_sentence(field, unit))
        for note in field.notes:
            if note.startswith(DISAGREES):
                st.warning(escape(note), icon=":material/warning:")
            else:
                st.caption(escape(note))
        if field.verified:
            st.caption(_("A numeric probe of the network's gradient gave the same field."))
    live = Held(answer, shown, _("Receptive field of {layer}").format(layer=field.layer))
    with st.container() if side_by_side("field", live) else picture:
        beside_held("field", live, _drawn_field(answer, shown), _drawn_field, partial(_show_field, field))
    take_away("field", answer, shown, live.title)


def _show_field(field: ReceptiveField, drawn: Any, key: str, alone: bool) -> None:
    """The field on the picture; where units see different parts, a click on the live picture chooses the unit there."""
    extra: dict[str, Any] = {}
    if key == FIELD and not field.covers_image and max(field.units) > 1:
        drawn.add_trace(_units_to_click(field))
        drawn.update_layout(clickmode="event+select", dragmode=False, showlegend=False)
        extra = {"on_select": partial(_unit_clicked, field), "selection_mode": "points"}
    st.plotly_chart(drawn, key=key, config=config(), alt=drawn.layout.meta["alternative"], **extra)


def _units_to_click(field: ReceptiveField) -> Any:
    """Transparent squares at the centres of units, evenly chosen where there are many."""
    import numpy as np
    import plotly.graph_objects as go

    rows, columns = (np.unique(np.linspace(0, count - 1, min(count, MOST_PLACES)).astype(int)) for count in field.units)
    units = np.array([(row, column) for row in rows for column in columns])
    y, x = field.rows[units[:, 0]].mean(1) - 0.5, field.columns[units[:, 1]].mean(1) - 0.5
    squares = {"symbol": "square", "size": 9, "opacity": 0}
    hover = "unit %{customdata[0]}, %{customdata[1]}<extra></extra>"
    return go.Scatter(x=x, y=y, mode="markers", marker=squares, customdata=units, hovertemplate=hover)


def _unit_clicked(field: ReceptiveField) -> None:
    """Take the unit that was clicked; a callback."""
    points = st.session_state[FIELD]["selection"]["points"]
    if not points:
        return
    clicked = (points[0]["y"], points[0]["x"])
    for key, boxes, place in zip(_unit_keys(field), (field.rows, field.columns), clicked, strict=True):
        if len(boxes) > 1:
            st.session_state[key] = int(abs(boxes.mean(1) - 0.5 - place).argmin())


def _unit_keys(field: ReceptiveField) -> list[str]:
    return [f"unit {field.layer} {word} {count}" for word, count in zip(("row", "column"), field.units, strict=True)]


def _unit(field: ReceptiveField) -> tuple[int, int]:
    """Which unit is shown: the central one, until a person moves to another."""
    chosen = []
    for word, key, count in zip((_("Unit, row"), _("Unit, column")), _unit_keys(field), field.units, strict=True):
        if count > 1 and not field.covers_image:
            st.session_state.setdefault(key, count // 2)
            chosen.append(st.slider(word, 0, count - 1, key=key))
        else:
            chosen.append(count // 2)
    return chosen[0], chosen[1]


def field_sentence(field: ReceptiveField, unit: tuple[int, int]) -> str:
    """What the unit sees, as a sentence in Markdown."""
    if field.covers_image:
        return _("Every unit of this layer sees **the whole image**.")
    sentence = _("Unit ({row}, {column}) sees {about}**{height} × {width} pixels**; its neighbour sees as many, {stride} pixels further on.")  # fmt: skip  # noqa: E501
    about = "" if field.exact else _("up to ")
    facts = {"row": unit[0], "column": unit[1], "height": field.size[0], "width": field.size[1], "about": about}
    return sentence.format(**facts, stride=" × ".join(f"{step:g}" for step in dict.fromkeys(field.stride)))


def _drawn_field(answer: Answer, shown: dict[str, Any]) -> Any:
    from vizlib.figures.interactive import figure

    drawn = figure(answer.result, **shown)
    drawn.update_layout(title=None, margin={"l": 46, "r": 4, "t": 6, "b": 40}, height=380, paper_bgcolor=CLEAR)
    *below, frame = drawn.layout.shapes
    halo = {**frame.to_plotly_json(), "line": {"color": "white", "width": 6}, "fillcolor": "rgba(0,0,0,0)"}
    drawn.layout.shapes = (*below, halo, frame)  # the frame is told from a picture of its own colour
    return drawn


def _to_grad_cam(here: Visit, layer: str, reason: str) -> None:
    """To Explain, with Grad-CAM at this layer; the address there opens the same view again. Or why it cannot."""
    label = _("Explain with Grad-CAM at this layer")
    icon, help_text = ":material/visibility:", reason or _("Opens Explain")
    if st.button(label, key="to grad_cam", icon=icon, help=help_text, disabled=bool(reason)):
        here.method = "grad_cam"
        st.session_state[f"{PLACE}/grad_cam/layer"] = layer
        st.switch_page("../pages/explain.py")
    if reason:
        st.caption(reason)


def config() -> dict[str, Any]:
    """How plotly behaves on a page."""
    from vizlib.figures.interactive import CONFIG

    return {**CONFIG, "displayModeBar": False}
