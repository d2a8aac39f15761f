"""Loss landscapes on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from math import cos, radians, sin
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import colour_scale, figure
from vizlib.figures.landscape import (
    AZIMUTH,
    ELEVATION,
    LEVELS,
    Curve,
    Show,
    SurfacePlan,
    View,
    curves_of,
    surface_plan,
    trajectory_title,
)
from vizlib.landscapes.results import LossLandscape, Trajectory

CLEAR = "rgba(0,0,0,0)"
FAR = 1.9  # of the eye from the middle
HEIGHT = 480
FRAME = 500  # milliseconds


@figure.register
def loss_landscape(
    result: LossLandscape,
    *,
    view: View = "contour",
    show: Show = "loss",
    log: bool = False,
    azimuth: float = AZIMUTH,
    elevation: float = ELEVATION,
    low: float | None = None,
    high: float | None = None,
    row: int | None = None,
    column: int | None = None,
    colours: str = "viridis",
    **_: Any,
) -> go.Figure:
    """Contours, a surface, or two slices.

    Parameters
    ----------
    view : {"contour", "surface", "slices"}
    azimuth, elevation : float
        Where the eye is, in degrees.

    The others are those of :func:`vizlib.figures.landscape.surface_plan`.
    """
    plan = surface_plan(result, show, log, low, high, row, column)
    if view == "slices":
        return _slices(plan)
    drawn = go.Figure([_surface(plan, colours)] if view == "surface" else _contours(plan, colours))
    if view == "surface":
        drawn.update_layout(scene=_scene(plan, azimuth, elevation))
    elif row is not None or column is not None:
        _cross(drawn, plan)
        drawn.add_trace(_nodes(plan))
    return _finished(drawn, plan, flat=view == "contour")


def _contours(plan: SurfacePlan, colours: str) -> list[go.Contour | go.Scatter]:
    size = (plan.high - plan.low) / LEVELS
    contour = go.Contour(
        x=plan.x, y=plan.y, z=plan.heights, zmin=plan.low, zmax=plan.high, connectgaps=plan.unfinished,
        colorscale=colour_scale(_named(colours)), colorbar=_bar(plan),
        line={"width": 0.6, "color": "rgba(255,255,255,0.5)"},
        contours={"start": plan.low + size, "end": plan.high - size, "size": size},
        customdata=plan.values, hovertemplate="%{x:.3g}, %{y:.3g}<br>%{customdata:.4g}<extra></extra>",
    )  # fmt: skip
    places = plan.marks if len(plan.marks) else np.zeros((1, 2))
    marks = go.Scatter(
        x=places[:, 0], y=places[:, 1], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"symbol": "cross-thin", "size": 11, "line": {"color": "rgb(255,255,255)", "width": 2}},
    )  # fmt: skip
    return [contour, marks]


def _surface(plan: SurfacePlan, colours: str) -> go.Surface:
    heights = np.clip(plan.heights, plan.low, plan.high)
    return go.Surface(
        x=plan.x, y=plan.y, z=heights, cmin=plan.low, cmax=plan.high, connectgaps=plan.unfinished,
        colorscale=colour_scale(_named(colours)), colorbar={**_bar(plan), "len": 0.7},
        customdata=plan.values, hovertemplate="%{x:.3g}, %{y:.3g}<br>%{customdata:.4g}<extra></extra>",
        contours={"z": {"show": True, "usecolormap": False, "color": "rgba(255,255,255,0.35)", "width": 1,
                        "start": plan.low, "end": plan.high, "size": (plan.high - plan.low) / LEVELS}},
    )  # fmt: skip


def _scene(plan: SurfacePlan, azimuth: float, elevation: float) -> dict[str, Any]:
    across, up = radians(azimuth), radians(elevation)
    eye = {"x": FAR * cos(up) * cos(across), "y": FAR * cos(up) * sin(across), "z": FAR * sin(up)}
    heights, labels = zip(*plan.ticks, strict=True)
    return {
        "camera": {"eye": eye, "center": {"x": 0, "y": 0, "z": -0.12}},
        "xaxis": {"title": "direction 1"},
        "yaxis": {"title": "direction 2"},
        "zaxis": {"title": plan.unit, "tickvals": heights, "ticktext": labels, "range": [plan.low, plan.high]},
        "aspectmode": "manual",
        "aspectratio": {"x": 1, "y": 1, "z": 0.7},
    }


def _cross(drawn: go.Figure, plan: SurfacePlan) -> None:
    row, column = plan.node
    line = {"color": "rgb(213,94,0)", "width": 1.2, "dash": "dot"}
    drawn.add_vline(x=float(plan.x[column]), line=line)
    drawn.add_hline(y=float(plan.y[row]), line=line)


def _nodes(plan: SurfacePlan) -> go.Scatter:
    """Nodes that can be clicked, since contours cannot; not to be seen."""
    x, y = np.meshgrid(plan.x, plan.y)
    unseen: dict[str, Any] = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=x.ravel(), y=y.ravel(), mode="markers", customdata=np.arange(x.size), showlegend=False, name="",
        marker={"symbol": "square", "size": 14, "opacity": 0}, selected=unseen, unselected=unseen,
        text=[f"{value:.4g}" for value in plan.values.ravel()], hovertemplate="%{x:.3g}, %{y:.3g}<br>%{text}",
    )  # fmt: skip


def _bar(plan: SurfacePlan) -> dict[str, Any]:
    heights, labels = zip(*plan.ticks, strict=True)
    title = {"text": plan.unit, "side": "right", "font": {"size": 11}}
    return {"tickvals": heights, "ticktext": labels, "title": title, "thickness": 12}


def _named(colours: str) -> str:
    return "viridis" if colours == "automatic" else colours


def _finished(drawn: go.Figure, plan: SurfacePlan, *, flat: bool, title: str = "", alternative: str = "") -> go.Figure:
    drawn.update_layout(
        title={"text": escape(title or plan.title, quote=False), "font": {"size": 13}},
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 40, "b": 45 if flat else 8},
        meta={"alternative": alternative or plan.alternative},
        plot_bgcolor=CLEAR,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    if flat:
        drawn.update_xaxes(title=plan.x_label, constrain="domain", range=[plan.x[0], plan.x[-1]])
        drawn.update_yaxes(title=plan.y_label, range=[plan.y[0], plan.y[-1]])
    return drawn


def _slices(plan: SurfacePlan) -> go.Figure:
    drawn = go.Figure([_line(curve, "lines+markers") for curve in plan.slices])
    drawn.update_layout(
        title={"text": escape(f"Slices of the landscape: {plan.unit}", quote=False), "font": {"size": 13}},
        height=300,
        margin={"l": 8, "r": 8, "t": 40, "b": 45},
        meta={"alternative": f"Two slices. {plan.alternative}"},
        plot_bgcolor=CLEAR,
        xaxis={"title": "distance along the slice"},
        yaxis={"title": plan.unit, "type": "log" if plan.log else "linear"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return drawn


def _line(curve: Curve, mode: str) -> go.Scatter:
    return go.Scatter(
        x=curve.x, y=curve.y, mode=mode, name=escape(curve.name, quote=False), text=curve.texts or None,
        line={"color": curve.colour, "width": 2}, marker={"size": 6, "color": curve.colour}, connectgaps=True,
        hovertemplate="%{text}<extra></extra>" if curve.texts else "%{x:.3g}: %{y:.4g}<extra></extra>",
    )  # fmt: skip


@figure.register
def trajectory(
    result: Trajectory,
    *,
    show: Show = "loss",
    log: bool = True,
    last: int | None = None,
    animate: bool = False,
    low: float | None = None,
    high: float | None = None,
    colours: str = "viridis",
    **_: Any,
) -> go.Figure:
    """Trajectories over the contours of their plane.

    Parameters
    ----------
    last : int, optional
        Draw each training up to this checkpoint only.
    animate : bool
        With a button that lets the trainings run.

    The others are those of :func:`vizlib.figures.landscape.surface_plan`.
    """
    plan = surface_plan(result.surface, show, log, low, high)
    ground = _contours(plan, colours)[:1]
    drawn = go.Figure([*ground, *_runs(result, last)])
    title = trajectory_title(result)
    if animate:
        _frames(drawn, result)
    return _finished(drawn, plan, flat=True, title=title, alternative=f"{title}. {' '.join(result.notes)}".strip())


def _runs(result: Trajectory, last: int | None) -> list[go.Scatter]:
    return [_on_ground(curve) for curve in curves_of(result, last)]


def _on_ground(curve: Curve) -> go.Scatter:
    line = _line(curve, "lines+markers")
    ring = {"color": "rgb(255,255,255)", "width": 1}
    return line.update(line={"width": 2.5}, marker={"line": ring, "size": 7})


def _moved(result: Trajectory, last: int) -> list[go.Scatter]:
    """What changes from frame to frame; the look stays."""
    return [go.Scatter(x=curve.x, y=curve.y, text=curve.texts) for curve in curves_of(result, last)]


def _frames(drawn: go.Figure, result: Trajectory) -> None:
    """One frame a checkpoint, and a button; nothing moves until it is asked to."""
    most = int(np.bincount(result.runs).max())
    numbers = list(range(1, 1 + len(result.names)))
    drawn.frames = [go.Frame(data=_moved(result, last), traces=numbers, name=str(last)) for last in range(most)]
    how = {"frame": {"duration": FRAME, "redraw": True}, "fromcurrent": False, "transition": {"duration": 0}}
    play = {"label": "▶", "method": "animate", "args": [None, how]}
    where = {"x": 1, "xanchor": "left", "y": 1.01, "yanchor": "bottom", "pad": {"t": 0, "r": 0}}  # beside the legend
    drawn.update_layout(updatemenus=[{"type": "buttons", "buttons": [play], "showactive": False, **where}])
