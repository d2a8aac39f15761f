"""Ranges, colours and words of a figure; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vizlib.core.results import Attribution, compact

Scale = Literal["own", "shared"]
Panels = Literal["overlay", "pair", "map"]

SEQUENTIAL = ("viridis", "cividis", "magma", "gray", "jet")
DIVERGING = ("RdBu", "PuOr", "PiYG")
COLOURS = ("automatic", *SEQUENTIAL, *DIVERGING)
NAMES = {
    "saliency": "Saliency",
    "guided_backprop": "Guided backprop",
    "occlusion": "Occlusion",
    "grad_cam": "Grad-CAM",
    "attention_rollout": "Attention rollout",
    "attention": "Attention",
    "attention_distance": "Mean attention distance",
    "model_summary": "Model summary",
    "receptive_field": "Receptive field",
    "filters": "Filters",
    "weights": "Weights",
    "activations": "Activations",
    "activation_difference": "Difference of activations",
    "top_patches": "Top patches",
    "effective_receptive_field": "Effective receptive field",
    "depth_dive": "Depth dive",
    "receptive_field_growth": "Growth of receptive fields",
    "maximize_activation": "Activation maximisation",
    "invert_features": "Feature inversion",
    "dream_ablation": "Ablation of a dream",
    "unit_card": "Unit card",
    "dream_toward": "Dream toward a place",
    "pca": "PCA",
    "tsne": "t-SNE",
    "umap": "UMAP",
    "knn_accuracy": "k-NN accuracy",
    "decision_plane": "Plane through three images",
    "layer_similarity": "Likeness of layers (CKA)",
    "loss_landscape": "Loss landscape",
    "loss_lines": "Loss along random directions",
    "loss_path": "Loss between two solutions",
    "trajectory": "Training trajectory",
    "hessian": "Curvature of the loss",
}
CLASSLESS = ("attention_rollout",)  # maps that do not depend on what is explained
CLIP = 99.5  # per cent of the pixels of a gradient map inside the colour range; the rest is drawn at its end


@dataclass(frozen=True, eq=False)
class Panel:
    """One map ready to draw: values, colour range and colours, and the image under it."""

    values: np.ndarray
    low: float
    high: float
    colours: str
    unit: str
    clipped: bool
    title: str
    alternative: str
    opacity: float
    image: np.ndarray | None = None

    @property
    def ground(self) -> np.ndarray | None:
        """The image in grey, to lie under the map: its own colours would read as values of the map."""
        return None if self.image is None else grey(self.image)

    @property
    def diverging(self) -> bool:
        """Whether the colours are centred on zero."""
        return self.low < 0

    @property
    def diverging_colours(self) -> bool:
        """Whether the colour map is drawn backwards, so that warm colours speak for the class."""
        return self.colours in DIVERGING


def name_of(technique: str) -> str:
    """A technique's name as people write it."""
    return NAMES.get(technique, technique.replace("_", " ").capitalize())


def panels(
    result: Attribution,
    *,
    images: Sequence[np.ndarray] | None = None,
    labels: Sequence[str] | None = None,
    opacity: float | None = None,
    colours: str = "automatic",
    absolute: bool = False,
    scale: Scale = "own",
) -> list[Panel]:
    """One panel per image of a result.

    Parameters
    ----------
    result : Attribution
    images : sequence of uint8 arrays [height, width, 3], optional
        What the network saw, drawn under the maps.
    labels : sequence of str, optional
        Class names.
    opacity : float, optional
        Of the map over its image, 0 to 1; when empty, 0.6 for regions and 1 for pixel gradients.
    colours : str
        "automatic" is viridis for magnitudes and RdBu, red for the class, for signed values.
    absolute : bool
        Show magnitudes of a signed map.
    scale : {"own", "shared"}
        One colour range per image, or one for all.
    """
    maps = np.abs(result.heatmap()) if absolute else result.heatmap()
    signed = bool(result.signed and result.values.shape[1] == 1 and not absolute)
    gradient = result.values.shape[1] > 1
    highs = [_reach(values, gradient) for values in maps]
    if scale == "shared":
        highs = [max(highs)] * len(highs)
    return [
        Panel(
            values=values,
            low=-high if signed else 0.0,
            high=high,
            colours=_colours(colours, signed),
            unit=_unit(result, signed or absolute),
            clipped=bool((np.abs(values) > high).any()),
            title=title(result, index, labels),
            alternative=alternative_text(result, index, labels),
            opacity=(1.0 if gradient else 0.6) if opacity is None else opacity,
            image=None if images is None else _rgb(images[index]),
        )
        for index, (values, high) in enumerate(zip(maps, highs, strict=True))
    ]


