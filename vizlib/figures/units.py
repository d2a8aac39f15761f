"""Sheets of kernels, activations and patches; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.figures.sheets import DEAD, OUTSIDE, TWIN, Bar, Sheet, chosen, frames_of, lay_out, paint, quantity, reach
from vizlib.figures.style import Scale, grey
from vizlib.inside.results_units import ActivationDifference, Activations, Filters, Patches

MOST = 2048  # tiles of a sheet
MOST_PATCHES = 9  # in a row on paper
LEVEL_WORDS = {1.0: "strongest", 0.5: "median"}
SPECTRUM = 33  # samples of a spectrum along each axis


# --- kernels --------------------------------------------------------------------------------------------------------


def filter_sheet(
    result: Filters,
    channel: int | None = None,
    kernel: int | None = None,
    scale: Scale = "shared",
    spectra: bool = False,
    high: float | None = None,
) -> Sheet:
    """Kernels by falling norm; dead ones in a vermilion frame, duplicates in a blue one.

    Parameters
    ----------
    channel : int, optional
        Draw the slice of this input channel; when left out, colours, or of each kernel its strongest slice.
    kernel : int, optional
        Draw all slices of this kernel instead.
    scale : {"shared", "own"}
        One colour range for the layer, or one for each tile.
    spectra : bool
        The magnitude of the Fourier transform, frequency zero in the middle.
    high : float, optional
        End of a shared colour range; the largest magnitude when left out.
    """
    channel = chosen(channel, result.weights.shape[1], "channel")
    kernel = chosen(kernel, len(result.weights), "kernel")
    values = result.spectra(SPECTRUM) if spectra else result.weights
    if kernel is not None:
        return _slices(result, values, kernel, scale, spectra, high)
    if result.weights.shape[2:] == (1, 1) and channel is None and not spectra:
        return _matrix(result, high)
    order = result.order[:MOST]
    texts = tuple(_filter_text(result, n) for n in order.tolist())
    frames = frames_of(len(order), twin=(_where(order, result.duplicates), TWIN), dead=(result.dead[order], DEAD))
    if values.shape[1] == 3 and channel is None and not spectra:
        most = float(np.abs(values).max()) or 1.0
        tiles, bar, how = (
            _colours(values[order], scale),
            None,
            f"red, green and blue; grey is 0, full colour ±{most:.3g}",
        )
    else:
        picked = _strongest(result)[order] if channel is None else np.full(len(order), channel)
        maps = values[order, picked]
        tiles, bar = _painted(maps, scale, _unit(spectra), signed=not spectra, end=high)
        strongest = "" if values.shape[1] == 1 else ", the strongest slice of each"
        how = f"input channel {channel}" if channel is not None else f"by falling norm{strongest}"
        texts = tuple(f"{text}<br>input channel {c}" for text, c in zip(texts, picked.tolist(), strict=True))
    laid = lay_out(tiles, frames)
    title = f"{'Spectra' if spectra else 'Kernels'} of {result.layer}: {_filter_facts(result)}; {how}"
    return Sheet(laid.pixels, laid.centres, order, texts, title, f"{title}. {' '.join(result.notes)}".strip(), bar)


def _where(order: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.isin(order, pairs)


def _strongest(result: Filters) -> np.ndarray:
    return np.abs(result.weights).sum((2, 3)).argmax(axis=1)


def _unit(spectra: bool) -> str:
    return "magnitude" if spectra else "weight"


def _colours(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Kernels [n, 3, height, width] as RGB about mid-grey."""
    most = np.abs(values).max(axis=(1, 2, 3), keepdims=True) if scale == "own" else np.abs(values).max()
    tiles = 0.5 + values / (2 * np.where(most > 0, most, 1))
    return np.rint(255 * tiles.transpose(0, 2, 3, 1)).astype(np.uint8)


