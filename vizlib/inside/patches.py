"""The patches of a set of images that excite a unit most."""

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.maps import Maps
from vizlib.inside.receptive_field import field_of
from vizlib.inside.results import Box, ReceptiveField
from vizlib.inside.results_units import Patches
from vizlib.inside.tally import Tally

BINS = 60


@technique
def top_patches(
    model: nn.Module,
    images: Tensor,
    *,
    layer: Annotated[Layer, "Layer of the unit, by name."],
    unit: Annotated[int, Range(0, 65535), "Number of the channel, from 0."],
    k: Annotated[int, Range(1, 100), "Number of patches, each from another image."],
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> Patches:
    """The places in a set of images that excite one channel most, cut to what the unit there can see.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects. They pass through the network in parts; of the activations, only a histogram
        and the best places are kept.
    layer : str
    unit : int
    k : int
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    Patches
        ``patches`` [k, channel, height, width], the strongest first, with ``values``, ``positions``, ``boxes``,
        ``quantiles`` and the histogram of all activations of the channel.

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
    maps, found = Maps(model, layer), _Best(k)
    progress(0, len(images))
    for start in range(0, len(images), batch_size):
        values = _channel(maps, images[start : start + batch_size], unit)
        found.add(values, start)
        progress(min(start + batch_size, len(images)), len(images))
    size = (images.shape[2], images.shape[3])
    notes = list(maps.notes)
    if k > len(images):
        there = f"are only {len(images)} images" if len(images) > 1 else "is only 1 image"
        notes.append(f"There {there}, and each gives one patch.")
    boxes = _boxes(model, layer, size, found, notes)
    patches, inside = _cut(images, found.images, boxes)
    counts, edges = found.tally.histogram(BINS)
    return Patches(
        patches=patches,
        inside=inside,
        values=found.values,
        images=found.images,
        positions=np.stack(np.unravel_index(found.places, found.shape), axis=1),
        boxes=np.array(boxes, np.int64),
        quantiles=found.tally.at_most(found.values),
        counts=counts,
        edges=edges,
        zeros=found.tally.zeros / found.tally.total,
        layer=layer,
        unit=unit,
        searched=len(images),
        input_size=size,
        notes=tuple(notes),
    )


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
class _Best:
    """The strongest place of each image, of the ``k`` best images so far; of equals, the first image."""

    k: int
    values: np.ndarray = field(default_factory=lambda: np.zeros(0))
    images: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    places: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    shape: tuple[int, ...] = ()
    tally: Tally = field(default_factory=Tally)

    def add(self, values: np.ndarray, start: int) -> None:
        """See the maps [part, height, width] of the images from number ``start`` on."""
        self.shape = values.shape[1:]
        self.tally.add(values)
        flat = values.reshape(len(values), -1)
        places = flat.argmax(axis=1)
        self.values = np.concatenate([self.values.astype(values.dtype), flat.max(axis=1)])
        self.images = np.concatenate([self.images, start + np.arange(len(values))])
        self.places = np.concatenate([self.places, places])
        kept = np.argsort(-self.values, kind="stable")[: self.k]
        self.values, self.images, self.places = self.values[kept], self.images[kept], self.places[kept]


def _boxes(model: nn.Module, layer: str, size: tuple[int, int], found: _Best, notes: list[str]) -> list[Box]:
    """What the units see; the whole image where that cannot be told."""
    whole = Box(0, 0, *size)
    try:
        seen: ReceptiveField | None = field_of(model, layer, size)
    except UnsupportedModel:
        seen = None
    if seen is None or seen.units != found.shape:
        if found.shape != (1, 1):
            notes.append("The receptive field of this layer is not known; the patches are whole images.")
        return [whole] * len(found.images)
    notes.extend(seen.notes)
    return [seen.whole_box(np.unravel_index(place, found.shape)) for place in found.places]  # type: ignore[arg-type]


def _cut(images: Tensor, numbers: np.ndarray, boxes: list[Box]) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of each box in one size, and which of them lie in the image."""
    height = max(box.bottom - box.top for box in boxes)
    width = max(box.right - box.left for box in boxes)
    ones = images.new_ones(1, *images.shape[2:])
    cut = [_window(torch.cat([images[n], ones]), box, height, width) for n, box in zip(numbers, boxes, strict=True)]
    both = torch.stack(cut).cpu().numpy()
    return np.ascontiguousarray(both[:, :-1]), both[:, -1] > 0


def _window(image: Tensor, box: Box, height: int, width: int) -> Tensor:
    """The box of an image [channel, height, width], with zeros outside and a margin up to a common size."""
    rows, columns = _within(box.top, box.bottom, image.shape[1]), _within(box.left, box.right, image.shape[2])
    margins = (columns.start - box.left, box.left + width - columns.stop)
    return F.pad(image[:, rows, columns], (*margins, rows.start - box.top, box.top + height - rows.stop))


def _within(start: int, stop: int, length: int) -> slice:
    first = min(max(start, 0), length)
    return slice(first, max(min(stop, length), first))
