"""Guided backpropagation through every rectifier, whether a module, a function or in place."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.overrides import TorchFunctionMode

from vizlib.attribution.gradient import input_gradient
from vizlib.core.errors import UnsupportedModel
from vizlib.core.results import Attribution
from vizlib.core.targets import Target
from vizlib.core.technique import Progress, silent, technique

# How autograd calls the step of a rectifier, and the name it is reported under.
NODES = {
    "Relu": "ReLU",
    "Hardtanh": "Hardtanh",
    "Threshold": "Threshold",
    "LeakyRelu": "LeakyReLU",
    "PreluKernel": "PReLU",
    "RreluWithNoise": "RReLU",
    "Elu": "ELU",
    "Celu": "CELU",
    "Gelu": "GELU",
    "Silu": "SiLU",
    "Mish": "Mish",
    "Hardswish": "Hardswish",
    "Softplus": "Softplus",
}
CUTS = ("Clamp", "ClampMin", "Maximum")  # rectifiers where the bound is zero
OPAQUE = ("DifferentiableGraph", "CompiledFunction")
CUSTOM = re.compile(r"(relu|gelu|silu|swish|mish)", re.IGNORECASE)  # in the name of someone's autograd.Function


@technique
def guided_backprop(
    model: nn.Module, images: Tensor, target: Target = None, *, progress: Progress = silent
) -> Attribution:
    """The gradient, letting through only what excites the class at every rectifier on the way back.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    target : int, sequence of int, callable or None
        Class to explain; None is the predicted class of each image.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Attribution
        ``values`` [batch, channel, height, width], signed; ``notes`` says how many rectifiers were handled.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each; also when the model has no rectifier, as the result would be the plain gradient.

    Notes
    -----
    The rule, for every rectifier: apply its own derivative, then keep only what is positive. For ReLU this is the
    published method; for smooth rectifiers (GELU, SiLU, Hardswish, ...) it is its direct extension, named in the
    notes. Rectifiers are found in the recorded computation, so modules, functions, in-place and reused ones count;
    those spelled out in arithmetic (``x * (x > 0)``) do not. The pictures are sharp but depend little on the class
    and on the upper layers (Adebayo et al. 2018): do not take sharpness for faithfulness.

    References
    ----------
    Springenberg et al. (2015), Striving for simplicity, arXiv:1412.6806, section 3.4.
    """
    guide = Guide()
    with InPlaceOnViews():
        found = input_gradient(model, images, target, progress, on_scores=guide)
    if not guide.handled:
        raise UnsupportedModel("the model has no rectifier, so the result would be the plain gradient. Try saliency.")
    return found.attribution("guided_backprop", "guided logit per unit of normalised input", guide.notes())


class Guide:
    """Lets every rectifier between the input and the scores pass back positive gradient only."""

    def __init__(self) -> None:
        self.handled: Counter[str] = Counter()
        self.opaque = 0

    def __call__(self, scores: Tensor, images: Tensor) -> None:
        """Set up one forward pass; the counts speak of the last one."""
        self.handled.clear()
        self.opaque = 0
        for node in nodes_between(images, scores):
            kind = rectifier(node)
            if kind:
                self.handled[kind] += 1
                node.register_hook(_positive)
            elif node.name().rpartition("::")[2].startswith(OPAQUE):
                self.opaque += 1

    def notes(self) -> tuple[str, ...]:
        """'k of n rectifiers handled', by kind, and the rule."""
        done = self.handled.total()
        kinds = ", ".join(f"{count} {name}" for name, count in self.handled.most_common())
        text = f"{done} of {done + self.opaque} rectifiers handled ({kinds})"
        text += f"; {self.opaque} compiled blocks pass the plain gradient." if self.opaque else "."
        return (f"{text} Rule: the rectifier's own derivative, then only what is positive.",)


def _positive(to_inputs: tuple[Tensor | None, ...], from_outputs: tuple[Tensor | None, ...]) -> Any:
    gradients = (g if g is None else g.relu() for g in to_inputs[:1])
    return (*gradients, *to_inputs[1:])


def nodes_between(images: Tensor, scores: Tensor) -> list[Node]:
    """Steps of the recorded computation through which the images reach the scores, in a fixed order."""
    leads: dict[Node, bool] = {}
    order = list(_inputs_first(scores.grad_fn))
    for node in order:
        before = [source for source, _ in node.next_functions if source is not None]
        leads[node] = getattr(node, "variable", None) is images or any(leads[source] for source in before)
    return [node for node in order if leads[node]]


def _inputs_first(last: Node | None) -> Iterator[Node]:
    """Every step once, after the steps it takes its input from."""
    seen: set[Node] = set()
    waiting: list[tuple[Node | None, bool]] = [(last, False)]
    while waiting:
        node, ready = waiting.pop()
        if node is not None and ready:
            yield node
        elif node is not None and node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(source, False) for source, _ in node.next_functions]


def rectifier(node: Node) -> str | None:
    """Name of the rectifier whose step this is, or None."""
    if isinstance(node, torch.autograd.function.BackwardCFunction):
        return f"custom {node.name()}" if CUSTOM.search(node.name()) else None
    name = re.sub(r"Backward\d*$", "", node.name())
    if name in CUTS:
        return "clamp" if any(_is_zero(bound) for bound in _bounds(node)) else None
    if name == "Hardtanh" and (node._saved_min_val, node._saved_max_val) == (0, 6):  # type: ignore[attr-defined]
        return "ReLU6"
    return NODES.get(name)


def _bounds(node: Any) -> list[Any]:
    """Lower bounds of a clamp; of ``maximum``, both of its operands."""
    if node.name().startswith("Maximum"):
        return [node._saved_self, node._saved_other]
    return [node._saved_min]


def _is_zero(bound: Any) -> bool:
    return not bound.any() if isinstance(bound, Tensor) else bound is not None and bound == 0


# In-place functions that rectify; autograd hides their step when they write into a view.
IN_PLACE = {
    "relu", "relu6", "hardtanh", "threshold", "leaky_relu", "rrelu", "elu", "selu", "celu", "silu", "mish",
    "hardswish", "clamp", "clamp_min", "clip",
}  # fmt: skip


class InPlaceOnViews(TorchFunctionMode):
    """In this thread, in-place rectifiers work beside a view and are then copied into it, so that their step shows."""

    def __torch_function__(self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if getattr(function, "__name__", "").strip("_") not in IN_PLACE:
            return function(*args, **kwargs)
        view, *others = args if args else [kwargs.pop("input")]
        if not view._is_view():
            return function(view, *others, **kwargs)
        beside = view.clone()
        result = function(beside, *others, **kwargs)
        return view.copy_(result) if result is beside else result
