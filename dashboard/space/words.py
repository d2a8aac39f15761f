"""How much a map lies, in plain words: one sentence for each number, and what its settings do to the eye."""

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard.text import _, escape

if TYPE_CHECKING:
    from vizlib.space.results import Embedding, Quality

SOURCES = "Venna, Kaski (2001), ICANN; Kobak, Berens (2019), Nature Communications 10, 5416."
HIGH, FAIR = 0.95, 0.85
FOLLOWS, LOOSELY = 0.8, 0.5
TRAPS = {
    "pca": "PCA is a straight shadow: far apart here is far apart there, but near here may be near by accident. "
    "Turning or mirroring the map changes nothing.",
    "tsne": "In t-SNE, sizes of clusters and gaps between them mean nothing. A low perplexity makes clumps out of "
    "noise, a high one merges small groups; a group is worth believing when it stays over several perplexities. It "
    "starts from PCA, so another seed shows nearly the same map: that is no proof.",
    "umap": "In UMAP, distances between clusters mean little. Few neighbours tear one group into islands, many "
    "blur small groups; min_dist only packs the points tighter and makes clusters look cleaner than they are. Try "
    "another seed: what stays is worth believing.",
}


def strip(map_: "Embedding", whose: str = "") -> None:
    """The numbers of a map, each with its sentence; ``whose`` tells it from another one."""
    quality = map_.quality
    if quality is None:
        return
    st.markdown(f"**{_('How much this map lies')}**" + (f" · {escape(whose)}" if whose else ""))
    told = [one for one in sentences(quality) if one[1]]
    for column, (name, number, words) in zip(st.columns(len(told) or 1), told, strict=False):
        with column:
            st.markdown(f"{name}  \n**{number}**")
            st.caption(words)
    told_apart = mixed(map_)
    if told_apart:
        st.caption(told_apart)
    st.caption(escape(SOURCES))
    if map_.explained is not None:
        shares = " + ".join(f"{share:.0%}" for share in map_.explained)
        words = _("The axes carry {shares} of the variance; the rest is folded away.")
        st.caption(words.format(shares=shares))
    for note in (*map_.notes, *quality.notes):
        st.caption(escape(_(note)))


def sentences(quality: "Quality") -> list[tuple[str, str, str]]:
    """Name, number and sentence of each measure; the number is empty where there is none."""
    return [
        (_("Trustworthiness"), digits(quality.trustworthiness), _trust(quality.trustworthiness)),
        (_("Continuity"), digits(quality.continuity), _continuity(quality.continuity)),
        (_("Neighbours kept"), digits(quality.knn_kept), _kept(quality)),
        (_("Distances"), digits(quality.cpd), _distances(quality.cpd)),
        (_("Nearest has the same label"), digits(quality.nearest), _nearest(quality)),
    ]


def strip_line(map_: "Embedding") -> str:
    """The numbers of a map in one line."""
    told = [] if map_.quality is None else sentences(map_.quality)
    parts = (f"{name} **{number}**".replace(" ", "\u00a0") for name, number, _words in told if number)
    return " · ".join(parts)


def mixed(map_: "Embedding", most: int = 3) -> str:
    """Which labels the map sets side by side most often; nothing where labels are unknown or never mixed."""
    if map_.labels is None or len(map_) < 3:
        return ""
    from scipy.spatial import cKDTree

    near = cKDTree(map_.points).query(map_.points, k=2)[1]
    own = np.arange(len(map_))
    beside = np.where(near[:, 0] == own, near[:, 1], near[:, 0])
    pairs = np.sort(map_.labels[np.stack([own, beside], axis=1)], axis=1)
    found, counts = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0, return_counts=True)
    if not len(found):
        return _("No image has one of another label nearest to it on the map.")
    order = np.argsort(-counts, kind="stable")[:most]
    words = (f"{escape(map_.classes[one])} / {escape(map_.classes[other])} ({count})" for (one, other), count in
             zip(found[order].tolist(), counts[order].tolist(), strict=True))  # fmt: skip
    return _("Labels that the map sets side by side most often, with the images it happens to: {pairs}.").format(
        pairs=", ".join(words)
    )


def digits(value: float | None) -> str:
    """A share with three digits; nothing where it is unknown."""
    return "" if value is None or math.isnan(value) else f"{value:.3f}"


def _trust(value: float) -> str:
    if value >= HIGH:
        return _("What lies together here belongs together: hardly any neighbour on the map is false.")
    if value >= FAIR:
        return _("Most neighbours on the map are true ones; some were only squeezed together.")
    return _("Many neighbours on the map are strangers: being close here proves little.")


def _continuity(value: float) -> str:
    if value >= HIGH:
        return _("What belongs together was hardly torn apart.")
    if value >= FAIR:
        return _("Most of what belongs together is still together; some was torn apart.")
    return _("Much of what belongs together was torn apart: a gap here may be no gap.")


def _kept(quality: "Quality") -> str:
    words = _("Of the {k} nearest images in feature space, {kept:.1f} are still among the {k} nearest on the map.")
    return words.format(k=quality.knn_k, kept=quality.knn_kept * quality.knn_k)


def _distances(value: float) -> str:
    if value >= FOLLOWS:
        return _("Long and short distances on the map follow the true ones.")
    if value >= LOOSELY:
        return _("Distances on the map follow the true ones only loosely: do not measure with a ruler.")
    return _("Distances on the map hardly follow the true ones: sizes and gaps mean nothing.")


def _nearest(quality: "Quality") -> str:
    if quality.nearest is None or quality.nearest_features is None:
        return ""
    words = _(
        "The share of images whose nearest one on the map has their own label; in feature space it is {true:.3f}."
    )
    return words.format(true=quality.nearest_features)


def traps(method: str) -> str:
    """What a method's settings do to the eye."""
    return _(TRAPS[method])
