"""The patches of a set of images that excite a unit most."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Annotated, Literal, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.stream import Stream
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.maps import Maps
from vizlib.inside.receptive_field import field_of
from vizlib.inside.results import Box, ReceptiveField
from vizlib.inside.results_units import Patches
from vizlib.inside.tally import Tally

BINS = 60
LEVELS = (1.0, 0.9, 0.75, 0.5, 0.25)
"""Of the rows: the share of images that answer less."""
Rows = Literal["strongest", "quantiles"]


@technique
def top_patches(
    model: nn.Module,
    images: Tensor | Stream,
    *,
    layer: Annotated[Layer, "Layer of the unit, by name."],
    unit: Annotated[int, Range(0, 65535), "Number of the channel, from 0."],
    k: Annotated[int, Range(1, 100), "Number of patches, each from another image."],
    rows: Annotated[
        Rows, "The strongest images alone, or k around each of five levels: the strongest, 90 %, 75 %, half, 25 %."
    ] = "strongest",
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> Patches:
    """The places in a set of images that excite one channel most, cut to what the unit there can see.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width], or an image set
        Normalised as the model expects. They pass through the network in parts; of the activations, only a histogram
        and the best places are kept.
    layer : str
    unit : int
    k : int
    rows : {"strongest", "quantiles"}
        With quantiles, ``k`` patches in each of five rows: images ordered by their largest activation, around the
        strongest, and where 90 %, 75 %, half and 25 % of the images answer less.
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    Patches
        ``patches`` [k, channel, height, width] (5 k with quantiles), the strongest first, with ``values``,
        ``positions``, ``boxes``, ``quantiles`` and the histogram of all activations of the channel.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Top patches show one end of a distribution: a unit that seems to like one thing may answer to others a little
    less. The quantile and the histogram tell how rare these values are. The patch is the theoretical field; the
    middle of it usually counts most. Quantiles count values that differ by less than 0.05 % as equal.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901, section 4.
    Zhou et al. (2015), Object detectors emerge in deep scene CNNs, arXiv:1412.6856, section 3.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    progress(0, len(images))
    maps, found = Maps(model, layer), _Peaks()
    size = (images.shape[2], images.shape[3])
    field = _field(model, layer, size)
    seen = lru_cache(maxsize=64)(images.__getitem__)
    named = partial(_named, images=seen, field=field, maps=maps, k=k, rows=rows, size=size, unit=unit)
    for start in range(0, len(images), batch_size):
        found.add(_channel(maps, images[start : start + batch_size], unit))
        progress(min(start + batch_size, len(images)), len(images))
        cast(Heartbeat, progress).show(lambda: named(found))
    return named(found)


def _channel(maps: Maps, images: Tensor, unit: int) -> np.ndarray:
    """One channel [part, height, width]."""
    values, _ = maps.of(images)
    if unit >= values.shape[1]:
        raise OptionError(
            f"unit must be an integer from 0 to {values.shape[1] - 1} at layer {maps.layer!r}; got {unit}. Try 0."
        )
    channel: np.ndarray = values[:, unit].cpu().numpy()
    return channel


@dataclass
class _Peaks:
    """The strongest place of every image so far, and a histogram of all places."""

    parts: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    tally: Tally = field(default_factory=Tally)

    def add(self, values: np.ndarray) -> None:
        """See the maps [part, height, width] of the next images."""
        self.shape = values.shape[1:]
        self.tally.add(values)
        flat = values.reshape(len(values), -1)
        self.parts.append((flat.max(axis=1), flat.argmax(axis=1)))

    @property
    def values(self) -> np.ndarray:
        """The largest value of each image."""
        return np.concatenate([values for values, _ in self.parts])

    @property
    def places(self) -> np.ndarray:
        """Where it is, as a number in the flattened map."""
        return np.concatenate([places for _, places in self.parts])


