"""The loss on a plane through the trained weights."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.stream import Stream
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.landscapes.counter import Counter
from vizlib.landscapes.curvature import ITERATIONS, Curvature, lanczos, leading
from vizlib.landscapes.directions import random_direction, rules
from vizlib.landscapes.grid import Grid, Plane
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.order import checked_steps
from vizlib.landscapes.planes import extent, main_plane, three_point_plane
from vizlib.landscapes.results import LossLandscape
from vizlib.landscapes.weights import OwnWeights

Directions = Literal["random", "hessian", "trajectory", "checkpoints"]
FILTERS = "filter-normalised steps"
DISTANCE = "distance in the space of weights"
NONE = np.zeros((0, 2))
BEYOND = 1.15  # of the farthest checkpoint, so that it does not lie on the border


@technique
def loss_landscape(
    model: nn.Module,
    images: Tensor | Stream,
    labels: Any,
    checkpoints: Sequence[Any] = (),
    *,
    span: Annotated[float, Range(1e-3, 10), "How far the plane reaches from its centre, in steps."] = 1.0,
    steps: Annotated[int, Range(3, 51), "Points along each side of the grid; odd, so that one is the centre."] = 21,
    directions: Annotated[
        Directions, "What spans the plane: two random directions, the two sharpest ones, or given checkpoints."
    ] = "random",
    seed: Annotated[int, Range(0, 2**31 - 1), "Of the random directions; another seed is another plane."] = 0,
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> LossLandscape:
    """How the loss changes around the trained weights, on a plane through them.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width], or an image set
    labels : int array [batch]
        Class index of each image.
    checkpoints : sequence of state dicts or models
        For ``directions="trajectory"`` those of one training, for ``"checkpoints"`` two more solutions.
    span : float
        Along random directions, 1 is as long as the weights themselves, filter by filter; along eigenvectors of the
        Hessian it is a distance; through checkpoints, 1 reaches a little beyond the farthest of them.
    steps : int
        Odd.
    directions : {"random", "hessian", "trajectory", "checkpoints"}
        Two filter-normalised random directions; the two sharpest directions; the two main components of
        θ_t - θ of the checkpoints; the plane through the model and two other solutions.
    seed, batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with batches; cancels by raising.

    Returns
    -------
    LossLandscape

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Two of very many dimensions are shown: a bump in another one stays unseen, and a minimum that looks round here may
    be a narrow valley there. Running statistics stay those of the trained weights, images are not augmented, and only
    these images count. Without the normalisation, rescaling layers would change the picture and not the network.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein (2018), Visualizing the loss landscape of neural nets, arXiv:1712.09913,
    section 4.
    """
    checked_steps(steps)
    beat = cast(Heartbeat, progress)
    weights = OwnWeights(model)
    others = [weights.checked(other, "checkpoints") for other in checkpoints]
    measure = Measure(model, images, labels, batch_size)
    sharp = 4 * ITERATIONS * measure.batches if directions == "hessian" else 0
    counter = Counter(progress, (steps**2 + 1) * measure.batches + sharp)
    measure.tick = counter.step
    still = {"rules": rules(model), "seed": seed}
    grid = None
    if directions != "hessian":
        grid = Grid(weights, measure, _without_images(weights, others, directions, span, steps, seed), beat)
        grid.first_look(still)
    weights.move(weights.start, (), ())
    own = measure().loss
    grid = grid or Grid(weights, measure, _sharpest(weights, measure, counter, span, steps, seed), beat)
    facts = {"model_loss": own, "center_loss": own, **still}
    grid.fill(facts)
    facts |= {"center_loss": float(grid.losses[steps // 2, steps // 2]), "unchanged": weights.unchanged()}
    counter.end()
    return grid.told(**facts, notes=said(grid.losses, facts, weights))


def said(losses: np.ndarray, facts: dict[str, Any], weights: OwnWeights) -> tuple[str, ...]:
    """What was checked, and how each kind of parameter moved."""
    difference = abs(facts["center_loss"] - facts["model_loss"])
    checked = f"Checked: the centre's loss {facts['center_loss']:.6g} differs from the model's own by {difference:.1g}"
    same = f"all {weights.count} weights are bit-identical afterwards" if facts["unchanged"] else "weights changed"
    lost = int(np.isinf(losses).sum())
    blank = (f"At {lost} of {losses.size} points the network overflows; they stay blank.",) if lost else ()
    return (f"{checked}; {same}.", *blank)


def rules_text(table: tuple[tuple[str, str, int, int], ...]) -> str:
    """The rules of normalisation as one sentence."""
    return "; ".join(f"{kind} ({tensors} tensors): {rule}" for kind, rule, tensors, _ in table) + "."


def axis_of(span: float, steps: int) -> np.ndarray:
    """Symmetric about an exact zero."""
    half = steps // 2
    axis: np.ndarray = np.arange(-half, half + 1) * (span / half)
    return axis


def _without_images(
    weights: OwnWeights, others: list[dict[str, Tensor]], kind: str, span: float, steps: int, seed: int
) -> Plane:
    """A plane that weights alone tell."""
    if kind == "random":
        return _random(weights, span, steps, seed)
    return _through(weights, others, kind, span, steps)


def _random(weights: OwnWeights, span: float, steps: int, seed: int) -> Plane:
    generator = torch.Generator().manual_seed(seed)
    first, second = (random_direction(weights.private, weights.start, generator) for _ in range(2))
    axis = axis_of(span, steps)
    return Plane(weights.start, first, second, axis, axis, "two filter-normalised random directions", FILTERS, NONE)


def _sharpest(weights: OwnWeights, measure: Measure, counter: Counter, span: float, steps: int, seed: int) -> Plane:
    curvature = Curvature(weights, measure, counter)
    run = lanczos(curvature, ITERATIONS, seed)
    values, _, vectors = leading(run, 2, curvature)
    first, second = (curvature.named(vector) for vector in vectors)
    axis = axis_of(span, steps)
    words = "the two sharpest directions, curvature " + " and ".join(f"{value:.3g}" for value in values)
    return Plane(weights.start, first, second, axis, axis, words, DISTANCE, NONE)


def _through(weights: OwnWeights, others: list[dict[str, Tensor]], kind: str, span: float, steps: int) -> Plane:
    if len(others) < 2 or (kind == "checkpoints" and len(others) != 2):
        wanted = "two other solutions" if kind == "checkpoints" else "at least two checkpoints of one training"
        raise OptionError(f"checkpoints must be {wanted} for directions={kind!r}; got {len(others)}.")
    if kind == "checkpoints":
        first, second, ends = three_point_plane(weights.start, *others)
        marks = np.concatenate([np.zeros((1, 2)), ends])
        words = "the plane through three solutions"
    else:
        found = main_plane(weights.start, [*others, weights.start])
        first, second, marks = found.first, found.second, found.points
        words = f"the main components of a trajectory, {found.explained[:2].sum():.1%} of its variance"
    reach = span * BEYOND * extent(marks)
    axis, rows = (axis_of(float(side), steps) for side in reach)
    return Plane(weights.start, first, second, axis, rows, words, DISTANCE, marks)
