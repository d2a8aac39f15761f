"""A map of a probability that hardly moves: said calmly, with one click to the logit, which shows more."""

import streamlit as st

from dashboard.controls import choose
from dashboard.text import _, escape
from dashboard.visit import PLACE
from vizlib.core.results import Attribution


def banners(technique: str, result: Attribution, *, large: bool) -> None:
    """What a reader must know about a map; nothing is wrong with a faint one."""
    faint = result.is_faint()
    for banner in result.banners():
        if not faint:
            st.warning(escape(banner), icon=":material/info:")
        elif large:
            st.info(escape(banner), icon=":material/info:")
        else:
            st.caption(escape(banner))
    if faint:
        st.button(
            _("Measure the logit instead"),
            key=f"logit {technique}",
            icon=":material/swap_horiz:",
            type="secondary" if large else "tertiary",
            on_click=choose,
            args=(technique, PLACE, "score", "logit"),
        )
