"""The door: until there is more to choose from, it leads straight to the explanation."""

import streamlit as st

st.switch_page("../pages/explain.py")
