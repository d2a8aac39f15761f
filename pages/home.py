"""The door: real results at once, and a place to drop a photo."""

import streamlit as st

from dashboard.showcase import photo_door, showcase
from dashboard.text import _
from dashboard.visit import visit

here = visit()
st.title(_("Why did it decide that?"), anchor=False)
st.markdown(_("Pictures of what a vision model saw, computed from the model itself. Open one, or bring your own."))
photo_door(here)
showcase(here)
