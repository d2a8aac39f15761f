"""A private copy of a model: its own structure, the same tensors.

Models are shared between browser sessions and threads. A technique may hook, replace and forget: all of it dies with
the copy. The one rule left is never to write into the shared tensors.
"""

import copy
import types
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


def private_copy(model: nn.Module) -> nn.Module:
    """Copy the structure of a model, share its tensors, leave the caller's hooks behind, switch to eval mode.

    Parameters
    ----------
    model : torch.nn.Module
        Never changed.

    Returns
    -------
    torch.nn.Module
        A copy whose parameters and buffers are the same tensors. Where ``copy.deepcopy`` refuses (a lock, an open
        file or a compiled object among the attributes) the structure is copied module by module instead.
    """
    model = getattr(model, "_orig_mod", model)
    try:
        private = copy.deepcopy(model, _memo(model))
    except (TypeError, RuntimeError, ValueError, AttributeError, NotImplementedError):
        private = _structural_copy(model)
    return private.eval()


def _memo(model: nn.Module) -> dict[int, Any]:
    memo: dict[int, Any] = {id(tensor): tensor for tensor in _tensors(model)}
    for module in model.modules():
        for name in HOOKS:
            hooks = vars(module).get(name)
            if hooks:
                memo[id(hooks)] = _own_hooks(hooks)
    return memo


def _tensors(model: nn.Module) -> Iterator[torch.Tensor]:
    """Parameters, buffers and plain attributes (an old weight_norm keeps a computed weight there)."""
    yield from model.parameters()
    yield from model.buffers()
    for module in model.modules():
        yield from (value for value in vars(module).values() if isinstance(value, torch.Tensor))


def _own_hooks(hooks: dict[int, Any]) -> "OrderedDict[int, Any]":
    """Hooks that belong to the model (weight_norm, spectral_norm), not to whoever looks at it."""
    return OrderedDict((key, hook) for key, hook in hooks.items() if type(hook).__module__.startswith("torch.nn.utils"))


def _structural_copy(model: nn.Module) -> nn.Module:
    twins = {id(module): object.__new__(type(module)) for module in model.modules()}
    for module in model.modules():
        twin = twins[id(module)]
        for name, value in vars(module).items():
            twin.__dict__[name] = _own_hooks(value) if name in HOOKS else _with_twins(value, twins)
    return twins[id(model)]


def _with_twins(value: Any, twins: dict[int, nn.Module]) -> Any:
    """The value with every module in it replaced by its twin; containers are copied, everything else is shared."""
    if isinstance(value, nn.Module):
        return twins.get(id(value), value)
    if isinstance(value, types.MethodType) and id(value.__self__) in twins:
        return types.MethodType(value.__func__, twins[id(value.__self__)])
    if type(value) in (dict, OrderedDict):
        return type(value)((key, _with_twins(item, twins)) for key, item in value.items())
    if type(value) in (list, tuple):
        return type(value)(_with_twins(item, twins) for item in value)
    return value.copy() if isinstance(value, set) else value
