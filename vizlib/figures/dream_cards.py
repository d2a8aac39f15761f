"""Words and places of the grid of dreams and of the card of a unit; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.figures.dreams import said
from vizlib.figures.sheets import Sheet
from vizlib.figures.style import name_of, tick_label
from vizlib.figures.units import patch_sheet
from vizlib.inside.results_dreams import DreamAblation, UnitCard

COLUMNS = 3
MIDDLE = 4  # the place of the dream as it is set, among nine


@dataclass(frozen=True, eq=False)
class Tile:
    """One dream of the grid: its place, its picture, what is switched, and its three numbers."""

    place: int
    image: np.ndarray
    title: str
    numbers: str
    first: bool


@dataclass(frozen=True, eq=False)
class GridPlan:
    """The grid ready to draw."""

    tiles: tuple[Tile, ...]
    rows: int
    title: str
    alternative: str


def grid_plan(result: DreamAblation, labels: Sequence[str] | None = None) -> GridPlan:
    """The dream as it is set in the middle, around it the same dream with one regulariser switched each."""
    tiles = tuple(_tile(result, variant) for variant in range(len(result.images)))
    title = f"{name_of('dream_ablation')}: {_about(result, labels)}, {result.steps} steps, seed {result.seed}"
    facts = "; ".join(f"{tile.title}: {tile.numbers}" for tile in tiles)
    return GridPlan(tiles, max(tile.place for tile in tiles) // COLUMNS + 1, title, f"{title}. {facts}.")


def _tile(result: DreamAblation, variant: int) -> Tile:
    place = MIDDLE if variant == 0 else variant - 1 if variant <= MIDDLE else variant
    change = result.changes[variant]
    title = f"{result.names[variant]}: {_shown(change)}" if change else "as set"
    return Tile(place, result.pixels(variant), title, _numbers(result, variant), variant == 0)


def _shown(change: str) -> str:
    """A changed setting in words: off, or how strong."""
    name, _, value = change.partition("=")
    if name == "parametrisation":
        return "single pixels" if value == "pixel" else "waves"
    return "off" if float(value) == 0 else f"on ({value})"


def _numbers(result: DreamAblation, variant: int) -> str:
    if not result.finished[variant]:
        return "the unit stayed silent"
    unseen = f"unseen {tick_label(float(result.fresh[variant].mean()))}"
    if result.confidences.size:
        unseen += f", confidence {result.confidences[variant].mean():.2f}"
    score = tick_label(float(result.scores[variant]))
    return f"score {score} · variation {result.variations[variant]:.3f} · {unseen}"


def _about(result: DreamAblation, labels: Sequence[str] | None) -> str:
    if result.direction:
        return f"{result.layer}, direction {said(result.direction)}"
    if result.objective == "logit":
        return labels[result.unit] if labels and result.unit < len(labels) else f"class {result.unit}"
    return f"{result.layer}, channel {result.unit}"


@dataclass(frozen=True, eq=False)
class CardPlan:
    """The card of a unit ready to draw."""

    dream: np.ndarray
    dream_title: str
    sheet: Sheet
    title: str
    axis: str
    alternative: str


def card_plan(result: UnitCard, images: Sequence[np.ndarray] | None = None) -> CardPlan:
    """The made image, the patches, and where both stand among all activations."""
    dream, patches = result.dream, result.patches
    sheet = patch_sheet(patches, images)
    title = f"Unit {patches.unit} of {patches.layer}"
    course = f"{tick_label(dream.start)} → {tick_label(dream.end)}"
    made = f"made to excite it: mean of the channel {course} in {len(dream.trace)} steps"
    return CardPlan(
        dream.pixels(),
        made,
        sheet,
        title,
        f"activation ({patches.zeros:.0%} are exactly 0); triangles are the patches",
        f"{title}. An image {made}. {sheet.alternative}",
    )