def _painted(
    maps: np.ndarray, scale: Scale, unit: str, signed: bool, end: float | None = None
) -> tuple[np.ndarray, Bar]:
    """Maps [n, height, width] in colours, diverging about zero where signed; ``end`` is that of a shared range."""
    high = reach(maps, own=scale == "own")
    if end is not None and scale == "shared":
        high = np.full_like(high, end)
    low = -high if signed else np.zeros_like(high)
    colours = "RdBu_r" if signed else "viridis"
    top = float(high.max()) if scale == "shared" else 1.0
    unit = unit if scale == "shared" else f"{unit}, as a share of each tile's largest"
    return paint(maps, low, high, colours), Bar(-top if signed else 0.0, top, colours, unit)


def _slices(result: Filters, values: np.ndarray, kernel: int, scale: Scale, spectra: bool, high: float | None) -> Sheet:
    maps = values[kernel][:MOST]
    tiles, bar = _painted(maps, scale, _unit(spectra), signed=not spectra, end=high)
    laid = lay_out(tiles)
    texts = tuple(f"input channel {n}" for n in range(len(maps)))
    title = f"Kernel {kernel} of {result.layer}: {quantity(len(maps), 'slice')}, norm {result.norms[kernel]:.3g}"
    return Sheet(laid.pixels, laid.centres, np.arange(len(maps)), texts, title, f"{title}.", bar)


