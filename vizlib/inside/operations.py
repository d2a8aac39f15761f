"""How each operation of a network passes on what its inputs see: one rule per kind of operation.

The operations are torch's own, after modules and functions were taken apart (aten), so that every way of writing a
network ends here. An operation without a rule is taken as seeing everything, and is reported.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from vizlib.inside import windows
from vizlib.inside.sight import (
    Sight,
    broadcast,
    carries,
    contracted,
    hull,
    joined,
    moved,
    of_everything,
    reshaped,
    varies,
    windowed,
    with_parts,
)

MASKED = -50.0  # what is added to a logit to take it out of a softmax


@dataclass(frozen=True)
class Call:
    """One operation: its arguments by name, its outputs, and what tensors see (None for constants)."""

    name: str
    function: Any
    given: dict[str, Any]
    outputs: list[Tensor]
    sight: Callable[[Any], Sight | None]

    @property
    def first(self) -> Sight:
        """What the input sees."""
        value = next(v for v in self.given.values() if isinstance(v, Tensor) and self.sight(v) is not None)
        seen = self.sight(value)
        assert seen is not None
        return seen

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.outputs[0].shape)

    def seeing(self) -> list[Sight]:
        """What the inputs see that see anything."""
        flat = [v for value in self.given.values() for v in (value if isinstance(value, (list, tuple)) else [value])]
        found = [self.sight(value) for value in flat if isinstance(value, Tensor)]
        return [sight for sight in found if sight is not None]


Rule = Callable[[Call], Sight | Sequence[Sight]]


def _each(value: Any, count: int) -> list[int]:
    """A setting of a window for each of its axes."""
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return values * count if len(values) == 1 else values


def _axes(call: Call, count: int) -> list[int]:
    return list(range(len(call.shape) - count, len(call.shape)))


def everything(call: Call) -> list[Sight]:
    """What is not known is taken as seeing the whole image."""
    stride = call.seeing()[0].stride
    return [of_everything(tuple(output.shape), stride, guessed=True) for output in call.outputs]


def pointwise(call: Call) -> Sight:
    result = hull(call.seeing(), call.shape)
    return replace(result, off=_mask(call, result))


def _mask(call: Call, result: Sight) -> Tensor | None:
    """Elements to which a constant adds something like minus infinity."""
    if call.name == "masked_fill":
        value = call.given.get("value")
        mask = call.given["mask"]
        hides = call.sight(mask) is None and isinstance(value, (int, float)) and value <= MASKED
        return _off(mask, call.shape) if hides else result.off
    if call.name == "add":
        for constant in (call.given["self"], call.given["other"]):
            if isinstance(constant, Tensor) and call.sight(constant) is None and constant.numel() > 1:
                hidden = constant <= MASKED
                return _off(hidden, call.shape) if bool(hidden.any()) else result.off
    return result.off


def _off(hidden: Tensor, shape: Sequence[int]) -> Tensor:
    return hidden.cpu().reshape(1, *(1,) * (len(shape) - hidden.ndim), *hidden.shape)


# --- windows --------------------------------------------------------------------------------------------------------


def convolution(call: Call) -> Sight:
    source = contracted(call.first, [1])
    count = len(call.shape) - 2
    kernel = call.given["weight"].shape[2:]
    make = windows.spread if call.given.get("transposed") else windows.sliding
    stride, padding, dilation = (_each(call.given[name], count) for name in ("stride", "padding", "dilation"))
    axes = _axes(call, count)
    slid = [make(dim, call.shape[dim], kernel[n], stride[n], padding[n], dilation[n]) for n, dim in enumerate(axes)]
    return windowed(source, slid, call.shape)


def pooling(call: Call) -> Sight:
    """Pooling over all positions at once is global."""
    source = call.first
    count = int(call.name[call.name.index("pool") + 4])
    axes = _axes(call, count)
    kernel = _each(call.given["kernel_size"], count)
    stride = _each(call.given.get("stride") or kernel, count)
    padding = _each(call.given.get("padding", 0), count)
    dilation = _each(call.given.get("dilation", 1), count)
    covering = all(call.shape[dim] == 1 and kernel[n] >= source.shape[dim] for n, dim in enumerate(axes))
    if covering and any(source.shape[dim] > 1 for dim in axes):
        return contracted(source, axes)
    slid = [
        windows.sliding(dim, call.shape[dim], kernel[n], stride[n], padding[n], dilation[n])
        for n, dim in enumerate(axes)
    ]
    return windowed(source, slid, call.shape)


def adaptive_pooling(call: Call) -> Sight:
    source = call.first
    axes = _axes(call, int(call.name[call.name.index("pool") + 4]))
    if all(call.shape[dim] == 1 for dim in axes):
        return contracted(source, axes)
    return windowed(source, [windows.adaptive(dim, source.shape[dim], call.shape[dim]) for dim in axes], call.shape)


def resizing(call: Call) -> Sight:
    source, count = call.first, len(call.shape) - 2
    modes = {"nearest_exact": "nearest-exact", "nearest": "nearest", "bicubic": "cubic"}
    mode = next((mode for name, mode in modes.items() if name in call.name), "linear")
    corners = bool(call.given.get("align_corners"))
    factors = call.given.get("scale_factors") or [call.given.get(name) for name in ("scales_h", "scales_w")]
    factors = (list(factors) + [None] * count)[:count]
    slid = [
        windows.resized(dim, source.shape[dim], call.shape[dim], mode, corners, factors[n])
        for n, dim in enumerate(_axes(call, count))
    ]
    return windowed(source, slid, call.shape)


def padding(call: Call) -> Sight:
    source, amounts = call.first, list(call.given.get("pad") or call.given.get("padding") or ())
    mode = next((mode for mode in ("reflection", "circular", "replication") if mode in call.name), "constant")
    slid = []
    for n in range(len(amounts) // 2):
        dim, before, after = len(call.shape) - 1 - n, amounts[2 * n], amounts[2 * n + 1]
        if mode == "constant":
            slid.append(windows.padded(dim, source.shape[dim], before, after))
        else:
            slid.append(windows.mirrored(dim, source.shape[dim], before, after, mode))
    return windowed(source, slid, call.shape)


def patches(call: Call) -> Sight:
    """im2col: [batch, channel, height, width] to [batch, channel x kernel, positions]."""
    source, given = contracted(call.first, [1]), call.given
    slid, sizes = [], []
    for n, dim in enumerate((2, 3)):
        kernel, dilation, pad, stride = (given[k][n] for k in ("kernel_size", "dilation", "padding", "stride"))
        sizes.append((source.shape[dim] + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1)
        slid.append(windows.sliding(dim, sizes[-1], kernel, stride, pad, dilation))
    united = windowed(source, slid, (source.shape[0], 1, *sizes))
    return replace(reshaped(united, (source.shape[0], 1, math.prod(sizes))), shape=call.shape)


# --- sums, products, normalisations ---------------------------------------------------------------------------------


def reduction(call: Call) -> Sight:
    source = call.first
    dims = call.given.get("dim")
    rank = len(source.shape)
    chosen = list(range(rank)) if dims is None or dims == [] else _each(dims, 1)
    return reshaped(contracted(source, chosen), call.shape)


def softmax(call: Call) -> Sight:
    source = call.first
    return replace(broadcast(contracted(source, [call.given["dim"]]), source.shape), shape=source.shape, off=source.off)


def cumulative(call: Call) -> Sight:
    source = call.first
    return broadcast(contracted(source, [call.given["dim"]]), source.shape)


def _normalised(source: Sight, dims: Sequence[int]) -> Sight:
    return hull([source, broadcast(contracted(source, dims), source.shape)], source.shape, check=False)


def layer_norm(call: Call) -> Sight:
    source = call.first
    return _normalised(source, range(len(source.shape) - len(call.given["normalized_shape"]), len(source.shape)))


def group_norm(call: Call) -> Sight:
    return _normalised(call.first, range(1, len(call.shape)))


def batch_norm(call: Call) -> Sight:
    """Pointwise with stored statistics; with those of the batch, a normalisation over space."""
    training = call.given.get("training", call.given.get("train", False))
    if not training and call.given.get("running_mean") is not None:
        return call.first
    return _normalised(call.first, [0, *range(2, len(call.shape))])


def product(call: Call) -> Sight:
    """Matrix products: everything along the axis that is summed."""
    names = {
        "mm": ("self", "mat2"),
        "addmm": ("mat1", "mat2"),
        "bmm": ("self", "mat2"),
        "baddbmm": ("batch1", "batch2"),
    }
    left, right = (call.given[name] for name in names[call.name])
    result = _product(call.sight(left), call.sight(right), call.shape)
    extra = call.sight(call.given["self"]) if call.name in ("addmm", "baddbmm") else None
    return hull([s for s in (result, extra) if s is not None], call.shape)


def _product(left: Sight | None, right: Sight | None, shape: tuple[int, ...]) -> Sight | None:
    if left is None and right is None:
        return None
    if right is None or left is None:
        one = contracted(left, [-1]) if left is not None else contracted(right, [-2])  # type: ignore[arg-type]
        return replace(broadcast(one, shape), shape=shape)
    *batch, rows, inner = left.shape
    columns = right.shape[-1]
    pairs = (*batch, rows, inner, columns)
    wide = with_parts(left, pairs, lambda part: part.unsqueeze(-1))
    tall = with_parts(right, pairs, lambda part: part.unsqueeze(-3))
    return reshaped(
        replace(contracted(hull([wide, tall], pairs, check=False), [-2]), shape=(*batch, rows, 1, columns)), shape
    )


def vector_product(call: Call) -> Sight:
    source = call.first
    return reshaped(contracted(source, [-1]), call.shape)


def attention(call: Call) -> Sight:
    """softmax(query key + mask) value, in one step; tokens along the last axis but one."""
    query, key, value = (call.sight(call.given[name]) for name in ("query", "key", "value"))
    *front, tokens, _ = call.shape
    looked = hull([_one_channel(s) for s in (key, value) if s is not None], (*front, _tokens(call), 1), check=False)
    mask = call.given.get("attn_mask", call.given.get("attn_bias"))
    hidden = mask <= MASKED if isinstance(mask, Tensor) and call.sight(mask) is None else None
    if hidden is not None and bool(hidden.any()):
        pairs = (*front, tokens, _tokens(call))
        looked = with_parts(looked, pairs, lambda part: part.transpose(-1, -2))
        looked = contracted(replace(looked, off=_off(hidden, pairs)), [-1])
    else:
        looked = contracted(looked, [-2])
    looked = broadcast(looked, (*front, tokens, 1))
    own = [] if query is None else [_one_channel(query)]
    return replace(hull([*own, looked], (*front, tokens, 1), check=False), shape=call.shape)


def _tokens(call: Call) -> int:
    return int(call.given["key"].shape[-2])


def _one_channel(sight: Sight) -> Sight:
    return contracted(sight, [-1])


# --- elements that move ---------------------------------------------------------------------------------------------


def shape_change(call: Call) -> Sight:
    return reshaped(call.first, call.shape)


def new_strides(call: Call) -> Sight | list[Sight]:
    """The same elements in another order of memory; anything else is not followed."""
    return call.first if call.shape == call.first.shape else everything(call)


def expansion(call: Call) -> Sight:
    return broadcast(call.first, call.shape)


def movement(call: Call) -> Sight | list[Sight]:
    """Elements picked or moved by constants: the same operation on what they see."""
    source = call.first
    name = next(key for key, value in call.given.items() if isinstance(value, Tensor) and call.sight(value) is not None)
    others = {key: value for key, value in call.given.items() if key != name}
    if len(call.seeing()) > 1:
        return everything(call)

    def picked(index: int) -> Callable[[Tensor], Tensor]:
        def pick(part: Tensor) -> Tensor:
            found = call.function(**{name: part}, **_on_cpu(others))
            return found[index] if isinstance(found, (list, tuple)) else found

        return pick

    shifts = call.name in ("roll", "flip") and call.given.get("dims") not in (None, [])
    made = [
        moved(source, picked(index), tuple(output.shape), written_out=not shifts)
        for index, output in enumerate(call.outputs)
    ]
    return [_restrided(sight, call) for sight in made]


def _on_cpu(given: Any) -> dict[str, Any]:
    def cpu(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [cpu(item) for item in value]
        return value.cpu() if isinstance(value, Tensor) else value

    return {key: cpu(value) for key, value in given.items()}


def _restrided(sight: Sight, call: Call) -> Sight:
    """Every second row: the distance between neighbours is doubled."""
    step = call.given.get("step", 1)
    if call.name != "slice" or step == 1:
        return sight
    source = call.first
    axis = _image_axis(source, call.given["dim"] % len(source.shape))
    factors = [step if axis == number else 1 for number in (0, 1)]
    return replace(sight, stride=(sight.stride[0] * factors[0], sight.stride[1] * factors[1]))


def _image_axis(sight: Sight, dim: int) -> int | None:
    """Whether an axis of the tensor runs down the image (0) or across (1); of two that do both, the first runs down."""
    shown = [varies(part, dim) for part in (sight.rows, sight.columns)]
    if all(shown):
        carrying = [axis for axis in range(len(sight.shape)) if carries(sight, axis)]
        return carrying.index(dim) if len(carrying) == 2 else None
    return shown.index(True) if any(shown) else None


def concatenation(call: Call) -> Sight:
    tensors, dim = call.given["tensors"], call.given.get("dim", 0)
    return joined([(call.sight(t), t.shape[dim]) for t in tensors if t.numel()], dim, call.shape)


def stacking(call: Call) -> Sight:
    dim = call.given.get("dim", 0) % len(call.shape)
    one = tuple(1 if axis == dim else size for axis, size in enumerate(call.shape))
    seen = [call.sight(tensor) for tensor in call.given["tensors"]]
    return joined([(None if s is None else reshaped(s, one), 1) for s in seen], dim, call.shape)


def same(call: Call) -> Sight:
    return call.first


def written(call: Call) -> Sight:
    """Values copied over a tensor: it sees what they see."""
    return broadcast(source, call.shape) if (source := call.sight(call.given["src"])) is not None else call.first


RULES: dict[str, Rule] = {
    **dict.fromkeys(("convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution"), convolution),
    **dict.fromkeys(
        ("max_pool2d_with_indices", "max_pool2d", "avg_pool2d", "max_pool1d", "avg_pool1d", "avg_pool3d",
         "max_pool3d_with_indices", "mkldnn_max_pool2d", "max_pool1d_with_indices"),
        pooling,
    ),
    **dict.fromkeys(
        ("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "mkldnn_adaptive_avg_pool2d",
         "_adaptive_avg_pool3d", "adaptive_max_pool3d"),
        adaptive_pooling,
    ),
    **dict.fromkeys(
        ("upsample_nearest2d", "_upsample_nearest_exact2d", "upsample_bilinear2d", "upsample_bicubic2d"), resizing
    ),
    **dict.fromkeys(
        ("constant_pad_nd", "reflection_pad2d", "replication_pad2d", "reflection_pad1d", "replication_pad1d"), padding
    ),
    "im2col": patches,
    **dict.fromkeys(
        ("mean", "sum", "amax", "amin", "max", "min", "var", "std", "prod", "logsumexp", "linalg_vector_norm", "norm",
         "var_mean", "std_mean", "all", "any", "argmax", "argmin", "median"),
        reduction,
    ),
    **dict.fromkeys(("_softmax", "_log_softmax", "_safe_softmax"), softmax),
    **dict.fromkeys(("cumsum", "cumprod", "sort", "argsort"), cumulative),
    **dict.fromkeys(("native_layer_norm", "_fused_rms_norm", "layer_norm"), layer_norm),
    **dict.fromkeys(("native_group_norm", "group_norm"), group_norm),
    **dict.fromkeys(
        ("native_batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "cudnn_batch_norm",
         "_batch_norm_no_update", "miopen_batch_norm", "_batch_norm_impl_index"),
        batch_norm,
    ),
    **dict.fromkeys(("mm", "addmm", "bmm", "baddbmm"), product),
    **dict.fromkeys(("mv", "dot"), vector_product),
    **dict.fromkeys(
        ("_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention",
         "_scaled_dot_product_efficient_attention", "_scaled_dot_product_cudnn_attention"),
        attention,
    ),
    **dict.fromkeys(("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten",
                     "_reshape_alias"), shape_change),
    "expand": expansion,
    "as_strided": new_strides,
    **dict.fromkeys(
        ("permute", "transpose", "t", "slice", "select", "split", "split_with_sizes", "chunk", "unbind", "diagonal",
         "flip", "roll", "index_select", "index", "gather", "unfold", "pixel_shuffle", "pixel_unshuffle", "repeat",
         "channel_shuffle", "native_channel_shuffle", "unsafe_split", "unsafe_chunk", "narrow_copy", "rot90",
         "split_copy", "repeat_interleave"),
        movement,
    ),
    "cat": concatenation,
    "stack": stacking,
    **dict.fromkeys(
        ("clone", "detach", "alias", "_to_copy", "lift_fresh", "contiguous", "native_dropout", "tril", "triu",
         "_conj", "_prelu_kernel", "view_as", "squeeze_copy", "bernoulli"),
        same,
    ),
    "copy": written,
}  # fmt: skip

POINTWISE = frozenset({"where", "masked_fill", "clamp", "pow", "hardtanh", "hardswish", "elu", "softplus", "maximum"})
CONSTANT = frozenset({"zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "new_zeros",
                      "new_ones", "new_empty", "new_full", "new_empty_strided"})  # fmt: skip


def rule_for(name: str, function: Any) -> Rule | None:
    """The rule of an operation, None when it has none."""
    if name in RULES:
        return RULES[name]
    if torch.Tag.pointwise in function.tags or name in POINTWISE:
        return pointwise
    return None
