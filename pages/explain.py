"""Why did it decide that? One image, four methods side by side, then each of them large."""

import streamlit as st

from dashboard.card import card
from dashboard.hide import HIDE, hide_it
from dashboard.page import headline, method_choice
from dashboard.visit import visit

METHODS = ("saliency", "guided_backprop", "occlusion", "grad_cam")

here = visit()
headline(here)
method = method_choice(here, (*METHODS, HIDE))
if method == HIDE:
    hide_it(here, METHODS)
elif method is not None:
    card(here, method, large=True)
else:
    for column, technique in zip(st.columns(len(METHODS)), METHODS, strict=True):
        with column:
            card(here, technique)
