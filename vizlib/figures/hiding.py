"""Words and pictures of a figure of hiding; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.attribution.results_hiding import Hiding
from vizlib.figures.style import Panel, panels

TOP = 5
BEFORE, AFTER = "#9aa7ad", "#0072b2"
STATES = ("Before", "After")


@dataclass(frozen=True, eq=False)
class HidingPlan:
    """Both states ready to draw: pictures, maps on one scale, and the strongest classes.

    Attributes
    ----------
    images : list of uint8 arrays, or empty
    maps : list of Panel
    names : list of str
    shares : array [2, classes shown]
    """

    images: list[np.ndarray]
    maps: list[Panel]
    names: list[str]
    shares: np.ndarray
    title: str
    alternative: str


def hiding_plan(
    result: Hiding, images: Sequence[np.ndarray] | None = None, labels: Sequence[str] | None = None
) -> HidingPlan:
    """What is drawn, and what it says.

    Parameters
    ----------
    result : Hiding
    images : sequence of uint8 arrays [height, width, 3], optional
        The first is the picture as the network saw it.
    labels : sequence of str, optional
        Class names.
    """
    picture = None if images is None else np.asarray(images[0])
    both = [] if picture is None else [picture, result.hidden(picture)]
    maps = panels(result.maps, images=both or None, labels=labels, scale="shared") if result.maps else []
    shares = result.probabilities
    chosen = np.argsort(-shares.max(axis=0), kind="stable")[:TOP]
    names = [labels[index] if labels else f"class {index}" for index in chosen.tolist()]
    title = " ".join(_sentence(shares[state], labels, word) for state, word in enumerate(("Before:", "after:")))
    changes = [f"{n} {a:.1%} to {b:.1%}" for n, a, b in zip(names, *shares[:, chosen].tolist(), strict=True)]
    words = f"A part of the image is hidden. Probabilities before and after: {', '.join(changes)}."
    words = " ".join([words, *result.banners()])
    return HidingPlan(both, maps, names, shares[:, chosen], title, words)


def _sentence(shares: np.ndarray, labels: Sequence[str] | None, word: str) -> str:
    best = int(shares.argmax())
    return f"{word} {labels[best] if labels else f'class {best}'} {shares[best]:.1%}" + (";" if word[0] == "B" else "")
