"""On the page Loss landscape: how sharply the loss bends at the chosen model's weights."""

from typing import Any

import streamlit as st

from dashboard.image_set import ChosenSet
from dashboard.landscape.controls import PLACE
from dashboard.landscape.under import on_demand
from dashboard.text import _
from dashboard.visit import Visit

OPTIONS: dict[str, Any] = {"k": 3, "iterations": 20, "probes": 8}
PRODUCT = 4  # what a product with the Hessian costs, in passes


def bend(here: Visit, chosen: ChosenSet) -> None:
    """Eigenvalues and trace of the Hessian, once they are asked for."""
    st.subheader(_("How sharply it bends"), anchor=False)
    st.markdown(_("The largest eigenvalues of the Hessian and its trace, over the chosen images."))
    on_demand(
        here, f"{PLACE} bend", "hessian", chosen, label=_("Measure the curvature"), icon=":material/ssid_chart:",
        passes=1 + PRODUCT * (OPTIONS["iterations"] + OPTIONS["probes"]), **OPTIONS,
    )  # fmt: skip
