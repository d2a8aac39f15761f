"""How alike layers are, on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from vizlib.figures.layerwise import UNIT, layerwise_title
from vizlib.figures.static import figure
from vizlib.space.layerwise import LayerSimilarity


@figure.register
def layer_similarity(result: LayerSimilarity, *, models: Sequence[str] = (), **_: Any) -> Figure:
    """The matrix; the keyword is that of the screen."""
    tall, wide = result.matrix.shape
    drawn = Figure(figsize=(min(7.0, 2.4 + 0.2 * wide), min(6.5, 1.6 + 0.2 * tall)), layout="constrained")
    axes = drawn.subplots()
    picture = axes.imshow(result.matrix, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
    bar = drawn.colorbar(picture, ax=axes, fraction=0.046, pad=0.02)
    bar.set_label(UNIT, fontsize=5)
    bar.ax.tick_params(labelsize=6)
    axes.set_xticks(range(wide), [name.replace("$", r"\$") for name in result.others], fontsize=5, rotation=90)
    axes.set_yticks(range(tall), [name.replace("$", r"\$") for name in result.layers], fontsize=5)
    if models:
        axes.set_ylabel(models[0].replace("$", r"\$"), fontsize=6)
        axes.set_xlabel(models[-1].replace("$", r"\$"), fontsize=6)
    axes.set_title(layerwise_title(result), fontsize=7, loc="left", parse_math=False, wrap=True)
    return drawn
