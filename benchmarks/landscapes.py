"""Side by side with the package ``loss-landscapes`` and with bare passes: processor time of one landscape, as ratios.

    python benchmarks/landscapes.py [--steps 21] [--images 512] [--part 3] [--rounds 3]

The pure forward time is that of the same network in the same layout and batches, without anything around it. The
peer's metric gets all images at once, as its documentation has it. Every kind of work runs in turn, a part of the grid
at a time; the quickest round of each counts. Time is that of the process, so that other load on the machine does not
enter. ``--part`` is the side of the grid that is measured; the
table scales it up to ``--steps``.
"""

import argparse
import copy
import time
from collections.abc import Callable

import torch
from loss_landscapes import random_plane
from loss_landscapes.metrics import Loss
from torch import Tensor, nn

import vizlib as vz
from vizlib.core.predict import batch_of
from vizlib.data.streams import image_stream
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.weights import OwnWeights

BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="scenes-resnet")
    parser.add_argument("--steps", type=int, default=21)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--part", type=int, default=3, help="Steps of the grid that is measured; odd.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    model, stream = vz.load_model(asked.model), image_stream(f"scenes:{asked.images}")
    images = batch_of(model, [stream.read(index) for index in range(len(stream))])
    labels = torch.from_numpy(stream.labels)
    works: dict[str, Callable[[], object]] = {
        "pure forward": pure(model.module, images, asked.part),
        "vizlib": ours(model, images, labels, asked.part),
        "loss-landscapes": peer(model.module, images, labels, asked.part),
    }
    best = dict.fromkeys(works, float("inf"))
    for _ in range(asked.rounds):
        for name, work in works.items():
            best[name] = min(best[name], seconds(work))
    scale = asked.steps**2 / asked.part**2
    print(f"{asked.model}, {asked.steps} x {asked.steps} points, {asked.images} images, {asked.threads} threads")
    for name, taken in best.items():
        print(f"{name:16}{taken * scale:9.1f} s {taken / best['vizlib']:8.3f} x vizlib's")
    print(f"vizlib / pure forward {best['vizlib'] / best['pure forward']:.3f}, at most 1.05 wanted")
    print(f"loss-landscapes / vizlib {best['loss-landscapes'] / best['vizlib']:.3f}, at least 1.3 wanted")


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def pure(module: nn.Module, images: Tensor, part: int) -> Callable[[], object]:
    """As many passes as the grid has points, one more for the model's own loss as ours has it, and nothing else."""
    own = copy.deepcopy(module)
    OwnWeights(own)  # the layout of its weights
    held = Measure(own, images, [0] * len(images), BATCH).images

    @torch.no_grad()
    def passes() -> None:
        for _ in range(part**2 + 1):
            for start in range(0, len(held), BATCH):
                own(held[start : start + BATCH])

    return passes


def ours(model: object, images: Tensor, labels: Tensor, part: int) -> Callable[[], object]:
    return lambda: vz.loss_landscape(model, images, labels, steps=part, span=0.2)


def peer(module: nn.Module, images: Tensor, labels: Tensor, part: int) -> Callable[[], object]:
    """``part`` squared points and one more, so that the number of passes is the same."""
    metric = Loss(nn.CrossEntropyLoss(), images, labels)

    @torch.no_grad()
    def plane() -> None:
        random_plane(copy.deepcopy(module), metric, distance=5, steps=part, normalization="filter")
        module(images)

    return plane


if __name__ == "__main__":
    main()
