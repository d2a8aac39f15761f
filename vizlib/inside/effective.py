"""The effective receptive field: which pixels really matter to the central unit of a layer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.layers import find_layer, record
from vizlib.core.memory import Meter
from vizlib.core.passes import gradient_of, output_of
from vizlib.core.positions import positions
from vizlib.core.stream import Stream
from vizlib.core.targets import portions
from vizlib.core.technique import Layer, Progress, silent, technique
from vizlib.inside.receptive_field import receptive_field
from vizlib.inside.results import ReceptiveField
from vizlib.inside.results_dreams import SHARES, EffectiveReceptiveField

Pair = tuple[int, int]


@technique
def effective_receptive_field(
    model: nn.Module,
    images: Tensor | Stream,
    *,
    layer: Annotated[Layer, "Layer whose central unit is looked at, by name."],
    progress: Progress = silent,
) -> EffectiveReceptiveField:
    """Which pixels really matter to the central unit of a layer, inside the box of what it could see.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects. The map is their mean; a few dozen give a smooth one.
    layer : str
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    EffectiveReceptiveField
        ``values`` [height, width], linear ratios, fitted sigma, radial profile and the theoretical box.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The gradient of the sum over the layer's channels at the central position, absolute, summed over the channels of
    the image and averaged over the images. It is local to these images, and rectifiers that are shut hide paths that
    other images open. For n linear layers of uniform k x k convolutions it is nearly a Gaussian with sigma
    sqrt(n (k² - 1) / 12) along each axis. The ratio of RepLKNet depends on the gradient's scale; the linear one does
    not.

    References
    ----------
    Luo, Li, Urtasun, Zemel (2016), Understanding the effective receptive field in deep convolutional neural networks,
    arXiv:1701.04128. Ding et al. (2022), Scaling up your kernels to 31x31, arXiv:2203.06717, appendix.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    find_layer(model, layer)
    progress(0, len(images))
    spot = Spot(layer, _theory(model, layer, images, progress))
    return effective_fields(model, images, [spot], lambda done, _known: progress(int(done), len(images)))[0]


def _theory(model: nn.Module, layer: str, images: Tensor | Stream, progress: Progress) -> ReceptiveField | None:
    size = (images.shape[2], images.shape[3])
    try:
        return receptive_field(
            model, layer=layer, input_size=size, probe=False, progress=lambda *_: progress(0, len(images))
        )
    except (OptionError, UnsupportedModel):
        return None


@dataclass(frozen=True, eq=False)
class Spot:
    """A unit whose effective field is wanted: of the central one when ``unit`` is None."""

    layer: str
    field: ReceptiveField | None
    unit: Pair | None = None


Known = Callable[[], list[EffectiveReceptiveField]]


def effective_fields(
    model: nn.Module, images: Tensor | Stream, spots: Sequence[Spot], heard: Callable[[float, Known], None]
) -> list[EffectiveReceptiveField]:
    """The effective fields of several layers, all of them from the same forward passes.

    Parameters
    ----------
    model : Module
        A private copy.
    images : Tensor [batch, channel, height, width]
    spots : sequence of Spot
    heard : callable
        Called as ``heard(done, known)`` after each gradient: images that are done, in parts of one, and a function
        that gives the fields of the images so far.
    """
    meter, totals = Meter(model), np.zeros((len(spots), *images.shape[2:]))
    units: list[Pair] = [(0, 0)] * len(spots)
    before = 0
    for part, _, done in portions(images, None, meter.images_at_once):
        seen = partial(_all_measured, totals, units, spots, max(before, 1), images)
        for number, found in enumerate(_gradients(model, part, spots)):
            units[number] = found.unit
            totals[number] += found.total
            heard(before + (done - before) * (number + 1) / len(spots), seen)
        before = done
    return _all_measured(totals, units, spots, len(images), images)


@dataclass(frozen=True, eq=False)
class _Found:
    unit: Pair
    total: np.ndarray


