"""A map of a probability that hardly moves: said calmly, with one click to the logit, which shows more."""

import streamlit as st

from dashboard.controls import choose
from dashboard.text import _, escape
from dashboard.visit import PLACE
from vizlib.core.results import Attribution


def banners(technique: str, result: Attribution, *, large: bool) -> None:
    """What a reader must know about a map; nothing is wrong with a faint one."""
    faint = result.is_faint()
    words = [escape(banner) for banner in result.banners()]
    for banner in words if large or not faint else ():
        (st.info if faint else st.warning)(banner, icon=":material/info:")
    if faint:
        st.button(
            _("Measure the logit instead") if large else _("Hardly moves: measure the logit"),
            key=f"logit {technique}",
            icon=":material/swap_horiz:",
            type="secondary" if large else "tertiary",
            help=None if large else "  \n".join(words),
            on_click=choose,
            args=(technique, PLACE, "score", "logit"),
        )
