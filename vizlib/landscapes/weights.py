"""Weights of a private copy that may be moved: tensors of its own in place of the shared ones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import shown

Tensors = Mapping[str, Tensor]
RUNNING = ("running_mean", "running_var")
"""Buffers that belong to a solution, as its weights do."""


class OwnWeights:
    """Gives a private copy parameters of its own, which can be set to any point; the shared ones are only read.

    Attributes
    ----------
    start : dict of Tensor
        The shared parameters, by name.
    """

    def __init__(self, private: nn.Module) -> None:
        self.private = private
        self.start = {name: p for name, p in private.named_parameters() if p.is_floating_point()}
        if not self.start:
            raise UnsupportedModel("the model has no weights that could be moved.")
        self._before = {name: p.detach().clone() for name, p in self.start.items()}
        twins = {id(p): nn.Parameter(_own(p, private), requires_grad=False) for p in self.start.values()}
        for module in private.modules():
            for name, parameter in list(module._parameters.items()):
                if parameter is not None and id(parameter) in twins:
                    _set(module, name, twins[id(parameter)])
        self.own = {name: twins[id(p)] for name, p in self.start.items()}
        self._buffers = {name: tensor for name, tensor in private.named_buffers() if name.endswith(RUNNING)}
        self._running = {name: tensor.clone() for name, tensor in self._buffers.items()}

    @torch.no_grad()
    def move(self, origin: Tensors, steps: Sequence[float], directions: Sequence[Tensors]) -> None:
        """Set every weight to origin + the steps along the directions; one that a direction lacks does not move."""
        for name, own in self.own.items():
            own.copy_(origin[name])
            for step, direction in zip(steps, directions, strict=True):
                if step and name in direction:
                    own.add_(direction[name], alpha=step)

    @torch.no_grad()
    def load(self, state: Tensors) -> None:
        """Set weights and running statistics to those of a checkpoint."""
        self.move(state, (), ())
        for name, buffer in self._buffers.items():
            buffer.copy_(state.get(name, self._running[name]))

    def unchanged(self) -> bool:
        """Whether the shared parameters are, bit for bit, what they were."""
        return all(torch.equal(_bits(p), _bits(self._before[name])) for name, p in self.start.items())

    @property
    def count(self) -> int:
        """How many numbers the weights are."""
        return sum(p.numel() for p in self.start.values())

    def state(self) -> dict[str, Tensor]:
        """Weights and running statistics as they came."""
        return {**self._before, **self._running}

    def checked(self, other: Any, word: str) -> dict[str, Tensor]:
        """A module, a loaded model or a state dict of the same network, as tensors of this one's kind by name."""
        state = state_of(other, word)
        wanted = {**self.start, **self._buffers}
        for name, tensor in wanted.items():
            if name not in state or state[name].shape != tensor.shape:
                raise OptionError(f"{word} must hold weights of the same network; {name} is missing or differs.")
        found = {name: state[name].detach().to(tensor) for name, tensor in wanted.items()}
        if not all(bool(torch.isfinite(tensor).all()) for tensor in found.values()):
            raise OptionError(f"{word} holds NaN or infinite weights; leave that one out.")
        return found


def state_of(other: Any, word: str) -> dict[str, Tensor]:
    """Parameters and buffers of a module, a loaded model or a mapping, by name."""
    module = other if isinstance(other, nn.Module) else getattr(other, "module", None)
    if isinstance(module, nn.Module):
        module = getattr(module, "_orig_mod", module)
        other = dict((*module.named_parameters(), *module.named_buffers()))
    if isinstance(other, Mapping) and all(isinstance(tensor, Tensor) for tensor in other.values()):
        return {name.replace("_orig_mod.", ""): tensor.detach() for name, tensor in other.items()}  # of torch.compile
    raise OptionError(f"{word} must be a module, a loaded model or a state dict; got {shown(other)}.")


def _own(parameter: Tensor, private: nn.Module) -> Tensor:
    """A copy, in the layout that convolutions take fastest."""
    channels_last = parameter.ndim == 4 and is_fast_last(private)
    return parameter.detach().clone(memory_format=torch.channels_last if channels_last else torch.preserve_format)


def is_fast_last(private: nn.Module) -> bool:
    """Whether channels last in memory is the faster layout: on the CPU, unless convolutions are split into groups."""
    convolutions = [module for module in private.modules() if isinstance(module, nn.Conv2d)]
    on_cpu = all(not p.is_cuda for p in private.parameters())
    return on_cpu and bool(convolutions) and all(module.groups == 1 for module in convolutions)


def _set(module: nn.Module, name: str, twin: nn.Parameter) -> None:
    if isinstance(module, torch.jit.ScriptModule):
        raise UnsupportedModel("a scripted layer has weights, which cannot be moved; give the model as Python code.")
    setattr(module, name, twin)


def _bits(tensor: Tensor) -> Tensor:
    return tensor.detach().contiguous().view(torch.int32 if tensor.element_size() == 4 else torch.int64)


def difference(one: Tensors, other: Tensors, names: Iterable[str]) -> dict[str, Tensor]:
    """One minus the other, for the named tensors."""
    return {name: one[name].detach() - other[name].detach() for name in names}
