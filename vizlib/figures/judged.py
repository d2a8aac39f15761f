"""Numbers with their intervals, one a row: slices, two areas compared, the spread of a metric, classes of pixels."""

from dataclasses import dataclass, field

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.evaluation.crossvalidation import Spread
from vizlib.evaluation.results import AucComparison
from vizlib.evaluation.segmentation import Segmentation
from vizlib.evaluation.slices import Slices
from vizlib.figures.curves import COLOURS

MOST_ROWS = 40
SHOWN = 300  # single values of a row
NAMES = {"auc": "AUC", "accuracy": "accuracy", "average_precision": "average precision (step)"}


@dataclass(frozen=True, eq=False)
class Row:
    """A number with its interval (NaN where there is none), and the single values that it sums up."""

    name: str
    value: float
    low: float
    high: float
    words: str = ""
    colour: str = COLOURS[0]
    single: np.ndarray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False)
class RowsPlan:
    """Rows from top to bottom over one axis, with a line at what they are compared with."""

    rows: tuple[Row, ...]
    x: str
    title: str
    alternative: str
    line: float | None = None
    line_name: str = ""


def slices_plan(result: Slices, most: int = MOST_ROWS) -> RowsPlan:
    """The slices from the worst on, over the line of all examples."""
    rows = [Row(r.name, r.value, r.low, r.high, r.why or f"{r.examples:,} examples") for r in result.table[:most]]
    what, known = NAMES[result.metric], [row for row in result.table if not np.isnan(row.value)]
    cut = f", the worst {most} of {len(result.names)}" if len(result.names) > most else ""
    title = f"{what[0].upper()}{what[1:]} by {result.column}: {result.overall:.4f} over all{cut}"
    worst = f" The worst is {known[0].name} with {known[0].value:.4f} on {known[0].examples:,} examples." if known else ""  # fmt: skip  # noqa: E501
    return RowsPlan(tuple(rows), f"{what}, {result.level:.0%} interval", title, f"{title}.{worst}", result.overall, "all")  # fmt: skip  # noqa: E501


def comparison_plan(result: AucComparison, names: tuple[str, str] = ("A", "B"), level: float = 0.95) -> RowsPlan:
    """Two areas with their own intervals; what matters, the paired difference, stands in the title."""
    if len(names) != 2:
        raise OptionError("compare_auc: names must be two, one for each model.")
    low, high = result.interval(level)
    pairs = zip(names, (result.auc_a, result.auc_b), (result.variance_a, result.variance_b), COLOURS, strict=False)
    reach = (high - low) / 2
    spread = result.variance_a + result.variance_b - 2 * result.covariance
    per_deviation = reach / np.sqrt(spread) if spread > 0 else 0.0
    rows = [_area(name, area, per_deviation * np.sqrt(variance), colour) for name, area, variance, colour in pairs]
    title = f"Difference of AUC {result.difference:+.4f} ({level:.0%} interval {low:+.4f} to {high:+.4f}), p {_small(result.p)}"  # fmt: skip  # noqa: E501
    words = f"{title}. {names[0]} {result.auc_a:.4f}, {names[1]} {result.auc_b:.4f}, on the same {result.positives:,} positives and {result.negatives:,} negatives."  # fmt: skip  # noqa: E501
    return RowsPlan(tuple(rows), f"AUC, {level:.0%} interval of each alone (DeLong)", title, words)


def _area(name: str, area: float, reach: float, colour: str) -> Row:
    low, high = max(area - reach, 0.0), min(area + reach, 1.0)  # no area lies beyond
    return Row(name, area, low, high, f"AUC {area:.4f}", colour)


def _small(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def spread_plan(result: Spread) -> RowsPlan:
    """Every value of hold-outs, folds and bootstrap on one axis, with mean and middle 95 %."""
    values = result.holdouts, result.folds, result.resampled
    rows = [
        Row(r.name, r.mean, r.low, r.high, f"{r.mean:.4f} ± {r.deviation:.4f}", colour, _some(single))
        for r, colour, single in zip(result.table, COLOURS, values, strict=False)
    ]
    what = NAMES[result.metric]
    title = f"{what[0].upper()}{what[1:]} {result.value:.4f} of {result.examples:,} examples"
    said = "; ".join(f"{r.name}: {r.words}" for r in rows)
    return RowsPlan(tuple(rows), what, title, f"{title}, and how it spreads. {said}.", result.value, "all examples")


def _some(values: np.ndarray) -> np.ndarray:
    """As many of sorted values as can be told apart, the lowest and the highest among them."""
    places = np.unique(np.linspace(0, len(values) - 1, min(SHOWN, len(values))).round().astype(int))
    return np.sort(values)[places]


def segmentation_plan(result: Segmentation, most: int = MOST_ROWS) -> RowsPlan:
    """IoU of every class, the worst first; classes that are nowhere have none."""
    nan = float("nan")
    table = sorted(result.table, key=lambda row: (np.isnan(row.iou), row.iou))[:most]
    rows = [Row(r.name, r.iou, nan, nan, "nowhere, so no IoU" if np.isnan(r.iou) else f"{r.pixels:,} pixels") for r in table]  # fmt: skip  # noqa: E501
    cut = f", the worst {most} of {len(result.names)} classes" if len(result.names) > most else ""
    title = f"Mean IoU {result.mean_iou:.4f}, pixel accuracy {result.accuracy:.4f} (mean of the classes {result.mean_accuracy:.4f}), Dice {result.mean_dice:.4f}{cut}"  # fmt: skip  # noqa: E501
    absent = f" Nowhere: {', '.join(result.undefined)}." if result.undefined else ""
    words = f"IoU of the classes over {result.images:,} images. {title}. Weighted by pixels {result.weighted_iou:.4f}.{absent}"  # fmt: skip  # noqa: E501
    return RowsPlan(tuple(rows), "IoU", title, words, result.mean_iou, "mean")