def _gradients(model: nn.Module, images: Tensor, spots: Sequence[Spot]) -> Iterator[_Found]:
    """|d unit / d image| of each spot, summed over channels and images; and where the unit lies."""
    x = images.detach().requires_grad_()
    with record(model, *dict.fromkeys(spot.layer for spot in spots)) as recording:
        output_of(model, x)
    for number, spot in enumerate(spots, start=1):
        output = recording.last(spot.layer)
        grid = _channels_first(model, spot.layer, output, (x.shape[2], x.shape[3]))
        unit = spot.unit or (grid.shape[2] // 2, grid.shape[3] // 2)
        gradient = gradient_of(grid[:, :, unit[0], unit[1]].sum(1), x, again=number < len(spots))
        if gradient is None:
            raise UnsupportedModel(
                f"layer {spot.layer!r} has no gradient with respect to the image; try an earlier one."
            )
        yield _Found(unit, gradient.abs().sum((0, 1)).double().cpu().numpy())


def _channels_first(model: nn.Module, layer: str, output: Tensor, size: Pair) -> Tensor:
    """The output as [batch, channel, height, width]; one position of a map is a map too."""
    if output.ndim == 4 and output.shape[2:] == (1, 1):
        return output
    return positions(model, layer, output, size).channels_first(output)


def _all_measured(
    totals: np.ndarray, units: list[Pair], spots: Sequence[Spot], count: int, images: Tensor | Stream
) -> list[EffectiveReceptiveField]:
    kind = str(images.dtype).removeprefix("torch.")
    means = [total.astype(kind) / count for total in totals]
    found = zip(means, units, spots, strict=True)
    return [_measured(mean, unit, spot.layer, count, spot.field) for mean, unit, spot in found]


def _measured(
    values: np.ndarray, unit: Pair, layer: str, count: int, field: ReceptiveField | None
) -> EffectiveReceptiveField:
    exact = values.astype(np.float64)
    center = _center(exact.shape, unit, field)
    sides = [smallest_side(exact, center, share) for share in SHARES]
    area = exact.size
    radii, profile = radial_profile(exact, center)
    fit = fitted_gaussian(radii, profile)
    return EffectiveReceptiveField(
        values=values,
        center=center,
        sides=np.array([side.side for side in sides]),
        ratios=np.array([side.area / area for side in sides]),
        replknet_ratios=np.array([replknet_ratio(exact, share) for share in SHARES]),
        sigma=np.array([_deviation(exact.sum(1)), _deviation(exact.sum(0))]),
        fitted_sigma=fit[0],
        fitted_peak=fit[1],
        radii=radii,
        profile=profile,
        box=np.array(field.box(_same_unit(field, unit)) if field else [-1] * 4),
        field=field.size if field else (0, 0),
        unit=unit,
        layer=layer,
        images=count,
        notes=_notes(field),
    )


def _notes(field: ReceptiveField | None) -> tuple[str, ...]:
    if field is None:
        return ("The theoretical field of this layer could not be found; none is drawn.",)
    return ("In theory every unit of this layer sees the whole image.",) if field.covers_image else ()


def _same_unit(field: ReceptiveField, unit: Pair) -> Pair | None:
    return unit if unit[0] < field.units[0] and unit[1] < field.units[1] else None


def _center(shape: tuple[int, ...], unit: Pair, field: ReceptiveField | None) -> Pair:
    """The middle of what the unit sees; the middle of the image where that is unknown."""
    if field is None or 0 in field.local_size:
        return shape[0] // 2, shape[1] // 2
    ends = zip(field.local_start, unit, field.stride, field.local_size, shape, strict=True)
    middle = [int(np.clip(start + n * step + (size - 1) // 2, 0, end - 1)) for start, n, step, size, end in ends]
    return middle[0], middle[1]


@dataclass(frozen=True)
class Square:
    """A square around a pixel: its side, and its area inside the image."""

    side: int
    area: int


def smallest_side(values: np.ndarray, center: Pair, share: float) -> Square:
    """The smallest centred square with an odd side that holds a share of the sum; side 0 where all is zero."""
    total = values.sum()
    if not total:
        return Square(0, 0)
    row, column = center
    for reach in range(max(values.shape)):
        inside = values[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
        if inside.sum() >= share * total * (1 - 1e-12):
            return Square(2 * reach + 1, inside.size)
    return Square(2 * max(values.shape) - 1, values.size)


def replknet_ratio(values: np.ndarray, share: float) -> float:
    """Area ratio of the square that holds more than a share of log10(x + 1), around the middle of the image."""
    data = np.log10(values + 1)
    height, width = data.shape
    for reach in range(1, height // 2):
        side = 2 * reach + 1
        rows = slice(height // 2 - reach, height // 2 + reach + 1)
        columns = slice(max(width // 2 - reach, 0), width // 2 + reach + 1)
        if data[rows, columns].sum() > share * data.sum():
            return min(side * side / (height * width), 1.0)
    return 1.0 if data.any() else 0.0


def _deviation(marginal: np.ndarray) -> float:
    """Standard deviation of positions weighted by a marginal."""
    if not marginal.any():
        return 0.0
    at = np.arange(len(marginal))
    mean = float(np.average(at, weights=marginal))
    return float(np.sqrt(np.average((at - mean) ** 2, weights=marginal)))


def radial_profile(values: np.ndarray, center: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Mean distance and mean value of the pixels at each whole distance from the centre."""
    rows, columns = np.indices(values.shape)
    distance = np.hypot(rows - center[0], columns - center[1]).ravel()
    ring = distance.round().astype(int)
    count = np.maximum(np.bincount(ring), 1)
    used = np.bincount(ring) > 0
    radii = np.bincount(ring, distance) / count
    return radii[used], (np.bincount(ring, values.ravel()) / count)[used]


def fitted_gaussian(radii: np.ndarray, profile: np.ndarray) -> tuple[float, float]:
    """Sigma and peak of the Gaussian nearest to a radial profile, in least squares; zeros where there is none."""
    if not profile.any() or len(radii) < 2:
        return 0.0, 0.0
    low, high = 0.2, 4 * float(radii.max())
    for _ in range(5):  # a finer grid around the best one each time
        tried = np.geomspace(low, high, 61)
        bells = np.exp(-(radii**2) / (2 * tried[:, None] ** 2))
        peaks = bells @ profile / (bells**2).sum(1)
        best = int(((peaks[:, None] * bells - profile) ** 2).sum(1).argmin())
        low, high = tried[max(best - 1, 0)], tried[min(best + 1, 60)]
    return float(tried[best]), float(peaks[best])
