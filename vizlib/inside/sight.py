"""What each element of a tensor sees of the image: the algebra of receptive fields.

A :class:`Sight` accompanies a tensor through the network. For each element it knows the rows and columns that the
element depends on. It is stored in the smallest shape that broadcasts to the tensor's: a map of 256 channels of
56 x 56 needs 56 numbers for its rows and 56 for its columns.

Intervals are kept as (-first, last), so that the hull of two is their maximum; nothing at all is -infinity. There are
two pairs: the *ideal* field, which padding extends beyond the image as if the network went on there (this gives the
size and the start of textbooks), and the *real* one, in which padding shows nothing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

NOTHING = -math.inf
SIGNS = torch.tensor(
    [-1.0, 1.0, 0.0, 0.0], dtype=torch.float64, device="cpu"
)  # how the four numbers move one stride further
TOLERANCE = 1e-6

Part = Tensor  # [4, ...] or, for whole and off, [1, ...]


@dataclass(frozen=True, eq=False)
class Sight:
    """What the elements of a tensor of this ``shape`` see.

    Attributes
    ----------
    shape : tuple of int
    rows, columns : Tensor [4, ...]
        Ideal -first and last, real -first and last, broadcastable to ``shape``.
    whole : Tensor [1, ...] of bool
        A global operation is on the path of the element; ``rows`` and ``columns`` then tell the other paths.
    stride : (float, float)
        Distance between neighbouring positions, in input pixels.
    aligned : bool
        No two paths with different centres have met.
    guessed : bool
        An operation without a rule is on the path.
    off : Tensor [1, ...] of bool, optional
        Elements that a mask takes out of the softmax that follows.
    """

    shape: tuple[int, ...]
    rows: Part
    columns: Part
    whole: Part
    stride: tuple[float, float] = (1.0, 1.0)
    aligned: bool = True
    guessed: bool = False
    off: Part | None = None

    def parts(self) -> tuple[Part, Part, Part]:
        return self.rows, self.columns, self.whole


def counted(count: int) -> Tensor:
    """0, 1, ... count - 1, on the CPU whatever the caller's default device is: fields are computed there."""
    return torch.arange(count, device="cpu")


def of_image(shape: Sequence[int]) -> Sight:
    """Each pixel of [batch, channel, height, width] sees itself."""
    height, width = shape[2:]
    rows, columns = (counted(n).double() for n in (height, width))
    return Sight(
        tuple(shape),
        torch.stack([-rows, rows, -rows, rows]).reshape(4, 1, 1, height, 1),
        torch.stack([-columns, columns, -columns, columns]).reshape(4, 1, 1, 1, width),
        torch.zeros(1, 1, 1, 1, 1, dtype=torch.bool, device="cpu"),
    )


def of_everything(shape: Sequence[int], stride: tuple[float, float], guessed: bool = False) -> Sight:
    """Every element sees the whole image."""
    ones = (1,) * len(shape)
    empty = torch.full((4, *ones), NOTHING, dtype=torch.float64, device="cpu")
    whole = torch.ones(1, *ones, dtype=torch.bool, device="cpu")
    return Sight(tuple(shape), empty, empty, whole, stride, guessed=guessed)


def varies(part: Part, dim: int) -> bool:
    """Whether a part differs along an axis of the tensor."""
    return part.shape[dim + 1] > 1


def carries(sight: Sight, dim: int) -> bool:
    """Whether positions lie along an axis of the tensor."""
    return varies(sight.rows, dim) or varies(sight.columns, dim)


# --- shapes ---------------------------------------------------------------------------------------------------------


def smallest(part: Part) -> Part:
    """The part without axes along which nothing changes."""
    for dim in range(1, part.ndim):
        if part.shape[dim] > 1 and (part.stride(dim) == 0 or _is_constant(part, dim)):
            part = part.narrow(dim, 0, 1)
    return part


