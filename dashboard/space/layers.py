"""The same images layer by layer: maps turned onto each other, and how well each layer separates the classes."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.inside import under_way
from dashboard.model.layer_card import CLEAR, config
from dashboard.space.ask import ask
from dashboard.space.names import Known
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

if TYPE_CHECKING:
    from vizlib.space.results import Embedding

ENOUGH = 6  # layers of the slider, for which one looks inside the outermost ones
ONTO, KEY = "space onto", "space layer"
LAST = ("fc", "head", "heads", "classifier", "linear", "out")  # what the last layer of a classifier is often called


def aligned(known: Known, map_: "Embedding") -> "Embedding":
    """The map turned, mirrored and scaled onto the first one of its kind, so that points do not jump."""
    from vizlib.space.alignment import align

    shown: dict[Any, Embedding] = st.session_state.setdefault(ONTO, {})
    kind = (known.space.images.digest, map_.technique, map_.points.shape)
    before = shown.setdefault(kind, map_)
    return map_ if before.digest() == map_.digest() else align(map_, before)


def layer_choice(here: Visit) -> str | None:
    """The layer of the map; what the classifier reads until a person chooses, None before the model is known."""
    sight = here.sight()
    if sight is None:
        st.selectbox(_("Layer"), [_("Loading …")], disabled=True, key="space no layer")
        return None
    key, wanted = _key(here), here.asked.pop("through", "")
    kept = wanted or st.session_state.get(key)
    usual = first_layer(sight.layers, sight.default_layer)
    # Written in every run: what a run says that another one overtakes never reaches the browser, which then begins at
    # the first layer.
    st.session_state[key] = kept if kept in sight.layers else usual
    chosen: str = st.selectbox(_("Layer"), sight.layers, key=key, persist_state="session", help=_("Type to search."))
    here.parts["through"] = chosen
    return chosen


def first_layer(layers: tuple[str, ...], default: str | None) -> str:
    """What the last layer reads, where that is a classifier by its name; else the model's default layer."""
    last = layers[-1]
    before = [name for name in layers[:-1] if not last.startswith(f"{name}.")]
    if before and last.partition(".")[0] in LAST:
        return before[-1]
    return default or last


def _key(here: Visit) -> str:
    return f"{KEY} {here.listed().name}"


def layer_by_layer(here: Visit) -> None:
    """A slider over the main layers, above the map, which glides from one to the next."""
    sight = here.sight()
    if sight is None:
        return
    steps, slider = main_layers(sight.layers, st.session_state[_key(here)]), f"{KEY} slider"
    st.session_state[slider] = st.session_state[_key(here)]

    def move() -> None:
        st.session_state[_key(here)] = st.session_state[slider]

    words = _("Each map is turned onto the first one shown (Procrustes; Gower 1975), so that a point moves only where "
              "the layer moves it. The first look at a layer takes as long as the images need to pass.")  # fmt: skip
    label = _("The same images, layer by layer")
    st.select_slider(label, steps, key=slider, on_change=move, help=words)


def main_layers(layers: tuple[str, ...], chosen: str | None) -> list[str]:
    """The outermost layers, or those inside them where there are few, and the chosen one, in the network's order."""
    for depth in range(max((name.count(".") for name in layers), default=0) + 1):
        level = [name for name in layers if name.count(".") <= depth]
        shown = {name for name in level if not any(other.startswith(f"{name}.") for other in level)}
        if len(shown) >= ENOUGH:
            break
    else:
        shown = {name for name in layers if "." not in name}
    return [name for name in layers if name in shown or name == chosen]


def probes(here: Visit, known: Known) -> None:
    """How well this layer separates the classes: the vote of neighbours, and a straight cut."""
    if known.labels is None or known.labels.max(initial=0) < 1:
        return
    st.subheader(_("How well this layer separates the classes"), anchor=False)
    tip = _("Fits a linear classifier five times, and asks the nearest neighbours of every image.")
    wanted = st.toggle(_("Measure it"), key="space probe", persist_state="session", help=tip)
    if not wanted:
        return

    def work(tick: Any) -> Any:
        from vizlib.index import TECHNIQUES

        accuracy: Any = TECHNIQUES["knn_accuracy"]
        probe: Any = TECHNIQUES["linear_probe"]
        features = known.space.features
        return accuracy(features, known.labels, progress=tick), probe(features, known.labels, progress=tick)

    found = ask(here, "probe", known.space.key, _("Probes of {layer}").format(layer=known.space.features.layer), work)
    if isinstance(found, Job):
        under_way(here, found)
        return
    _told(found)


def _told(found: Any) -> None:
    from vizlib.figures.interactive import figure

    votes, probe = found
    left, right = st.columns([1, 1], gap="large")
    for column, result, place in ((left, votes, "knn"), (right, probe, "probe")):
        drawn = figure(result)
        drawn.update_layout(paper_bgcolor=CLEAR)
        column.plotly_chart(drawn, key=f"chart space {place}", config=config(), alt=drawn.layout.meta["alternative"])
    best = int(votes.accuracy.argmax())
    words = _("The vote of {k} neighbours is right for {votes:.1%} of the images, a straight cut for {cut:.1%} of "
              "images it was not fitted to; guessing the largest class {chance:.1%}.")  # fmt: skip
    st.markdown(words.format(k=votes.k[best], votes=votes.accuracy[best], cut=probe.accuracy, chance=probe.chance))
    for note in (*votes.notes, *probe.notes):
        st.caption(escape(_(note)))
