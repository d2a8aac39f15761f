"""How well a detector finds objects: COCO's files of a person, or a made-up set until there are some."""

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card
from dashboard.inside import under_way
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.core.judged import judged, of_files, parsed
from vizlib.core.recipe import Recipe
from vizlib.evaluation.areas import DEFINITIONS
from vizlib.evaluation.detection import mean_average_precision
from vizlib.evaluation.detection_results import Definition, Detection, Protocol

FILES = {"truth": "detection truth", "found": "detection found"}
MEGABYTES = 200
SLOT = "evaluation/detection"
ALL = ""


@dataclass(frozen=True, eq=False)
class Given:
    """A file as it came."""

    name: str
    content: bytes
    digest: str


def detection_panel(here: Visit) -> None:
    """Files, protocol, and then numbers, curves and the table of classes."""
    st.subheader(_("How well does a detector find objects?"), anchor=False)
    files = [_file(key) for key in FILES]
    made_up = None in files
    if made_up:
        st.caption(_("Made-up boxes on 60 images, until both files are here."))
    protocol = _protocol()
    outcome = _computed(here, protocol, None if made_up else cast("list[Given]", files))
    if outcome.state != "done":
        st.caption(escape(outcome.label))
        under_way(here, outcome)
        return
    _shown(outcome.value, None if made_up else _recipe(cast("list[Given]", files), protocol))


def _file(key: str) -> Given | None:
    words = {
        "truth": _("Ground truth (JSON): COCO's instances, or torchvision's lists of boxes and labels"),
        "found": _("Detections (JSON): COCO's results, or torchvision's lists of boxes, labels and scores"),
    }
    place = f"{FILES[key]} upload"
    file = st.file_uploader(
        words[key], type="json", key=place, on_change=_take, args=(key, place), max_upload_size=MEGABYTES
    )
    kept: Given | None = st.session_state.get(FILES[key])
    if kept is not None and file is None:
        st.caption(_("{name} is still here.").format(name=escape(kept.name)))
    return kept


def _take(key: str, place: str) -> None:
    """Keep a file for this visit; when it is taken away again, what was there before stays."""
    file = st.session_state[place]
    if file is not None:
        content = file.getvalue()
        st.session_state[FILES[key]] = Given(file.name, content, hashlib.sha256(content).hexdigest())


def _protocol() -> Protocol:
    words: dict[Protocol, str] = {"coco": _("COCO"), "voc": _("PASCAL VOC")}
    tip = _("COCO: a detection takes the best object still free, IoU .50 to .95. VOC: the best object, once, IoU .50, corners are pixels of the box.")  # fmt: skip  # noqa: E501
    chosen: Protocol = st.segmented_control(
        _("Protocol"),
        list(words),
        default=next(iter(words)),
        key="detection protocol",
        required=True,
        format_func=words.__getitem__,
        persist_state="session",
        help=tip,
    )
    return chosen


def _computed(here: Visit, protocol: Protocol, files: list[Given] | None) -> Job:
    key = ("detection", protocol, *(file.digest for file in files or ()))
    label = _("Matching boxes")
    return here.engine.worker.submit(here.owner, SLOT, key, label, partial(compared, files, protocol))


def _recipe(files: list[Given], protocol: Protocol) -> Recipe:
    base = of_files([(file.name, file.digest) for file in files])
    return judged(base, "mean_average_precision", protocol=protocol)


def compared(files: list[Given] | None, protocol: Protocol, tick: Progress) -> Detection:
    """The numbers of two files, or of made-up boxes; ValueError in one sentence."""
    truth, found = made_up() if files is None else [parsed(file.content, file.name) for file in files]
    return mean_average_precision(truth, found, protocol=protocol, progress=tick)


