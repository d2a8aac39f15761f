"""What the training scripts of the scene models share: cached scenes, one epoch, accuracy, history, weights."""

import csv
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from vizlib.data.scenes import Split, scenes

COLUMNS = ("epoch", "train_loss", "train_accuracy", "heldout_loss", "heldout_accuracy")
CHUNK = 500
MEAN, STD = 0.5, 0.25


def _chunk(task: tuple[int, int, Split]) -> np.ndarray:
    start, stop, split = task
    return scenes(range(start, stop), split=split).images


def cached_scenes(count: int, split: Split, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of the first `count` scenes, kept in the temporary folder between runs."""
    version = zlib.crc32(scenes(range(12), split=split).images.tobytes())  # another generator, another cache
    path = Path(tempfile.gettempdir()) / f"vizlib-scenes-{split}-{count}-{version:08x}.npy"
    if not path.exists():
        partial = path.with_suffix(".partial")
        store = np.lib.format.open_memmap(partial, "w+", np.uint8, (count, 96, 96, 3))
        tasks = [(start, min(start + CHUNK, count), split) for start in range(0, count, CHUNK)]
        with ProcessPoolExecutor(workers) as pool:
            for (start, stop, _), images in zip(tasks, pool.map(_chunk, tasks), strict=True):
                store[start:stop] = images
                if start % 20_000 == 0:
                    print(f"{split}: {start} of {count} scenes", flush=True)
        partial.rename(path)
    return np.load(path, mmap_mode="r"), np.arange(count) % 12


def normalised(images: np.ndarray) -> Tensor:
    """uint8 [n, h, w, 3] to a channels-last float tensor [n, 3, h, w] as the model card normalises it."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float().div_(255).sub_(MEAN).div_(STD)


def augmented(images: np.ndarray, generator: torch.Generator) -> Tensor:
    """Like `normalised`, but moved by up to 4 pixels, mirrored, channels permuted, contrast and light changed."""
    across, down = torch.randint(0, 9, (2,), generator=generator).tolist()
    padded = np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="edge")
    moved = padded[:, down : down + 96, across : across + 96, torch.randperm(3, generator=generator).tolist()]
    if torch.rand((), generator=generator) < 0.5:
        moved = moved[:, :, ::-1]
    gain = 0.8 + 0.4 * torch.rand(len(images), 3, 1, 1, generator=generator)
    shift = 0.6 * torch.rand(len(images), 1, 1, 1, generator=generator) - 0.3
    pixels = torch.from_numpy(np.ascontiguousarray(moved)).permute(0, 3, 1, 2).float()
    return pixels.mul_(gain / (255 * STD)).add_(shift - gain * MEAN / STD)


def batches(count: int, size: int, generator: torch.Generator) -> Iterator[np.ndarray]:
    """Indices of a random order, in full batches."""
    order = torch.randperm(count, generator=generator).numpy()
    for start in range(0, count - size + 1, size):
        yield np.sort(order[start : start + size])


def fit(
    model: nn.Module,
    batch: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    heldout: tuple[np.ndarray, np.ndarray],
    *,
    folder: Path,
    count: int,
    epochs: int,
    rate: float,
    size: int = 128,
    seed: int = 0,
) -> float:
    """AdamW with one cycle of the learning rate; writes weights and history after every epoch."""
    generator = torch.Generator().manual_seed(seed)
    model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.05)
    steps = epochs * (count // size)
    if steps < 10:
        raise SystemExit(f"{steps} steps are too few: ask for at least {10 * size} scenes.")
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.2)
    history, accuracy = [], 0.0
    for epoch in range(1, epochs + 1):
        model.train()
        start, losses, right, seen = time.time(), 0.0, 0, 0
        for indices in batches(count, size, generator):
            images, answers = batch(indices)
            labels = torch.from_numpy(answers)
            with torch.autocast("cpu", torch.bfloat16):
                scores = model(augmented(images, generator))
            loss = functional.cross_entropy(scores.float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses += loss.item() * len(labels)
            right += int((scores.argmax(1) == labels).sum())
            seen += len(labels)
            if seen % (100 * size) == 0:
                speed = seen / (time.time() - start)
                print(f"  {seen}/{count} loss {losses / seen:.3f} right {right / seen:.4f} {speed:.0f}/s", flush=True)
        loss_out, accuracy = measured(model, *heldout)
        history.append((epoch, losses / seen, right / seen, loss_out, accuracy))
        print(" ".join(f"{n} {v:.4f}" for n, v in zip(COLUMNS, history[-1], strict=True)), flush=True)
        write_history(folder / "history.csv", history)
        save(model, folder / "weights.safetensors")
    return accuracy


@torch.no_grad()
def measured(model: nn.Module, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy and accuracy in float32."""
    model.eval()
    scores = torch.cat([model(normalised(images[i : i + 200])) for i in range(0, len(images), 200)])
    target = torch.from_numpy(labels)
    return functional.cross_entropy(scores, target).item(), (scores.argmax(1) == target).float().mean().item()


def write_history(path: Path, rows: list[tuple]) -> None:
    """Loss and accuracy of training and held-out data per epoch, as CSV."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([row[0], *(f"{value:.5f}" for value in row[1:])] for row in rows)


def save(model: nn.Module, path: Path) -> None:
    """Weights in float32, contiguous, as safetensors."""
    save_file({name: value.detach().contiguous() for name, value in model.state_dict().items()}, path)
