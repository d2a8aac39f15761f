"""Entry of the app: ``streamlit run dashboard``. It draws what every page shares, then the page."""

from pathlib import Path

import streamlit as st

from dashboard.engine import begin_after_paint
from dashboard.intake import add_model, imagenet
from dashboard.keyboard import keyboard
from dashboard.sidebar import not_here, sidebar, status
from dashboard.style import apply_style
from dashboard.text import _
from dashboard.unsent import keep_unsent
from dashboard.visit import models, visit, write_address

ICON = Path(__file__).with_name("icon.svg")  # a file: an icon by name would be fetched from another machine
PAGES = {
    _("Start"): [
        st.Page("../pages/home.py", title=_("Home"), url_path="", default=True),
        st.Page("../pages/home.py", title=_("Home"), url_path="home", visibility="hidden"),
        st.Page("../pages/model.py", title=_("Model")),
    ],
    _("Why this prediction"): [st.Page("../pages/explain.py", title=_("Explain"))],
    _("Inside the network"): [
        st.Page("../pages/layers.py", title=_("Layers")),
        st.Page("../pages/units.py", title=_("Units")),
        st.Page("../pages/receptive_field.py", title=_("Receptive field")),
        st.Page("../pages/depth_dive.py", title=_("Depth dive")),
        st.Page("../pages/attention.py", title=_("Attention")),
    ],
    _("Over a data set"): [
        st.Page("../pages/embeddings.py", title=_("Embeddings")),
        st.Page("../pages/evaluation.py", title=_("Evaluation")),
        st.Page("../pages/loss_landscape.py", title=_("Loss landscape")),
    ],
    _("Learn and take away"): [st.Page("../pages/report.py", title=_("Report"))],
}

keep_unsent()
st.set_page_config(page_title="vizlib", page_icon=str(ICON), layout="wide")
apply_style()
page = st.navigation(PAGES)
if not models():
    st.error(_("No model is here. Put a folder with a card.toml into models/, or name one in VIZLIB_MODELS."))
    st.stop()
here = visit()
here.page = page.url_path
add_model.settle(here)
imagenet.settle(here)
here.follow_settings()
waited = sidebar(here)
not_here(here)
keyboard()
add_model.dialog(here)
here.drop_stale()
page.run()
status(here, waited)
begin_after_paint(here.engine)
write_address(here)
