"""The pages Layers and Units: what the kernels of a layer look like, what its channels answer, what excites one."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.image_set import image_set_choice
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card, picture
from dashboard.network.channel_statistics import statistics
from dashboard.network.difference import difference
from dashboard.network.dreaming import dream
from dashboard.network.followed import channel_choice, follow
from dashboard.network.layer_choice import opening
from dashboard.over_sets import ask_set, set_card
from dashboard.take_away import take_away
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.inside.results_units import Activations, Filters

PATCHES = 9
IN_A_ROW = 6


def layers(here: Visit) -> None:
    """Kernels and activation maps of one layer."""
    layer = opening(here, _("What does this layer look for?"))
    if layer is None:
        return
    st.subheader(_("What its channels answer to the picture"), anchor=False)
    _activations(here, layer)
    st.subheader(_("Its kernels"), anchor=False)
    _filters(here, layer)


def units(here: Visit) -> None:
    """What excites one channel of a layer most."""
    layer = opening(here, _("What excites this unit?"))
    if layer is None:
        return
    found = ask_model(here, "inside/activations", "activations", shots=[here.shot()], layer=layer)
    if isinstance(found, Job):
        under_way(here, found)
        return
    result: Any = found.result
    unit = channel_choice(here, layer, result.values.shape[1], int(result.order[0]))
    st.subheader(_("The patches that excite it most"), anchor=False)
    patches = _patches(here, layer, unit)
    st.subheader(_("An image made to excite it"), anchor=False)
    dream(here, layer, unit, patches)


def _patches(here: Visit, layer: str, unit: int) -> Answer | None:
    """Patches of the chosen image set: the strongest, or rows down to the images that hardly answer."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = image_set_choice(here)
        tip = _("The strongest, and rows of images that answer less: a unit is more than the images it likes most.")
        rows = st.toggle(_("Rows by quantile"), key="patch rows", persist_state="session", help=tip)
    if chosen is None:
        return None
    k = min(IN_A_ROW if rows else PATCHES, len(chosen))
    how: dict[str, Any] = {"rows": "quantiles"} if rows else {}
    outcome = ask_set(here, "patches", "top_patches", chosen, layer=layer, unit=unit, k=k, **how)
    return set_card(here, outcome, "patches")


def _activations(here: Visit, layer: str) -> None:
    outcome = ask_model(here, "inside/activations", "activations", shots=[here.shot()], layer=layer)
    if isinstance(outcome, Job):
        inside_card(here, outcome, "activations")
        return
    result: Any = outcome.result
    st.caption(_("A click on a map opens its channel; the page Units follows it."))
    sheet, alone = st.columns([3, 2], gap="large")
    with sheet:
        shared = st.toggle(_("One colour range for all channels"), key="activations shared", persist_state="session")
        scale = "shared" if shared else "own"
        inside_card(here, outcome, "activations", click=partial(follow, here, layer), scale=scale)
    with alone:
        unit = channel_choice(here, layer, result.values.shape[1], int(result.order[0]))
        _one_channel(here, outcome, result, unit)
    difference(here, layer, outcome, unit)
    st.subheader(_("How often its channels answer over many pictures"), anchor=False)
    statistics(here, layer, unit)


def _one_channel(here: Visit, answer: Answer, result: Activations, unit: int) -> None:
    """One channel over the picture, and its numbers."""
    sight = here.sight()
    display: dict[str, Any] = {"unit": unit, "images": [sight.view] if sight else None}
    title = picture(answer, "channel", **display)
    sentence = _("Channel {unit}: mean {mean:.3g}, largest {largest:.3g}, {zeros:.0%} of its values are exactly 0.")
    facts = {"mean": result.mean[unit], "largest": result.maximum[unit], "zeros": result.sparsity[unit]}
    st.markdown(sentence.format(unit=unit, **facts))
    silent = int(result.dead.sum())
    if silent:
        st.caption(_("{silent} of {all} channels are silent for this picture.").format(silent=silent, all=len(result.dead)))  # fmt: skip  # noqa: E501
    take_away("channel", answer, display, title)


def _filters(here: Visit, layer: str) -> None:
    holder = _kernel_layer(here, layer)
    if holder != layer:
        words = _("{layer} has no kernels of its own; these are those of {other}, the last layer before it that has.")
        st.caption(escape(words.format(layer=layer, other=holder)))
    outcome = ask_model(here, "inside/filters", "filters", layer=holder)
    if isinstance(outcome, Job):
        inside_card(here, outcome, "filters")
        return
    result: Any = outcome.result
    with st.container(horizontal=True, vertical_alignment="bottom"):
        display: dict[str, Any] = {"spectra": st.toggle(_("Spectra"), key="filter spectra", persist_state="session")}
        if _has_slices(result):
            display["channel"] = _slice_choice(result)
    click = partial(follow, here, layer) if result.layer == layer else None  # kernels of a part have other numbers
    inside_card(here, outcome, "filters", click=click, **display)


def _kernel_layer(here: Visit, layer: str) -> str:
    """The layer itself when it holds kernels, else the last one before it that does."""
    sight, model = here.sight(), here.engine.models.get(here.model_name())
    if sight is None or model is None:
        return layer
    modules = dict(model.module.named_modules())
    earlier = sight.layers[: sight.layers.index(layer) + 1]
    found = (name for name in reversed(earlier) if any(weight.ndim > 1 for weight in modules[name].parameters()))
    return next(found, layer)


def _has_slices(result: Filters) -> bool:
    return result.weights.shape[1] not in (1, 3)


def _slice_choice(result: Filters) -> int:
    count = result.weights.shape[1]
    chosen: int = st.number_input(
        _("Slice: input channel"), 0, count - 1, 0, key=f"slice {result.layer}", persist_state="session", width=220
    )
    return chosen
