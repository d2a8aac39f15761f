"""What the colour of a point says: its class, whether the model is right, its group, or a number."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.space.canvas import Painted
from dashboard.text import _
from vizlib.figures.space import MOST, OTHERS, PALETTE, RIGHT, WRONG, palette, rgb

KINDS, ALIKE = 4, 10  # marks, and classes with one mark: from the eleventh class on the mark changes too
LEVELS = 64
VIRIDIS = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip


def plain(count: int) -> Painted:
    """All points alike."""
    return Painted(np.zeros(count, int), (rgb(PALETTE[0]),), (0,), name="plain")


def by_class(index: np.ndarray, classes: Sequence[str], name: str) -> Painted:
    """A colour and a mark for each class that is there; the most frequent ones where there are very many.

    Parameters
    ----------
    index : int array [point]
        Negative where there is no class.
    classes : sequence of str
    name : str
        What the classes are, to tell this colouring from others.
    """
    present, counts = np.unique(index[index >= 0], return_counts=True)
    shown = np.sort(present[np.argsort(-counts, kind="stable")[:MOST]])
    place = np.full(max(len(classes), int(index.max(initial=0)) + 1), len(shown))
    place[shown] = np.arange(len(shown))
    painted = np.where(index >= 0, place[np.maximum(index, 0)], len(shown))
    tints = [rgb(colour) for colour in (*_tints(shown, max(len(classes), 1)), OTHERS)]
    kinds = [number // ALIKE % KINDS for number in range(len(shown))] + [0]
    entries = [(str(classes[one]), number) for number, one in enumerate(shown)]
    if (painted == len(shown)).any():
        entries.append((_("others") if len(present) > MOST else _("none"), len(shown)))
    return Painted(painted, tuple(tints), tuple(kinds), tuple(entries), name=name)


def _tints(shown: np.ndarray, count: int) -> list[tuple[int, int, int]]:
    """A class keeps its colour whichever others are there; where there are very many, those shown get the colours."""
    every = palette(count)
    return [every[one] for one in shown] if count <= MOST else palette(len(shown))


def by_error(right: np.ndarray) -> Painted:
    """Right and wrong answers; the wrong ones have another mark too."""
    counts = {"right": int(right.sum()), "wrong": int((~right).sum())}
    entries = ((_("right ({right})").format(**counts), 0), (_("wrong ({wrong})").format(**counts), 1))
    return Painted((~right).astype(int), (rgb(RIGHT), rgb(WRONG)), (0, 2), entries, name="error")


def by_number(values: np.ndarray, title: str, low: float | None = None, high: float | None = None) -> Painted:
    """A scale from dark to bright; grey where there is no number."""
    known = values[np.isfinite(values)]
    least = float(known.min()) if low is None and known.size else low or 0.0
    most = float(known.max()) if high is None and known.size else high or 1.0
    share = np.clip((np.nan_to_num(values, nan=least) - least) / ((most - least) or 1.0), 0, 1)
    index = np.where(np.isnan(values), LEVELS, np.rint(share * (LEVELS - 1)).astype(int))
    scale: dict[str, Any] = {"title": title, "low": f"{least:.2g}", "high": f"{most:.2g}", "colours": list(VIRIDIS)}
    return Painted(index, (*_levels(), rgb(OTHERS)), (), (), scale, name=title)


def _levels() -> tuple[str, ...]:
    anchors = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in VIRIDIS])
    where = np.linspace(0, len(anchors) - 1, LEVELS)
    mixed = [np.interp(where, range(len(anchors)), anchors[:, channel]) for channel in range(3)]
    return tuple(f"rgb({r:.0f},{g:.0f},{b:.0f})" for r, g, b in zip(*mixed, strict=True))
