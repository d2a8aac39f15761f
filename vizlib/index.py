"""The static table of public names: where each lives, its family, and what it does in one line.

Reading this table imports nothing, so menus, ``--help`` and Home are quick. A test keeps it equal to the functions
decorated with ``@technique``.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One public name."""

    module: str
    family: str
    line: str


NAMES: Mapping[str, Entry] = MappingProxyType(
    {
        "saliency": Entry("vizlib.attribution.gradient", "attribution", "How the score reacts to each input pixel."),
        "guided_backprop": Entry(
            "vizlib.attribution.rectifiers", "attribution", "The gradient, keeping only paths that excite the class."
        ),
        "occlusion": Entry(
            "vizlib.attribution.occlusion", "attribution", "How much the score drops when a window is hidden."
        ),
        "grad_cam": Entry("vizlib.attribution.cam", "attribution", "Which region of a layer speaks for the class."),
        "hiding": Entry(
            "vizlib.attribution.hiding", "faithfulness", "What becomes of the answer when a part is hidden."
        ),
        "attention_rollout": Entry(
            "vizlib.attribution.rollout", "attribution", "Which patches attention leads to, through all blocks."
        ),
        "attention": Entry("vizlib.inside.attention", "inside", "Where each token looks, head by head."),
        "attention_distance": Entry(
            "vizlib.inside.attention_distance", "inside", "How far each attention head looks, block by block."
        ),
        "model_summary": Entry(
            "vizlib.inside.model_summary", "inside", "What every layer makes and costs, with its formula."
        ),
        "receptive_field": Entry(
            "vizlib.inside.receptive_field", "inside", "How much of the image one unit of a layer can see."
        ),
        "effective_receptive_field": Entry(
            "vizlib.inside.effective", "inside", "Which pixels really matter to the central unit of a layer."
        ),
        "receptive_field_growth": Entry(
            "vizlib.inside.growth", "inside", "How fields grow from layer to layer, in theory and in effect."
        ),
        "depth_dive": Entry(
            "vizlib.inside.depth_dive", "inside", "What each layer makes of one pixel: fields, patches, dreams."
        ),
        "filters": Entry(
            "vizlib.inside.filters", "inside", "What the kernels of a layer look like; dead ones and duplicates."
        ),
        "weights": Entry(
            "vizlib.inside.weight_histograms",
            "inside",
            "How the weights of each layer are distributed, and how many are near zero.",
        ),
        "activations": Entry("vizlib.inside.activations", "inside", "What every channel of a layer answers to images."),
        "activation_difference": Entry(
            "vizlib.inside.difference", "inside", "What a layer answers more, or less, for another image or model."
        ),
        "top_patches": Entry("vizlib.inside.patches", "inside", "The image patches that excite a unit most."),
        "unit_statistics": Entry(
            "vizlib.inside.statistics",
            "inside",
            "How often and how strongly the channels of a layer answer; dead ones.",
        ),
        "maximize_activation": Entry("vizlib.inside.dreams", "inside", "The image that excites a unit most."),
        "dream_toward": Entry("vizlib.inside.toward", "inside", "What a layer finds at one place of a picture."),
        "dream_ablation": Entry("vizlib.inside.ablation", "inside", "What each regulariser does to a dream."),
        "unit_card": Entry("vizlib.inside.unit_card", "inside", "One unit: an image made for it, and its patches."),
        "invert_features": Entry("vizlib.inside.inversion", "inside", "What a layer still knows of an image."),
        "loss_landscape": Entry(
            "vizlib.landscapes.surface", "landscape", "How the loss changes on a plane through the trained weights."
        ),
        "loss_lines": Entry(
            "vizlib.landscapes.lines", "landscape", "How the loss changes along several random directions."
        ),
        "loss_path": Entry(
            "vizlib.landscapes.path", "landscape", "How the loss changes on the way from one solution to another."
        ),
        "trajectory": Entry(
            "vizlib.landscapes.trajectory", "landscape", "The way of trainings on the plane that shows most of it."
        ),
        "hessian": Entry(
            "vizlib.landscapes.hessian", "landscape", "How sharply the loss bends: eigenvalues and trace."
        ),
        "features": Entry("vizlib.space.features", "feature space", "What a layer makes of each image, as numbers."),
        "pca": Entry("vizlib.space.pca", "feature space", "Images on the plane in which their features spread most."),
        "tsne": Entry("vizlib.space.tsne", "feature space", "A map of images that keeps who is whose neighbour."),
        "umap": Entry("vizlib.space.umap", "feature space", "A map of images drawn from a graph of neighbours."),
        "nearest_neighbors": Entry(
            "vizlib.space.neighbors", "feature space", "Which images a model takes for most alike."
        ),
        "knn_accuracy": Entry(
            "vizlib.space.probes", "feature space", "How often the neighbours of an image name its class."
        ),
        "linear_probe": Entry(
            "vizlib.space.probes", "feature space", "How well a straight cut separates the classes in a layer."
        ),
        "decision_plane": Entry(
            "vizlib.space.decision", "feature space", "What a model says on the plane through three images."
        ),
        "layer_similarity": Entry(
            "vizlib.space.layerwise", "feature space", "Which layers of one model, or of two, see images alike."
        ),
        "cka": Entry("vizlib.space.similarity", "evaluation", "How alike two sets of features see the same images."),
        "trustworthiness": Entry("vizlib.space.quality", "evaluation", "Whether neighbours on a map are true ones."),
        "continuity": Entry("vizlib.space.quality", "evaluation", "Whether true neighbours are still ones on a map."),
        "roc_curve": Entry("vizlib.evaluation.curves", "evaluation", "Positives found against false alarms, with AUC."),
        "pr_curve": Entry("vizlib.evaluation.curves", "evaluation", "Precision against recall, with its average."),
        "roc_curves": Entry("vizlib.evaluation.multiclass", "evaluation", "ROC curves of every class, and means."),
        "pr_curves": Entry("vizlib.evaluation.multiclass", "evaluation", "PR curves of every class, and means."),
        "compare_auc": Entry("vizlib.evaluation.comparison", "evaluation", "Whether one model ranks better."),
        "thresholds": Entry("vizlib.evaluation.thresholds", "evaluation", "What every threshold does, and costs."),
        "class_balance": Entry("vizlib.evaluation.thresholds", "evaluation", "The same at another share of positives."),
        "confusion": Entry("vizlib.evaluation.confusion", "evaluation", "Which class is taken for which."),
        "calibration": Entry("vizlib.evaluation.calibration", "evaluation", "Is a model as often right as it says."),
        "precision_at_k": Entry("vizlib.evaluation.at_k", "evaluation", "Share of positives among the highest scores."),
        "top_k_accuracy": Entry("vizlib.evaluation.at_k", "evaluation", "How often the true class is among the first."),
        "fold_curves": Entry("vizlib.evaluation.crossvalidation", "evaluation", "Curves of folds, mean and band."),
        "metric_spread": Entry(
            "vizlib.evaluation.crossvalidation", "evaluation", "A metric on hold-outs, folds and resamples."
        ),
        "slice_accuracy": Entry("vizlib.evaluation.slices", "evaluation", "Accuracy of every value of a column."),
        "slice_auc": Entry("vizlib.evaluation.slices", "evaluation", "AUC of every value of a column."),
        "regression": Entry("vizlib.evaluation.regression", "evaluation", "How far predicted numbers are off."),
        "mean_average_precision": Entry(
            "vizlib.evaluation.detection", "evaluation", "How well a detector finds objects, by COCO's or VOC's rules."
        ),
        "box_overlap": Entry("vizlib.evaluation.boxes", "evaluation", "IoU of boxes, and its four successors."),
        "compare_boxes": Entry("vizlib.evaluation.boxes", "evaluation", "Every measure of overlap of two boxes."),
        "nms": Entry("vizlib.evaluation.boxes", "evaluation", "Which overlapping boxes are kept, and who hid whom."),
        "segmentation": Entry("vizlib.evaluation.segmentation", "evaluation", "Mean IoU and accuracies of pixels."),
        "list_models": Entry("vizlib.zoo.cards", "zoo", "Every model that can be loaded by name."),
        "load_model": Entry("vizlib.zoo.load", "zoo", "A model with its preprocessing, labels and digest."),
        "Recipe": Entry("vizlib.core.recipe", "recipe", "Everything needed to make the same numbers again."),
        "run": Entry("vizlib.core.recipe", "recipe", "Make the numbers of a recipe again."),
        "read_image": Entry("vizlib.data.intake", "intake", "An image file, checked and turned into RGB."),
        "read_weights": Entry("vizlib.data.intake", "intake", "A weights file, checked and loaded safely."),
    }
)

