"""What the theme cannot say: a few rules of our own, with no word or address from outside in them."""

import streamlit as st

_RULES = """
<style>
[class*="st-key-waiting-"] { opacity: .45; filter: grayscale(1); }
[class*="st-key-frame-"] { container-type: inline-size; }
[class*="st-key-figure-"] { height: calc(min(100cqw, 36rem) + 84px); max-width: 36rem; }
[class*="st-key-small-card-"] h2 { font-size: 1.05rem; padding: 0; }
[class*="st-key-large-card-"] h2 { padding: .2rem 0 0; }
[class*="st-key-row-"] button { padding-inline: .5rem; min-width: 2.35rem; }
[class*="st-key-row-"] button [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[class*="st-key-row-"] button > div > [aria-hidden="true"] { display: none; }
[class*="st-key-row-"] { gap: .35rem !important; }
@media (pointer: coarse) { [class*="st-key-row-"] button { min-width: 2.75rem; min-height: 2.75rem; } }
[class*="st-key-narrow-hint"] { display: none; }
@media (min-width: 1100px) {
  [class*="st-key-line-"] { min-height: 3.1em; }
  [class*="st-key-small-card-"] [class*="st-key-title-"] { min-height: 3.1em; }
}
.stored { min-height: calc(min(100cqw, 36rem) + 84px); max-width: 36rem; }
.stored img { display: block; width: 100%; image-rendering: pixelated; }
.stored .bar { display: grid; grid-template-columns: max-content 1fr max-content; gap: .1rem .5rem; align-items: center;
        padding: .6rem 5% 0; font-size: .78rem; line-height: 1.25; color: light-dark(#4a555b, #b6c1c6); }
.stored .bar i { height: .75rem; }
.stored .bar small { grid-column: 1 / -1; text-align: center; font-size: inherit; }
[data-testid="stSidebar"] :has(> .st-key-machine) { position: sticky; bottom: 0; }
[data-testid="stCaptionContainer"] { opacity: 1 !important; }
[data-testid="stCaptionContainer"] p, [data-testid="stFileUploaderDropzoneInstructions"] * {
  color: light-dark(#566168, #a5b1b7) !important; }
:is([data-testid="stPopoverBody"], [data-testid="stDialog"]) :is([data-testid="stCaptionContainer"] p,
  [data-testid="stFileUploaderDropzoneInstructions"] *) { color: inherit !important; }
[data-testid="stCode"] .token { color: light-dark(#3b474d, #c3cdd1) !important; }
[data-testid="stCode"] .token:is(.string, .property, .keyword) { color: light-dark(#0b5c6e, #8fd3e2) !important; }
.js-plotly-plot .plotly text:not(.heatmap-label *) { fill: light-dark(#4a555b, #b6c1c6) !important;
  fill-opacity: 1 !important; opacity: 1 !important; }
.st-key-machine { background: light-dark(#f6f8f9, #0e1417); padding: .3rem 0 .8rem; }
[data-testid="stMainBlockContainer"] { padding: 2.6rem 2.2rem 3rem; max-width: 1500px; }
[data-testid="stSidebarHeader"] { height: 2.2rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 3.2rem 1rem 2rem; }
  [class*="st-key-narrow-hint"] { display: flex; }
  [class*="st-key-square-"] { margin-bottom: calc(-1 * clamp(0px, 540px - 100vw, 170px)); }
}
:is([data-testid="stSidebarNavLink"], [data-testid="stPageLink-NavLink"]):focus-visible {
        outline: 2px solid light-dark(#0b6b80, #4fb3c9); outline-offset: -2px; }
.odds { display: grid; grid-template-columns: minmax(5.4rem, max-content) minmax(1rem, 14rem) max-content;
        gap: .2rem .7rem; align-items: center; font-size: .9rem; }
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
