"""The page Attention: where the tokens of a transformer look, from which patch, in which block and head."""

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.engine import Sight
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.model.layer_card import CLEAR, config
from dashboard.network.stored_inside import show_example
from dashboard.text import _, escape, sentence_case
from dashboard.visit import Visit
from dashboard.worker import Job, Progress

if TYPE_CHECKING:
    from vizlib.inside.attention_results import Attention, Place
    from vizlib.zoo.model import Model

MEAN = -1  # stands for the mean over heads in the list of heads
CLASS, PATCH = "class token", "patch"
OFFERS = {"vit_b_16": "ViT-B/16", "swin_t": "Swin-T", "maxvit_t": "MaxViT-T"}
WAIT = 0.6  # seconds that the page waits for the names of the blocks
FIELD = 130  # pixels, the width of a field


def attending(here: Visit) -> None:
    """The question; then the blocks of the model, or what to choose instead."""
    st.title(_("Where does it look?"), anchor=False)
    with st.container(key="narrow-hint"):
        st.caption(_("Model and images are in the menu » at the top left."))
    sight = here.look()
    if isinstance(sight, Job):
        under_way(here, sight)
        show_example()
        return
    blocks = _blocks(here)
    if isinstance(blocks, Job):
        under_way(here, blocks)
        show_example()
    elif blocks:
        _one_block(here, sight, blocks)
        _all_blocks(here, sight)
    else:
        _without(here)


def _blocks(here: Visit) -> tuple[str, ...] | Job:
    """Names of the model's attention blocks, or the job that finds them."""
    key = ("attention blocks", here.model_name())
    known: tuple[str, ...] | None = here.answers.get(key)
    if known is not None:
        return known
    label = _("Looking for attention in {model}").format(model=here.listed().name)
    job = here.engine.with_model(here.owner, "inside/blocks", key, label, here.model_name(), _names)
    job.wait(WAIT)
    if job.state != "done":
        return job
    here.answers.put(key, job.value)
    found: tuple[str, ...] = job.value
    return found


def _names(model: "Model", tick: Progress) -> tuple[str, ...]:
    from vizlib.core.blocks import attention_blocks

    return attention_blocks(model)


def _without(here: Visit) -> None:
    """What the page would show, and models that have attention."""
    sentence = _("**{model}** has no attention: its layers look at fixed neighbourhoods, as *Receptive field* shows.")
    st.info(sentence.format(model=escape(here.listed().name)), icon=":material/info:")
    st.markdown(
        _("A vision transformer cuts the picture into patches, and every patch decides anew, for every picture, which "
          "other patches to read from. With such a model this page shows:")
    )  # fmt: skip
    for line in (
        _("where one patch, or the class token, looks: one map for each head of a block, after a click on the picture"),
        _("how far the heads look, block by block: some like a convolution at their neighbours, others everywhere"),
        _("rollout: from which patches attention leads to the class token through all blocks together"),
    ):
        st.markdown(f"- {line}")
    st.markdown(_("Try an untrained one, which shows how it works but nothing that was learned, or bring your own:"))
    with st.container(horizontal=True, key="attention offers"):
        for name, title in OFFERS.items():
            label = _("{model} with random weights").format(model=title)
            st.button(label, key=f"offer {name}", on_click=_take, args=(here, name), icon=":material/casino:")
        st.button(_("Add a model"), key="offer own", on_click=_add, args=(here,), icon=":material/add:")
    show_example()


def _take(here: Visit, name: str) -> None:
    here.model, here.random, here.by_hand = name, True, True
    here.enlarged += 1


def _add(here: Visit) -> None:
    here.adding = True


def _one_block(here: Visit, sight: Sight, blocks: tuple[str, ...]) -> None:
    """One block of the chosen picture: who looks, one head large, all heads small."""
    key = f"attention block {here.listed().name}"
    wanted = here.asked.pop("block", st.session_state.get(key))
    wanted = wanted if wanted in blocks else blocks[-1]
    if st.session_state.get(key) != wanted:
        st.session_state[key] = wanted
    block = st.selectbox(
        _("Block"), blocks, key=key, persist_state="session", help=_("From the first to the last. Type to search.")
    )
    outcome = ask_model(here, "inside/attention", "attention", shots=[here.shot()], block=block)
    if isinstance(outcome, Job):
        inside_card(here, outcome, "attention")
        return
    result: Any = outcome.result
    _linked(here, result)
    st.caption(_("A click on the left picture chooses the patch that looks; one on a small map chooses its head."))
    left, right = st.columns([2, 3], gap="large")
    with left:
        query, head = _query(result), _head(here, result)
        shared = st.toggle(_("One colour range for all heads"), key="attention shared", persist_state="session")
        display: dict[str, Any] = {"query": query, "scale": "shared" if shared else "own", "images": [sight.view]}
        _large(result, head, display)
    patch = "" if query is None else f"{query[0]},{query[1]}"
    here.parts |= {"block": block, "head": "" if head == MEAN else str(head), "patch": patch}
    with right:
        inside_card(here, outcome, "attention", click=partial(_choose_head, here), **display)