def _is_constant(part: Part, dim: int) -> bool:
    first = part.narrow(dim, 0, 1)
    for sample in (part.narrow(dim, part.shape[dim] // 2, 1), part.narrow(dim, part.shape[dim] - 1, 1)):
        if not torch.equal(sample, first):  # the usual case, found without looking at all
            return False
    return bool((part == first).all())


def with_parts(sight: Sight, shape: Sequence[int], change: Callable[[Part], Part]) -> Sight:
    """The same change made to every part."""
    return replace(
        sight,
        shape=tuple(shape),
        rows=smallest(change(sight.rows)),
        columns=smallest(change(sight.columns)),
        whole=smallest(change(sight.whole)),
        off=None if sight.off is None else smallest(change(sight.off)),
    )


def moved(sight: Sight, function: Callable[[Tensor], Tensor], shape: Sequence[int], written_out: bool = True) -> Sight:
    """Elements picked, shifted or transposed: the same function works on what they see.

    A function that shifts along axes needs nothing written out: where nothing changes there is nothing to shift.
    """

    def change(part: Part) -> Part:
        full = part.expand(-1, *sight.shape) if written_out else part
        return torch.stack([_unspread(function(numbers)) for numbers in full])

    return with_parts(sight, shape, change)


def _unspread(numbers: Tensor) -> Tensor:
    """A tensor without the copies that an expansion made."""
    for dim in range(numbers.ndim):
        if numbers.stride(dim) == 0:
            numbers = numbers.narrow(dim, 0, 1)
    return numbers


def broadcast(sight: Sight, shape: Sequence[int]) -> Sight:
    """The sight of a tensor expanded to a shape."""
    extra = (1,) * (len(shape) - len(sight.shape))
    return with_parts(sight, shape, lambda part: part.reshape(len(part), *extra, *part.shape[1:]))


def reshaped(sight: Sight, shape: Sequence[int]) -> Sight:
    """The sight of a reshaped tensor; only axes that are merged or split and carry something are written out."""
    groups = list(_groups(sight.shape, tuple(shape)))

    def change(part: Part) -> Part:
        full, after = [len(part)], [len(part)]
        for old, new in groups:
            used = any(varies(part, dim) for dim in old)
            full += [sight.shape[dim] if used else 1 for dim in old]
            after += [shape[dim] if used else 1 for dim in new]
        return part.expand(full).reshape(after)

    return with_parts(sight, shape, change)


def _groups(old: tuple[int, ...], new: tuple[int, ...]) -> Iterator[tuple[range, range]]:
    """Axes of the old and of the new shape that hold the same elements."""
    i = j = 0
    while i < len(old) or j < len(new):
        first_old, first_new = i, j
        i, j = min(i + 1, len(old)), min(j + 1, len(new))
        while math.prod(old[first_old:i]) != math.prod(new[first_new:j]):
            if math.prod(old[first_old:i]) < math.prod(new[first_new:j]):
                i += 1
            else:
                j += 1
        yield range(first_old, i), range(first_new, j)


# --- paths that meet ------------------------------------------------------------------------------------------------


def hull(sights: Sequence[Sight], shape: Sequence[int], check: bool = True) -> Sight:
    """What an element sees through several paths: the smallest interval around all of them."""
    first, *others = [broadcast(sight, shape) for sight in sights]
    for other in others:
        first = replace(
            first,
            rows=torch.maximum(first.rows, other.rows),
            columns=torch.maximum(first.columns, other.columns),
            whole=first.whole | other.whole,
            off=other.off if first.off is None else first.off,
            stride=other.stride if not _sees(first.rows) and not _sees(first.columns) else first.stride,
            guessed=first.guessed or other.guessed,
            aligned=first.aligned and other.aligned and (not check or _same_centre(first, other)),
        )
    return first


def _sees(part: Part) -> bool:
    return bool((part[1] > NOTHING).any())


def _same_centre(one: Sight, other: Sight) -> bool:
    return _agree(one.rows, other.rows) and _agree(one.columns, other.columns)


def _agree(one: Part, other: Part) -> bool:
    both = (one[1] > NOTHING) & (other[1] > NOTHING)
    apart = (one[1] - one[0]) - (other[1] - other[0])
    return not bool((both & (apart.abs() > TOLERANCE)).any())


def joined(pieces: Sequence[tuple[Sight | None, int]], dim: int, shape: Sequence[int]) -> Sight:
    """Tensors put one behind the other along an axis; a piece without sight shows nothing of the image.

    Along an axis without positions (channels) the elements are not told apart: each sees the hull.
    """
    seeing = [sight for sight, _ in pieces if sight is not None]
    dim %= len(shape)
    if not any(carries(sight, dim) for sight in seeing):
        sizes = tuple(1 if axis == dim else size for axis, size in enumerate(shape))
        united = hull([replace(sight, shape=sizes) for sight in seeing], sizes)
        return replace(united, shape=tuple(shape))
    like = seeing[0]
    nothing = with_parts(
        like, like.shape, lambda part: torch.full_like(part, 0 if part.dtype == torch.bool else NOTHING)
    )
    filled = [(sight or nothing, size) for sight, size in pieces]
    rows, columns, whole = (_behind([(sight.parts()[n], size) for sight, size in filled], dim) for n in range(3))
    aligned = all(sight.aligned for sight in seeing)
    return Sight(tuple(shape), rows, columns, whole, like.stride, aligned, any(sight.guessed for sight in seeing))


def _behind(parts: Sequence[tuple[Part, int]], dim: int) -> Part:
    expanded = [part.expand(*[size if axis == dim + 1 else -1 for axis in range(part.ndim)]) for part, size in parts]
    sizes = [max(part.shape[axis] for part in expanded) for axis in range(expanded[0].ndim)]
    sizes[dim + 1] = -1
    return smallest(torch.cat([part.expand(sizes) for part in expanded], dim + 1))


def contracted(sight: Sight, dims: Sequence[int]) -> Sight:
    """What a sum over axes sees; the axes keep length 1.

    A sum that reaches as far as the whole tensor does is a global operation: it sees the whole image.
    """
    dims = [dim % len(sight.shape) for dim in dims]
    shape = tuple(1 if dim in dims else size for dim, size in enumerate(sight.shape))
    axes = [dim + 1 for dim in dims]
    if not any(carries(sight, dim) for dim in dims) and sight.off is None:
        return replace(sight, shape=shape, whole=sight.whole.amax(axes, keepdim=True) if axes else sight.whole)
    rows, columns, whole = (_without(part, sight.off) for part in sight.parts())
    rows, columns = rows.amax(axes, keepdim=True), columns.amax(axes, keepdim=True)
    everything = _reaches_as_far(rows, sight.rows) & _reaches_as_far(columns, sight.columns)
    return replace(
        sight,
        shape=shape,
        rows=smallest(rows.masked_fill(everything, NOTHING)),
        columns=smallest(columns.masked_fill(everything, NOTHING)),
        whole=smallest(whole.amax(axes, keepdim=True) | everything),
        off=None,
    )


def _without(part: Part, off: Part | None) -> Part:
    if off is None:
        return part
    return part.masked_fill(off, 0 if part.dtype == torch.bool else NOTHING)


def _reaches_as_far(part: Part, source: Part) -> Tensor:
    """Whether an element sees all that any element of the source sees; never when that is nothing."""
    most = source.flatten(1).amax(1).reshape(-1, *(1,) * (part.ndim - 1))
    return ((part[2:] == most[2:]) & (most[2:] > NOTHING)).all(0, keepdim=True)


# --- windows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """Along one axis: which inputs each output takes, ``taps[output, n]``; what lies outside is padding.

    ``scale`` is the step between outputs in units of the inputs; ``used`` marks the taps that exist.
    """

    dim: int
    taps: Tensor
    scale: float
    used: Tensor | None = None


def windowed(sight: Sight, windows: Sequence[Window], shape: Sequence[int]) -> Sight:
    """What sliding windows over one or more axes see: convolutions, pooling, padding, resizing."""
    parts = dict(zip(("rows", "columns", "whole"), sight.parts(), strict=True))
    stride = list(sight.stride)
    for window in windows:
        for axis, name in enumerate(("rows", "columns")):
            own = _owner(sight, axis, [w.dim for w in windows]) == window.dim
            parts[name] = _slid(parts[name], window, sight.shape[window.dim], stride[axis], own)
            if own:
                stride[axis] *= window.scale
        if varies(parts["whole"], window.dim):
            taps = window.taps.clamp(0, sight.shape[window.dim] - 1)
            parts["whole"] = _taken(parts["whole"], window.dim, taps).amax(window.dim + 2)
    parts = {name: smallest(part) for name, part in parts.items()}
    return Sight(tuple(shape), **parts, stride=(stride[0], stride[1]), aligned=sight.aligned, guessed=sight.guessed)


def _owner(sight: Sight, axis: int, dims: Sequence[int]) -> int | None:
    """The window's axis along which image rows (0) or columns (1) lie: the one that shows it, else the usual one."""
    part = sight.rows if axis == 0 else sight.columns
    shown = [dim for dim in dims if varies(part, dim)]
    usual = len(sight.shape) - 2 + axis
    if shown:
        return usual if usual in shown else shown[0]
    return usual if usual in dims else None


def _taken(part: Part, dim: int, taps: Tensor) -> Part:
    return part.index_select(dim + 1, taps.flatten()).unflatten(dim + 1, tuple(taps.shape))


def _slid(part: Part, window: Window, size: int, stride: float, own: bool) -> Part:
    dim, taps = window.dim, window.taps
    if not varies(part, dim) and not (own and size == 1):
        return part
    inside = taps.clamp(0, size - 1)
    values = _taken(part, dim, inside)
    beyond = (taps - inside).reshape(*taps.shape, *(1,) * (part.ndim - dim - 2)).double()
    shift = SIGNS.reshape(4, *(1,) * (values.ndim - 1)) * beyond * stride
    real = counted(4).reshape(4, *(1,) * (values.ndim - 1)) >= 2
    hidden = (beyond != 0) & (real | (not _is_even(part, dim, stride)))
    if window.used is not None:
        hidden = hidden | ~window.used.reshape(beyond.shape)
    return (values + shift).masked_fill(hidden, NOTHING).amax(dim + 2)


def _is_even(part: Part, dim: int, stride: float) -> bool:
    """Whether the ideal field moves by one stride from each position to the next."""
    ideal = part[:2]
    steps = counted(ideal.shape[dim + 1]).double().reshape(-1, *(1,) * (part.ndim - dim - 2))
    expected = ideal.narrow(dim + 1, 0, 1) + SIGNS[:2].reshape(2, *(1,) * (part.ndim - 1)) * steps * stride
    return bool(((ideal == expected) | ((ideal - expected).abs() < TOLERANCE)).all())
