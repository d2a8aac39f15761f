"""Trains digits-cnn on scikit-learn's handwritten digits and writes weights.safetensors and history.csv.

python models/digits-cnn/train.py [--epochs 60] [--run-epochs 20] [--out FOLDER]

It then trains the same network from one common start with five optimisers and two penalties, without augmentation,
and writes `runs/NAME.safetensors` (12 checkpoints each, tensors named `step_0022.conv1.weight`) and `runs/NAME.csv`.
"""

import argparse
import copy
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from training import save, write_history  # noqa: E402

from vizlib.data.imagesets import image_set  # noqa: E402
from vizlib.zoo.architectures import digits_cnn  # noqa: E402

MEAN, STD, BATCH = 0.3, 0.38, 64
KEEP = (0, 4, 11, 22, 44, 66, 110, 154, 220, 286, 352, 440)

OPTIMISERS: dict[str, Callable[[nn.Module], torch.optim.Optimizer]] = {
    "sgd": lambda net: torch.optim.SGD(net.parameters(), lr=0.05),
    "momentum": lambda net: torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9),
    "adagrad": lambda net: torch.optim.Adagrad(net.parameters(), lr=0.01),
    "rmsprop": lambda net: torch.optim.RMSprop(net.parameters(), lr=0.001),
    "adam": lambda net: torch.optim.Adam(net.parameters(), lr=0.002),
    "l1": lambda net: torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9),
    "l2": lambda net: torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9),
}
PENALTIES: dict[str, Callable[[nn.Module], Tensor]] = {
    "l1": lambda net: 5e-4 * sum(p.abs().sum() for p in net.parameters() if p.ndim > 1),
    "l2": lambda net: 1e-2 * sum(p.square().sum() for p in net.parameters() if p.ndim > 1),
}


def digits(split: str) -> tuple[Tensor, Tensor]:
    """Images [n, 1, 32, 32], enlarged and normalised as the model card says, and labels [n]."""
    chosen = image_set("digits", n=2000, split=split)
    big = [np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR)) for image in chosen.pictures()]
    images = torch.from_numpy(np.array(big)).unsqueeze(1).float()
    return (images / 255 - MEAN) / STD, torch.from_numpy(chosen.labels)


def augmented(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turned by up to 12 degrees, scaled by up to 12 %, moved by up to 2.5 pixels."""
    turn, scale, across, down = (torch.rand(4, len(images), generator=generator) * 2 - 1).unbind()
    turn, scale = turn * math.radians(12), 1 + 0.12 * scale
    rows = [torch.stack([turn.cos() * scale, -turn.sin() * scale, 0.16 * across], 1)]
    rows += [torch.stack([turn.sin() * scale, turn.cos() * scale, 0.16 * down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


@torch.no_grad()
def measured(net: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Mean cross-entropy and accuracy."""
    scores = net.eval()(images)
    return functional.cross_entropy(scores, labels).item(), (scores.argmax(1) == labels).float().mean().item()


def train_best(net: nn.Module, epochs: int, train: tuple, heldout: tuple) -> list[tuple]:
    """AdamW, one cycle, augmentation; returns the history."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=0.01)
    steps = epochs * (len(train[0]) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    history = []
    for epoch in range(1, epochs + 1):
        net.train()
        for indices in torch.randperm(len(train[0]), generator=generator)[: steps // epochs * BATCH].split(BATCH):
            loss = functional.cross_entropy(net(augmented(train[0][indices], generator)), train[1][indices])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        history.append((epoch, *measured(net, *train), *measured(net, *heldout)))
    return history


def train_run(name: str, net: nn.Module, epochs: int, train: tuple, heldout: tuple, folder: Path) -> float:
    """One optimiser or penalty from the common start; every run sees the same batches."""
    generator = torch.Generator().manual_seed(1)
    optimizer = OPTIMISERS[name](net)
    kept, history, step = {}, [(0, *measured(net, *train), *measured(net, *heldout))], 0
    for epoch in range(1, epochs + 1):
        net.train()
        for indices in torch.randperm(len(train[0]), generator=generator)[: len(train[0]) // BATCH * BATCH].split(
            BATCH
        ):
            if step in KEEP:
                kept |= {f"step_{step:04d}.{key}": value.clone() for key, value in net.state_dict().items()}
            loss = functional.cross_entropy(net(train[0][indices]), train[1][indices])
            if name in PENALTIES:
                loss = loss + PENALTIES[name](net)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        history.append((epoch, *measured(net, *train), *measured(net, *heldout)))
    kept |= {f"step_{step:04d}.{key}": value.clone() for key, value in net.state_dict().items()}
    save_file(kept, folder / f"{name}.safetensors")
    write_history(folder / f"{name}.csv", history)
    small = sum(int((p.abs() < 1e-3).sum()) for p in net.parameters()) / sum(p.numel() for p in net.parameters())
    print(
        f"{name}: {len(kept) // len(net.state_dict())} checkpoints, |w| < 0.001: {small:.2f}, {history[-1]}", flush=True
    )
    return history[-1][-1]


def main() -> None:
    """Trains the network, then the runs; prints held-out accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--run-epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    train, heldout, start = digits("train"), digits("heldout"), digits_cnn()
    net = copy.deepcopy(start)
    history = train_best(net, chosen.epochs, train, heldout)
    save(net, chosen.out / "weights.safetensors")
    write_history(chosen.out / "history.csv", history)
    print(f"held-out accuracy on {len(heldout[1])} digits: {history[-1][-1]:.4f}", flush=True)
    runs = chosen.out / "runs"
    runs.mkdir(exist_ok=True)
    for name in OPTIMISERS:
        train_run(name, copy.deepcopy(start), chosen.run_epochs, train, heldout, runs)


if __name__ == "__main__":
    main()
