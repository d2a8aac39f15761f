"""Places and words of the figures of weights; screen and paper take them from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.inside.results_weights import ComparedWeights, WeightHistograms

MOST = 24  # panels of one network
MOST_COLUMNS = 6  # layers of a comparison
ACROSS = 4
PLAIN, MIDDLE = "#0072b2", "#d55e00"  # the bars, and the one around zero


@dataclass(frozen=True, eq=False)
class Bars:
    """One histogram ready to draw; ``middle`` is the number of the bar around zero."""

    title: str
    fact: str
    counts: np.ndarray
    edges: np.ndarray

    @property
    def middle(self) -> int:
        return len(self.counts) // 2

    @property
    def colours(self) -> list[str]:
        return [MIDDLE if bar == self.middle else PLAIN for bar in range(len(self.counts))]


@dataclass(frozen=True, eq=False)
class WeightPlan:
    """Histograms in rows and columns; ``highest`` is the end of the axis of each, the same for what is compared."""

    panels: tuple[tuple[Bars | None, ...], ...]
    highest: tuple[tuple[float, ...], ...]
    title: str
    alternative: str


def weight_plan(result: WeightHistograms, most: int = MOST) -> WeightPlan:
    """One histogram a layer; of a deep network those with most weights, in the order of the network.

    Parameters
    ----------
    result : WeightHistograms
    most : int
        Number of layers shown.
    """
    shown = _largest(result.sizes, most)
    bars = [_of(result, layer) for layer in shown]
    columns = min(ACROSS, len(bars))
    rows = [tuple(bars[at : at + columns]) for at in range(0, len(bars), columns)]
    filled = tuple((*row, *[None] * (columns - len(row))) for row in rows)
    some = f"; the {len(shown)} largest are drawn" if len(shown) < len(result.layers) else ""
    title = (
        f"{int(result.sizes.sum()):,} weights in {len(result.layers)} layers, "
        f"{_share(result.total())} below {result.relative:g} σ{some}"
    )
    highest = tuple(tuple(_top(panel) for panel in row) for row in filled)
    return WeightPlan(filled, highest, title, f"Histograms: {title}. {_words(result)}")


def compared_plan(result: ComparedWeights, most: int = MOST_COLUMNS) -> WeightPlan:
    """One row a network, one column a layer; each column has the same axes.

    Parameters
    ----------
    result : ComparedWeights
    most : int
        Number of layers shown.
    """
    shown = _largest(result.sizes, most)
    panels = tuple(tuple(_compared(result, model, layer) for layer in shown) for model in range(len(result.models)))
    tops = tuple(max(_top(row[column]) for row in panels) for column in range(len(shown)))
    shares = [f"{name} {_share(result.total(model))}" for model, name in enumerate(result.models)]
    title = f"Weights below {result.relative:g} σ of their layer: {', '.join(shares)}"
    alternative = f"Histograms of the weights of {len(result.models)} networks beside each other. {title}."
    return WeightPlan(panels, (tops,) * len(panels), title, alternative)


def _largest(sizes: np.ndarray, most: int) -> list[int]:
    kept: list[int] = np.sort(np.argsort(-sizes, kind="stable")[:most]).tolist()
    return kept


def _of(result: WeightHistograms, layer: int) -> Bars:
    fact = f"{_share(result.near_zero[layer])} near 0, σ {result.std[layer]:.2g}"
    return Bars(result.layers[layer], fact, result.counts[layer], result.edges[layer])


def _compared(result: ComparedWeights, model: int, layer: int) -> Bars:
    title = f"{result.models[model]}: {result.layers[layer]}"
    fact = f"{_share(result.near_zero[model, layer])} near 0, σ {result.std[model, layer]:.2g}"
    return Bars(title, fact, result.counts[model, layer], result.edges[layer])


def _top(bars: Bars | None) -> float:
    return 2.0 * max(1.0, float(bars.counts.max())) if bars else 2.0


def _share(share: float) -> str:
    return f"{share:.1%}" if share == 0 or share >= 0.0005 else "< 0.1%"


def _words(result: WeightHistograms) -> str:
    least, most = int(result.near_zero.argmin()), int(result.near_zero.argmax())
    return (
        f"Most weights near zero: {result.layers[most]} with {_share(result.near_zero[most])}; "
        f"fewest: {result.layers[least]} with {_share(result.near_zero[least])}."
    )
