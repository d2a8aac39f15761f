"""Whether the model is as often right as it says: the reliability diagram, its errors, and a temperature."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card, draw, kept
from dashboard.evaluation.scores import Scored
from dashboard.evaluation.segments import segments
from dashboard.evaluation.source import Judged
from dashboard.text import _, safe_file_name
from dashboard.visit import Visit
from vizlib.evaluation.calibration import Calibration, calibration
from vizlib.evaluation.judge import pair, probabilities
from vizlib.evaluation.temperature import Temperature, temperature_scaling

TINY = 1e-300


def sure(here: Visit, found: Judged) -> None:
    """The view: one diagram with its options, then what a temperature would change."""
    scored = found.scored
    values = _probabilities(scored)
    if values is None:
        return
    settings = _settings()
    key = (scored.key, "calibration", tuple(settings.items()), values.shape, float(values[0].sum()))
    truth = scored.truth.astype(np.int64)
    result: Calibration = kept(key, partial(calibration, values, truth, **settings))
    left, right = st.columns([3, 2], gap="large")
    with left:
        words = Words(
            _("Bars: how often it is right among examples of which it is about as sure; the dashed line is honest. "
              "Whiskers are Wilson's 95 % intervals, the grey bars below count the examples."),
            _("The error depends on the bins, and is never zero for finitely many examples; small bins say little."),
        )  # fmt: skip
        stem = safe_file_name(f"calibration-{scored.title}")
        card("calibration", result, stem, words, recipe=scored.asked("calibration", **settings))
    with right:
        _numbers(result, binary=values.ndim == 1)
    _temperature(scored, values, truth, settings)


def _probabilities(scored: Scored) -> np.ndarray | None:
    """Probabilities of every class, or of the positive one; None, with a sentence, where there are none."""
    if scored.kind == "several":
        st.info(_("Several classes may be true at once here; calibration is told for classes that exclude each other."), icon=":material/info:")  # fmt: skip  # noqa: E501
        return None
    if scored.probable:
        return probabilities(scored.examples)
    words = _("These scores are no probabilities. Take the softmax of them (of one score, its logistic function).")
    if not st.toggle(words, key="evaluation softmax", persist_state="session"):
        st.info(_("Calibration compares probabilities with how often the model is right."), icon=":material/info:")
        return None
    return probabilities(scored.examples)


def _settings() -> dict[str, Any]:
    """Number, kind and closed end of the bins."""
    laid = {"uniform": _("of equal width"), "adaptive": _("of equally many examples")}
    ends = {"right": _("]a, b], as Guo et al."), "left": _("[a, b[, as scikit-learn")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluation-bins"):
        bins = st.slider(_("Bins"), 2, 50, key="evaluation bins", persist_state="session", width=260)
        strategy = segments(_("Bins"), laid, "evaluation laid")
        closed = st.selectbox(
            _("Whose end belongs to a bin"), list(ends), key="evaluation closed", format_func=ends.__getitem__,
            persist_state="session", width=240,
        )  # fmt: skip
    return {"bins": bins, "strategy": strategy, "closed": closed}


def _numbers(result: Calibration, binary: bool) -> None:
    """Errors and proper scores, each with what it means."""
    rows = {
        "ECE": (result.ece, _("mean distance between how sure it is and how often it is right")),
        "MCE": (result.mce, _("largest such distance of a bin")),
        "Brier": (result.brier, _("mean squared distance from the truth; 0 is best")),
        "NLL": (result.nll, _("mean of minus the logarithm of what it gave the truth; 0 is best")),
    }
    lines = [f"| {name} | {value:.4f} | {words} |" for name, (value, words) in rows.items()]
    head = f"| {_('Number')} | | {_('What it is')} |"
    st.markdown("\n".join([head, "|:--|--:|:--|", *lines]))
    if not binary:
        sentence = _("On average it is {gap} surer than right.") if result.overconfidence > 0 else _("On average it is {gap} less sure than right.")  # fmt: skip  # noqa: E501
        st.markdown(sentence.format(gap=f"{abs(result.overconfidence):.2%}".replace("%", " %")))


def _temperature(scored: Scored, values: np.ndarray, truth: np.ndarray, settings: dict[str, Any]) -> None:
    """One number that divides all scores, fitted on a part of the examples and shown on the rest."""
    st.subheader(_("Would a temperature help?"), anchor=False)
    tip = _("The temperature is fitted on this share of the examples, drawn at random; the diagrams show the others.")
    share = st.slider(
        _("Share to fit on"), 0.1, 0.9, step=0.05, key="evaluation fit", help=tip, width=320, persist_state="session"
    )
    with np.errstate(divide="ignore"):
        logits = np.log(np.maximum(values, TINY)) if values.ndim == 2 else pair(_logit(values))
    key = (scored.key, "temperature", share, tuple(settings.items()), values.ndim)
    try:
        found: Temperature = kept(key, partial(temperature_scaling, logits, truth, share=share, **settings))
    except ValueError as error:
        st.info(str(error), icon=":material/info:")
        return
    sentence = _("Fitted on {fitted} examples, the temperature is **{degree}**. On the other {tested}: ECE {before} → {after}, NLL {worse} → {better}. The predicted classes, and the accuracy, stay.")  # fmt: skip  # noqa: E501
    facts = {"fitted": f"{found.fitted_on:,}", "tested": f"{found.before.examples:,}"}
    numbers = {"degree": found.temperature, "before": found.before.ece, "after": found.after.ece}
    numbers |= {"worse": found.before.nll, "better": found.after.nll}
    st.markdown(sentence.format(**facts, **{name: f"{value:.4f}" for name, value in numbers.items()}))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{_('As it is')}**")
        draw("before temperature", found.before)
    with right:
        st.markdown(f"**{_('With the temperature')}**")
        draw("after temperature", found.after)


def _logit(values: np.ndarray) -> np.ndarray:
    inside = np.clip(values, 1e-15, 1 - 1e-15)
    odds: np.ndarray = np.log(inside / (1 - inside))
    return odds