def _ranks(count: int, k: int, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Which images, counted from the strongest, are shown; and the level of the row that each stands in."""
    k = min(k, count)
    levels = (1.0,) if rows == "strongest" else LEVELS
    starts = [min(max(round((1 - level) * (count - 1) - (k - 1) / 2), 0), count - k) for level in levels]
    return np.concatenate([start + np.arange(k) for start in starts]), np.repeat(levels, k)


def _named(
    found: _Peaks,
    *,
    images: Callable[[int], Tensor],
    field: ReceptiveField | None,
    maps: Maps,
    k: int,
    rows: Rows,
    size: tuple[int, int],
    unit: int,
) -> Patches:
    """The result for the images that were seen so far."""
    values, places = found.values, found.places
    ranks, levels = _ranks(len(values), k, rows)
    chosen = np.argsort(-values, kind="stable")[ranks]
    notes = [*maps.notes, *_about(len(values), k, rows)]
    boxes = _boxes(field, size, found.shape, places[chosen], notes)
    patches, inside = _cut(images, chosen, boxes)
    counts, edges = found.tally.histogram(BINS)
    return Patches(
        patches=patches,
        inside=inside,
        values=values[chosen],
        images=chosen.astype(np.int64),
        positions=np.stack(np.unravel_index(places[chosen], found.shape), axis=1),
        boxes=np.array(boxes, np.int64),
        quantiles=found.tally.at_most(values[chosen]),
        levels=levels,
        counts=counts,
        edges=edges,
        zeros=found.tally.zeros / found.tally.total,
        layer=maps.layer,
        unit=unit,
        searched=len(values),
        input_size=size,
        notes=tuple(notes),
    )


def _about(count: int, k: int, rows: Rows) -> list[str]:
    if k > count:
        there = f"are only {count} images" if count > 1 else "is only 1 image"
        return [f"There {there}, and each gives one patch{' a row' * (rows == 'quantiles')}."]
    if rows == "quantiles" and k * len(LEVELS) > count:
        return [f"The rows share images: {count} are too few for {len(LEVELS)} rows of {k}."]
    return []


def _field(model: nn.Module, layer: str, size: tuple[int, int]) -> ReceptiveField | None:
    try:
        return field_of(model, layer, size)
    except UnsupportedModel:
        return None


def _boxes(
    seen: ReceptiveField | None, size: tuple[int, int], shape: tuple[int, ...], places: np.ndarray, notes: list[str]
) -> list[Box]:
    """What the units see; the whole image where that cannot be told."""
    if seen is None or seen.units != shape:
        if shape != (1, 1):
            notes.append("The receptive field of this layer is not known; the patches are whole images.")
        return [Box(0, 0, *size)] * len(places)
    notes.extend(seen.notes)
    return [seen.whole_box(np.unravel_index(place, shape)) for place in places]  # type: ignore[arg-type]


def _cut(images: Callable[[int], Tensor], numbers: np.ndarray, boxes: list[Box]) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of each box in one size, and which of them lie in the image."""
    height = max(box.bottom - box.top for box in boxes)
    width = max(box.right - box.left for box in boxes)
    shown = [images(number) for number in numbers.tolist()]
    both = [torch.cat([image, torch.ones_like(image[:1])]) for image in shown]
    cut = [_window(image, box, height, width) for image, box in zip(both, boxes, strict=True)]
    windows = torch.stack(cut).cpu().numpy()
    return np.ascontiguousarray(windows[:, :-1]), windows[:, -1] > 0


def _window(image: Tensor, box: Box, height: int, width: int) -> Tensor:
    """The box of an image [channel, height, width], with zeros outside and a margin up to a common size."""
    rows, columns = _within(box.top, box.bottom, image.shape[1]), _within(box.left, box.right, image.shape[2])
    margins = (columns.start - box.left, box.left + width - columns.stop)
    return F.pad(image[:, rows, columns], (*margins, rows.start - box.top, box.top + height - rows.stop))


def _within(start: int, stop: int, length: int) -> slice:
    first = min(max(start, 0), length)
    return slice(first, max(min(stop, length), first))