def _reach(values: np.ndarray, gradient: bool) -> float:
    """End of the colour range: the largest magnitude, for gradients without the brightest half per cent.

    Pixels of a preview that are not known yet are NaN and have no say.
    """
    magnitude = np.nan_to_num(np.abs(values), nan=0.0)
    reach = float(np.percentile(magnitude, CLIP)) if gradient else 0.0
    return reach or float(magnitude.max()) or 1.0


def _colours(colours: str, signed: bool) -> str:
    if colours not in COLOURS:
        raise ValueError(f"figure: colours must be one of {', '.join(COLOURS)}; got {colours!r}.")
    return ("RdBu" if signed else "viridis") if colours == "automatic" else colours


def _unit(result: Attribution, centred: bool) -> str:
    if result.values.shape[1] == 1:
        return result.unit
    return f"{result.unit},\nlargest magnitude of the channels"


def _rgb(image: np.ndarray) -> np.ndarray:
    array = np.asarray(image)
    return np.repeat(array[..., None], 3, axis=-1) if array.ndim == 2 else array


def grey(image: np.ndarray) -> np.ndarray:
    """Luminance (ITU-R BT.601) as RGB."""
    luminance = np.rint(_rgb(image) @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return np.repeat(luminance[..., None], 3, axis=-1)


def class_name(result: Attribution, index: int, labels: Sequence[str] | None) -> str:
    """Name of the explained class, or its number, or what stands for a function."""
    target = int(result.target[index])
    if target < 0:
        return "a function of the scores"
    return labels[target] if labels and target < len(labels) else f"class {target}"


def title(result: Attribution, index: int = 0, labels: Sequence[str] | None = None) -> str:
    """What the picture shows, in one line."""
    where = f" at {result.layer}" if result.layer else ""
    if result.technique in CLASSLESS:
        return f"{name_of(result.technique)}{where}, the same for every class"
    return f"{name_of(result.technique)}{where}: {class_name(result, index, labels)} ({explained_score(result, index)})"


def explained_score(result: Attribution, index: int = 0) -> str:
    """What was explained, with its kind: a logit below 1 must not be taken for a probability."""
    kind = "probability" if "probability" in result.unit else "logit"
    kind = kind if result.target[index] >= 0 else "value"
    return f"{kind} {result.score[index]:.3g}"


def alternative_text(result: Attribution, index: int = 0, labels: Sequence[str] | None = None) -> str:
    """The picture in words: technique, class, score, layer, and where the strongest value lies."""
    values = np.nan_to_num(np.abs(result.heatmap()[index]), nan=0.0)
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    where = _place(row / values.shape[0], column / values.shape[1])
    peak = f"strongest in the {where} of the image" if values.any() else "zero everywhere"
    layer = f" at layer {result.layer}" if result.layer else ""
    explained = f"for {class_name(result, index, labels)}, {explained_score(result, index)}"
    explained = "the same for every class" if result.technique in CLASSLESS else explained
    return f"{name_of(result.technique)} map{layer} {explained}; {peak}."


def _place(down: float, right: float) -> str:
    vertical = ("upper", "middle", "lower")[min(int(down * 3), 2)]
    horizontal = ("left", "centre", "right")[min(int(right * 3), 2)]
    return "centre" if (vertical, horizontal) == ("middle", "centre") else f"{vertical} {horizontal}"


def tick_label(value: float) -> str:
    """A number with sensible digits."""
    return compact(value)
