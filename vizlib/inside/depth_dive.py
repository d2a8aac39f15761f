"""A dive at one pixel: from layer to layer, what the unit above it could see, what matters, and what it looks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

import numpy as np
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.inside.dreams import maximize_activation
from vizlib.inside.effective import Spot, effective_fields
from vizlib.inside.growth import thinned
from vizlib.inside.maps import Maps
from vizlib.inside.parametrisation import display
from vizlib.inside.patches import top_patches
from vizlib.inside.receptive_field import survey
from vizlib.inside.results import ReceptiveField
from vizlib.inside.results_dreams import SHARES, EffectiveReceptiveField
from vizlib.inside.results_fields import DepthDive

WHOLE = 1000  # progress is told in thousandths
LOOKED = 100  # of these, for the effective fields
RATE = 0.1  # of a dream, which is twice as quick and less fine than one alone
Pair = tuple[int, int]
Normalisation = Sequence[Sequence[float]] | None
Tell = Callable[[float], None]


@technique
def depth_dive(
    model: nn.Module,
    images: Tensor,
    normalisation: Normalisation = None,
    *,
    row: Annotated[int | None, Range(0, 8191), "Row of the pixel, from 0; when empty, the middle."] = None,
    column: Annotated[int | None, Range(0, 8191), "Column of the pixel, from 0; when empty, the middle."] = None,
    depth: Annotated[int, Range(2, 12), "Number of layers on the way, at even distances."] = 6,
    k: Annotated[int, Range(1, 16), "Number of patches for each layer, each from another image."] = 4,
    steps: Annotated[int, Range(1, 512), "Number of steps of each dream."] = 64,
    progress: Progress = silent,
) -> DepthDive:
    """What the network makes of one pixel, from the first layer to the last: fields, strongest channel, what it likes.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        The dive goes into the first one; the patches are found among all of them.
    normalisation : (mean, deviation), optional
        As for :func:`vizlib.maximize_activation`.
    row, column : int, optional
        Of the first image; what lies beyond it is its last row or column.
    depth, k, steps : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    DepthDive
        One row for each layer: field, effective field, strongest channel, its patches and its dream.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The strongest channel is the one with the largest value at the unit; a channel that is large everywhere may win.
    The effective field is that of this image alone, over all channels of the unit. Patches come from the images that
    were given, so with a few dozen they show what is there, not what the channel would like best; dreams are one local
    optimum of many.

    References
    ----------
    Luo, Li, Urtasun, Zemel (2016), arXiv:1701.04128. Zeiler, Fergus (2014), arXiv:1311.2901. Olah, Mordvintsev,
    Schubert (2017), Feature visualization, Distill.
    """
    progress(0, WHOLE)
    size = (images.shape[2], images.shape[3])
    pixel = tuple(end // 2 if at is None else min(at, end - 1) for at, end in zip((row, column), size, strict=True))
    fields = thinned(trunk(survey(model, size)), depth)
    if not fields:
        raise UnsupportedModel("no layer of this model has positions whose fields are known.")
    spots = [Spot(field.layer, field, unit_above(field, (pixel[0], pixel[1]))) for field in fields]
    seen = effective_fields(model, images[:1], spots, lambda done, _known: progress(int(LOOKED * done), WHOLE))
    dive = _Dive(model, images, normalisation, (pixel[0], pixel[1]), k, steps)
    heartbeat, rows = cast(Heartbeat, progress), []
    for number, (spot, one) in enumerate(zip(spots, seen, strict=True)):
        start, share = LOOKED + number * (WHOLE - LOOKED) / len(spots), (WHOLE - LOOKED) / len(spots)
        rows.append(dive.row(spot, one, _part_of(progress, start, share)))
        heartbeat.show(lambda: dive.so_far(rows))
    progress(WHOLE, WHOLE)
    return dive.so_far(rows)


def _part_of(progress: Progress, start: float, share: float) -> Tell:
    return lambda part: progress(min(int(start + part * share), WHOLE - 1), WHOLE)


def trunk(fields: Sequence[ReceptiveField]) -> tuple[ReceptiveField, ...]:
    """Layers on the way down: each sees more than all before it; of those that see as much, the last one."""
    kept: list[ReceptiveField] = []
    for field in fields:
        if kept and not field.covers_image and field.local_size <= kept[-1].local_size:
            if field.local_size == kept[-1].local_size:
                kept[-1] = field
            continue
        kept.append(field)
    return tuple(kept)


def unit_above(field: ReceptiveField, pixel: Pair) -> Pair:
    """The unit whose field has its middle nearest to a pixel."""
    found = []
    ends = zip(pixel, field.units, field.local_start, field.stride, field.local_size, field.input_size, strict=True)
    for at, count, start, stride, size, length in ends:
        place = (at - start - (size - 1) / 2) / stride if size and stride else (at + 0.5) * count / length - 0.5
        found.append(int(np.clip(round(place), 0, count - 1)))
    return found[0], found[1]


@dataclass(frozen=True, eq=False)
class _Row:
    spot: Spot
    seen: EffectiveReceptiveField
    channel: int
    activation: float
    numbers: np.ndarray
    boxes: np.ndarray
    values: np.ndarray
    dream: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Dive:
    """What all rows of a dive share."""

    model: nn.Module
    images: Tensor
    normalisation: Normalisation
    pixel: Pair
    k: int
    steps: int

    def row(self, spot: Spot, seen: EffectiveReceptiveField, tell: Tell) -> _Row:
        """One layer: the strongest channel above the pixel, its patches and its dream."""
        values = Maps(self.model, spot.layer).of(self.images[:1])[0][0, :, seen.unit[0], seen.unit[1]]
        channel = int(values.argmax())
        found = top_patches(
            self.model, self.images, layer=spot.layer, unit=channel, k=min(self.k, len(self.images)),
            progress=lambda done, total: tell(0.4 * done / total),
        )  # fmt: skip
        dream, notes = self._dream(spot.layer, channel, tell)
        best = slice(None, self.k)
        return _Row(spot, seen, channel, float(values[channel]), found.images[best], found.boxes[best],
                    found.values[best], dream, notes)  # fmt: skip

    def _dream(self, layer: str, channel: int, tell: Tell) -> tuple[np.ndarray, tuple[str, ...]]:
        try:
            made = maximize_activation(
                self.model, self.normalisation, layer=layer, unit=channel, steps=self.steps, rate=RATE,
                input_size=(self.images.shape[2], self.images.shape[3]),
                progress=lambda done, total: tell(0.4 + 0.6 * done / total),
            )  # fmt: skip
        except UnsupportedModel as error:
            return np.full(self.images.shape[1:], 0.5, self.images.cpu().numpy().dtype), (str(error),)
        return made.image, ()

    def so_far(self, rows: Sequence[_Row]) -> DepthDive:
        """The rows that are there as a result; images are kept once."""
        fields = [row.spot.field for row in rows if row.spot.field is not None]
        used = sorted({0, *(int(number) for row in rows for number in row.numbers)})
        notes = dict.fromkeys(note for row in rows for note in row.notes)
        return DepthDive(
            layers=tuple(row.spot.layer for row in rows),
            pixel=self.pixel,
            units=np.array([row.seen.unit for row in rows]),
            boxes=np.array([row.seen.box for row in rows]),
            sizes=np.array([field.local_size for field in fields]),
            covers_image=np.array([field.covers_image for field in fields]),
            effective=np.stack([row.seen.values / (row.seen.values.max() or 1) for row in rows]),
            sides=np.array([row.seen.sides[SHARES.index(0.5)] for row in rows]),
            channels=np.array([row.channel for row in rows]),
            activations=np.array([row.activation for row in rows]),
            patch_images=np.stack([_filled([used.index(n) for n in row.numbers], self.k, -1) for row in rows]),
            patch_boxes=np.stack([_filled(row.boxes, self.k, 0) for row in rows]),
            patch_values=np.stack([_filled(row.values, self.k, 0) for row in rows]),
            dreams=np.stack([row.dream for row in rows]),
            images=self._shown(used),
            input_size=fields[0].input_size,
            notes=tuple(notes),
        )

    def _shown(self, used: Sequence[int]) -> np.ndarray:
        """Images in the colours of the screen."""
        taken = self.images[list(used)]
        colours = display(self.normalisation, taken.shape[1], taken)
        shown: np.ndarray = (taken * colours.std + colours.mean).clamp(0, 1).cpu().numpy()
        return shown


def _filled(values: Sequence[int] | np.ndarray, count: int, value: int) -> np.ndarray:
    """As many rows as there should be; those that are missing hold one value."""
    array = np.asarray(values)
    return np.concatenate([array, np.full((count - len(array), *array.shape[1:]), value, array.dtype)])
