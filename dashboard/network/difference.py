"""On the page Layers: what a layer answers more, or less, than for another picture or in another model."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.export import recipe_lines
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import picture
from dashboard.network.followed import follow
from dashboard.take_away import take_away
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

NOTHING, PICTURE, BEFORE, MODEL = "nothing", "picture", "before", "model"
KEY, TECHNIQUE = "compare activations", "activation_difference"


def difference(here: Visit, layer: str, answer: Answer, unit: int) -> None:
    """The choice of what to compare with; then all channels by falling change, and the followed one."""
    against = st.segmented_control(
        _("Compare with"), [NOTHING, PICTURE, BEFORE, MODEL], default=NOTHING, key=KEY, format_func=_words,
        persist_state="session", required=True,
    )  # fmt: skip
    if against == NOTHING:
        return
    other, shot = _other(here, against)
    if other is None:
        st.info(_("There is nothing else to compare with yet; add a picture or a model."), icon=":material/info:")
        return
    outcome = ask_model(other, "inside/activations other", "activations", shots=[shot], layer=layer)
    if isinstance(outcome, Job):
        under_way(here, outcome)
        return
    try:
        found = composed(answer, outcome)
    except ValueError as error:
        st.info(escape(str(error)), icon=":material/info:")
        return
    first, second = _names(here, other, shot)
    _drawn(here, layer, found, unit, {"first": first, "second": second})
    recipe_lines(here, found)


def composed(mine: Answer, theirs: Answer) -> Answer:
    """The answer that the technique would give, of its two halves; ValueError where their layers differ in shape."""
    from vizlib.inside.difference import difference_of

    own, other = mine.recipe, theirs.recipe
    of_models = own.images == other.images
    stated = {"model": other.model, "weights": other.weights, "weights_digest": other.weights_digest}
    recipe = replace(
        own,
        technique=TECHNIQUE,
        options={"layer": own.options["layer"]},
        images=own.images if of_models else (*own.images, *other.images),
        data={"second": stated} if of_models else {},
    )
    found: Any = difference_of(mine.result, theirs.result, of_models)  # type: ignore[arg-type]
    return Answer(recipe, found)


def _words(name: str) -> str:
    words = {
        NOTHING: _("nothing"),
        PICTURE: _("another picture"),
        BEFORE: _("random weights"),
        MODEL: _("another model"),
    }
    return words[name]


def _other(here: Visit, against: str) -> tuple[Visit | None, Any]:
    """The visit as it would be with the other model, and the other picture."""
    if against == BEFORE:
        return replace(here, random=not here.random), here.shot()
    if against == MODEL:
        names = [model.name for model in here.models() if model.name != here.listed().name]
        name = _choice(_("Other model"), names, f"{KEY} {MODEL}")
        return (replace(here, model=name) if name else None), here.shot()
    shots = {shot.digest: shot for shot in here.shots() if shot.digest != here.shot().digest}
    digest = _choice(_("Other picture"), list(shots), f"{KEY} {PICTURE}", lambda digest: shots[digest].name)
    return (here if digest else None), shots.get(digest)


def _choice(label: str, offered: list[str], key: str, words: Any = str) -> str:
    if not offered:
        return ""
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    chosen: str = st.selectbox(label, offered, key=key, format_func=words, persist_state="session", width=320)
    return chosen


def _names(here: Visit, other: Visit, shot: Any) -> tuple[str, str]:
    if shot is not here.shot():
        return here.shot().name, shot.name
    if other.random != here.random:
        return (_("before training"), _("trained")) if here.random else (_("trained"), _("before training"))
    return here.listed().name, other.listed().name


def _drawn(here: Visit, layer: str, found: Answer, unit: int, words: dict[str, Any]) -> None:
    for banner in found.result.banners():
        st.warning(escape(banner), icon=":material/info:")
    result: Any = found.result
    sheet, alone = st.columns([3, 2], gap="large")
    with sheet:
        title = picture(found, "differences", click=partial(follow, here, layer), **words)
        take_away("differences", found, words, title)
    with alone:
        sight = here.sight()
        views = [sight.view] if sight else None
        display = {**words, "unit": min(unit, len(result.change) - 1), "images": views}
        title = picture(found, "difference", **display)
        take_away("difference", found, display, title)
    st.caption(_("Red is more in the first, blue more in the second; every colour range is symmetric about zero. A click follows a channel."))  # fmt: skip  # noqa: E501
