"""A second map beside the first: the same images in the eyes of another model, and one selection for both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.engine import Sight, sight_of
from dashboard.image_set import ChosenSet, reads_digits
from dashboard.inside import under_way
from dashboard.space.address import BESIDE, BESIDE_ABSENT, beside_layer_key, say_beside
from dashboard.space.alike import alike
from dashboard.space.ask import ask_map, ask_model_of, ask_space
from dashboard.space.layers import first_layer
from dashboard.space.map import Look, painted, show
from dashboard.space.names import Known
from dashboard.space.words import strip_line
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

if TYPE_CHECKING:
    from vizlib.space.results import Embedding

NONE, PLACE, KEY = "", " beside", "space map beside"
OF_IMAGES = ("cluster", "column")  # colours that say the same of an image in both maps: those of the first


@dataclass(frozen=True, eq=False)
class Other:
    """The model of the second map.

    Attributes
    ----------
    here : Visit
        With that model chosen.
    sight : Sight or Job
        What is known of it, or the job that finds out.
    layer : str
        Empty until the model is known.
    """

    here: Visit
    sight: Sight | Job
    layer: str = ""

    @property
    def name(self) -> str:
        return self.here.listed().name


def beside_choice(here: Visit) -> Other | None:
    """Another model and its layer; None where no second map is wanted."""
    names = [NONE, *others(here)]
    kept = st.session_state.get(BESIDE, NONE)
    st.session_state[BESIDE] = kept if kept in names else NONE  # in every run: see layer_choice
    tip = _("A second map of the same images. What is selected in one is marked in both.")
    name: str = st.selectbox(
        _("Beside: another model"), names, key=BESIDE, persist_state="session", width=220, help=tip,
        format_func=lambda one: one or _("none"), disabled=len(names) == 1,
        on_change=_stop, args=(here,),
    )  # fmt: skip
    if name == NONE:
        here.parts["beside"] = ""
        return None
    st.session_state.pop(BESIDE_ABSENT, None)
    other = Other(replace(here, model=name), _sight(here, replace(here, model=name)))
    return replace(other, layer=_layer(here, other))


def _stop(here: Visit) -> None:
    """What was under way for another second model is wanted no more; a callback."""
    for slot in ("beside model", f"features{PLACE}", f"map{PLACE}", "beside alike"):
        here.again(f"space/{slot}")


def others(here: Visit) -> list[str]:
    """Models that read images of as many colours as the chosen one does."""
    grey, own = _grey(here), here.listed().name
    return [one.name for one in here.models() if one.name != own and _grey(replace(here, model=one.name)) == grey]


def _grey(here: Visit) -> bool:
    brought = here.chosen()
    return brought.card.channels == 1 if brought else reads_digits(here)


def _sight(here: Visit, other: Visit) -> Any:
    """The layers and classes of the other model; not asked of the slot in which the chosen one is looked at."""
    open_image = here.shot().open
    label = _("Loading {model}").format(model=other.listed().name)
    return ask_model_of(other, "beside model", (), label, lambda model, tick: sight_of(model, open_image()))


def _layer(here: Visit, other: Other) -> str:
    """The layer of the second map; what the classifier reads until a person chooses."""
    key, sight = beside_layer_key(other.name), other.sight
    if isinstance(sight, Job):
        st.selectbox(_("Its layer"), [_("Loading …")], disabled=True, key="space no layer beside", width=220)
        return ""
    usual, kept = first_layer(sight.layers, sight.default_layer), st.session_state.get(key)
    st.session_state[key] = kept if kept in sight.layers else usual
    layer: str = st.selectbox(_("Its layer"), sight.layers, key=key, persist_state="session", width=220)
    say_beside(here, other.here, "" if layer == usual else layer)
    return layer


def absent() -> None:
    """Say that a link names a second model that is not here."""
    name = st.session_state.get(BESIDE_ABSENT)
    if name:
        words = _("The link sets the model {name} beside, which is not here or does not read these images.")
        st.caption(words.format(name=escape(name)))


@dataclass(frozen=True, eq=False)
class Asked:
    """What the second map shares with the first: images, method and settings."""

    chosen: ChosenSet
    method: str
    options: dict[str, Any]


def second_map(other: Other, known: Known, map_: "Embedding", asked: Asked) -> "tuple[Known, Embedding] | Job":
    """The same images through the other model, turned onto the first map; or the job that is under way."""
    from vizlib.space.alignment import align

    if isinstance(other.sight, Job):
        return other.sight
    space = ask_space(other.here, asked.chosen, other.layer, known.space.features.pool, PLACE)
    if isinstance(space, Job):
        return space
    outcome = ask_map(other.here, space, asked.method, asked.options, PLACE)
    if isinstance(outcome, Job):
        return outcome
    same = outcome.points.shape == map_.points.shape
    return Known(space, other.sight.labels), align(outcome, map_) if same else outcome


def two_maps(
    here: Visit,
    first: tuple[Known, "Embedding"],
    other: Other,
    asked: Asked,
    look: Look,
    links: Sequence[tuple[int, int]],
    show_first: Callable[[], None],
) -> None:
    """Both maps, each under the name of its model, and how alike both see the images."""
    second = second_map(other, *first, asked)
    left, right = st.columns(2, gap="medium")
    with left:
        _headed(here.listed().name, first[0].space.features.layer)
        show_first()
        st.caption(strip_line(first[1]))
    with right:
        _headed(other.name, other.layer)
        if isinstance(second, Job):
            under_way(other.here, second)
        else:
            _second(here, other, first, second, look, links)
    if isinstance(second, Job):
        return
    _told(bool(links))
    alike(here, first[0].space, second[0].space)


def _headed(name: str, layer: str) -> None:
    st.markdown(f"**{escape(name)}**" + (f" · {escape(layer)}" if layer else ""))


def _second(
    here: Visit,
    other: Other,
    first: tuple[Known, "Embedding"],
    second: tuple[Known, "Embedding"],
    look: Look,
    links: Sequence[tuple[int, int]],
) -> None:
    of_images = painted(here, *first, look) if look.colour in OF_IMAGES else None
    show(other.here, *second, look, links=links, key=KEY, colours=of_images)
    st.caption(strip_line(second[1]))
    for note in second[1].notes:
        st.caption(escape(_(note)))


def _told(linked: bool) -> None:
    words = _("The same images in both: what is pointed at or selected in one is marked in the other. The second map "
              "is turned onto the first (Procrustes); compare what lies together, not where it lies.")  # fmt: skip
    lines = _("The lines lead to the nearest images in the layer of the first map, on both.")
    st.caption(f"{words} {lines}" if linked else words)