def _shown(result: Detection, recipe: Recipe | None) -> None:
    for note in result.notes:
        st.caption(escape(note))
    with st.container(horizontal=True, key="detection-numbers"):
        for name, value in result.summary.items():
            st.metric(name, "–" if np.isnan(value) else f"{value:.3f}", width="content")
    left, right = st.columns(2)
    known = [name for name in result.names if name not in result.absent]
    offered = [ALL, *known]
    with left:
        name = st.selectbox(
            _("Class"),
            offered,
            key=f"detection class {hash(result.names)}",
            format_func=lambda n: n or _("all classes"),
        )
    with right:
        limits = [f"{at:g}" for at in result.thresholds]
        iou = st.selectbox(_("Least IoU of a match"), limits, key=f"detection iou {len(limits)}", disabled=bool(name))
    card("detection", result, "detection", _words(), recipe=recipe, name=name or None, iou=float(iou))
    _table(result)
    with st.expander(_("Average precision by other definitions"), icon=":material/straighten:"):
        _definitions(result)


def _table(result: Detection) -> None:
    first = f"{result.thresholds[0]:g}"
    rows = sorted(result.table, key=lambda row: (np.isnan(row.average_precision), row.average_precision))
    st.dataframe(
        {
            _("Class"): [row.name for row in rows],
            _("Average precision"): [row.average_precision for row in rows],
            _("at IoU {iou}").format(iou=first): [row.at_first for row in rows],
            _("Highest recall"): [row.recall for row in rows],
            _("Objects"): [row.objects for row in rows],
            _("Detections"): [row.detections for row in rows],
        },
        hide_index=True,
        key="detection table",
        column_config=_digits(_("Average precision"), _("at IoU {iou}").format(iou=first), _("Highest recall")),
    )
    if result.absent:
        names = ", ".join(result.absent[:8]) + ("…" if len(result.absent) > 8 else "")
        st.caption(_("Without an object, so without an average precision: {names}.").format(names=escape(names)))


def _definitions(result: Detection) -> None:
    values = {name: result.average_precisions(cast(Definition, name))[0] for name in DEFINITIONS}
    st.dataframe(
        {
            _("Definition"): list(values),
            _("Mean at the lowest IoU"): [float(np.nanmean(found)) for found in values.values()],
            _("Who uses it"): [_(words) for words in DEFINITIONS.values()],
        },
        hide_index=True,
        key="detection definitions",
        column_config=_digits(_("Mean at the lowest IoU")),
    )


def _digits(*names: str) -> dict[str, Any]:
    """Columns of shares, all with as many digits."""
    return {name: st.column_config.NumberColumn(format="%.4f") for name in names}


def _words() -> Words:
    return Words(
        _(
            "Going right along a curve, more of the objects are found; the height is the share of detections "
            "that are right."
        ),
        _(
            "One number hides whether boxes are missed, doubled or badly placed: compare the curves at a low and "
            "a high IoU."
        ),
    )


def made_up(images: int = 60, seed: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A detector that finds cups well, cars roughly and boats seldom, in COCO's form."""
    generator = np.random.default_rng(seed)
    truth: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    skill = {1: (0.95, 0.03), 2: (0.85, 0.1), 3: (0.5, 0.06)}
    for image in range(images):
        for _place in range(generator.integers(1, 5)):
            category = int(generator.integers(1, 4))
            box = np.concatenate([generator.random(2) * 400, np.exp(generator.uniform(2.5, 5, 2))])
            truth.append({"id": len(truth) + 1, "image_id": image, "category_id": category, "bbox": box.tolist()})
            seen, error = skill[category]
            if generator.random() < seen:
                near = box + generator.normal(0, error, 4) * box[[2, 3, 2, 3]]
                found.append(_detection(image, category, near, generator.beta(6, 2)))
        if generator.random() < 0.6:
            nothing = np.concatenate([generator.random(2) * 400, 20 + generator.random(2) * 80])
            found.append(_detection(image, int(generator.integers(1, 4)), nothing, generator.beta(2, 4)))
    categories = [{"id": number, "name": name} for number, name in enumerate(("cup", "car", "boat"), 1)]
    return {"images": [{"id": image} for image in range(images)], "annotations": truth, "categories": categories}, found


def _detection(image: int, category: int, box: np.ndarray, score: float) -> dict[str, Any]:
    box[2:] = np.maximum(box[2:], 1)
    return {"image_id": image, "category_id": category, "bbox": box.tolist(), "score": float(score)}
