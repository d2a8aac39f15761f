"""A depth dive on paper; registered with :func:`vizlib.figures.static.figure`."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vizlib.figures.dive import TITLES, WIDTHS, dive_rows, dive_title
from vizlib.figures.fields import COLOURS, THEORY
from vizlib.figures.static import figure
from vizlib.inside.results import Box
from vizlib.inside.results_fields import DepthDive

INCHES = 1.25


@figure.register
def dive_on_paper(result: DepthDive, **_: Any) -> Figure:
    """A row for each layer: the box on the image, the effective field, patches, a dream."""
    rows = dive_rows(result)
    drawn = Figure(figsize=(6.5, (INCHES + 0.2) * len(rows) + 0.4), layout="constrained")
    places = drawn.subplots(len(rows), 4, squeeze=False, width_ratios=WIDTHS)
    for line, row in zip(places, rows, strict=True):
        for axes, picture in zip(line, (row.image, row.effective, row.patches, row.dream), strict=True):
            axes.imshow(picture, cmap=COLOURS, interpolation="nearest")
            axes.set_axis_off()
        for axes in line[:2]:
            _frame(axes, row.box)
        line[0].plot(row.pixel[1], row.pixel[0], "+", color="white", markersize=5, markeredgewidth=0.8)
        line[0].set_title(row.title, fontsize=5.5, loc="left", parse_math=False)
    columns = "; ".join(f"{number} {title.lower()}" for number, title in enumerate(TITLES, start=1))
    drawn.suptitle(f"{dive_title(result)}. Columns: {columns}", fontsize=6, x=0.01, ha="left")
    return drawn


def _frame(axes: Axes, box: Box) -> None:
    size = (box.right - box.left, box.bottom - box.top)
    for colour, width in (("white", 2.2), (THEORY, 1.2)):
        look: dict[str, Any] = {"edgecolor": colour, "linewidth": width, "clip_on": False}
        axes.add_patch(Rectangle((box.left - 0.5, box.top - 0.5), *size, fill=False, **look))
