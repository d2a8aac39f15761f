"""Results: frozen NumPy arrays and plain facts, with a digest. No figure, no model."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

DROP_OF_PROBABILITY = "drop of the probability"
FAINT = 0.05  # a map of a probability that stays below hardly says anything
NOISE = 1e-13  # below, a probability in float64 is rounding error


@dataclass(frozen=True, eq=False)
class Result:
    """What every technique returns."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def banners(self) -> tuple[str, ...]:
        """Silent failures, in words; most kinds of results have none."""
        return ()

    def digest(self) -> str:
        """SHA-256 of every array (bytes, shape, dtype) and every fact."""
        total = hashlib.sha256(type(self).__name__.encode())
        for field in dataclasses.fields(self):
            total.update(field.name.encode())
            total.update(_content(getattr(self, field.name)))
        return total.hexdigest()


def _content(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
    if isinstance(value, Result):
        return value.digest().encode()
    return json.dumps(value, sort_keys=True).encode()


@dataclass(frozen=True, eq=False)
class Attribution(Result):
    """What each input position contributes to a score.

    Attributes
    ----------
    values : array [batch, channel, height, width]
        Raw, and signed where the method is signed; at input resolution; one channel for CAMs and occlusion.
    target : array [batch] of int
        Explained class, -1 where the target was a function of the scores.
    score : array [batch]
        The explained score of the unchanged image.
    technique : str
    unit : str
        What one unit of ``values`` means.
    signed : bool
        Whether negative values are meaningful.
    coarse : array [batch, 1, h, w] or None
        A CAM's own grid, after rectification; ``values`` is its bilinear upsampling (align_corners=False).
    layer : str or None
    notes : tuple of str
        What a reader must know to trust the picture.
    """

    values: np.ndarray
    target: np.ndarray
    score: np.ndarray
    technique: str
    unit: str
    signed: bool
    coarse: np.ndarray | None = None
    layer: str | None = None
    notes: tuple[str, ...] = ()

    def is_finite(self) -> bool:
        """Whether the map has no NaN and no infinite value."""
        return bool(np.isfinite(self.values).all())

    def heatmap(self, reduce: Literal["max_abs"] = "max_abs") -> np.ndarray:
        """One map per image [batch, height, width].

        Several channels are reduced to the largest absolute value; a single channel is returned unchanged and signed.
        """
        if reduce != "max_abs":
            raise ValueError(f"heatmap: reduce must be 'max_abs'; got {reduce!r}.")
        if self.values.shape[1] == 1:
            return self.values[:, 0]
        return np.abs(self.values).max(axis=1)

    def is_faint(self) -> bool:
        """Whether some map is about a probability that hardly moves."""
        return self.unit == DROP_OF_PROBABILITY and any(self._largest() < FAINT)

    def banners(self) -> tuple[str, ...]:
        """Silent failures, in words: maps that are zero everywhere, and probabilities that hardly move."""
        kinds: dict[str, list[int]] = {}
        for index, largest in enumerate(self._largest()):
            kinds.setdefault(self._failure(index, largest), []).append(index)
        return tuple(self._said(_FAILURES[kind], which) for kind, which in kinds.items() if kind)

    def _largest(self) -> np.ndarray:
        """Largest magnitude of each map."""
        return np.abs(self.values).max(axis=(1, 2, 3))

    def _failure(self, index: int, largest: float) -> str:
        if largest == 0:
            return "zero"
        if self.unit != DROP_OF_PROBABILITY or largest >= FAINT:
            return ""
        if largest < NOISE:
            return "noise"
        return "saturated" if abs(self.score[index] - 0.5) > 0.5 - FAINT else "weak"

    def _said(self, words: str, which: list[int]) -> str:
        """One sentence about some of the maps."""
        whose = "" if len(self.values) == 1 else f" of image {', '.join(map(str, which))}"
        why = _WHY_ZERO.get(self.technique, "")
        return words.format(map=f"The map{whose}", largest=compact(self._largest()[which].max(), 2), why=why)


def compact(value: float, digits: int = 3) -> str:
    """A number with so many digits, and no more zeros than it needs: 0.25, 2.1e-4."""
    found = f"{value:.{digits}g}" if value == 0 or abs(value) >= 1e-3 else f"{value:.{digits - 1}e}"
    number, e, exponent = found.partition("e")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number}e{int(exponent)}" if e else found


_FAILURES = {
    "zero": "{map} is zero everywhere: nothing in the image moves this score. {why}",
    "noise": "{map} is rounding error: hiding a window does not change the probability at all. The logit shows more.",
    "saturated": "{map} reaches {largest} at most: the probability is saturated, and hiding a window hardly changes it."
    " The logit shows more.",
    "weak": "{map} reaches {largest} at most: hiding a window hardly changes the probability. "
    "A larger window, or the logit, may show more.",
}
_WHY_ZERO = {
    "grad_cam": "Every weighted channel was negative; try signed=True or another layer.",
    "saliency": "The score may be cut off by a rectifier; try another target.",
    "guided_backprop": "No positive path reaches the input; try another target.",
    "occlusion": "The fill may equal the image; try another fill.",
}
