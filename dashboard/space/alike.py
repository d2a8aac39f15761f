"""How alike two models see the same images: the neighbours that an image has in both."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.inside import under_way
from dashboard.space.ask import Space, ask
from dashboard.space.map import selected
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

MOST, LEAST = 10, 4


def alike(here: Visit, first: Space, second: Space) -> None:
    """One sentence for all images and one for those that are selected."""
    count = len(first.features)
    if count < LEAST:
        return
    k = neighbours_asked(count)

    def work(tick: Any) -> tuple[np.ndarray, float]:
        return common(first.features, second.features, k, tick)

    found = ask(here, "beside alike", (first.key, second.key, k), _("Neighbours that both models see"), work)
    if isinstance(found, Job):
        under_way(here, found)
        return
    shares, likeness = found
    st.markdown(_sentence(shares, k, float(likeness)))
    rows = selected(first)
    if rows:
        words = _("For the {count} selected images it is {both:.1f} of {k}.")
        st.markdown(words.format(count=len(rows), both=k * shares[rows].mean(), k=k))


def neighbours_asked(count: int) -> int:
    """Ten; fewer where ten would be nearly all."""
    return min(MOST, (count - 1) // 2)


def common(first: Any, second: Any, k: int, tick: Any) -> tuple[np.ndarray, float]:
    """Share of the k nearest images that each image has in both [image], and the CKA of both."""
    from vizlib.index import TECHNIQUES
    from vizlib.space.similarity import cka
    from vizlib.space.stages import Stages

    stages, nearest = Stages(tick, 1, 1), TECHNIQUES["nearest_neighbors"]
    found: list[Any] = [
        nearest(features, k=k, metric="euclidean", progress=stages.next()) for features in (first, second)
    ]
    return shared(found[0].indices, found[1].indices), cka(first, second)


def shared(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of each row's numbers that are in the same row of the other, float64 [row]."""
    share: np.ndarray = (first[:, :, None] == second[:, None, :]).any(2).mean(1)
    return share


def _sentence(shares: np.ndarray, k: int, likeness: float) -> str:
    words = _("Of the {k} images nearest to an image in one layer, **{both:.1f}** are also among the {k} nearest in "
              "the other, on average; by chance it would be {chance:.1f}. The layers are alike by {cka:.2f} (CKA; 1 is "
              "the same up to turning).")  # fmt: skip
    return words.format(k=k, both=k * shares.mean(), chance=k * k / (len(shares) - 1), cka=likeness)