def _linked(here: Visit, result: "Attention") -> None:
    """Choose the head and the patch that an address asks for."""
    head = here.asked.pop("head", "")
    if head.isdecimal() and int(head) < result.heads:
        st.session_state[_head_key(here)] = int(head)
    place = here.asked.pop("patch", "").split(",")
    if len(place) == 2 and all(
        one.isdecimal() and int(one) < side for one, side in zip(place, result.grid, strict=True)
    ):
        st.session_state[_FROM] = PATCH
        st.session_state.update(zip(_keys(result), map(int, place), strict=True))


def _query(result: "Attention") -> "Place | None":
    """The patch that looks; None for the class token."""
    if result.class_token:
        st.session_state.setdefault(_FROM, CLASS)
        st.segmented_control(
            _("Looking from"),
            (CLASS, PATCH),
            key=_FROM,
            required=True,
            format_func=_from_name,
            persist_state="session",
            help=_("The answer is read from the class token at the end; each patch has a token of its own."),
        )
    off = result.class_token and st.session_state[_FROM] == CLASS
    place = []
    with st.container(horizontal=True, key="attention query"):
        for label, count, key in zip((_("Row"), _("Column")), result.grid, _keys(result), strict=True):
            st.session_state.setdefault(key, count // 2)
            field: dict[str, Any] = {"key": key, "width": FIELD, "disabled": off, "persist_state": "session"}
            place.append(st.number_input(label, 0, count - 1, step=1, **field))
    return None if off else (place[0], place[1])


_FROM = "attention from"


def _from_name(choice: str) -> str:
    return _("Class token") if choice == CLASS else _("A patch")


def _keys(result: "Attention") -> tuple[str, str]:
    """Keys of row and column; another grid has others."""
    grid = f"{result.grid[0]} × {result.grid[1]}"
    return f"attention row {grid}", f"attention column {grid}"


def _head(here: Visit, result: "Attention") -> int:
    key, heads = _head_key(here), (MEAN, *range(result.heads))
    if st.session_state.get(key, MEAN) not in heads or key not in st.session_state:
        st.session_state[key] = MEAN
    chosen: int = st.selectbox(_("Head"), heads, key=key, format_func=_head_name, persist_state="session")
    return chosen


def _head_key(here: Visit) -> str:
    return f"attention head {here.listed().name}"


def _head_name(head: int) -> str:
    return _("Mean over heads") if head == MEAN else _("Head {number}").format(number=head)


def _choose_head(here: Visit, head: Any) -> None:
    if head is not None:
        st.session_state[_head_key(here)] = int(head)


def _large(result: "Attention", head: int, display: dict[str, Any]) -> None:
    """One head over the picture; a click chooses the patch that looks."""
    from vizlib.figures.interactive import figure

    drawn = figure(result, head=head, **display)
    drawn.update_layout(title=None, margin_t=8, paper_bgcolor=CLEAR, clickmode="event+select", dragmode=False)
    bar = {"orientation": "h", "y": 0, "yanchor": "top", "len": 0.9, "title": {"side": "bottom"}}
    drawn.update_traces(selector={"type": "heatmap"}, colorbar=bar)
    key = "chart look"
    st.plotly_chart(
        drawn,
        key=key,
        config=config(),
        alt=drawn.layout.meta["alternative"],
        on_select=partial(_choose_patch, key, _keys(result), result.grid[1]),
        selection_mode="points",
    )
    far = result.distances[0].mean() if head == MEAN else result.distances[0, head]
    words = _("{head}: its patches look **{distance:.0f} pixels** far on average.")
    st.markdown(words.format(head=_head_name(head), distance=far))


def _choose_patch(chart: str, keys: tuple[str, str], columns: int) -> None:
    points = st.session_state[chart].selection.points
    said = points[0].get("customdata") if points else None
    if said is None:
        return
    number = int(said[0] if isinstance(said, list) else said)
    for key, value in zip(keys, divmod(number, columns), strict=True):
        st.session_state[key] = value
    st.session_state[_FROM] = PATCH


def _all_blocks(here: Visit, sight: Sight) -> None:
    """Rollout, and beside it how far the heads of all blocks look."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(_("Attention through all blocks"), anchor=False)
        _rollout(here, sight)
    with right:
        st.subheader(_("How far each head looks"), anchor=False)
        _distances(here)


def _rollout(here: Visit, sight: Sight) -> None:
    outcome = ask_model(here, "inside/rollout", "attention_rollout", shots=[here.shot()])
    if isinstance(outcome, Job) and outcome.state == "failed":
        st.caption(escape(sentence_case(outcome.error.removeprefix("attention_rollout: "))))
        return
    inside_card(here, outcome, "rollout", images=[sight.view], labels=sight.labels, layout="overlay")


def _distances(here: Visit) -> None:
    everything = st.toggle(
        _("Over all pictures of the tray"),
        key="attention tray",
        persist_state="session",
        help=_("The mean over more pictures depends less on the one that is chosen; it takes longer."),
    )
    shots = here.shots() if everything else [here.shot()]
    outcome = ask_model(here, "inside/distance", "attention_distance", shots=shots)
    inside_card(here, outcome, "distance")
