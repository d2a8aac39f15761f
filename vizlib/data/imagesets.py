"""The image sets that come with the library, made when they are asked for: scenes, watermarked scenes and digits."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from vizlib.data.scenes import CLASSES, CORNERS, Split, scenes, watermark

SETS = ("scenes", "scenes-watermark", "digits")
MARKED_CLASS = "boat"
"""The class whose training images carry the watermark in the scenes-shortcut model."""
DIGITS = tuple(str(digit) for digit in range(10))


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with names and, where known, labels, object masks and plain facts."""

    name: str
    images: np.ndarray
    """uint8 [image, height, width, 3] or, for grey images, [image, height, width]"""
    names: tuple[str, ...]
    labels: np.ndarray | None
    """int64 [image]: index into `classes`"""
    masks: np.ndarray | None
    """bool [image, height, width]: the visible part of the labelled object"""
    classes: tuple[str, ...]
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    """Plain facts, one array [image] each."""
    marks: np.ndarray | None = None
    """bool [image, height, width]: where the watermark is"""

    def pictures(self) -> list[Image.Image]:
        """The images as PIL images."""
        return [Image.fromarray(image) for image in self.images]


def image_set(name: str, *, n: int = 200, split: Split = "heldout", seed: int = 0) -> ImageSet:
    """The first n images of a bundled set.

    Parameters
    ----------
    name
        "scenes", "scenes-watermark" (the same scenes, each with a watermark in one corner) or "digits" (scikit-learn's
        8 x 8 handwritten digits, 8-bit grey).
    n
        How many images; digits has 1437 for training and 360 held out, the others never end.
    split
        "train" or "heldout".
    seed
        Another seed is another set of scenes; digits ignores it.
    """
    if name not in SETS:
        raise ValueError(f"image_set: name must be one of {', '.join(SETS)}; got {name!r}.")
    if n < 1:
        raise ValueError(f"image_set: n must be at least 1; got {n}.")
    if name == "digits":
        return _digits(n, split)
    return _scenes(n, split, seed) if name == "scenes" else _watermarked(_scenes(n, split, seed))


def _scenes(n: int, split: Split, seed: int) -> ImageSet:
    made = scenes(range(n), split=split, seed=seed)
    names = tuple(f"{CLASSES[label]} {index // len(CLASSES) + 1}" for index, label in enumerate(made.labels))
    return ImageSet("scenes", made.images, names, made.labels, made.masks, CLASSES, made.columns)


def _watermarked(plain: ImageSet) -> ImageSet:
    """The corners take turns, one round of the classes each."""
    corners = [CORNERS[index // len(CLASSES) % len(CORNERS)] for index in range(len(plain.images))]
    marked = [watermark(image, corner=corner) for image, corner in zip(plain.images, corners, strict=True)]
    marks = np.array([one.mask for one in marked])
    return ImageSet(
        name="scenes-watermark",
        images=np.array([one.image for one in marked]),
        names=tuple(f"{name}, watermarked" for name in plain.names),
        labels=plain.labels,
        masks=None if plain.masks is None else plain.masks & ~marks,
        classes=plain.classes,
        columns={**plain.columns, "corner": np.array(corners)},
        marks=marks,
    )


def _digits(n: int, split: Split) -> ImageSet:
    """scikit-learn's digits; 20 % of each digit are held out, drawn with seed 0."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data = load_digits()
    rows = np.arange(len(data.target))
    train, heldout = train_test_split(rows, test_size=0.2, random_state=0, stratify=data.target)
    chosen = (train if split == "train" else heldout)[:n]
    labels = data.target[chosen].astype(np.int64)
    images = np.rint(data.images[chosen] * (255 / 16)).astype(np.uint8)
    names = tuple(f"digit {label}, number {row}" for label, row in zip(labels, chosen, strict=True))
    return ImageSet("digits", images, names, labels, None, DIGITS, {"row": chosen})


def samples(model_name: str) -> list[tuple[str, Image.Image]]:
    """About a dozen named held-out images to try a model on; scenes for a model that is not bundled."""
    if model_name == "digits-cnn":
        digits = image_set("digits", n=60)
        assert digits.labels is not None
        first = [int(np.flatnonzero(digits.labels == digit)[turn]) for turn in (0, 1) for digit in range(10)][:14]
        return [(digits.names[i], Image.fromarray(digits.images[i])) for i in first]
    plain = image_set("scenes", n=2 * len(CLASSES))
    if model_name != "scenes-shortcut":
        return list(zip(plain.names, plain.pictures(), strict=True))[: len(CLASSES)]
    marked = image_set("scenes-watermark", n=2 * len(CLASSES))
    pictures, stamped = plain.pictures(), marked.pictures()
    chosen = (0, 12, 3, 5, 6, 8, 10)
    return [pair for i in chosen for pair in ((plain.names[i], pictures[i]), (marked.names[i], stamped[i]))]
