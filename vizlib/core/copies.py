"""A private copy of a model: its own structure, the same parameters.

Models are shared between browser sessions and threads. A technique may hook, replace and forget: all of it dies with
the copy. The one rule left is never to write into the shared parameters.
"""

import copy
import pickle
import types
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vizlib.core.errors import UnsupportedModel

HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
)
REFUSALS = (TypeError, RuntimeError, ValueError, AttributeError, copy.Error, pickle.PickleError)


def private_copy(model: nn.Module) -> nn.Module:
    """Copy the structure of a model, share its parameters, leave the caller's hooks behind, switch to eval mode.

    Parameters
    ----------
    model : torch.nn.Module
        Never changed.

    Returns
    -------
    torch.nn.Module
        A copy whose parameters are the same tensors. Buffers and plain tensor attributes, which a forward pass may
        write, are its own. Compiled modules are replaced by what was compiled. Where ``copy.deepcopy`` refuses (a
        lock, an open file, an activation in a list) the structure is copied module by module instead.

    Raises
    ------
    UnsupportedModel
        When a lazy layer of the model has no parameters yet.
    """
    model = uncompiled(model)
    if any(is_lazy(parameter) for parameter in model.parameters()):
        raise UnsupportedModel("the model has lazy layers without parameters; show it one image first.")
    memo = _memo(model)
    try:
        private = copy.deepcopy(model, dict(memo))
    except REFUSALS:
        private = _structural_copy(model, memo)
    _uncompile(private)
    private.eval()
    return private


def uncompiled(model: nn.Module) -> nn.Module:
    """The module that ``torch.compile`` was given, or the model itself."""
    return getattr(model, "_orig_mod", model)


def _uncompile(private: nn.Module) -> None:
    for module in list(private.modules()):
        module.__dict__.pop("_compiled_call_impl", None)
        for name, child in module._modules.items():
            if child is not None:
                module._modules[name] = uncompiled(child)


def _memo(model: nn.Module) -> dict[int, Any]:
    """What ``deepcopy`` takes as already copied: parameters stay, other tensors are cloned, hooks are the model's."""
    memo: dict[int, Any] = {id(tensor): tensor.detach().clone() for tensor in _writable(model)}
    memo.update((id(p), _out_of_inference(p) if p.is_inference() else p) for p in model.parameters())
    for module in model.modules():
        for name in HOOKS:
            hooks = vars(module).get(name)
            if hooks:
                memo[id(hooks)] = _own_hooks(hooks)
    return memo


def _writable(model: nn.Module) -> Iterator[Tensor]:
    """Buffers and plain tensor attributes (an old weight_norm keeps a computed weight there)."""
    yield from model.buffers()
    for module in model.modules():
        yield from (value for value in vars(module).values() if isinstance(value, Tensor))


def _out_of_inference(parameter: Tensor) -> Tensor:
    """A parameter that was made in inference mode, as one that autograd can use."""
    return nn.Parameter(parameter.clone(), requires_grad=False)


def _own_hooks(hooks: dict[int, Any]) -> "OrderedDict[int, Any]":
    """Hooks that belong to the model (weight_norm, spectral_norm, pruning), not to whoever looks at it."""
    return OrderedDict((key, hook) for key, hook in list(hooks.items()) if _is_part_of_a_model(type(hook)))


def _is_part_of_a_model(kind: type) -> bool:
    return any(base.__module__.startswith("torch.nn.utils") for base in kind.__mro__)


def _structural_copy(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    twins = {id(module): object.__new__(type(module)) for module in model.modules()}
    memo = {**memo, **twins}
    for module in model.modules():
        twin = twins[id(module)]
        for name, value in vars(module).items():
            twin.__dict__[name] = _own_hooks(value) if name in HOOKS else _copied(value, memo)
    return twins[id(model)]


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    """A deep copy where one can be made; containers are copied item by item; what refuses is shared."""
    try:
        return copy.deepcopy(value, dict(memo))
    except REFUSALS:
        return _with_copies(value, memo)


def _with_copies(value: Any, memo: dict[int, Any]) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, types.MethodType):
        return types.MethodType(value.__func__, memo.get(id(value.__self__), value.__self__))
    if type(value) in (dict, OrderedDict):
        return type(value)((key, _copied(item, memo)) for key, item in value.items())
    if type(value) in (list, tuple, set):
        return type(value)(_copied(item, memo) for item in value)
    return value