def _matrix(result: Filters, high: float | None) -> Sheet:
    """Kernels of 1 x 1: one row a filter, one column a channel."""
    values = result.weights[result.order, :, 0, 0]
    tiles, bar = _painted(values[None], "shared", "weight", signed=True, end=high)
    times = max(1, 400 // max(values.shape))
    pixels = np.ascontiguousarray(tiles[0].repeat(times, 0).repeat(times, 1))
    rows = (np.arange(len(values)) + 0.5) * times
    centres = np.stack([np.full(len(values), pixels.shape[1] / 2), rows], axis=1)
    texts = tuple(_filter_text(result, n) for n in result.order.tolist())
    title = f"Weights of {result.layer}: {_filter_facts(result)}; a row is a filter, a column an input channel"
    return Sheet(pixels, centres, result.order, texts, title, f"{title}. {' '.join(result.notes)}".strip(), bar)


def _filter_facts(result: Filters) -> str:
    high, wide = result.weights.shape[2:]
    size = f" of {high} × {wide}" if high * wide > 1 else ""
    facts = [f"{len(result.weights)} filters{size} on {quantity(result.weights.shape[1], 'channel')}"]
    facts += [f"{int(result.dead.sum())} dead"] if result.dead.any() else []
    facts += [quantity(len(result.duplicates), "pair") + " alike"] if len(result.duplicates) else []
    return ", ".join(facts)


def _filter_text(result: Filters, number: int) -> str:
    state = "<br>dead" if result.dead[number] else ""
    twins = {*result.duplicates[(result.duplicates == number).any(axis=1)].ravel().tolist()} - {number}
    state += f"<br>like {', '.join(map(str, sorted(twins)[:5]))}" if twins else ""
    return f"filter {number}<br>norm {result.norms[number]:.3g}{state}"


# --- activations ----------------------------------------------------------------------------------------------------


def activation_sheet(result: Activations, index: int = 0, scale: Scale = "own", high: float | None = None) -> Sheet:
    """Every channel for one image, by falling maximum over the batch; silent ones in a vermilion frame.

    Parameters
    ----------
    index : int
        Number of the image.
    scale : {"own", "shared"}
        One colour range for each tile, or one for the layer.
    high : float, optional
        End of a shared colour range; the largest magnitude when left out.
    """
    index = chosen(index, len(result.values), "index") or 0
    order = result.order[:MOST]
    maps = result.values[index, order]
    signed = bool((result.values < 0).any())
    tiles, bar = _painted(maps, scale, "activation", signed, end=high)
    laid = lay_out(tiles, frames_of(len(order), dead=(result.dead[order], DEAD)))
    title = f"Activations of {result.layer}: {_activation_facts(result)}; by falling maximum"
    texts = tuple(channel_text(result, n) for n in order.tolist())
    return Sheet(laid.pixels, laid.centres, order, texts, title, f"{title}. {' '.join(result.notes)}".strip(), bar)


@dataclass(frozen=True, eq=False)
class ChannelPlan:
    """One channel over its image, ready to draw."""

    values: np.ndarray
    ground: np.ndarray | None
    bar: Bar
    title: str
    alternative: str


def activation_plan(
    result: Activations, unit: int, index: int, scale: Scale, images: Sequence[np.ndarray] | None
) -> ChannelPlan:
    """One channel for one image; a shared scale is that of the whole layer."""
    chosen(unit, result.values.shape[1], "unit")
    chosen(index, len(result.values), "index")
    values = result.values[index, unit]
    among = values[None] if scale == "own" else result.values.reshape(-1, *values.shape)
    top, signed = float(reach(among, own=False).max()), bool((result.values < 0).any())
    bar = Bar(-top if signed else 0.0, top, "RdBu_r" if signed else "viridis", "activation")
    title = f"Channel {unit} of {result.layer}: maximum {values.max():.3g}, {(values == 0).mean():.0%} zeros"
    ground = None if images is None or len(images) <= index else grey(np.asarray(images[index]))
    return ChannelPlan(values, ground, bar, title, f"{title}. {' '.join(result.notes)}".strip())


def channel_text(result: Activations, unit: int) -> str:
    """What hovering over a channel tells."""
    state = "silent" if result.dead[unit] else f"{result.sparsity[unit]:.0%} zeros"
    return f"channel {unit}<br>maximum {result.maximum[unit]:.3g}, mean {result.mean[unit]:.3g}<br>{state}"


def _activation_facts(result: Activations) -> str:
    _, channels, high, wide = result.values.shape
    facts = [f"{quantity(channels, 'channel')} of {high} × {wide}", f"{result.sparsity.mean():.0%} zeros"]
    facts += [f"{int(result.dead.sum())} silent"] if result.dead.any() else []
    return ", ".join(facts)


# --- differences ----------------------------------------------------------------------------------------------------


def difference_sheet(result: ActivationDifference, index: int = 0, scale: Scale = "shared") -> Sheet:
    """The difference of every channel for one image, by falling change; red is more in the first, blue in the second.

    Parameters
    ----------
    index : int
        Number of the image.
    scale : {"shared", "own"}
        One colour range for the layer, or one for each tile.
    """
    index = chosen(index, len(result.values), "index") or 0
    order = result.order[:MOST]
    tiles, bar = _painted(result.values[index, order], scale, "difference of activations", signed=True)
    laid = lay_out(tiles)
    texts = tuple(f"channel {n}<br>mean magnitude {result.change[n]:.3g}" for n in order.tolist())
    title = f"{result.layer}: {result.first} minus {result.second}, by falling change"
    return Sheet(laid.pixels, laid.centres, order, texts, title, f"{title}. {' '.join(result.notes)}".strip(), bar)


def difference_plan(
    result: ActivationDifference, unit: int, index: int, scale: Scale, images: Sequence[np.ndarray] | None
) -> ChannelPlan:
    """The difference of one channel, symmetric about zero; a shared scale is that of the whole layer."""
    chosen(unit, result.values.shape[1], "unit")
    chosen(index, len(result.values), "index")
    values = result.values[index, unit]
    among = values[None] if scale == "own" else result.values.reshape(-1, *values.shape)
    top = float(reach(among, own=False).max())
    title = f"Channel {unit} of {result.layer}: {result.first} minus {result.second}"
    ground = None if images is None or len(images) <= index else grey(np.asarray(images[index]))
    bar = Bar(-top, top, "RdBu_r", "difference of activations")
    return ChannelPlan(values, ground, bar, title, f"{title}. {' '.join(result.notes)}".strip())


# --- patches --------------------------------------------------------------------------------------------------------


def patch_sheet(result: Patches, images: Sequence[np.ndarray] | None = None, columns: int = MOST_PATCHES) -> Sheet:
    """The patches, strongest first; grey where the field lies outside the image.

    Parameters
    ----------
    images : sequence of uint8 arrays [height, width, 3], optional
        All images of the set as people see them; when left out, the normalised pixels in one common range.
    columns : int
        As many stand in a row at most; rows are as even as they can be. Rows by quantile keep to one row each.
    """
    tiles = _normalised(result) if images is None else _photos(result, images)
    tiles = np.where(result.inside[..., None], tiles, np.array(OUTSIDE, np.uint8))
    levels = np.unique(result.levels)
    in_a_row = even_columns(len(tiles), columns) if len(levels) == 1 else len(tiles) // len(levels)
    laid = lay_out(tiles, columns=in_a_row)
    texts = tuple(patch_text(result, rank) for rank in range(len(tiles)))
    high, wide = result.inside.shape[1:]
    found = len(np.unique(result.images))
    title = f"What excites unit {result.unit} of {result.layer} most: {found} of {result.searched} images"
    title += f", field {high} × {wide}"
    lower = ", ".join(f"{level:.0%}" for level in levels[-2::-1])
    title += "" if len(levels) == 1 else f"; rows: the strongest, then where {lower} of the images answer less"
    best = f"The strongest is {result.values[0]:.3g} in image {result.images[0]}."
    alternative = f"{title}. {best} {' '.join(result.notes)}".strip()
    return Sheet(laid.pixels, laid.centres, result.images, texts, title, alternative, None, captions=True)


def even_columns(count: int, most: int) -> int:
    """Columns, at most so many, that leave the fewest places empty: nine are three rows of three, not eight and one."""
    if count <= most:
        return count
    return min(range(most, most // 2, -1), key=lambda columns: -count % columns)


def row_words(result: Patches) -> tuple[str, ...]:
    """What stands beside each row of patches; nothing where all are the strongest."""
    levels = np.unique(result.levels)[::-1].tolist()
    return () if len(levels) == 1 else tuple(LEVEL_WORDS.get(level, f"{level:.0%}") for level in levels)


def patch_text(result: Patches, rank: int) -> str:
    """What stands with a patch."""
    row, column = result.positions[rank].tolist()
    return (
        f"image {result.images[rank]}<br>activation {result.values[rank]:.3g} at row {row}, column {column}"
        f"<br>quantile {result.quantiles[rank]:.4%}"
        f"{'' if result.levels[rank] == 1 else f'<br>{result.levels[rank]:.0%} of the images answer less'}"
    )


def _normalised(result: Patches) -> np.ndarray:
    shown = result.patches[:, :3] if result.patches.shape[1] >= 3 else result.patches[:, :1].repeat(3, axis=1)
    shown = shown.transpose(0, 2, 3, 1)
    known = shown[result.inside]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return np.rint(255 * ((shown - low) / (high - low or 1)).clip(0, 1)).astype(np.uint8)


def _photos(result: Patches, images: Sequence[np.ndarray]) -> np.ndarray:
    """The boxes cut from the images that people see, which may be larger than what the network saw."""
    tiles = np.zeros((*result.inside.shape, 3), np.uint8)
    for tile, inside, box, number in zip(tiles, result.inside, result.boxes, result.images, strict=True):
        image = np.asarray(images[int(number)])
        image = np.repeat(image[..., None], 3, axis=-1) if image.ndim == 2 else image
        rows, columns = np.nonzero(inside)
        down, right = (s / n for s, n in zip(image.shape[:2], result.input_size, strict=True))
        tile[rows, columns] = image[
            ((rows + box[0] + 0.5) * down).astype(int), ((columns + box[1] + 0.5) * right).astype(int)
        ]
    return tiles
