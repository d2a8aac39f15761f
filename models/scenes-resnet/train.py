"""Trains scenes-resnet on procedural scenes and writes weights.safetensors and history.csv.

python models/scenes-resnet/train.py [--epochs 5] [--scenes 48000] [--threads 2] [--out FOLDER]
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from training import cached_scenes, fit  # noqa: E402

from vizlib.zoo.architectures import scenes_resnet  # noqa: E402


def main() -> None:
    """Generates (or reuses) the scenes, trains, prints the held-out accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--scenes", type=int, default=48_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    images, labels = cached_scenes(chosen.scenes, "train", chosen.threads)
    heldout, answers = cached_scenes(2_400, "heldout", chosen.threads)

    def batch(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return images[indices], labels[indices]

    model = scenes_resnet()
    accuracy = fit(
        model,
        batch,
        (heldout, answers),
        folder=chosen.out,
        count=chosen.scenes,
        epochs=chosen.epochs,
        rate=4e-3,
        seed=chosen.seed,
    )
    print(f"held-out accuracy on {len(answers)} scenes: {accuracy:.4f}")


if __name__ == "__main__":
    main()
