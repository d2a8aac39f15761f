"""The page Embeddings: which images belong together in the eyes of a layer, and how much the map of them lies."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.controls import changes, controls, reset
from dashboard.image_set import DIGITS, SCENES, TRAY, image_set_choice, reads_digits
from dashboard.image_set import KEY as SET
from dashboard.inside import under_way
from dashboard.network.stored_inside import show_stored
from dashboard.reading import reading
from dashboard.sidebar import POLL
from dashboard.space.address import DIMENSIONS, METHOD, METHODS, OPENED, follow_address, say_address
from dashboard.space.ask import ask_map, ask_space, warm_umap_beside
from dashboard.space.beside import Asked, Other, absent, beside_choice, two_maps
from dashboard.space.landing import landing
from dashboard.space.layers import aligned, layer_by_layer, layer_choice, probes
from dashboard.space.likeness import likeness
from dashboard.space.map import Look, awaited, look_controls, show
from dashboard.space.names import Known
from dashboard.space.neighbours import neighbours
from dashboard.space.plane import plane
from dashboard.space.selection import leave_for_explain, selection
from dashboard.space.take import take
from dashboard.space.words import strip, traps
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

if TYPE_CHECKING:
    from vizlib.space.results import Embedding

POOLS = {"mean": "their mean", "max": "their maximum", "flatten": "all side by side"}
PLACE, BY_PAGE = "space", ("dimensions",)
LINKS = "space links"


def feature_space(here: Visit) -> None:
    """A map of an image set through one layer, and everything that can be asked of it."""
    leave_for_explain()
    follow_address(here)
    _begin(here)
    _headline(here)
    images, place, how = st.columns([3, 2, 2])
    with images:
        chosen = image_set_choice(here)
    with place:
        layer = layer_choice(here)
    with how:
        tip = _("A layer answers at many positions. Their mean forgets where things are; side by side keeps it.")
        pool: str = st.selectbox(
            _("Positions of the layer"), POOLS, key="space pool", persist_state="session", help=tip,
            format_func=lambda name: _(POOLS[name]),
        )  # fmt: skip
    if layer is None:
        _shown_before(here)
        return
    if chosen is None:
        return
    layer_by_layer(here)
    space = ask_space(here, chosen, layer, pool)
    if isinstance(space, Job):
        _shown_before(here)
        under_way(here, space)
        return
    method, options, other = _method(here)
    sight = here.sight()
    known = Known(space, sight.labels if sight else ())
    _map_of(here, known, Asked(chosen, method, options), other)


def _headline(here: Visit) -> None:
    """The question, and what must happen before it can be answered."""
    st.title(_("What belongs together?"), anchor=False)
    with st.container(key="narrow-hint"):
        st.caption(_("Model and images are in the menu » at the top left."))
    sight = here.look()
    if isinstance(sight, Job):
        under_way(here, sight)
        show_stored(here, None)


def _begin(here: Visit) -> None:
    """The first visit begins with images that are many enough for a map, and known."""
    if st.session_state.get(OPENED):
        return
    st.session_state[OPENED] = True
    if st.session_state.get(SET, TRAY) == TRAY:
        st.session_state[SET] = DIGITS if reads_digits(here) else SCENES[0]


def _method(here: Visit) -> tuple[str, dict[str, Any], Other | None]:
    """Which map, in how many dimensions, with which settings, and beside which other model."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="space-method"):
        method = st.segmented_control(
            _("Map"), list(METHODS), key=METHOD, required=True, persist_state="session",
            format_func=METHODS.__getitem__,
        ) or "pca"  # fmt: skip
        dimensions = st.segmented_control(
            _("Dimensions"), [2, 3], key=DIMENSIONS, required=True, persist_state="session",
            format_func=lambda number: f"{number}-D",
        ) or 2  # fmt: skip
        with st.popover(_("Settings"), icon=":material/settings:", key="space settings"):
            controls(method, PLACE, without=BY_PAGE)
            st.button(_("Back to defaults"), key="space defaults", on_click=reset, args=(method, PLACE))
        other = beside_choice(here)
    absent()
    say_address(here, method, dimensions)
    st.caption(traps(method))
    if method == "umap":
        _compiling()
    changed = {name: value for name, value in changes(method, PLACE).items() if name not in BY_PAGE}
    return method, {**changed, "dimensions": dimensions}, other


def _compiling() -> None:
    from vizlib.space.umap import umap_is_warm

    if not umap_is_warm():
        words = _("UMAP is compiled in the background once after each start; its first map waits up to a minute.")
        st.caption(words)


def _map_of(here: Visit, known: Known, asked: Asked, other: Other | None) -> None:
    """The map, live while it grows, then all that it answers."""
    outcome = ask_map(here, known.space, asked.method, asked.options)
    look = look_controls(known, asked.options["dimensions"])
    try:
        colours = awaited(here, known, look)
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        colours, look = None, replace(look, column="")
    if isinstance(colours, Job):
        under_way(here, colours)
    if isinstance(outcome, Job):
        st.fragment(_growing, run_every=None if outcome.over else POLL)(here, known, outcome, look)
        under_way(here, outcome)
        return
    map_ = aligned(known, outcome)
    st.session_state["space last"] = (known, map_)
    landed = landing(here, known.space, map_) if not _of_tray() else None
    stage = st.container(key="space-stage")
    words = reading(asked.method)
    st.caption(f"**{_('How to read this.')}** {escape(_(words.shows))}")
    strip(map_, here.listed().name if other else "")
    take(here, known, outcome, look)
    selection(here, known, map_)
    if known.space.making is not None:
        under_way(here, known.space.making)
    links = neighbours(here, known, map_)
    first = partial(show, here, known, map_, look, landed, links)
    with stage:
        two_maps(here, (known, map_), other, asked, look, links, first) if other else first()
    probes(here, known)
    likeness(here, known, asked.chosen)
    plane(here, known)
    warm_umap_beside()


def _of_tray() -> bool:
    return bool(st.session_state.get(SET) == TRAY)


def _growing(here: Visit, known: Known, job: Job, look: Look) -> None:
    """The map as it is so far; after a Cancel it stays. Before there is one, the last map of the same images."""
    map_: Embedding | None = job.partial
    if map_ is None:
        _shown_before(here, known)
        return
    show(here, known, map_, Look(look.colour if look.colour != "trust" else "none"))
    if job.over:
        st.caption(_("Unfinished: the map as it was when it was cancelled. Its quality is not measured."))


def _shown_before(here: Visit, known: Known | None = None) -> None:
    """The last map, greyed, until the next one is there."""
    before, map_ = st.session_state.get("space last", (None, None))
    if before is None or map_ is None or (known and known.space.images.digest != before.space.images.digest):
        return
    with st.container(key="waiting-space"):
        show(here, before, map_, Look("label"))
