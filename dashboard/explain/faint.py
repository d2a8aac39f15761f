"""A map of a probability that hardly moves: said calmly, with one click to the logit, which shows more."""

from typing import Any

import streamlit as st

from dashboard.controls import choose
from dashboard.text import _, escape
from dashboard.visit import PLACE
from vizlib.core.results import Attribution

ICON = ":material/swap_horiz:"


def banners(technique: str, result: Attribution) -> None:
    """What a reader must know about a large map; nothing is wrong with a faint one."""
    faint = result.is_faint()
    for banner in result.banners():
        (st.info if faint else st.warning)(escape(banner), icon=":material/info:")
    if faint:
        st.button(_("Measure the logit instead"), key=f"logit {technique}", icon=ICON, **_to_logit(technique))


def small_banners(technique: str, result: Attribution) -> None:
    """The same on a small card, but for what :func:`faint_line` says."""
    for banner in () if result.is_faint() else result.banners():
        st.warning(escape(banner), icon=":material/info:")


def faint_line(technique: str, result: Attribution) -> bool:
    """On a small card the click stands in the place of its line, so that the cards stay equally high."""
    if not result.is_faint():
        return False
    words = "  \n".join(escape(banner) for banner in result.banners())
    label = _("Hardly moves: measure the logit")
    st.button(label, key=f"logit {technique}", icon=ICON, type="tertiary", help=words, **_to_logit(technique))
    return True


def _to_logit(technique: str) -> dict[str, Any]:
    return {"on_click": choose, "args": (technique, PLACE, "score", "logit")}
