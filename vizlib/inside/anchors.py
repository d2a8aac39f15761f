"""A detector's anchors beside the fields of the units that carry them, for each level of its pyramid."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.copies import private_copy
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.technique import Progress, bare_module, named, silent
from vizlib.inside.effective import Spot, effective_fields
from vizlib.inside.receptive_field import fields_of
from vizlib.inside.results import ReceptiveField
from vizlib.inside.results_fields import DetectorAnchors
from vizlib.inside.tracing import sides, traceable

FINEST = 96  # blocks along the longer side of a stored map


def detector_anchors(
    model: Any,
    images: Tensor | None = None,
    *,
    input_size: int | tuple[int, int] | None = None,
    progress: Progress = silent,
) -> DetectorAnchors:
    """The anchors of each feature map of a torchvision detector, over what its units could see and what matters.

    Parameters
    ----------
    model : Module
        Faster, Mask or Keypoint R-CNN, RetinaNet, SSD or SSDlite of torchvision.
    images : Tensor [batch, channel, height, width], optional
        Over which the effective fields are averaged; one of noise when left out.
    input_size : int or (height, width), optional
        When left out, that of the images, else what the detector scales images to.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    DetectorAnchors

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    An anchor larger than the field of its unit asks for the edges of things that the unit cannot see; one larger than
    the effective field asks for edges that hardly matter to it. The layers of the head widen the field a little.
    With random weights the effective fields are those of the architecture before training.
    """
    with named("detector_anchors"), torch.inference_mode(False), torch.enable_grad():
        private = private_copy(bare_module(model)).eval().requires_grad_(False)
        if traceable(private)[1] is private or _generator(private) is None:
            raise UnsupportedModel("the model is no torchvision detector with anchors; try fasterrcnn_resnet50_fpn.")
        size = _size(private, images, input_size)
        taken = _noise(size) if images is None else images
        return _found(private, taken.to(next(private.parameters())), size, progress)


def _size(detector: nn.Module, images: Tensor | None, given: int | tuple[int, int] | None) -> tuple[int, int]:
    if images is not None:
        if images.ndim != 4:
            raise OptionError(f"images must be [batch, channel, height, width]; got {list(images.shape)}.")
        return (images.shape[2], images.shape[3])
    scaled: Any = detector.transform
    own = scaled.fixed_size[::-1] if scaled.fixed_size else (scaled.min_size[0], scaled.min_size[0])
    return sides(given if given is not None else own)


def _noise(size: tuple[int, int]) -> Tensor:
    return torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float32, device="cpu")


def _found(detector: nn.Module, images: Tensor, size: tuple[int, int], progress: Progress) -> DetectorAnchors:
    progress(0, 100)
    pyramid = _Pyramid(detector)
    count = pyramid.grow(images[:1])
    fields = fields_of(pyramid, [f"{kind}.{level}" for kind in ("maps", "scores") for level in range(count)], size)
    maps, scores = fields[:count], fields[count:]
    progress(5, 100)
    spots = [Spot(field.layer, field) for field in maps]
    heard = lambda done, _known: progress(5 + int(95 * done / len(images)), 100)  # noqa: E731
    seen = effective_fields(pyramid, images, spots, heard)
    anchors = _anchors(detector, size)
    if len(anchors) != count:
        raise UnsupportedModel(f"the detector has {count} feature maps and {len(anchors)} sets of anchors.")
    return DetectorAnchors(
        levels=tuple(pyramid.names),
        shapes=np.array([field.units for field in maps]),
        strides=np.array([field.stride for field in maps], np.float64),
        anchors=np.concatenate(anchors),
        anchor_levels=np.repeat(np.arange(count), [len(some) for some in anchors]),
        sizes=np.array([field.local_size for field in maps]),
        score_sizes=np.array([field.local_size for field in scores]),
        covers_image=np.array([field.covers_image for field in maps]),
        sides=np.array([one.sides for one in seen]),
        maps=np.stack([_blocks(one.values) for one in seen]),
        centres=np.array([one.center for one in seen]),
        input_size=size,
        detector=type(detector).__name__,
        notes=_notes(maps),
    )


def _notes(fields: list[ReceptiveField]) -> tuple[str, ...]:
    if not any(field.covers_image for field in fields):
        return ()
    return ("Through global operations, such as squeeze-excite, units see the whole image; the boxes leave them out.",)


class _Pyramid(nn.Module):
    """The backbone of a detector with its head's layers for the class scores; every map passes a named layer."""

    def __init__(self, detector: nn.Module) -> None:
        super().__init__()
        self.backbone: Any = detector.backbone
        self.tower = _tower(detector)
        self.maps, self.scores = nn.ModuleList(), nn.ModuleList()
        self.heads: Any = nn.ModuleList()
        self.names: list[str] = []

    def grow(self, image: Tensor) -> int:
        """Make one layer for each map; how many there are shows in one pass."""
        with torch.no_grad():
            made = self.backbone(image)
        self.names = list(made)
        for level in range(len(made)):
            self.maps.append(nn.Identity())
            self.scores.append(nn.Identity())
            self.heads.append(self.tower(level))
        return len(made)

    def forward(self, images: Tensor) -> list[Tensor]:
        made = zip(self.backbone(images).values(), self.maps, self.heads, self.scores, strict=True)
        return [score(head(keep(features))) for features, keep, head, score in made]


def _tower(detector: Any) -> Callable[[int], nn.Module]:
    """The layers from a feature map to the class scores of its anchors."""
    if hasattr(detector, "rpn"):
        head = nn.Sequential(detector.rpn.head.conv, detector.rpn.head.cls_logits)
        return lambda level: head
    scores = detector.head.classification_head
    if hasattr(scores, "module_list"):
        return lambda level: scores.module_list[level]
    shared = nn.Sequential(scores.conv, scores.cls_logits)
    return lambda level: shared


def _generator(detector: Any) -> Any:
    """What makes the anchors; None where there are none."""
    found = getattr(getattr(detector, "rpn", detector), "anchor_generator", None)
    return None if type(detector).__name__ == "FCOS" else found


def _anchors(detector: nn.Module, size: tuple[int, int]) -> list[np.ndarray]:
    """Height and width of the anchors of one unit of each level, in pixels."""
    generator = _generator(detector)
    if hasattr(generator, "cell_anchors"):
        corners = (cell.double().cpu().numpy() for cell in generator.cell_anchors)
        return [np.stack([cell[:, 3] - cell[:, 1], cell[:, 2] - cell[:, 0]], 1) for cell in corners]
    pairs = (pair.double().clamp(0, 1 if generator.clip else None).cpu().numpy() for pair in generator._wh_pairs)
    return [pair[:, ::-1] * np.array(size) for pair in pairs]


def _blocks(values: np.ndarray) -> np.ndarray:
    """A map as means of square blocks, the largest 1."""
    step = -(-max(values.shape) // FINEST)
    high, wide = (-(-side // step) * step for side in values.shape)
    padded = np.zeros((high, wide))
    padded[: values.shape[0], : values.shape[1]] = values
    means = padded.reshape(high // step, step, wide // step, step).mean((1, 3))
    return (means / (means.max() or 1)).astype(np.float32)
