"""Neighbours and probes on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from vizlib.figures.space_neighbors import METRICS, knn_title, matrix_of, probe_title, strip
from vizlib.figures.static import figure
from vizlib.space.results import Features, KnnAccuracy, Neighbors, Probe


@figure.register
def neighbors(
    result: Neighbors,
    *,
    images: Any = None,
    query_images: Any = None,
    queries: Sequence[int] | None = None,
    beside: Neighbors | None = None,
    **_: Any,
) -> Figure:
    """Each query with its nearest images; the keywords are those of :func:`vizlib.figures.space_neighbors.strip`."""
    plan = strip(result, images=images, query_images=query_images, queries=queries, beside=beside)
    height, width = plan.pixels.shape[:2]
    wide = max(3.0, min(7.0, width / 110))
    drawn = Figure(figsize=(wide, wide * height / width + 0.35), layout="constrained")
    axes = drawn.subplots()
    axes.imshow(plan.pixels, interpolation="lanczos")
    for caption in plan.captions:
        axes.text(caption.x, caption.y + 3, caption.text, fontsize=5, ha="center", va="top", parse_math=False)
    axes.set_axis_off()
    axes.set_title(plan.title, fontsize=7, loc="left", wrap=True, parse_math=False)
    return drawn


@figure.register
def features(result: Features, **_: Any) -> Figure:
    """The features as a picture, one row an image."""
    shown, said = matrix_of(result)
    drawn = Figure(figsize=(5.0, 3.4), layout="constrained")
    axes = drawn.subplots()
    picture = axes.imshow(shown, cmap="viridis", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    bar = drawn.colorbar(picture, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label("smallest to largest of each feature", fontsize=6)
    bar.ax.tick_params(labelsize=6)
    axes.set_title(said, fontsize=7, loc="left", parse_math=False)
    axes.set_xlabel("feature", fontsize=6)
    axes.set_ylabel("image", fontsize=6)
    axes.set_xticks([])
    axes.set_yticks([])
    return drawn


@figure.register
def knn_accuracy(result: KnnAccuracy, **_: Any) -> Figure:
    """Accuracy against the number of neighbours."""
    drawn = Figure(figsize=(4.6, 2.8), layout="constrained")
    axes = drawn.subplots()
    axes.plot(result.k, result.accuracy, "o-", color="#0072b2", markersize=2.5, linewidth=1)
    axes.axhline(result.chance, color="#d55e00", linestyle="--", linewidth=1, label="largest class")
    axes.legend(fontsize=6, frameon=False)
    axes.set_title(knn_title(result), fontsize=7, loc="left", parse_math=False)
    axes.set_xlabel(f"neighbours, by {METRICS[result.metric]}", fontsize=6)
    axes.set_ylabel("accuracy, leave-one-out", fontsize=6)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
    return drawn


@figure.register
def probe(result: Probe, **_: Any) -> Figure:
    """What the probe takes for what; rows are the true classes."""
    share = result.matrix / np.maximum(result.matrix.sum(1, keepdims=True), 1)
    drawn = Figure(figsize=(4.4, 3.8), layout="constrained")
    axes = drawn.subplots()
    picture = axes.imshow(share, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
    bar = drawn.colorbar(picture, ax=axes, fraction=0.046, pad=0.02)
    bar.set_label("share of the true class", fontsize=6)
    bar.ax.tick_params(labelsize=6)
    numbers = range(len(result.classes))
    axes.set_xticks(numbers, [name.replace("$", r"\$") for name in result.classes], fontsize=5, rotation=90)
    axes.set_yticks(numbers, [name.replace("$", r"\$") for name in result.classes], fontsize=5)
    axes.set_xlabel("said by the probe", fontsize=6)
    axes.set_ylabel("true class", fontsize=6)
    axes.set_title(probe_title(result), fontsize=7, loc="left", parse_math=False)
    return drawn
