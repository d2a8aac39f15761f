"""Attention weights of every head while a private copy runs, computed as the block itself computes its output."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.blocks import SUPPORTED, kind_of
from vizlib.core.errors import UnsupportedModel
from vizlib.inside.attention_partitions import partitioned, places
from vizlib.inside.attention_windows import windowed

TOLERANCE = 1e-4  # of the largest output, by which the output made of the weights may miss the block's own


@dataclass(frozen=True, eq=False)
class Seen:
    """What one block did with a batch.

    ``weights`` [batch, head, query, key]; ``keys`` [query, key] are the positions of windowed keys, None where key j is
    token j; ``tokens`` [batch, token, channel] is the block's output, ``grid`` its height and width where it has them.
    """

    weights: Tensor
    tokens: Tensor
    keys: Tensor | None = None
    grid: tuple[int, int] | None = None


Take = Callable[[str, Seen], None]


@contextmanager
def watching(model: nn.Module, names: Sequence[str], take: Take) -> Iterator[None]:
    """Hand what each named block of a private copy sees to ``take`` as soon as the block has run."""
    handles = [handle for name in names for handle in _attached(model.get_submodule(name), name, take)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _attached(block: nn.Module, name: str, take: Take) -> list[Any]:
    kind = kind_of(block)
    if kind == "multihead":
        return _multihead(block, name, take)
    see = {"windows": _see_windows, "partitions": _see_partitions, "qkv": _see_qkv}[kind]
    inner = block.attn_layer[1] if kind == "partitions" else block  # type: ignore[index]

    def after(_: nn.Module, args: Any, output: Any) -> None:
        seen, again = see(block, args[0].detach())
        _compare(name, again, output)
        take(name, seen)

    return [inner.register_forward_hook(after)]  # type: ignore[union-attr]


def _compare(name: str, again: Tensor, output: Any) -> None:
    """The output made of the weights must be the block's own; otherwise the weights are not those it used."""
    alike = isinstance(output, Tensor) and output.shape == again.shape
    if not alike or float((output - again).abs().max()) > TOLERANCE * float(output.abs().max()):
        raise UnsupportedModel(f"block {name!r} computes its attention in a way of its own; supported are {SUPPORTED}.")


_FORWARD = inspect.signature(nn.MultiheadAttention.forward)


def _multihead(block: nn.Module, name: str, take: Take) -> list[Any]:
    """Ask for the weights of each head, and give the caller back what they asked for."""
    asked: list[tuple[bool, bool]] = []

    def before(module: nn.Module, args: Any, keywords: Any) -> Any:
        bound = _FORWARD.bind(module, *args, **keywords)
        bound.apply_defaults()
        given = dict(bound.arguments)
        given.pop("self")
        asked.append((given["need_weights"], given["average_attn_weights"]))
        return (), {**given, "need_weights": True, "average_attn_weights": False}

    def after(module: nn.Module, args: Any, output: Any) -> Any:
        needed, averaged = asked.pop()
        tokens, weights = output
        if weights.ndim != 4 or weights.shape[-1] != weights.shape[-2]:
            raise UnsupportedModel(
                f"block {name!r} looks from {weights.shape[-2]} tokens at {weights.shape[-1]} others; "
                "only attention of tokens to each other can be placed on the image."
            )
        first = tokens if getattr(module, "batch_first", False) else tokens.transpose(0, 1)
        take(name, Seen(weights.detach(), first.detach()))
        if not needed:
            return tokens, None
        return tokens, weights.mean(1) if averaged else weights

    handles = [block.register_forward_pre_hook(before, with_kwargs=True), block.register_forward_hook(after)]
    return handles


def _see_windows(block: nn.Module, x: Tensor) -> tuple[Seen, Tensor]:
    weights, keys, output = windowed(block, x)
    return Seen(weights, output.flatten(1, 2), keys, (x.shape[1], x.shape[2])), output


def _see_partitions(layer: Any, x: Tensor) -> tuple[Seen, Tensor]:
    weights, keys, output = partitioned(layer, x)
    tokens = output.flatten(1, 2)[:, places(layer).flatten().argsort()]
    return Seen(weights, tokens, keys, tuple(layer.grid_size)), output


def _see_qkv(block: Any, x: Tensor) -> tuple[Seen, Tensor]:
    """softmax(q kᵀ / √d) of one linear layer that makes queries, keys and values, in this order."""
    if x.ndim != 3:
        raise UnsupportedModel(f"a qkv block must see [batch, token, channel]; got {list(x.shape)}.")
    batch, count, _ = x.shape
    q, k, v = block.qkv(x).reshape(batch, count, 3, block.num_heads, -1).permute(2, 0, 3, 1, 4)
    q, k = _normed(block, "q_norm", q), _normed(block, "k_norm", k)
    scale = block.scale if isinstance(getattr(block, "scale", None), float) else q.shape[-1] ** -0.5
    weights = torch.softmax(q @ k.transpose(-2, -1) * scale, dim=-1)
    output = block.proj(_normed(block, "norm", (weights @ v).transpose(1, 2).flatten(2)))
    return Seen(weights, output), output


def _normed(block: nn.Module, name: str, tensor: Tensor) -> Tensor:
    norm = getattr(block, name, None)
    return norm(tensor) if isinstance(norm, nn.Module) else tensor
