"""Room for a picture of pixels: as wide as its place, as high as its shape asks for, on every screen."""

from contextlib import nullcontext
from typing import Any

import streamlit as st

WIDEST = 46  # rem
TOP = 12  # pixels above the picture


def frame(key: str, drawn: Any) -> Any:
    """Where to draw a figure that tells the shape of its picture; any other figure keeps its own height."""
    shape = drawn.layout.meta or {}
    if "aspect" not in shape:
        return nullcontext()
    drawn.update_layout(height=None, margin_t=TOP)
    place = "".join(letter if letter.isalnum() else "-" for letter in key)
    outside = st.container(key=f"frame-raster-{place}")
    widest = shape.get("widest", WIDEST)
    height = f"calc(min(100cqw, {widest}rem) * {shape['aspect']:.4f} + {TOP + shape['foot']}px)"
    with outside:
        st.html(f"<style>.st-key-raster-{place} {{ flex: none; height: {height}; max-width: {widest}rem; }}</style>")
        return st.container(key=f"raster-{place}")
