"""The way of one or several trainings, on the plane of its two main components."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from torch import Tensor, nn

from vizlib.core.copies import private_copy
from vizlib.core.errors import OptionError
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.stream import Stream
from vizlib.core.technique import Progress, Range, bare_module, checked_images, silent, technique
from vizlib.landscapes.counter import Counter
from vizlib.landscapes.directions import rules
from vizlib.landscapes.grid import Grid, Plane
from vizlib.landscapes.measure import Level, Measure
from vizlib.landscapes.order import checked_steps
from vizlib.landscapes.planes import MainPlane, extent, main_plane
from vizlib.landscapes.results import RANDOM_WALK, Trajectory, random_walk
from vizlib.landscapes.surface import DISTANCE, NONE, said
from vizlib.landscapes.weights import OwnWeights


@technique
def trajectory(
    checkpoints: Any,
    model: nn.Module,
    images: Tensor | Stream,
    labels: Any,
    *,
    steps: Annotated[int, Range(3, 51), "Points along each side of the grid under the trajectories; odd."] = 21,
    margin: Annotated[float, Range(0, 2), "Of the grid around the checkpoints, as a share of their extent."] = 0.15,
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> Trajectory:
    """The way of one or several trainings on the plane that shows most of it.

    Parameters
    ----------
    checkpoints : sequence of state dicts, or mapping from a run's name to its sequence
        In the order of training.
    model : Module or Model
        The network that the checkpoints belong to.
    images : array [batch, channel, height, width], or an image set
    labels : int array [batch]
    steps, margin, batch_size
        As the options say.
    progress : callable
        Called as ``progress(done, total)`` with batches; cancels by raising.

    Returns
    -------
    Trajectory

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The plane is the one of the two main components of θ_t - θ_T, laid through θ_T, the end of the first run. A long
    random walk in many dimensions already puts 60.8 % + 15.2 % of its variance there, a short one more, and draws a
    smooth curve: a high share explained proves nothing. The loss under a point of the curve is that of its shadow on
    the plane, not its own.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein (2018), Visualizing the loss landscape of neural nets, arXiv:1712.09913,
    section 7. Antognini, Sohl-Dickstein (2018), PCA of high dimensional random walks with comparison to neural network
    training, arXiv:1806.08805.
    """
    checked_steps(steps)
    assert isinstance(progress, Heartbeat)
    private, data = _own(model, images, progress)
    weights = OwnWeights(private)
    names, runs, states = _read(checkpoints, weights)
    measure = Measure(private, data, labels, batch_size)
    counter = Counter(progress, (steps**2 + 2 * len(states) + 1) * measure.batches)
    measure.tick = counter.step
    end = states[int(np.flatnonzero(runs == 0)[-1])]
    found = main_plane(end, states) if len(states) > 1 else None
    if found is None:
        raise OptionError("checkpoints must be at least two, in the order of training.")
    weights.load(end)  # running statistics of the plane are those of the end of the first run
    shared: dict[str, Any] = {
        "points": found.points,
        "runs": runs,
        "names": names,
        "explained": found.explained,
        "random_walk": _baseline(runs),
        "distance": found.distance,
        "outside": found.outside,
        **dict.fromkeys(("losses", "accuracy", "projected"), np.full(len(states), np.nan)),
    }
    still: dict[str, Any] = {"rules": rules(private), "seed": 0}
    grid = Grid(weights, measure, _plane(end, found, steps, margin), progress)
    grid.progress = _Shown(progress, shared)  # type: ignore[assignment]
    grid.first_look(still)
    shadows = list(_shadows(weights, measure, end, found))
    true = list(_levels(weights, measure, states))
    shared["losses"] = np.array([level.loss for level in true])
    shared["accuracy"] = np.array([level.accuracy for level in true])
    shared["projected"] = np.array([level.loss for level in shadows])
    weights.load(end)
    own = true[int(np.flatnonzero(runs == 0)[-1])].loss
    facts: dict[str, Any] = {"center_loss": measure().loss, "model_loss": own, **still}
    grid.fill(facts)
    facts["unchanged"] = weights.unchanged()
    surface = grid.told(**facts, notes=said(grid.losses, facts, weights))
    return Trajectory(surface=surface, notes=(*surface.notes, _outside(found, shared["random_walk"])), **shared)


class _Shown:
    """Shows a surface that fills in together with the trajectories on it."""

    def __init__(self, progress: Heartbeat, shared: dict[str, Any]) -> None:
        self.progress, self.shared, self._beat = progress.progress, shared, progress

    def show(self, make: Any) -> None:
        self._beat.show(lambda: Trajectory(surface=make(), **self.shared))

    def beat(self) -> None:
        self._beat.beat()


def _own(model: Any, images: Any, progress: Heartbeat) -> tuple[nn.Module, Any]:
    """A private copy, and clean images; the decorator does this only where the model comes first."""
    private = private_copy(bare_module(model))
    progress.watch(private)
    if hasattr(images, "seen_by") and not isinstance(model, nn.Module):
        images = images.seen_by(model)
    if hasattr(images, "tensor"):
        return private, Stream(images, lambda part: checked_images(part, private), progress.beat)
    return private, checked_images(images, private)


def _read(checkpoints: Any, weights: OwnWeights) -> tuple[tuple[str, ...], np.ndarray, list[dict[str, Tensor]]]:
    """Names of the runs, the run of each checkpoint, and the checkpoints."""
    given: Mapping[str, Sequence[Any]]
    named = isinstance(checkpoints, Mapping) and not any(isinstance(value, Tensor) for value in checkpoints.values())
    given = checkpoints if named else {"training": checkpoints}
    if any(not isinstance(states, Sequence) or not states for states in given.values()) or not given:
        raise OptionError("checkpoints must be a sequence of state dicts, or a mapping from a name to such a sequence.")
    runs = [number for number, states in enumerate(given.values()) for _ in states]
    states = [weights.checked(state, "checkpoints") for states in given.values() for state in states]
    return tuple(map(str, given)), np.array(runs), states


def _levels(weights: OwnWeights, measure: Measure, states: Sequence[dict[str, Tensor]]) -> Iterator[Level]:
    for state in states:
        weights.load(state)
        yield measure()


def _shadows(weights: OwnWeights, measure: Measure, end: dict[str, Tensor], found: MainPlane) -> Iterator[Level]:
    for across, up in found.points.tolist():
        weights.move(end, (across, up), (found.first, found.second))
        yield measure()


def _plane(end: dict[str, Tensor], found: MainPlane, steps: int, margin: float) -> Plane:
    """A box around all checkpoints."""
    low, high = found.points.min(axis=0), found.points.max(axis=0)
    middle, half = (low + high) / 2, extent(found.points - (low + high) / 2) * (1 + 2 * margin)
    axis, rows = (np.linspace(m - h, m + h, steps) for m, h in zip(middle, half, strict=True))
    words = f"the main components of the trajectories, {found.explained[:2].sum():.1%} of their variance"
    return Plane(end, found.first, found.second, axis, rows, words, DISTANCE, NONE)


def _baseline(runs: np.ndarray) -> np.ndarray:
    """What a random walk would explain: as long as the only training, or the limit where there are several."""
    return np.array(RANDOM_WALK) if runs.max() else random_walk(len(runs))


def _outside(found: MainPlane, baseline: np.ndarray) -> str:
    two = [*found.explained[:2].tolist(), 0.0][:2]
    walk = " + ".join(f"{share:.1%}" for share in baseline)
    left = found.outside.max() / max(found.distance.max(), 1e-300)
    shares = " + ".join(f"{share:.1%}" for share in two)
    return (
        f"The plane explains {shares} of the variance; a pure random walk would give {walk}. "
        f"Up to {left:.0%} of the distance from the origin lies outside the plane."
    )
