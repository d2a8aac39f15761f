"""The page Receptive field: what a unit could see, what really matters to it, and stacks typed by hand."""

from typing import Any

import streamlit as st

from dashboard.export import plain_downloads
from dashboard.inside import ask_model
from dashboard.inside_card import inside_card
from dashboard.model.layer_card import CLEAR, config, field_of_layer
from dashboard.network.followed import followed
from dashboard.network.growth import growth
from dashboard.network.layer_choice import opening
from dashboard.text import _, escape
from dashboard.visit import Visit
from vizlib.inside.results_dreams import SHARES, EffectiveReceptiveField
from vizlib.inside.sandbox import PRESETS, StackField, parse_stack, stack_field

TEXT = "sandbox stack"
CHANNELS = 64


def receptive(here: Visit) -> None:
    """The question, and the fields of the chosen layer."""
    layer = opening(here, _("How much of the image does a unit see?"))
    if layer is None:
        return
    unit = followed(here, layer)
    if unit is not None:
        st.caption(_("You follow channel {unit}; all channels of a layer see the same box.").format(unit=unit))
    st.subheader(_("What it could see"), anchor=False)
    field_of_layer(here, layer)
    st.subheader(_("What matters to it"), anchor=False)
    _effective(here, layer)
    growth(here)


def _effective(here: Visit, layer: str) -> None:
    """The effective field over all pictures of the tray, beside the theoretical box."""
    outcome = ask_model(here, "inside/effective", "effective_receptive_field", shots=here.shots(), layer=layer)
    answer = inside_card(here, outcome, "effective")
    if answer is not None:
        result: Any = answer.result
        _ratios(result)


def _ratios(result: EffectiveReceptiveField) -> None:
    """How much of the picture holds how much of the gradient; the published log version under its own name."""
    st.markdown(_("**Smallest centred square that holds a share of the gradient**"))
    numbers = zip(SHARES, result.sides.tolist(), result.ratios, result.replknet_ratios, strict=True)
    rows = [
        {
            _("Share of the gradient"): f"{share:.0%}",
            _("Side, pixels"): side,
            _("Part of the picture"): f"{ratio:.1%}",
            _("RepLKNet's ratio, after log10(x + 1)"): f"{log:.1%}",
        }
        for share, side, ratio, log in numbers
    ]
    st.dataframe(rows, hide_index=True, width="content", key="erf ratios")
    st.caption(
        _("RepLKNet's ratio changes with the scale of the gradient: compare it with published numbers only. "
          "The first one does not.")
    )  # fmt: skip


def sandbox() -> None:
    """A stack of convolutions typed by hand, and the same field made of other stacks."""
    st.subheader(_("Try a stack of convolutions"), anchor=False)
    st.markdown(
        _("Write layers from first to last: kernel, then stride, padding, dilation: `3 s2 p1 d1`, commas between.")
    )
    with st.container(horizontal=True, gap="small", key="presets"):
        for number, (name, text) in enumerate(PRESETS.items()):
            st.button(escape(_(name)), key=f"preset {number}", on_click=_take, args=(text,))
    st.session_state.setdefault(TEXT, PRESETS["three 3×3"])
    text = st.text_input(_("Layers"), key=TEXT, persist_state="session")
    try:
        field = stack_field(parse_stack(text), CHANNELS)
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.markdown(stack_sentence(field))
    drawn = _drawn_stack(field)
    st.plotly_chart(drawn, key="chart sandbox", config=config(), alt=drawn.layout.meta["alternative"])
    plain_downloads(field, f"stack {text}", "sandbox")
    st.caption(
        _("Colour is the share of all paths from a pixel to the unit: with equal weights, what the pixel matters. "
          "It falls off like a Gaussian, so that the field in effect is much smaller than the span.")
    )  # fmt: skip


def _take(text: str) -> None:
    st.session_state[TEXT] = text


def stack_sentence(field: StackField) -> str:
    """What a unit of the last layer sees, and what the stack costs, as a sentence in Markdown."""
    sentence = _("A unit sees **{size} × {size} pixels** ({seen} × {seen} of them without holes), its neighbour as many, {stride} further on; with {channels} channels that is **{parameters} parameters**, and in effect a Gaussian of σ = {sigma:.2f} pixels.")  # fmt: skip  # noqa: E501
    return sentence.format(
        size=field.sizes[-1],
        seen=field.used[-1],
        stride=field.strides[-1],
        channels=field.channels,
        parameters=f"{int(field.parameters.sum()):,}".replace(",", " "),
        sigma=field.sigma,
    )


def _drawn_stack(field: StackField) -> Any:
    from vizlib.figures.sandbox import stack_on_screen

    drawn = stack_on_screen(field)
    drawn.update_layout(title=None, margin_t=40, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR)
    return drawn
