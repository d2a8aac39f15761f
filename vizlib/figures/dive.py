"""Pictures and words of a depth dive, a row for each layer; screen and paper take them from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.inside.results import Box
from vizlib.inside.results_fields import DepthDive

TITLES = ("What it could see", "What matters to it", "Patches that excite its strongest channel", "Made to excite it")
WIDTHS = (1.0, 1.0, 1.0, 1.0)
OUTSIDE = 128


@dataclass(frozen=True, eq=False)
class DiveRow:
    """One layer: the image, what matters in it (0 to 1), its patches, its dream; the box on the first two, words."""

    image: np.ndarray
    effective: np.ndarray
    patches: np.ndarray
    dream: np.ndarray
    box: Box
    pixel: tuple[int, int]
    title: str


def dive_rows(result: DepthDive) -> list[DiveRow]:
    """What is drawn of each layer."""
    image = _rgb(result.images[0])
    return [
        DiveRow(
            image,
            result.effective[number],
            _montage(result, number),
            _rgb(result.dreams[number]),
            Box(*result.boxes[number].tolist()),
            result.pixel,
            _title(result, number),
        )
        for number in range(len(result.layers))
    ]


def _title(result: DepthDive, number: int) -> str:
    height, width = result.sizes[number]
    seen = "whole image" if result.covers_image[number] else f"{height} × {width}"
    return (
        f"{result.layers[number]}: sees {seen}, half of it in {result.sides[number]} px; "
        f"channel {result.channels[number]} ({result.activations[number]:.3g})"
    )


def _rgb(image: np.ndarray) -> np.ndarray:
    shown = np.repeat(image, 3, axis=0) if len(image) == 1 else image[:3]
    found: np.ndarray = (shown.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    return found


def _montage(result: DepthDive, number: int) -> np.ndarray:
    """The patches beside each other in pairs; grey where they reach out of their images."""
    boxes = result.patch_boxes[number]
    side = int(max((boxes[:, 2:] - boxes[:, :2]).max(), 1))
    gap = max(side // 16, 1)
    tiles = [
        _patch(_rgb(result.images[which]), Box(*box.tolist()), side)
        for which, box in zip(result.patch_images[number], boxes, strict=True)
        if which >= 0
    ]
    columns = -(-len(tiles) // 2) if len(tiles) > 3 else len(tiles)
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (side + gap) - gap, columns * (side + gap) - gap, 3), 255, np.uint8)
    for place, tile in enumerate(tiles):
        top, left = (place // columns) * (side + gap), (place % columns) * (side + gap)
        sheet[top : top + side, left : left + side] = tile
    return sheet


def _patch(image: np.ndarray, box: Box, side: int) -> np.ndarray:
    tile = np.full((side, side, 3), OUTSIDE, np.uint8)
    top, left = max(box.top, 0), max(box.left, 0)
    part = image[top : max(box.bottom, 0), left : max(box.right, 0)]
    tile[top - box.top : top - box.top + part.shape[0], left - box.left : left - box.left + part.shape[1]] = part
    return tile


def dive_title(result: DepthDive) -> str:
    """What the strip is called."""
    return f"Depth dive at row {result.pixel[0]}, column {result.pixel[1]}"


def dive_in_words(result: DepthDive) -> str:
    """The strip as sentences."""
    lines = "; ".join(_title(result, number) for number in range(len(result.layers)))
    return f"{dive_title(result)} of an image of {result.input_size[0]} by {result.input_size[1]} pixels. {lines}."
