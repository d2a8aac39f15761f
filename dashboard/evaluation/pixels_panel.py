"""How well labels of pixels agree with the truth: label maps of a person, or made-up ones until there are some."""

import functools
import io
from pathlib import PurePath
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image, UnidentifiedImageError

from dashboard.evaluation.card import Words, card
from dashboard.text import _, escape
from vizlib.evaluation.segmentation import Segmentation, segmentation

FILES = {"truth": "pixels truth", "said": "pixels said"}
MOST_PIXELS = 50_000_000  # of one map
MOST_MAPS = 2000
MEGABYTES = 200
IGNORED = 255


def pixels_panel() -> None:
    """Two heaps of label maps, and then numbers, IoU of every class and the table."""
    st.subheader(_("How well do labels of pixels agree?"), anchor=False)
    truth, said = (_files(key) for key in FILES)
    skip = st.toggle(_("Leave out pixels labelled 255"), True, key="pixels ignore")
    try:
        result = _judged(truth, said, IGNORED if skip else None)
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    with st.container(horizontal=True, key="pixels-numbers"):
        for name, value in _numbers(result).items():
            st.metric(name, f"{value:.4f}", width="content")
    counts = {"images": f"{result.images:,}", "ignored": f"{result.ignored_pixels:,}"}
    st.caption(_("{images} label maps counted together; {ignored} pixels left out.").format(**counts))
    card("pixels", result, "pixels", pixel_words())
    _table(result)


def _files(key: str) -> list[Any]:
    words = {
        "truth": _("True label maps: PNG files whose values are the classes"),
        "said": _("Predicted label maps, with the same names"),
    }
    found: list[Any] = st.file_uploader(
        words[key], type="png", accept_multiple_files=True, key=FILES[key], max_upload_size=MEGABYTES
    )
    return found


def _judged(truth: list[Any], said: list[Any], ignore: int | None) -> Segmentation:
    if not truth or not said:
        st.caption(_("Made-up predictions on 24 bundled scenes, until both are here: masks moved by some pixels, some classes wrong."))  # fmt: skip  # noqa: E501
        predicted, true, names = made_up()
        return segmentation(predicted, true, names=[_("background"), *names], ignore=ignore)
    pairs = paired([(file.name, file.getvalue()) for file in truth], [(file.name, file.getvalue()) for file in said])
    return segmentation([predicted for predicted, _true in pairs], [true for _said, true in pairs], ignore=ignore)


def paired(truth: list[tuple[str, bytes]], said: list[tuple[str, bytes]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Predicted and true label maps of the same name; ValueError in one sentence when one has no partner."""
    if len(truth) > MOST_MAPS:
        raise ValueError(_("At most {most} label maps at once; give fewer.").format(most=MOST_MAPS))
    mine, theirs = ({PurePath(name).stem: content for name, content in files} for files in (truth, said))
    alone = sorted(mine.keys() ^ theirs.keys())
    if alone:
        sentence = _("{name} is among one of the two only; true and predicted label maps must have the same names.")
        raise ValueError(sentence.format(name=alone[0][:60]))
    return [(label_map(name, theirs[name]), label_map(name, mine[name])) for name in sorted(mine)]


def label_map(name: str, content: bytes) -> np.ndarray:
    """Classes [height, width] of a PNG file; ValueError in one sentence when it holds none."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError(_("{name} has more than 50 million pixels; make it smaller.").format(name=name[:60]))
            if picture.mode not in ("L", "P", "I", "I;16", "1"):
                sentence = _("{name} is a picture in colour, no label map: the value of each pixel must be its class.")
                raise ValueError(sentence.format(name=name[:60]))
            return np.asarray(picture).astype(np.int64)
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError, Image.DecompressionBombError):
        raise ValueError(_("{name} is broken or no PNG file; save it again.").format(name=name[:60])) from None


def _numbers(result: Segmentation) -> dict[str, float]:
    return {
        _("Mean IoU"): result.mean_iou,
        _("Pixel accuracy"): result.accuracy,
        _("Mean of the classes"): result.mean_accuracy,
        _("IoU by frequency"): result.weighted_iou,
        _("Dice"): result.mean_dice,
    }


def _table(result: Segmentation) -> None:
    rows = sorted(result.table, key=lambda row: (np.isnan(row.iou), row.iou))
    shares = {
        _("IoU"): [row.iou for row in rows],
        _("Dice"): [row.dice for row in rows],
        _("Accuracy"): [row.accuracy for row in rows],
    }
    counts = {_("Pixels"): [row.pixels for row in rows], _("Predicted"): [row.predicted for row in rows]}
    digits = {name: st.column_config.NumberColumn(format="%.4f") for name in shares}
    st.dataframe(
        {_("Class"): [row.name for row in rows], **shares, **counts},
        hide_index=True,
        key="pixels table",
        column_config=digits,
    )


def pixel_words() -> Words:
    """How to read IoU of classes."""
    return Words(
        _("Each row is a class, the worst first: pixels that are right, by all that are of the class or taken for it."),
        _("Pixels of all images are counted together, so large things weigh more. A class that is nowhere has no IoU."),
    )


@functools.cache
def made_up(count: int = 24, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray], tuple[str, ...]]:
    """Masks of bundled scenes as label maps, and the same with errors."""
    from vizlib.data.scenes import CLASSES, scenes

    held, generator = scenes(np.arange(count), split="heldout"), np.random.default_rng(seed)
    true, predicted = [], []
    for mask, label in zip(held.masks, held.labels.tolist(), strict=True):
        moved = np.roll(mask, generator.integers(-4, 5, 2), axis=(0, 1))
        taken = label if generator.random() < 0.8 else int(generator.integers(len(CLASSES)))
        true.append(np.where(mask, label + 1, 0))
        predicted.append(np.where(moved, taken + 1, 0))
    return predicted, true, CLASSES
