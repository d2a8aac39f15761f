"""Hide it yourself: paint over the picture, and the model's answer, its map and a layer follow."""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from dashboard.engine import Answer, ModelName, Sight
from dashboard.explain.canvas import Easel, canvas, decoded, encoded
from dashboard.explain.hide_files import files
from dashboard.explain.mask_link import from_word, to_word
from dashboard.explain.swing import odds, picture_of, pictures, rules, verdict
from dashboard.inside import under_way
from dashboard.store import Store
from dashboard.text import _, escape
from dashboard.visit import Visit, write_address
from dashboard.worker import Job, Progress
from vizlib.figures.style import name_of

if TYPE_CHECKING:
    from vizlib.attribution.results_hiding import Hiding
    from vizlib.core.recipe import Recipe
    from vizlib.zoo.model import Model

HIDE = "hide"
FILLS = ("zero", "mean", "blur")
SHARE, SHARES = 10, (1, 50)  # per cent of a map
WAIT = 0.6  # seconds that a page waits for an answer before it shows the last one
KEPT = 12
FILL_KEY, MAP_KEY, SHARE_KEY = "hide/fill", "hide/map", "hide/share"


@dataclass(frozen=True, eq=False)
class Trial:
    """What hiding led to, and the pictures that belong to it, in colours."""

    hiding: "Hiding"
    hidden: np.ndarray
    recipe: "Recipe"


@dataclass(frozen=True)
class Asked:
    """What is hidden, in which picture, from which model."""

    model: ModelName
    picture: str
    runs: str
    fill: str
    target: int | None


@dataclass
class Desk:
    """What a visit has hidden so far; it stays when the page is left."""

    masks: dict[str, str] = field(default_factory=dict)
    stamp: int = 0
    wish: str = ""  # the picture of which a share of a map is to be hidden, as soon as that map is known
    word: str = ""  # the mask as the address says it
    held: bool = False  # the pointer is down, so that the mask is still changing
    followed: str = ""  # the picture whose mask is a share of a map, and follows the slider
    filled: Store[np.ndarray] = field(default_factory=lambda: Store(KEPT, lambda picture: 1))
    trials: Store[Trial] = field(default_factory=lambda: Store(KEPT, lambda trial: 1))
    last: tuple[Asked, Trial] | None = None


def desk() -> Desk:
    """The desk of this visit."""
    if "hide desk" not in st.session_state:
        st.session_state["hide desk"] = Desk()
    found: Desk = st.session_state["hide desk"]
    return found


def hide_it(here: Visit, methods: tuple[str, ...]) -> None:
    """The tool: a canvas, and beside it what becomes of the prediction."""
    if isinstance(here.look(), Sight):
        rules()
        st.fragment(_draw)(here, methods)
    else:
        st.caption(_("The picture can be painted on once the model has seen it."))


def _draw(here: Visit, methods: tuple[str, ...]) -> None:
    sight = here.sight()
    if sight is None:
        st.rerun()
    table, picture = desk(), _picture(here, sight)
    st.session_state.setdefault(FILL_KEY, FILLS[0])
    _follow(here, table, picture, sight)
    waiting = _grant(here, table, picture)
    asked = Asked(here.model_name(), picture, table.masks.get(picture, ""), st.session_state[FILL_KEY], here.target)
    outcome = _ask(here, table, asked)
    st.markdown(f"## {_('Hide it yourself')}")
    st.caption(_("Cover a part of the picture: if the answer stays, the model did not need it."))
    shown = outcome if isinstance(outcome, Trial) else _last(table, asked)
    if shown is not None:
        verdict(shown.hiding, sight.labels)
    left, right = st.columns(2, gap="large")
    with left:
        _easel(table, asked, sight)
        _tools(here, table, picture, methods, waiting)
    with right:
        _outcome(here, outcome, shown, sight)
        if isinstance(outcome, Trial) and asked.runs:
            files(here, outcome.hiding, outcome.recipe, sight)
    if not table.held:
        _mirror(here, table, asked, sight)


def _follow(here: Visit, table: Desk, picture: str, sight: Sight) -> None:
    """Hide what the address says, when it is not what this page wrote there: a link, or a step back."""
    said = here.special.get("mask", "")
    if said == table.word or here.missing():
        return
    mask = from_word(said, _size(sight))
    table.masks[picture] = "" if mask is None else encoded(mask)
    table.stamp += 1
    table.word = said
    table.wish = table.followed = ""
    fill = here.special.get("fill", FILLS[0])
    if fill in FILLS and st.session_state[FILL_KEY] != fill:
        st.session_state[FILL_KEY] = fill


def _mirror(here: Visit, table: Desk, asked: Asked, sight: Sight) -> None:
    """The mask and its fill in the address; a mask that is too intricate for one is not there, and that is said."""
    word = to_word(decoded(asked.runs, _size(sight)))
    if word is None:
        st.caption(_("This mask is too intricate for a link: a copied address opens the picture with nothing hidden."))
    fill = asked.fill if word and asked.fill != FILLS[0] else ""
    table.word = word or ""
    here.special = {name: value for name, value in (("mask", table.word), ("fill", fill)) if value}
    write_address(here)


def _size(sight: Sight) -> tuple[int, int]:
    height, width = sight.view.shape[:2]
    return height, width


def _picture(here: Visit, sight: Sight) -> str:
    """A picture at the size in which the network sees it."""
    height, width = sight.view.shape[:2]
    return f"{here.shot().digest} {height}x{width}"


