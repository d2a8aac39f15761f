"""Guided backpropagation through every rectifier, whether a module, a function or in place."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vizlib.attribution.gradient import input_gradient
from vizlib.core.errors import UnsupportedModel
from vizlib.core.results import Attribution
from vizlib.core.targets import Target
from vizlib.core.technique import Progress, silent, technique

# Every spelling of a rectifier in torch, and the name it is reported under.
FUNCTIONS: dict[Callable[..., Any], str] = {
    F.relu: "ReLU",
    F.relu_: "ReLU",
    torch.relu: "ReLU",
    torch.relu_: "ReLU",
    Tensor.relu: "ReLU",
    Tensor.relu_: "ReLU",
    F.relu6: "ReLU6",
    F.hardtanh: "Hardtanh",
    F.hardtanh_: "Hardtanh",
    F.threshold: "Threshold",
    F.leaky_relu: "LeakyReLU",
    F.leaky_relu_: "LeakyReLU",
    F.prelu: "PReLU",
    torch.prelu: "PReLU",
    Tensor.prelu: "PReLU",
    F.rrelu: "RReLU",
    F.rrelu_: "RReLU",
    F.elu: "ELU",
    F.elu_: "ELU",
    F.selu: "SELU",
    torch.selu: "SELU",
    torch.selu_: "SELU",
    F.celu: "CELU",
    torch.celu: "CELU",
    torch.celu_: "CELU",
    F.gelu: "GELU",
    F.silu: "SiLU",
    F.mish: "Mish",
    F.hardswish: "Hardswish",
    F.softplus: "Softplus",
    torch.clamp_min: "clamp",
    torch.clamp_min_: "clamp",
    Tensor.clamp_min: "clamp",
    Tensor.clamp_min_: "clamp",
    torch.clamp: "clamp",
    torch.clamp_: "clamp",
    Tensor.clamp: "clamp",
    Tensor.clamp_: "clamp",
}
CLAMPS = {function for function, name in FUNCTIONS.items() if name == "clamp"}
MODULES = (
    nn.ReLU, nn.ReLU6, nn.Hardtanh, nn.Threshold, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.SELU, nn.CELU,
    nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish, nn.Softplus,
)  # fmt: skip


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
    UnsupportedModel
        When the model has no rectifier: the result would be the plain gradient.

    Notes
    -----
    The rule, for every rectifier: apply its own derivative, then keep only what is positive. For ReLU this is the
    published method; for smooth rectifiers (GELU, SiLU, Hardswish, ...) it is its direct extension, named in the
    notes. The pictures are sharp but depend little on the class and on the upper layers (Adebayo et al. 2018):
    do not take sharpness for faithfulness.

    References
    ----------
    Springenberg et al. (2015), Striving for simplicity, arXiv:1412.6806, section 3.4.
    """
    guide = Guide()
    _watch_modules(model, guide)
    with guide:
        found = input_gradient(model, images, target, progress)
    if not guide.handled:
        raise UnsupportedModel("the model has no rectifier, so the result would be the plain gradient. Try saliency.")
    return found.attribution("guided_backprop", "guided logit per unit of normalised input", guide.notes())


class _Gate(torch.autograd.Function):
    """Identity whose gradient is cut to its positive part."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # type: ignore[override]
        return x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return gradient * (gradient > 0)


class Guide(TorchFunctionMode):
    """While active in this thread, every rectifier passes back positive gradient only."""

    def __init__(self) -> None:
        super().__init__()
        self.handled: Counter[str] = Counter()
        self.missed = 0

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = FUNCTIONS.get(function)
        if name is None or (function in CLAMPS and not _cuts_at_zero(args, kwargs)):
            return function(*args, **kwargs)
        self.handled[name] += 1
        x = args[0] if args else kwargs.pop("input")
        result = function(_Gate.apply(x), *args[1:], **kwargs)
        return x.copy_(result) if _in_place(function, args, kwargs) else result

    def restart(self, *_: Any) -> None:
        """Count afresh, so that the notes speak of one forward pass."""
        self.handled.clear()
        self.missed = 0

    def notes(self) -> tuple[str, ...]:
        """'k of n rectifiers handled', by kind, with the rule for smooth ones."""
        done = self.handled.total()
        kinds = ", ".join(f"{count} {name}" for name, count in self.handled.most_common())
        text = f"{done} of {done + self.missed} rectifiers handled ({kinds})."
        return (f"{text} Rule: the rectifier's own derivative, then only what is positive.",)


def _in_place(function: Any, args: Any, kwargs: Any) -> bool:
    if kwargs.get("inplace"):
        return True
    name = getattr(function, "__name__", "")
    return name.endswith("_") and not name.endswith("__")


def _cuts_at_zero(args: Any, kwargs: Any) -> bool:
    """Whether a clamp is a rectifier: its lower bound is zero."""
    low = args[1] if len(args) > 1 else kwargs.get("min")
    return isinstance(low, (int, float)) and low == 0


def _watch_modules(model: nn.Module, guide: Guide) -> None:
    """Count rectifier modules whose work the guide did not see (compiled or scripted ones); the copy dies with them."""
    model.register_forward_pre_hook(guide.restart)
    for module in model.modules():
        if isinstance(module, MODULES) or getattr(module, "original_name", "") in {kind.__name__ for kind in MODULES}:
            seen: list[int] = []
            module.register_forward_pre_hook(lambda *_, seen=seen: seen.append(guide.handled.total()))
            module.register_forward_hook(lambda *_, seen=seen: _note_missed(guide, seen.pop()))


def _note_missed(guide: Guide, before: int) -> None:
    if guide.handled.total() == before:
        guide.missed += 1
