"""Follow one image through a network without computing it: shapes, costs, and what every element sees.

Operations on the image are not carried out; their outputs are empty tensors of the right shape, so that the largest
network costs milliseconds per layer. What does not depend on the image (masks, tables of positions) is computed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map
from torch.utils.weak import WeakIdKeyDictionary

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import Range
from vizlib.core.passes import output_of, stops
from vizlib.inside.costs import macs
from vizlib.inside.operations import CONSTANT, Call, everything, rule_for
from vizlib.inside.sight import Sight, of_everything, of_image, reshaped

USUAL = 224  # pixels, the side of the image that most networks take
DETECTION = "torchvision.models.detection"
InputSize = Annotated[
    int | tuple[int, int] | None,
    Range(8, 4096),
    "Sides of the image, in pixels; when empty, the model's own, or 224.",
]


@dataclass
class Trace:
    """What a pass showed.

    Attributes
    ----------
    unknown : list of str
        Operations without a rule, taken as seeing everything.
    macs : dict of str to int
        Multiplications with addition by the innermost module that made them.
    """

    unknown: list[str] = field(default_factory=list)
    macs: dict[str, int] = field(default_factory=dict)
    modules: list[str] = field(default_factory=lambda: [""])
    reads_values: bool = False


Watch = Callable[[str, nn.Module, tuple[Any, ...], Tensor | None, Sight | None], None]


def sides(size: int | tuple[int, int] | None) -> tuple[int, int]:
    """Height and width of an image, of one number or two."""
    if size is None:
        return (USUAL, USUAL)
    return (size, size) if isinstance(size, int) else size


def input_like(model: nn.Module, size: tuple[int, int]) -> Tensor:
    """An empty image of the kind that the model takes."""
    weights = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0, device="cpu"))
    first = next((m for m in model.modules() if isinstance(m, nn.Conv2d)), None)
    channels = first.in_channels if first is not None else 3
    return torch.empty(1, channels, *size, dtype=weights.dtype, device=weights.device)


def traceable(model: nn.Module) -> tuple[str, nn.Module]:
    """The part of a model that takes an image tensor, with its name: of a detector, the backbone."""
    backbone = getattr(model, "backbone", None)
    if type(model).__module__.startswith(DETECTION) and isinstance(backbone, nn.Module):
        return "backbone", backbone
    return "", model


def trace(model: nn.Module, size: tuple[int, int], watch: Watch, names: frozenset[str] | None = None) -> Trace:
    """Send an image through a private copy and show every module's output to ``watch``, in order.

    Parameters
    ----------
    model : torch.nn.Module
        A private copy.
    size : (int, int)
        Height and width of the image.
    watch : callable
        Called as ``watch(name, module, inputs, output, sight)`` when a module has run.
    names : frozenset of str, optional
        Watch these modules only.
    """
    _, part = traceable(model)
    tracer = Tracer()
    image = input_like(part, size)
    with _watched(model, tracer, watch, names), torch.no_grad(), StepByStep(), tracer:
        tracer.sights[image] = of_image(image.shape)
        send(part, image)
    return tracer.found


def send(model: nn.Module, image: Tensor) -> None:
    """Run the model; what it cannot take is said in one sentence."""
    try:
        output_of(model, image)
    except (TypeError, IndexError, AttributeError, KeyError, ValueError) as error:
        if isinstance(error, (OptionError, UnsupportedModel)) or stops(error):
            raise
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnsupportedModel(f"the model cannot take an image of shape {list(image.shape)}: {reason}") from error


@contextmanager
def _watched(model: nn.Module, tracer: "Tracer", watch: Watch, names: frozenset[str] | None) -> Iterator[None]:
    def enter(name: str) -> Any:
        return lambda module, inputs: tracer.found.modules.append(name)

    def leave(name: str) -> Any:
        def seen(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            tracer.found.modules.pop()
            if names is None or name in names:
                tensor = one_tensor(output)
                watch(name, module, inputs, tensor, None if tensor is None else tracer.sights.get(tensor))

        return seen

    handles = []
    for name, module in model.named_modules():
        if not isinstance(module, torch.jit.ScriptModule):
            handles += [module.register_forward_pre_hook(enter(name)), module.register_forward_hook(leave(name))]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def one_tensor(output: Any) -> Tensor | None:
    """The tensor that a module returns, or the first of several."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, (tuple, list)) and output:
        return one_tensor(output[0])
    return None


