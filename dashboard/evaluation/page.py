"""The page Evaluation: how good a model is, how sure that is, and the images behind every number."""

from collections.abc import Callable

import streamlit as st

from dashboard.evaluation.address import follow_address, say_address
from dashboard.evaluation.balance import balance
from dashboard.evaluation.confusion import classes
from dashboard.evaluation.curves import averages, curve_of, curves
from dashboard.evaluation.folds_panel import folds_panel
from dashboard.evaluation.gallery import go_when_opened
from dashboard.evaluation.scores import Scored
from dashboard.evaluation.segments import segments
from dashboard.evaluation.slices_panel import slices_panel
from dashboard.evaluation.source import Judged, judged
from dashboard.evaluation.sure import sure
from dashboard.evaluation.tasks import other_task
from dashboard.text import _, escape
from dashboard.visit import Visit

CURVES, BALANCE, CLASSES, SURE = "curves", "balance", "classes", "sure"
SLICES, FOLDS = "slices", "folds"
View = Callable[[Visit, Judged], None]


def evaluation(here: Visit) -> None:
    """Scores first, then one of six views of them."""
    go_when_opened()
    follow_address(here)
    _drawn(here)
    say_address(here)


def _drawn(here: Visit) -> None:
    st.title(_("How good is it?"), anchor=False)
    with st.container(key="narrow-hint"):
        st.caption(_("Model and images are in the menu » at the top left."))
    st.markdown(_("How often it is right, how sure that number is, what it mixes up, and the images behind every number."))  # fmt: skip  # noqa: E501
    if other_task(here):
        return
    found = judged(here)
    if found is None:
        return
    _facts(found.scored)
    _views()[_view()](here, found)


def _facts(scored: Scored) -> None:
    """The few numbers that stand for all."""
    facts = {_("Examples"): f"{len(scored):,}", **averages(scored)}
    with st.container(horizontal=True, key="evaluation-facts"):
        for name, words in facts.items():
            st.metric(name, words, width="content")
    st.caption(escape(scored.title))
    if scored.kind == "binary" and scored.classes:
        _upside_down(scored)


def _upside_down(scored: Scored) -> None:
    """A sentence where the scores are surely higher for the negatives."""
    roc = curve_of(scored, 0)[0]
    if min(roc.positives, roc.negatives) > 1 and roc.auc < 0.5 and roc.interval_by("logit")[1] < 0.5:
        sentence = _("The scores are lower for {name} than for the others: if that is not meant, choose the other label of the positives.")  # fmt: skip  # noqa: E501
        st.info(sentence.format(name=escape(scored.names[0])), icon=":material/swap_vert:")


def _view() -> str:
    words = {
        CURVES: _("Curves and threshold"),
        BALANCE: _("Class balance"),
        CLASSES: _("Confusion"),
        SURE: _("Calibration"),
        SLICES: _("Slices"),
        FOLDS: _("Folds"),
    }
    return segments(_("View"), words, "evaluation view")


def _views() -> dict[str, View]:
    return {CURVES: curves, BALANCE: balance, CLASSES: classes, SURE: sure, SLICES: slices_panel, FOLDS: folds_panel}
