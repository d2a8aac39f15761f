"""Follow an image through a network and note which layer reads which; nothing is computed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten
from torch.utils.weak import WeakIdKeyDictionary

from vizlib.core.copies import private_copy
from vizlib.core.technique import bare_module, named
from vizlib.inside.graph import INPUT, LayerGraph, graph_of
from vizlib.inside.operations import CONSTANT
from vizlib.inside.tracing import (
    InputSize,
    StepByStep,
    by_name,
    input_like,
    one_tensor,
    send,
    sides,
    stand_in,
    traceable,
)


def layer_graph(model: Any, *, input_size: InputSize = None) -> LayerGraph:
    """Which layer of a network reads which.

    Parameters
    ----------
    model : Module or Model
        Of a torchvision detector, the backbone is looked at.
    input_size : int or (height, width), optional
        When empty, the size of the model's card; 224 for a bare module.

    Returns
    -------
    LayerGraph
        One node for each time a layer runs, and one for each operation between layers that joins several ways.

    Raises
    ------
    UnsupportedModel
        One sentence: the model cannot be followed.
    """
    size = sides(input_size if input_size is not None else getattr(model, "input_size", None))
    with named("layer_graph"), torch.inference_mode(False):
        private = private_copy(bare_module(model))
        prefix, part = traceable(private)
        flow = _Flow(size)
        image = input_like(part, size)
        with _watched(part, prefix, flow), torch.no_grad(), StepByStep(), flow:
            flow.begin(image)
            send(part, image)
    return flow.graph()


@dataclass
class _Call:
    """One run of a module: what was known when it began, and what happened in it."""

    name: str
    start: int
    inputs: tuple[Tensor, ...]
    read: set[int] = field(default_factory=set)
    has_layers: bool = False
    wrote: bool = False


@dataclass
class _Node:
    name: str
    kind: str
    shape: tuple[int, ...]
    reads: tuple[int, ...]
    join: bool = False
    weighted: bool = False


class _Flow(TorchDispatchMode):
    """Sees every operation, and knows of every tensor the node that made it."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size
        self.nodes: list[_Node] = []
        self.calls: list[_Call] = [_Call("", 0, (), has_layers=True)]
        self.made_by: Any = WeakIdKeyDictionary()

    def begin(self, image: Tensor) -> None:
        self.nodes.append(_Node("", INPUT, tuple(image.shape[1:]), ()))
        self.made_by[image] = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = by_name(func, args, kwargs or {})
        name = func.overloadpacket.__name__
        read = sorted({self.made_by[tensor] for tensor in _tensors(list(given.values())) if tensor in self.made_by})
        if not read or name in CONSTANT:
            return func(*args, **(kwargs or {}))
        if name == "_local_scalar_dense":
            return torch.zeros((), dtype=args[0].dtype, device="cpu").item()
        result = stand_in(func, given)
        self._note(name, func, read, _tensors(result))
        return result

    def _note(self, name: str, func: Any, read: list[int], outputs: list[Tensor]) -> None:
        call, written = self.calls[-1], func._schema.is_mutable
        call.read.update(read)
        call.wrote |= written
        if not outputs:
            return
        origin = read[0]
        if len(read) > 1:
            kind = name.removesuffix("_") if written else name
            self.nodes.append(_Node(call.name, kind, tuple(outputs[0].shape[1:]), tuple(read), join=True))
            origin = len(self.nodes) - 1
        for output in outputs:
            self.made_by[output] = origin
            if written and output._base is not None:
                self.made_by[output._base] = origin

    def enter(self, name: str, inputs: Any) -> None:
        self.calls[-1].has_layers = True
        self.calls.append(_Call(name, len(self.nodes), tuple(_tensors(inputs))))

    def leave(self, module: nn.Module, output: Any) -> Any:
        """A module in which no other ran is a layer: what happened in it is one node."""
        call = self.calls.pop()
        if call.has_layers:
            return None
        inputs = {self.made_by[tensor] for tensor in call.inputs if tensor in self.made_by}
        reads = sorted(node for node in call.read or inputs if node < call.start)
        del self.nodes[call.start :]
        tensor = one_tensor(output)
        if not reads or tensor is None:
            return None
        self.nodes.append(_Node(call.name, type(module).__name__, tuple(tensor.shape[1:]), tuple(reads)))
        self.nodes[-1].weighted = any(parameter.ndim > 1 for parameter in module.parameters())
        if isinstance(output, Tensor) and not call.wrote and any(output is given for given in call.inputs):
            output = torch.ops.aten.alias.default(output)  # it passed its input on; others may read that one itself
        for made in _tensors(output):
            self.made_by[made] = len(self.nodes) - 1
        return output

    def graph(self) -> LayerGraph:
        """What was noted."""
        return graph_of(
            [node.name for node in self.nodes],
            [node.kind for node in self.nodes],
            [node.shape for node in self.nodes],
            [(source, target) for target, node in enumerate(self.nodes) for source in node.reads],
            [node.join for node in self.nodes],
            [node.weighted for node in self.nodes],
            [1] * len(self.nodes),
            self.size,
        )


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, Tensor)]


@contextmanager
def _watched(model: nn.Module, prefix: str, flow: _Flow) -> Iterator[None]:
    """Hooks that tell when each module begins and ends."""

    def enter(name: str) -> Any:
        return lambda module, inputs: flow.enter(name, inputs)

    handles = []
    for name, module in model.named_modules(prefix=prefix):
        if not isinstance(module, torch.jit.ScriptModule):
            handles.append(module.register_forward_pre_hook(enter(name)))
            handles.append(module.register_forward_hook(lambda module, inputs, output: flow.leave(module, output)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
