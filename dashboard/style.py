"""What the theme cannot say: a few rules of our own, with no word or address from outside in them."""

import streamlit as st

_RULES = """
<style>
[class*="st-key-waiting-"] img { opacity: .45; filter: grayscale(1); }
[class*="st-key-card-"] h4 { padding-bottom: 0; }
[data-testid="stMainBlockContainer"] { padding: 2.6rem 2.2rem 3rem; max-width: 1500px; }
[data-testid="stSidebarHeader"] { height: 2.2rem; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.2rem 1rem 2rem; } }
.odds { display: grid; grid-template-columns: minmax(0, max-content) minmax(3rem, 14rem) max-content; gap: .2rem .8rem;
        align-items: center; font-size: .9rem; }
.odds span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.odds i { display: block; height: .55rem; min-width: 1px; border-radius: .2rem; background: currentColor;
          opacity: .35; }
.odds .explained { font-weight: 650; }
.odds .explained + i { opacity: .85; }
</style>
"""


def apply_style() -> None:
    """Put the rules into the page."""
    st.html(_RULES)
