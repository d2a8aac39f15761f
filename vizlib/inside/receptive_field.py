"""The theoretical receptive field of a layer, from the network's operations, confirmed by a numeric probe."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.layers import find_layer
from vizlib.core.positions import positions
from vizlib.core.technique import Layer, Progress, silent, technique
from vizlib.inside.grid import Axis, Grid, grid
from vizlib.inside.probe import seen_by
from vizlib.inside.results import DISAGREES, ReceptiveField
from vizlib.inside.sight import Sight, counted
from vizlib.inside.tracing import InputSize, Trace, sides, trace, traceable

LONGEST = 4096  # pixels, the longest strip that the probe looks at
LARGEST = 512  # pixels, the largest side of a whole image that the probe looks at
NARROW = 96  # pixels, the width of a strip
Size = tuple[int, int]


@technique
def receptive_field(
    model: nn.Module,
    *,
    layer: Annotated[Layer, "Layer whose units are looked at, by name."],
    input_size: InputSize = None,
    probe: Annotated[bool, "Confirm the analysis by the gradient of a linear twin of the network."] = True,
    progress: Progress = silent,
) -> ReceptiveField:
    """How much of the image one unit of a layer can see, and where that part lies.

    Parameters
    ----------
    model : Module or Model
        Of a torchvision detector, the backbone is looked at.
    layer : str
    input_size : int or (height, width), optional
        When empty, the size of the model's card; 224 for a bare module.
    probe : bool
        Compare with a numeric probe; a difference is told in ``notes``.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    ReceptiveField
        ``size``, ``stride`` and ``start`` in input pixels; ``box(unit)`` is clipped at the border.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Every operation of one pass is followed: along each axis an output sees the hull of what its inputs see. Size is a
    span: dilation, or a stride larger than the kernel, leaves holes, which the probe counts. The theoretical field is
    an upper bound; what matters in practice is smaller and round (the effective receptive field).

    References
    ----------
    Araujo, Norris, Sim (2019), Computing receptive fields of convolutional neural networks, Distill.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    size = sides(input_size)
    progress(0, 3)
    view = look(model, layer, size)
    field = _summary(view)
    progress(1, 3)
    if probe and not view.sight.guessed and not any(parameter.is_meta for parameter in model.parameters()):
        field = _verified(model, view, field, progress)
    progress(3, 3)
    return field


def field_of(model: nn.Module, layer: str, size: Size) -> ReceptiveField:
    """The field by analysis alone, for techniques that cut what a unit sees."""
    return _summary(look(model, layer, size))


@dataclass(frozen=True, eq=False)
class View:
    """What the analysis of one layer found."""

    layer: str
    size: Size
    sight: Sight
    grid: Grid
    found: Trace
    calls: int


def fields_of(model: nn.Module, layers: Sequence[str], size: Size) -> list[ReceptiveField]:
    """The fields of several layers by analysis alone, of one pass."""
    return [_summary(view) for view in _looks(model, layers, size)]


def look(model: nn.Module, layer: str, size: Size) -> View:
    """Follow an image to a layer; the last call counts when the layer runs several times."""
    return _looks(model, [layer], size)[0]


def _looks(model: nn.Module, layers: Sequence[str], size: Size) -> list[View]:
    for layer in layers:
        find_layer(model, layer)
    calls: dict[str, list[tuple[Tensor | None, Sight | None]]] = {layer: [] for layer in layers}
    found = Trace()
    try:
        found = trace(model, size, lambda *seen: calls[seen[0]].append(seen[3:]), frozenset(layers))
    except UnsupportedModel:
        if not all(calls.values()):
            raise  # a later layer, such as a classifier of a fixed size, does not matter
    return [_view(model, layer, size, found, calls[layer]) for layer in layers]


def _view(
    model: nn.Module, layer: str, size: Size, found: Trace, calls: list[tuple[Tensor | None, Sight | None]]
) -> View:
    if not calls:
        prefix, part = traceable(model)
        where = f"of the {prefix} that this model has" if part is not model else "that an image passes"
        raise UnsupportedModel(f"layer {layer!r} is not a layer {where}; choose another layer.")
    output, sight = calls[-1]
    if output is None or sight is None:
        raise UnsupportedModel(f"layer {layer!r} returns nothing that depends on the image; choose another layer.")
    units = grid(sight)
    if units is None:
        raise UnsupportedModel(
            f"the positions of layer {layer!r} ({list(output.shape)}) form no grid; try a layer near it."
        )
    if units.whole and len(units.rows.real) == len(units.columns.real) == 1:
        units = _placed(model, layer, output, size, units)
    return View(layer, size, sight, units, found, len(calls))