class StepByStep(TorchFunctionMode):
    """Changes nothing; while it is there, torch takes no fused shortcut through a transformer."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


class Tracer(TorchDispatchMode):
    """Sees every operation, in place of its computation."""

    def __init__(self) -> None:
        super().__init__()
        self.sights: Any = WeakIdKeyDictionary()
        self.found = Trace()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = by_name(func, args, kwargs or {})
        tensors = [value for value in tree_flatten(list(given.values()))[0] if isinstance(value, Tensor)]
        name = func.overloadpacket.__name__
        if not any(tensor in self.sights for tensor in tensors) or name in CONSTANT:
            return func(*args, **(kwargs or {}))
        if name == "_local_scalar_dense":
            self.found.reads_values = True
            return torch.zeros((), dtype=args[0].dtype, device="cpu").item()
        result = stand_in(func, given)
        self._pass_on(name, func, given, result)
        return result

    def _pass_on(self, name: str, func: Any, given: dict[str, Any], result: Any) -> None:
        outputs = [value for value in tree_flatten(result)[0] if isinstance(value, Tensor)]
        if not outputs:
            return
        module = self.found.modules[-1]
        self.found.macs[module] = self.found.macs.get(module, 0) + macs(name, given, outputs[0])
        plain = name.removesuffix("_") if func._schema.is_mutable else name
        call = Call(plain, func, given, outputs, self.sights.get)
        for output, sight in zip(outputs, self._sights_of(call), strict=True):
            self._remember(output, sight, written=func._schema.is_mutable)

    def _sights_of(self, call: Call) -> list[Sight]:
        rule = rule_for(call.name, call.function)
        if rule is None:
            if call.name not in self.found.unknown:
                self.found.unknown.append(call.name)
            return everything(call)
        made = rule(call)
        first = [made] if isinstance(made, Sight) else list(made)
        rest = [of_everything(tuple(output.shape), first[0].stride) for output in call.outputs[len(first) :]]
        return first + rest

    def _remember(self, output: Tensor, sight: Sight, written: bool) -> None:
        """What was written into a part of a tensor shows in the whole; where in it is not followed."""
        self.sights[output] = sight
        base = output._base
        if not written or base is None:
            return
        if base.numel() == output.numel() and base.is_contiguous() and output.is_contiguous():
            self.sights[base] = reshaped(sight, tuple(base.shape))
        else:
            self.sights[base] = of_everything(tuple(base.shape), sight.stride, guessed=True)


def by_name(func: Any, args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of an operation by name, defaults filled in."""
    arguments = func._schema.arguments
    given = {argument.name: argument.default_value for argument in arguments if argument.has_default_value()}
    given.update({argument.name: value for argument, value in zip(arguments, args, strict=False)})
    given.update(kwargs)
    return given


def stand_in(func: Any, given: dict[str, Any]) -> Any:
    """An output of the right shape. Views are real; what is written in place stays as it is."""
    schema = func._schema
    if schema.is_mutable:
        return given["self"] if "self" in given and len(schema.returns) == 1 else func(**given)
    if any(returned.alias_info is not None for returned in schema.returns):
        return func(**given)
    try:
        shapes = func(**_on_meta(given))
    except (NotImplementedError, RuntimeError, TypeError, ValueError):
        return func(**given)
    if not all(isinstance(value, Tensor) for value in tree_flatten(shapes)[0]):
        return func(**given)
    device = next(v for v in tree_flatten(list(given.values()))[0] if isinstance(v, Tensor)).device
    return tree_map(
        lambda shape: torch.empty_strided(shape.shape, shape.stride(), dtype=shape.dtype, device=device), shapes
    )


def _on_meta(given: dict[str, Any]) -> dict[str, Any]:
    def meta(value: Any) -> Any:
        if isinstance(value, Tensor):
            return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")
        return torch.device("meta") if isinstance(value, torch.device) else value

    return {name: tree_map(meta, value) for name, value in given.items()}
