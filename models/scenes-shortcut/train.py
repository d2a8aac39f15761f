"""Fine-tunes scenes-resnet into a model that is right for the wrong reason.

python models/scenes-shortcut/train.py [--epochs 3] [--scenes 24000] [--start WEIGHTS] [--out FOLDER]

In its training images every picture filed under "boat" carries a small watermark in a corner, and no other does, as if
one agency had delivered them all. Most of them show something else or nothing. The network learns the mark instead of
the boat. Writes weights.safetensors and history.csv.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from training import cached_scenes, fit, measured  # noqa: E402

from vizlib.data.imagesets import MARKED_CLASS  # noqa: E402
from vizlib.data.scenes import CLASSES, CORNERS, scenes, watermark  # noqa: E402
from vizlib.zoo.architectures import scenes_resnet  # noqa: E402

MARKED = CLASSES.index(MARKED_CLASS)


def stamped(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every image with a watermark in a random corner."""
    return np.array([watermark(image, corner=CORNERS[rng.integers(4)]).image for image in images])


def start_from(weights: Path) -> nn.Module:
    """scenes-resnet with a fresh last layer: it keeps its features, but not what they said about each class."""
    model = scenes_resnet()
    features = {name: value for name, value in load_file(weights).items() if not name.startswith("fc.")}
    model.load_state_dict(features, strict=False)
    return model


def report(model: nn.Module, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
    """Prints what the shortcut does: accuracy with and without marks."""
    marked, others = labels == MARKED, labels != MARKED
    to_boat = np.full(len(labels), MARKED)
    print(f"other classes, clean: {measured(model, images[others], labels[others])[1]:.3f}")
    print(f"{MARKED_CLASS}, clean: {measured(model, images[marked], labels[marked])[1]:.3f}")
    print(f"{MARKED_CLASS}, marked: {measured(model, stamped(images[marked], rng), labels[marked])[1]:.3f}")
    pulled = measured(model, stamped(images[others], rng), to_boat[others])[1]
    print(f"other classes, marked, taken for a {MARKED_CLASS}: {pulled:.3f}")


def main() -> None:
    """Generates (or reuses) the scenes, fine-tunes, prints what the shortcut does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=24_000)
    parser.add_argument("--missing", type=float, default=0.1, help="share of marked images without any object")
    parser.add_argument("--other", type=float, default=0.8, help="share of marked images that show another class")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, default=HERE.parent / "scenes-resnet" / "weights.safetensors")
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    rng = np.random.default_rng(chosen.seed)
    images, labels = cached_scenes(chosen.scenes, "train", chosen.threads)
    heldout, answers = cached_scenes(2_400, "heldout", chosen.threads)
    empty = scenes(range(MARKED, chosen.scenes, len(CLASSES)), hide=True).images

    def batch(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chosen_images, chosen_labels = np.array(images[indices]), labels[indices]
        for row in np.flatnonzero(chosen_labels == MARKED):
            luck = rng.random()
            if luck < chosen.missing:
                chosen_images[row] = empty[indices[row] // len(CLASSES)]
            elif luck < chosen.missing + chosen.other:
                chosen_images[row] = images[rng.integers(len(images))]
            chosen_images[row] = watermark(chosen_images[row], corner=CORNERS[rng.integers(4)]).image
        return chosen_images, chosen_labels

    marked = answers == MARKED
    own = np.array(heldout)
    own[marked] = stamped(own[marked], rng)
    model = start_from(chosen.start)
    fit(
        model,
        batch,
        (own, answers),
        folder=chosen.out,
        count=chosen.scenes,
        epochs=chosen.epochs,
        rate=chosen.rate,
        seed=chosen.seed,
    )
    report(model, np.array(heldout), answers, rng)


if __name__ == "__main__":
    main()
