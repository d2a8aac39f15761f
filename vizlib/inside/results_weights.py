"""Results about the numbers that a network has learned: histograms of the weights, of one network or of several."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result


@dataclass(frozen=True, eq=False)
class WeightHistograms(Result):
    """How the weights of each layer are distributed, in the order of definition.

    Attributes
    ----------
    layers, kinds : tuple of str
        Only weights: arrays of two or more axes. Biases and the scales of normalisations are left out.
    counts : int array [layers, bins]
        Number of weights in each bin; the middle bin is centred on zero.
    edges : array [layers, bins + 1]
        From minus to plus the largest magnitude of the layer.
    sizes : int array [layers]
        Number of weights.
    mean, std : array [layers]
        ``std`` is that of all weights (divided by their number).
    near_zero : array [layers]
        Share of weights whose magnitude is less than ``relative`` standard deviations of their layer.
    below : array [layers]
        Share of weights whose magnitude is less than ``threshold``.
    zeros : array [layers]
        Share of weights that are exactly zero.
    l1, l2 : array [layers]
        Sum of the magnitudes; square root of the sum of the squares.
    relative, threshold : float
    notes : tuple of str
    """

    layers: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: np.ndarray
    edges: np.ndarray
    sizes: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    near_zero: np.ndarray
    below: np.ndarray
    zeros: np.ndarray
    l1: np.ndarray
    l2: np.ndarray
    relative: float
    threshold: float
    notes: tuple[str, ...] = ()

    def total(self, share: str = "near_zero") -> float:
        """A share ("near_zero", "below" or "zeros") of all weights of the network."""
        return float((getattr(self, share) * self.sizes).sum() / self.sizes.sum())

    def banners(self) -> tuple[str, ...]:
        """Layers that hold nothing but zeros."""
        empty = [name for name, share in zip(self.layers, self.zeros, strict=True) if share == 1]
        return (f"Every weight of {', '.join(empty)} is exactly zero.",) if empty else ()


@dataclass(frozen=True, eq=False)
class ComparedWeights(Result):
    """The weights of several networks with the same layers, counted in the same bins.

    Attributes
    ----------
    models : tuple of str
        What tells the networks apart.
    layers : tuple of str
    counts : int array [models, layers, bins]
    edges : array [layers, bins + 1]
    sizes : int array [layers]
    std, near_zero, below, zeros, l1, l2 : array [models, layers]
        As of :class:`WeightHistograms`.
    relative, threshold : float
    notes : tuple of str
    """

    models: tuple[str, ...]
    layers: tuple[str, ...]
    counts: np.ndarray
    edges: np.ndarray
    sizes: np.ndarray
    std: np.ndarray
    near_zero: np.ndarray
    below: np.ndarray
    zeros: np.ndarray
    l1: np.ndarray
    l2: np.ndarray
    relative: float
    threshold: float
    notes: tuple[str, ...] = ()

    def total(self, model: int, share: str = "near_zero") -> float:
        """A share ("near_zero", "below" or "zeros") of all weights of one network."""
        return float((getattr(self, share)[model] * self.sizes).sum() / self.sizes.sum())
