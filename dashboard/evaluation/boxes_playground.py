"""Boxes to move: the five measures of their overlap, and what non-maximum suppression keeps."""

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card
from dashboard.text import _
from vizlib.core.judged import judged, of_files
from vizlib.evaluation.boxes import Convention, compare_boxes, nms

SIDE = 100
START = {"A": ((10, 60), (20, 70)), "B": (((30, 90)), (30, 95))}
SEED = "boxes seed"
THINGS = ((14, 20, 40, 60), (34, 24, 62, 66), (70, 58, 94, 90))  # the first two really overlap
MEASURES = {"iou": "IoU", "giou": "GIoU", "diou": "DIoU", "ciou": "CIoU", "eiou": "EIoU"}


def boxes_playground() -> None:
    """Two boxes by sliders, and all that is said about their overlap."""
    st.subheader(_("How well do two boxes overlap?"), anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        boxes = [list(_box(name)) for name in START]
        pixels = st.toggle(
            _("Corners are pixels of the box (PASCAL VOC)"),
            key="boxes inclusive",
            help=_("Then a box is one pixel wider and higher than the difference of its corners, as VOC counts."),
        )
        convention: Convention = "inclusive" if pixels else "continuous"
        found = compare_boxes(*boxes, convention=convention)
        with st.container(horizontal=True, key="boxes-measures"):
            for field, name in MEASURES.items():
                st.metric(name, f"{getattr(found, field):.3f}", width="content", help=_(FORMULAS[field]))
    with right:
        recipe = judged(of_files([], {"boxes": boxes}), "compare_boxes", convention=convention)
        card("boxes", found, "boxes", _pair_words(), recipe=recipe)


FORMULAS = {
    "iou": "Intersection over union: what both cover by what either covers.",
    "giou": "IoU less the share of the enclosing box that neither covers, so boxes apart differ too.",
    "diou": "IoU less the squared distance of the centres by the squared diagonal of the enclosing box.",
    "ciou": "DIoU less a term for different proportions of width and height.",
    "eiou": "DIoU less the squared differences of width and of height, each by that of the enclosing box.",
}


def _box(name: str) -> tuple[float, float, float, float]:
    across, down = START[name]
    words = {"A": _("Box A, left to right"), "B": _("Box B, left to right")}
    others = {"A": _("Box A, top to bottom"), "B": _("Box B, top to bottom")}
    x1, x2 = st.slider(words[name], 0, SIDE, across, key=f"boxes {name} x", persist_state="session")
    y1, y2 = st.slider(others[name], 0, SIDE, down, key=f"boxes {name} y", persist_state="session")
    return x1, y1, x2, y2


def _pair_words() -> Words:
    return Words(
        _("IoU is the green area by all that A or B covers; the dotted box is the smallest around both."),
        _("IoU is 0 for all boxes apart, near or far. The other four tell them apart, but are made for training."),
    )


def suppression_playground() -> None:
    """A made-up set of boxes around three things, and a threshold."""
    st.subheader(_("Which boxes does suppression keep?"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        threshold = st.slider(
            _("Threshold: a box goes when its IoU with a better one is above"),
            0.0,
            1.0,
            0.5,
            0.01,
            key="boxes threshold",
            persist_state="session",
        )
        st.button(_("Other boxes"), key="boxes other", icon=":material/casino:", on_click=_another)
    boxes, scores = made_up(st.session_state.get(SEED, 0))
    found = nms(boxes, scores, threshold=threshold)
    with st.container(horizontal=True):
        st.metric(_("Things"), f"{len(THINGS)}", width="content")
        st.metric(_("Boxes found"), f"{len(boxes)}", width="content")
        st.metric(_("Kept"), f"{len(found.kept)}", width="content")
    st.caption(_("A made-up detector: boxes around three things, two of which really overlap."))
    given = {"boxes": [boxes.tolist(), scores.tolist()]}
    recipe = judged(of_files([], given), "nms", threshold=threshold)
    card("suppression", found, "suppression", _suppression_words(), recipe=recipe)


def _another() -> None:
    st.session_state[SEED] = st.session_state.get(SEED, 0) + 1


def made_up(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes near three things and their scores, which fall with the distance."""
    generator = np.random.default_rng(seed)
    things = np.repeat(np.array(THINGS, float), 6, axis=0)
    errors = generator.normal(0, 4, things.shape)
    boxes = np.clip(things + errors, 0, SIDE)
    scores = np.clip(0.97 - np.abs(errors).mean(axis=1) / 12 - generator.random(len(boxes)) / 10, 0.05, 0.99)
    return boxes.round(1), scores.round(2)


def _suppression_words() -> Words:
    return Words(
        _("Solid boxes are kept, with their scores; dotted ones lost to the box of the same colour. Point at one."),
        _("Too high, and one thing has several boxes; too low, and two things that overlap become one."),
    )
