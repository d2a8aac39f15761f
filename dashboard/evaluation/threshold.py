"""One threshold for everything: its slider, what it costs, its four counts, and the images in each of them."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card
from dashboard.evaluation.gallery import gallery, go_when_opened
from dashboard.evaluation.scores import Scored
from dashboard.text import _, escape, safe_file_name
from dashboard.visit import Visit
from vizlib.evaluation.thresholds import Decisions, Thresholds

KEY = "evaluation threshold"
STEPS = 1000
CELL = "evaluation cell"
CELLS = ("hits", "misses", "alarms", "passes")
MOST_NAMED = 5000  # decisions whose class is said below their image


class Costs(NamedTuple):
    """What one wrong decision of each kind costs."""

    false_alarm: float
    miss: float


def costs() -> Costs:
    """The costs that a person gives."""
    tip = _("In any unit: only their ratio decides which threshold is cheapest.")
    place: dict[str, Any] = {"persist_state": "session", "width": 200}
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluation-costs"):
        alarm = st.number_input(
            _("Cost of a false alarm"), 0.0, 1e9, step=1.0, key="evaluation alarm", help=tip, **place
        )
        miss = st.number_input(_("Cost of a miss"), 0.0, 1e9, step=1.0, key="evaluation miss", help=tip, **place)
    return Costs(alarm, miss)


def threshold_choice(does: Thresholds, of: tuple[Any, ...], place: str = "") -> float:
    """The slider, the same for all views; it begins where the F-measure is highest."""
    low, high, step = span(does)
    kept: float = st.session_state.get(KEY, low - 1)
    best = st.session_state[f"{KEY} first"] = inside(does.best_f, low, high)
    if st.session_state.setdefault(f"{KEY} of", of) != of or not low <= kept <= high:
        kept = best
        st.session_state[f"{KEY} of"], st.session_state[KEY] = of, kept
    key = f"{place}{KEY} slider"
    if st.session_state.get(key) != kept:
        st.session_state[key] = kept
    label = _("Threshold: at least this score is let through")
    st.slider(label, low, high, step=step, key=key, format="%.4g", on_change=_take, args=(key,))
    with st.container(horizontal=True, key=f"{place}evaluation-threshold"):
        for name, words, value in (
            ("best", _("Highest F1"), does.best_f),
            ("cheapest", _("Cheapest"), does.cheapest),
        ):
            st.button(words, key=f"{place}{KEY} {name}", on_click=_move, args=(inside(value, low, high),))
    return kept


def _take(key: str) -> None:
    _move(st.session_state[key])


def span(does: Thresholds) -> tuple[float, float, float]:
    """Ends and step of the slider; above the upper end of the scores nothing is let through."""
    low, high = float(does.thresholds[-1]), float(does.thresholds[1])
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    step = (high - low) / STEPS or 1.0
    return low, high + step, step


def inside(threshold: float, low: float, high: float) -> float:
    """A threshold that the slider can show."""
    return float(min(max(threshold, low), high))


def _move(threshold: float) -> None:
    st.session_state[KEY] = threshold


def at_threshold(here: Visit, scored: Scored, name: str, number: int, does: Thresholds, at: float) -> None:
    """What the threshold does: counts, shares and cost; the curve over all thresholds; the images of one cell."""
    left, right = st.columns(2, gap="large")
    with left:
        cell = _counts(does, at, name if number >= 0 else _("the class"))
        _shares(does, at)
    with right:
        words = Words(
            _("Precision, recall, F-measure and the mean cost of a decision, for every threshold; the line is yours."),
            _("A threshold that is best for these examples is a little too good for them; test it on others."),
        )
        recipe = scored.asked("thresholds", number, false_alarm=does.false_alarm, miss=does.miss)
        card(
            "thresholds",
            does,
            safe_file_name(f"thresholds-{name}-{scored.title}"),
            words,
            recipe=recipe,
            about=name,
            at=at,
        )
    st.subheader(_("The images behind it") if scored.images else _("The examples behind it"), anchor=False)
    go_when_opened()
    _behind(here, scored, number, at, cell)


def _cells(name: str) -> dict[str, str]:
    return {
        "hits": _("{name}, found").format(name=name),
        "misses": _("{name}, missed").format(name=name),
        "alarms": _("false alarm"),
        "passes": _("other, held back"),
    }


def _counts(does: Thresholds, at: float, name: str) -> str:
    """The four counts, each a button that shows its images."""
    found, words = does.decisions(at), _cells(name)
    chosen: str = st.session_state.get(CELL) or _telling(found)
    st.markdown(f"**{_('Decisions at this threshold')}**")
    for row in (("hits", "misses"), ("alarms", "passes")):
        for column, cell in zip(st.columns(2), row, strict=True):
            column.button(
                f"{escape(words[cell])}: **{getattr(found, cell):,}**",
                key=f"{CELL} {cell}",
                type="primary" if cell == chosen else "secondary",
                on_click=partial(_choose, cell),
                help=_("Show these images below"),
                width="stretch",
            )
    return chosen


def _telling(found: Decisions) -> str:
    """The count that is shown until a person chooses: mistakes, where there are some."""
    return next(cell for cell in ("alarms", "misses", "hits", "passes") if getattr(found, cell))


def _choose(cell: str) -> None:
    st.session_state[CELL] = cell


def _shares(does: Thresholds, at: float) -> None:
    place, does = 0, does.some([does.place(at)])
    share = "{:.1%}".format
    rows = {
        _("Precision"): share(does.precision[place]),
        _("Recall"): share(does.recall[place]),
        _("False positive rate"): share(does.fall_out[place]),
        "F1": f"{does.f_measure[place]:.4f}",
        _("Accuracy"): share(does.accuracy[place]),
        _("Mean cost"): f"{does.cost[place]:.4g}",
        _("Whole cost"): f"{does.cost[place] * (does.positives + does.negatives):,.10g}",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    st.markdown("\n".join([f"| {_('Measure')} | {_('At this threshold')} |", "|:--|--:|", *lines]))


def _behind(here: Visit, scored: Scored, number: int, at: float, cell: str) -> None:
    """The images of one of the four counts, the surest decisions first.

    Of all decisions together each is an image and a class, so that one image may stand there several times.
    """
    every = number < 0
    values = scored.scores.ravel() if every else scored.score(number)
    truth = scored.examples.marks().ravel() if every else scored.positive(number)
    found = in_cell(values, truth, at, cell)
    examples = found // len(scored.names) if every else found
    asked = [scored.names[place] for place in (found[:MOST_NAMED] % len(scored.names)).tolist()] if every else None
    name = _("the class") if every else scored.names[number]
    sentence = _("{cell}: {count}, the surest first")
    title = sentence.format(cell=_cells(name)[cell], count=f"{len(examples):,}")
    gallery(here, "evaluation cell", scored, examples, values[found], title, asked)


def in_cell(values: np.ndarray, truth: np.ndarray, at: float, cell: str) -> np.ndarray:
    """Examples of one of the four counts, the surest decisions first."""
    through = values >= at
    inside = (through if cell in ("hits", "alarms") else ~through) & (truth if cell in ("hits", "misses") else ~truth)
    found = np.flatnonzero(inside)
    order = np.argsort(-values[found] if cell in ("hits", "alarms") else values[found], kind="stable")
    return found[order]
