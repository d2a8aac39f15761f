"""What is known of the loss around trained weights; all numbers are float64."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result

TOLERANCE = 1e-6
RANDOM_WALK = (6 / np.pi**2, 6 / np.pi**2 / 4)
"""Share of the variance of a long random walk in very many dimensions that its first two components explain."""


def random_walk(places: int) -> np.ndarray:
    """Share of the variance that the first two components explain of a walk of so many places, in very many dimensions.

    Parameters
    ----------
    places : int
        Two at least; three lie on a plane whatever they are.

    Notes
    -----
    The eigenvalues of the centred walk are in the ratio of 1 / (1 - cos(π k / n)), k = 1 ... n - 1.
    """
    values = 1 / (1 - np.cos(np.pi * np.arange(1, places) / places))
    shares: np.ndarray = (values / values.sum())[:2]
    return shares if places > 2 else np.array([1.0, 0.0])


@dataclass(frozen=True, eq=False)
class LossLandscape(Result):
    """Loss and accuracy on a grid of a plane through the weights.

    Attributes
    ----------
    losses, accuracy : array [row, column]
        Mean cross-entropy and share of right answers; NaN where not yet known, infinite where the network overflows.
        Column j is ``axis[j]`` steps along the first direction, row i ``rows[i]`` steps along the second.
    axis, rows : array [steps]
    center_loss : float
        At the centre of the plane, the trained weights, measured on the grid.
    model_loss : float
        Of the model itself, untouched.
    directions : str
        What spans the plane.
    unit : str
        What a step of 1 is.
    rules : tuple of (kind, rule, tensors, numbers)
        How each kind of parameter moves.
    images, seed : int
    marks : array [point, 2]
        Weights that the plane was laid through, in its coordinates.
    unchanged : bool
        Whether the model's weights were bit-identical afterwards.
    """

    losses: np.ndarray
    accuracy: np.ndarray
    axis: np.ndarray
    rows: np.ndarray
    center_loss: float
    model_loss: float
    directions: str
    unit: str
    rules: tuple[tuple[str, str, int, int], ...]
    images: int
    seed: int
    marks: np.ndarray
    unchanged: bool = True
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> int:
        """How many nodes are known."""
        return int((~np.isnan(self.losses)).sum())

    def banners(self) -> tuple[str, ...]:
        """Broken invariants, in words."""
        return broken(self.center_loss, self.model_loss, self.unchanged)


def broken(center: float, own: float, unchanged: bool) -> tuple[str, ...]:
    """What is wrong with the invariants of a landscape; nothing when they hold."""
    far = not abs(center - own) <= TOLERANCE
    first = f"The centre has the loss {center:.8g}, but the model itself {own:.8g}: do not trust this picture."
    second = "The model's weights were changed meanwhile; load the model again."
    return (first,) * far + (second,) * (not unchanged)


@dataclass(frozen=True, eq=False)
class LossLines(Result):
    """Loss along several random directions.

    Attributes
    ----------
    losses, accuracy : array [seed, step]
    axis : array [step]
    seeds : tuple of int
    """

    losses: np.ndarray
    accuracy: np.ndarray
    axis: np.ndarray
    seeds: tuple[int, ...]
    center_loss: float
    model_loss: float
    images: int
    rules: tuple[tuple[str, str, int, int], ...]
    unchanged: bool = True
    notes: tuple[str, ...] = ()

    def banners(self) -> tuple[str, ...]:
        """Broken invariants, in words."""
        return broken(self.center_loss, self.model_loss, self.unchanged)


@dataclass(frozen=True, eq=False)
class LossPath(Result):
    """Loss on the straight way from one solution (0) to another (1).

    Attributes
    ----------
    losses, accuracy : array [step]
    axis : array [step]
    barrier : float
        How far the loss rises above the straight line between the losses of the two ends.
    distance : float
        Between the two solutions, over all weights.
    """

    losses: np.ndarray
    accuracy: np.ndarray
    axis: np.ndarray
    barrier: float
    distance: float
    images: int
    unchanged: bool = True
    notes: tuple[str, ...] = ()

    def banners(self) -> tuple[str, ...]:
        """A broken invariant, in words."""
        return broken(0.0, 0.0, self.unchanged)


@dataclass(frozen=True, eq=False)
class Trajectory(Result):
    """Checkpoints of one or several trainings on the plane of their two main components.

    Attributes
    ----------
    points : array [checkpoint, 2]
        Coordinates on the plane; the origin is the last checkpoint of the first run.
    runs : int array [checkpoint]
        Index into ``names``.
    names : tuple of str
    explained : array [component]
        Share of the variance of the checkpoints that each component explains.
    random_walk : array [2]
        The same of a long random walk: what no training at all would give.
    distance, outside : array [checkpoint]
        From the origin, and from the plane.
    losses, accuracy, projected : array [checkpoint]
        Loss and accuracy of the checkpoint, and loss of its shadow on the plane.
    surface : LossLandscape
        Of the plane.
    """

    points: np.ndarray
    runs: np.ndarray
    names: tuple[str, ...]
    explained: np.ndarray
    random_walk: np.ndarray
    distance: np.ndarray
    outside: np.ndarray
    losses: np.ndarray
    accuracy: np.ndarray
    projected: np.ndarray
    surface: LossLandscape
    notes: tuple[str, ...] = ()

    def banners(self) -> tuple[str, ...]:
        """Broken invariants, in words."""
        return self.surface.banners()


@dataclass(frozen=True, eq=False)
class Spectrum(Result):
    """Curvature of the loss: eigenvalues and trace of its Hessian.

    Attributes
    ----------
    values, residuals : array [k]
        Largest eigenvalues, and |Hv - λv| of each: how far it can be off.
    smallest : float
        The most negative eigenvalue that was met.
    trace, trace_error : float
        Hutchinson's estimate, and its standard error.
    ritz, shares : array [iteration]
        Approximate eigenvalues, and about which share of all eigenvalues lies there.
    loss : float
    parameters, images, seed : int
    """

    values: np.ndarray
    residuals: np.ndarray
    smallest: float
    trace: float
    trace_error: float
    ritz: np.ndarray
    shares: np.ndarray
    loss: float
    parameters: int
    images: int
    seed: int
    unchanged: bool = True
    notes: tuple[str, ...] = ()

    def banners(self) -> tuple[str, ...]:
        """A broken invariant, in words."""
        return broken(0.0, 0.0, self.unchanged)
