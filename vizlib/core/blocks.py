"""Attention blocks of a model by name: which there are, and which one a name stands for."""

from typing import Any

from torch import nn

from vizlib.core.copies import uncompiled
from vizlib.core.errors import OptionError, UnsupportedModel

SUPPORTED = (
    "nn.MultiheadAttention, torchvision's Swin, Swin V2 and MaxViT, and modules with qkv, proj and num_heads as in timm"
)
TORCHVISIONS = {"ShiftedWindowAttention": "windows", "PartitionAttentionLayer": "partitions"}


def attention_blocks(model: Any) -> tuple[str, ...]:
    """Names of the modules of a model that compute attention and can be looked into, in the order of definition."""
    module = uncompiled(model if isinstance(model, nn.Module) else model.module)
    return tuple(name for name, part in module.named_modules() if kind_of(part))


def kind_of(module: nn.Module) -> str:
    """How a module computes attention: "multihead", "windows", "partitions", "qkv"; empty when in no known way."""
    if isinstance(module, nn.MultiheadAttention):
        return "multihead"
    for base in type(module).__mro__:
        if base.__name__ in TORCHVISIONS and base.__module__.startswith("torchvision."):
            return TORCHVISIONS[base.__name__]
    return "qkv" if _has_qkv(module) else ""


def _has_qkv(module: nn.Module) -> bool:
    qkv, proj, heads = (getattr(module, name, None) for name in ("qkv", "proj", "num_heads"))
    linear = isinstance(qkv, nn.Linear) and isinstance(proj, nn.Linear)
    return linear and isinstance(heads, int) and qkv.out_features % (3 * heads) == 0  # type: ignore[union-attr]


def some_blocks(model: nn.Module) -> tuple[str, ...]:
    """The blocks of a model that has any; UnsupportedModel otherwise."""
    names = attention_blocks(model)
    if not names:
        raise UnsupportedModel(f"the model has no attention that can be looked into; supported are {SUPPORTED}.")
    return names


def find_block(model: nn.Module, name: str | None) -> str:
    """The attention block called ``name`` or alone inside the layer of that name; the last one for None."""
    names = some_blocks(model)
    if name is None or name in names:
        return name or names[-1]
    inside = [block for block in names if block.startswith(f"{name}.")]
    if len(inside) == 1:
        return inside[0]
    hint = (inside or names)[-1]
    raise OptionError(f"block must be the name of an attention block of this model; got {name[:60]!r}. Try {hint!r}.")