def survey(model: nn.Module, size: Size) -> tuple[ReceptiveField, ...]:
    """The fields along the way of an image: of layers with positions at which what is seen or made changes.

    Of layers that only pass on what they get, such as norms and rectifiers, the last one stands for all; of blocks
    that end at the same place, the outermost. Layers that run several times are left out, and layer norms: the sum
    over their channels hardly moves.
    """
    steps: list[list[_Step]] = []
    runs: Counter[str] = Counter()
    found = Trace()

    def watch(name: str, module: nn.Module, inputs: Any, output: Tensor | None, sight: Sight | None) -> None:
        runs[name] += 1
        if name and output is not None and sight is not None and not isinstance(module, nn.LayerNorm):
            if not steps or _makes(module) or not _same_rows(sight, steps[-1][-1].sight):
                steps.append([])
            steps[-1].append(_Step(name, output, sight))

    try:
        found = trace(model, size, watch)
    except UnsupportedModel:
        if not steps:
            raise
    ways = [[step for step in group if runs[step.name] == 1] for group in steps]
    chosen = (min(reversed(way), key=lambda step: step.name.count(".")) for way in ways if way)
    seen = (_seen(model, step, size, found) for step in chosen)
    return tuple(field for field in seen if field is not None)


@dataclass(frozen=True, eq=False)
class _Step:
    name: str
    output: Tensor
    sight: Sight


def _same_rows(one: Sight, other: Sight) -> bool:
    return one.rows is other.rows or (one.rows.shape == other.rows.shape and torch.equal(one.rows, other.rows))


def _makes(module: nn.Module) -> bool:
    """Whether a layer has weights that mix, in contrast to a norm."""
    return not any(module.children()) and any(weight.ndim > 1 for weight in module.parameters())


def _seen(model: nn.Module, step: _Step, size: Size, found: Trace) -> ReceptiveField | None:
    """The field of a layer whose positions can be read off its output; None without positions."""
    units = grid(step.sight)
    try:
        laid_out = positions(model, step.name, step.output, size)
    except UnsupportedModel:
        return None
    if units is None or laid_out.height * laid_out.width == 1:
        return None
    if units.whole and len(units.rows.real) == len(units.columns.real) == 1:
        units = _placed(model, step.name, step.output, size, units)
    field = _summary(View(step.name, size, step.sight, units, found, 1))
    return field if field.units == (laid_out.height, laid_out.width) else None


def _placed(model: nn.Module, layer: str, output: Tensor, size: Size, units: Grid) -> Grid:
    """Units that all see the same lie where the layout of the output says, if it says so."""
    try:
        laid_out = positions(model, layer, output, size)
    except UnsupportedModel:
        return units
    high, wide = laid_out.height, laid_out.width
    places = torch.stack(torch.meshgrid(counted(high), counted(wide), indexing="ij"), -1)
    axes: tuple[int, ...] = (2, 3) if laid_out.layout == "nchw" else (1, 2)
    if laid_out.layout == "tokens":
        places, axes = laid_out.special + places[..., :1] * wide + places[..., 1:], (1,)
    return replace(
        units, rows=units.rows.repeated(high), columns=units.columns.repeated(wide), places=places, axes=axes
    )


def _summary(view: View) -> ReceptiveField:
    rows, columns, stride = view.grid.rows, view.grid.columns, view.sight.stride
    whole = view.grid.whole
    even = rows.is_even(stride[0]) and columns.is_even(stride[1])
    local = (rows.span(), columns.span())
    start = (_plain(rows.ideal[0, 0]), _plain(columns.ideal[0, 0]))
    exact = (whole and not view.sight.guessed) or (
        even and view.sight.aligned and not view.grid.partly and not view.sight.guessed
    )
    return ReceptiveField(
        size=view.size if whole or view.grid.partly else local,
        stride=(_plain(stride[0]), _plain(stride[1])),
        start=(0, 0) if whole else start,
        exact=exact,
        covers_image=whole,
        local_size=local,
        local_start=start,
        rows=_clipped(rows, view.size[0], whole or view.grid.partly),
        columns=_clipped(columns, view.size[1], whole or view.grid.partly),
        input_size=view.size,
        layer=view.layer,
        shape=view.sight.shape,
        notes=tuple(_notes(view, even)),
    )


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else float(number)


def _clipped(axis: Axis, length: int, whole: bool) -> np.ndarray:
    if whole:
        return np.tile(np.array([0, length], np.int32), (len(axis.real), 1))
    return axis.real.round().clip(0, length).astype(np.int32)


