"""Following the gradient of an objective from random numbers to an image."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from vizlib.attribution.rectifiers import InPlaceOnViews, nodes_between, rectifier
from vizlib.core.errors import UnsupportedModel
from vizlib.core.passes import gradient_of
from vizlib.inside.parametrisation import Display, Space
from vizlib.inside.regularisers import Moves, Regularisers
from vizlib.inside.starts import LOOK_AFTER, Start, loud

BETAS, EPSILON = (0.9, 0.999), 1e-8
PATIENCE = 48  # steps that a silent unit is led by the input of its rectifier
Objective = Callable[[Tensor], Tensor]  # network input [1, channel, height, width] -> one number, to be made large
OnStep = Callable[[int, "Path"], None]


@dataclass(frozen=True)
class Plan:
    """How to climb."""

    space: Space
    display: Display
    steps: int
    rate: float
    regularisers: Regularisers = field(default_factory=Regularisers)
    moves: Moves = field(default_factory=Moves)
    penalty: Objective | None = None  # of the unmoved network input; taken off the objective

    def input(self, numbers: Tensor) -> Tensor:
        """What the network sees."""
        return self.display.input(self.display.colours(self.space.decode(numbers)))


@dataclass
class Path:
    """Where a climb stands."""

    first: Tensor
    numbers: Tensor
    seed: int
    trace: list[float] = field(default_factory=list)
    led: int = 0  # steps that went by the input of rectifiers
    alive: bool = False
    dead: bool = False
    loud: bool = False  # given up, since the start excited the unit already
    start: Start | None = None  # another one than faint noise on grey
    instead: float | None = None  # what grey excites the unit to, where the start is another


def climb(
    plan: Plan, objective: Objective, seed: int, on_step: OnStep, *, start: Start | None = None, quiet: bool = False
) -> Path:
    """Adam from one random start; given up when the unit stays silent.

    Parameters
    ----------
    plan : Plan
    objective : callable
    seed : int
    on_step : callable
    start : Start, optional
        Faint noise on grey when left out.
    quiet : bool
        Give up, too, when the start excited the unit already.
    """
    generator = torch.Generator().manual_seed(seed)
    numbers = plan.space.start(generator)
    if start is not None:
        numbers = plan.space.encode(start.image(plan.space.decode(numbers)))
    path, adam = Path(numbers, numbers, seed, start=start), Adam(plan.rate)
    for step in range(1, plan.steps + 1):
        value, toward, by_pixel = _gradients(plan, objective, path, generator)
        if not path.alive and (toward is None or path.led >= PATIENCE):
            path.dead = True
            return path
        path.trace.append(value)
        if toward is not None:
            path.numbers = adam.step(path.numbers, toward)
        if plan.regularisers:
            latent = plan.regularisers.after(step, plan.space.decode(path.numbers), by_pixel)
            path.numbers = plan.space.encode(latent)
        on_step(step, path)
        if quiet and step == LOOK_AFTER < plan.steps and loud(path.trace):
            path.loud = True
            return path
    return path


def _gradients(
    plan: Plan, objective: Objective, path: Path, generator: torch.Generator
) -> tuple[float, Tensor | None, Tensor]:
    """The objective, and its gradient by number and by latent pixel; None where it is zero everywhere."""
    numbers = path.numbers.detach().requires_grad_()
    image = plan.space.decode(numbers)
    value, by_pixel = _followed(plan, objective, image.detach(), path, generator)
    silent = not bool(by_pixel.any())
    if plan.penalty is not None:
        latent = image.detach().requires_grad_()
        by_pixel = by_pixel - _gradient(plan.penalty(plan.display.input(plan.display.colours(latent))), latent)
    (toward,) = torch.autograd.grad(image, numbers, by_pixel)
    return value, None if silent else toward, by_pixel


def _followed(
    plan: Plan, objective: Objective, image: Tensor, path: Path, generator: torch.Generator
) -> tuple[float, Tensor]:
    """The objective and its gradient; where that is zero everywhere, through shut rectifiers as if they were open."""
    value, latent = _value(plan, objective, image, generator)
    gradient = _gradient(value, latent)
    if bool(gradient.any()):
        path.alive = True
        return value.item(), gradient
    path.led += 1
    value, latent = _value(plan, objective, image, generator)
    for node in nodes_between(latent, value):
        if rectifier(node):
            node.register_hook(_opened)
    return value.item(), _gradient(value, latent)


def _value(plan: Plan, objective: Objective, image: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    latent = image.clone().requires_grad_()
    x = plan.moves(plan.display.input(plan.display.colours(latent)), generator)
    with InPlaceOnViews():
        value = objective(x)
    if not bool(torch.isfinite(value)):
        raise UnsupportedModel("the objective became NaN or infinite; try a smaller rate or another unit.")
    return value, latent


def _gradient(value: Tensor, x: Tensor) -> Tensor:
    gradient = gradient_of(value, x)
    return torch.zeros_like(x) if gradient is None else gradient


def _opened(to_inputs: tuple[Tensor | None, ...], from_outputs: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
    """What a rectifier passes back: its own gradient, or where it lets nothing through what comes to it."""
    gradient, arriving = to_inputs[0], from_outputs[0]
    if gradient is None or arriving is None or bool(gradient.any()):
        return to_inputs
    return (arriving, *to_inputs[1:])


class Adam:
    """Adam (Kingma and Ba 2015), upwards."""

    def __init__(self, rate: float) -> None:
        self.rate, self.count = rate, 0
        self.mean: Tensor | float = 0.0
        self.square: Tensor | float = 0.0

    def step(self, numbers: Tensor, gradient: Tensor) -> Tensor:
        """The numbers after one step along the gradient."""
        self.count += 1
        self.mean = BETAS[0] * self.mean + (1 - BETAS[0]) * gradient
        self.square = BETAS[1] * self.square + (1 - BETAS[1]) * gradient**2
        mean = self.mean / (1 - BETAS[0] ** self.count)
        square = self.square / (1 - BETAS[1] ** self.count)
        return numbers.detach() + self.rate * mean / (square.sqrt() + EPSILON)