def _grant(here: Visit, table: Desk, picture: str) -> Job | None:
    """Hide the share of a map that was asked for; the job that computes the map when it is not there yet."""
    if table.wish != picture:
        return None
    outcome = here.ask(st.session_state[MAP_KEY])
    if not isinstance(outcome, Answer):
        return outcome
    from vizlib.attribution.hiding import top_share

    mask = top_share(outcome.result.heatmap()[0], st.session_state[SHARE_KEY] / 100)
    table.masks[picture] = encoded(mask)
    table.stamp += 1
    table.wish = ""
    return None


def _ask(here: Visit, table: Desk, asked: Asked) -> Trial | Job:
    """What hiding leads to, or the job that finds out; a newer mask replaces an older one."""
    known = table.trials.get(asked)
    if known is None:
        shot, sight = here.shot(), here.sight()
        assert sight is not None
        work = partial(_trial, asked, shot.name, shot.open, sight.view)
        label = _("Hiding parts of {image}").format(image=shot.name)
        job = here.engine.with_model(here.owner, HIDE, asked, label, asked.model, work)
        job.wait(WAIT)
        if job.state != "done":
            return job
        known = job.value
        table.trials.put(asked, known)
    table.last = (asked, known)
    table.filled.put((asked.model, asked.picture, asked.fill), known.hiding.filled)
    return known


def _trial(asked: Asked, name: str, open_image: Any, view: np.ndarray, model: "Model", tick: Progress) -> Trial:
    """The work, on the worker."""
    from vizlib.core.recipe import perform, recipe_for

    image, mask = open_image(), decoded(asked.runs, (view.shape[0], view.shape[1]))
    recipe = recipe_for("hiding", model, [(name, image)], asked.target, mask=mask, fill=asked.fill)
    found = cast("Hiding", perform(recipe, model, [image], tick))
    return Trial(found, found.hidden(view), recipe)


def _easel(table: Desk, asked: Asked, sight: Sight) -> None:
    filled = table.filled.get((asked.model, asked.picture, asked.fill))
    source = "" if filled is None else picture_of(filled)
    easel = Easel(asked.picture, sight.picture, source, _size(sight), asked.runs, table.stamp)
    canvas(easel, partial(_take, table, asked.picture))


def _take(table: Desk, picture: str, runs: str, held: bool) -> None:
    """What was painted is the mask from now on."""
    table.masks[picture], table.held = runs, held
    table.wish = table.followed = ""


def _tools(here: Visit, table: Desk, picture: str, methods: tuple[str, ...], waiting: Job | None) -> None:
    """What stands in the hidden part, and a part chosen by a map."""
    st.segmented_control(
        _("Hidden parts become"),
        FILLS,
        key=FILL_KEY,
        required=True,
        format_func=_fill_name,
        help=_("As in occlusion: 0 in the normalised input, the image's mean, a blur."),
        persist_state="session",
    )
    sight = here.sight()
    st.session_state.setdefault(MAP_KEY, methods[-1 if sight is None or sight.default_layer else 0])
    st.session_state.setdefault(SHARE_KEY, SHARE)
    again = partial(_again, table, picture)
    with st.container(horizontal=True, vertical_alignment="bottom", key="hide-share"):
        st.selectbox(
            _("Or hide the top of a map"),
            methods,
            key=MAP_KEY,
            format_func=lambda method: _(name_of(method)),
            on_change=again,
            persist_state="session",
            width=180,
        )
        st.slider(
            _("Share of the picture, in per cent"),
            *SHARES,
            key=SHARE_KEY,
            on_change=again,
            persist_state="session",
            width=220,
        )
    label = _("Hide the top {share} % of {map}")
    chosen = {"share": st.session_state[SHARE_KEY], "map": escape(_(name_of(st.session_state[MAP_KEY])))}
    st.button(label.format(**chosen), key="hide top", icon=":material/texture:", on_click=_wish, args=(table, picture))
    if waiting is not None:
        under_way(here, waiting)


def _fill_name(fill: str) -> str:
    return {"zero": _("Grey"), "mean": _("Mean colour"), "blur": _("Blur")}[fill]


def _wish(table: Desk, picture: str) -> None:
    table.wish = table.followed = picture


def _again(table: Desk, picture: str) -> None:
    """Another share or map, while such a share is what is hidden."""
    if table.followed == picture:
        table.wish = picture


def _outcome(here: Visit, outcome: Trial | Job, shown: Trial | None, sight: Sight) -> None:
    """The present answer; while it is under way the last one about the same question, greyed."""
    with st.container(key="hide-present" if isinstance(outcome, Trial) or shown is None else "waiting-hide"):
        if shown is not None:
            odds(shown.hiding, sight.labels)
            pictures(shown.hiding, [sight.view, shown.hidden], sight.labels)
    if isinstance(outcome, Job):
        under_way(here, outcome)
    st.markdown(
        f"**{_('How to read this.')}** "
        + _("Left is the picture as it is, right what the model makes of what you left of it; both share one scale.")
    )
    st.markdown(
        f"**{_('How it can mislead.')}** "
        + _(
            "A patch is itself a shape with edges, in a picture unlike any the model was trained on: it may react to "
            "the patch, not to what is missing. Believe what stays true with another fill."
        )
    )


def _last(table: Desk, asked: Asked) -> Trial | None:
    if table.last is None:
        return None
    before, trial = table.last
    same = (before.model, before.picture, before.target) == (asked.model, asked.picture, asked.target)
    return trial if same else None