def _notes(view: View, even: bool) -> list[str]:
    notes = []
    if view.calls > 1:
        notes.append(f"The layer runs {view.calls} times in one pass; this is its last run.")
    if view.found.reads_values:
        notes.append("The network decides by the values of the image; one way through it was followed.")
    if view.sight.guessed:
        unknown = ", ".join(view.found.unknown) or "values written into parts of a tensor"
        notes.append(f"Operations that are not followed are taken as seeing everything: {unknown}.")
    elif view.grid.whole:
        notes.append("A global operation is on the path: every unit sees the whole image.")
    elif view.grid.partly:
        notes.append("Some units see the whole image through a global operation, others do not.")
    elif not even:
        notes.append("The field depends on the position of the unit; the size is that of the largest one.")
    elif not view.sight.aligned:
        notes.append("Paths with different centres meet; the size is that of the hull around all of them.")
    return notes


# --- the probe ------------------------------------------------------------------------------------------------------


def _verified(model: nn.Module, view: View, field: ReceptiveField, progress: Progress) -> ReceptiveField:
    checks = []
    for done, size in enumerate(_strips(field), start=2):
        check = _compared(model, view, field, size)
        if check is None and size != view.size and max(view.size) <= LONGEST // 4:
            check = _compared(model, view, field, view.size)
        checks.append(check)
        progress(done, 3)
    if None in checks:
        return replace(field, notes=(*field.notes, "The numeric probe could not follow this network; not confirmed."))
    notes = tuple(dict.fromkeys(note for check in checks if check for note in check.notes))
    return replace(field, verified=all(check.agrees for check in checks if check), notes=(*field.notes, *notes))


def _strips(field: ReceptiveField) -> list[Size]:
    """Image sizes to probe: a high and a wide strip around the field where it may lie anywhere, else the image."""
    image = (min(field.input_size[0], LARGEST), min(field.input_size[1], LARGEST))
    if field.covers_image or not field.exact:
        return [image]
    high, wide = (int(size + 2 * stride) for size, stride in zip(field.size, field.stride, strict=True))
    if max(high, wide) > LONGEST:
        return [image]
    return [(max(high, NARROW), NARROW), (NARROW, max(wide, NARROW))]


@dataclass(frozen=True)
class Check:
    """Whether a probe agrees, and what to say about it."""

    agrees: bool
    notes: tuple[str, ...]


def _compared(model: nn.Module, view: View, field: ReceptiveField, size: Size) -> Check | None:
    """Compare the central unit's box at one image size with the pixels that reach it; None where it cannot run."""
    try:
        seen_here = view if size == view.size else look(model, view.layer, size)
    except UnsupportedModel:
        return None
    analysed = _summary(seen_here)
    unit = (analysed.units[0] // 2, analysed.units[1] // 2)
    pixels = seen_by(model, view.layer, size, seen_here.grid, unit, seen_here.calls)
    if pixels is None:
        return None
    found = [np.flatnonzero(pixels.any(dim).cpu().numpy()) for dim in (1, 0)]
    box = analysed.box(unit)
    spans = [(box.top, box.bottom), (box.left, box.right)]
    slack = [step if field.covers_image else 0 for step in field.stride]
    agrees = all(_spans(pixel, span, free) for pixel, span, free in zip(found, spans, slack, strict=True))
    same = field.covers_image or not field.exact or analysed.size == field.size
    if not (agrees and same):
        return Check(False, (_difference(found, spans),))
    return Check(True, _holes(found, spans) if not field.covers_image else ())


def _spans(pixels: np.ndarray, span: tuple[int, int], slack: float) -> bool:
    """Whether the pixels reach from end to end; a global operation may miss what a stride leaves out at the end."""
    if len(pixels) == 0:
        return span[0] == span[1]
    return bool(pixels[0] == span[0] and span[1] - max(slack, 1) <= pixels[-1] < span[1])


def _difference(found: list[np.ndarray], spans: list[tuple[int, int]]) -> str:
    reached = [f"{pixels[0]} to {pixels[-1]}" if len(pixels) else "none" for pixels in found]
    said = [f"{first} to {after - 1}" for first, after in spans]
    return (
        f"{DISAGREES}: the central unit is reached from rows {reached[0]} and columns {reached[1]}, "
        f"the analysis says rows {said[0]} and columns {said[1]}."
    )


def _holes(found: list[np.ndarray], spans: list[tuple[int, int]]) -> tuple[str, ...]:
    counts = [(len(pixels), after - first) for pixels, (first, after) in zip(found, spans, strict=True)]
    if all(used == span for used, span in counts):
        return ()
    used = " and ".join(f"{n} of {span} {word}" for (n, span), word in zip(counts, ("rows", "columns"), strict=True))
    return (f"The field has holes: the central unit uses {used}.",)