TECHNIQUE_FAMILIES = ("attribution", "inside", "feature space", "landscape", "faithfulness")


JUDGED = (
    "roc_curve", "pr_curve", "roc_curves", "pr_curves", "compare_auc", "thresholds", "class_balance", "confusion",
    "calibration", "fold_curves", "metric_spread", "slice_accuracy", "slice_auc", "regression",
    "mean_average_precision", "compare_boxes", "nms",
)  # fmt: skip
"""Evaluations that a recipe can ask for, since what they judge can be named: a model on a set, a table, files."""


class Techniques(Mapping[str, Callable[..., Any]]):
    """Read-only mapping from a technique's name to its function, imported when it is asked for."""

    def __init__(self, also: tuple[str, ...] = ()) -> None:
        self.also = also

    def _has(self, name: str, entry: Entry) -> bool:
        return entry.family in TECHNIQUE_FAMILIES or name in self.also

    def __getitem__(self, name: str) -> Callable[..., Any]:
        entry = NAMES.get(name)
        if entry is None or not self._has(name, entry):
            raise KeyError(name)
        function: Callable[..., Any] = getattr(import_module(entry.module), name)
        return function

    def __iter__(self) -> Iterator[str]:
        return (name for name, entry in NAMES.items() if self._has(name, entry))

    def __len__(self) -> int:
        return sum(1 for _ in self)


TECHNIQUES = Techniques()
RECIPES = Techniques(JUDGED)
