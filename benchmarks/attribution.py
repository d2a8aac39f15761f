"""Side by side with captum and pytorch-grad-cam: time and peak memory, in one run, as ratios.

    python benchmarks/attribution.py [--model resnet18] [--size 224] [--rounds 3] [--threads N]

Each pair is run in turn, so that other load on the machine meets both; the quickest round counts. Memory is the peak
above what was in use before the call: of the process on the CPU, of torch's allocator on CUDA. A ratio below 1 means
that vizlib needs less. Weights are random; they do not change the work.
"""

import argparse
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import torch
import torchvision
from captum.attr import GuidedBackprop, LayerGradCam, Occlusion, Saliency
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

import vizlib as vz
from vizlib.core.copies import private_copy
from vizlib.core.layers import default_layer

TARGET = 7


@dataclass
class Cost:
    """Seconds and bytes of one call."""

    seconds: float
    peak: float


Call = Callable[[], object]


def main() -> None:
    asked = arguments()
    torch.set_num_threads(asked.threads or torch.get_num_threads())
    warnings.simplefilter("ignore")
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        torch.manual_seed(0)
        model = getattr(torchvision.models, asked.model)(weights=None).eval().to(device)
        images = torch.randn(4, 3, asked.size, asked.size, device=device)
        print(
            f"\n{asked.model}, {asked.size} px, {device}, {torch.get_num_threads()} threads, torch {torch.__version__}"
        )
        print(f"{'':44}{'vizlib':>18}{'peer':>20}{'ratio':>16}")
        for title, ours, peer in pairs(model, images):
            report(title, *compared(ours, peer, asked.rounds, device))
        copy = min(measured(lambda: private_copy(model), device).seconds for _ in range(10))  # noqa: B023
        print(f"{'private copy of the model':44}{copy * 1e3:11.1f} ms")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def pairs(model: nn.Module, images: Tensor) -> Iterator[tuple[str, Call, Call]]:
    """What is compared: a title, our call, the peer's call for the same numbers."""
    one = images[:1]
    for batch in (one, images):
        several = f", {len(batch)} images" if len(batch) > 1 else ""
        yield f"saliency{several} / captum", *gradients(model, batch, vz.saliency, captum_saliency)
        yield f"guided backprop{several} / captum", *gradients(model, batch, vz.guided_backprop, captum_guided)
        yield f"grad-cam{several} / captum", *gradients(model, batch, vz.grad_cam, captum_grad_cam)
        yield f"grad-cam{several} / pytorch-grad-cam", *gradients(model, batch, vz.grad_cam, pytorch_grad_cam)
    for per_pass in (1, 36):
        title = f"occlusion, 36 windows / captum, {per_pass} a pass"
        yield title, lambda: ours_occlusion(model, one), lambda n=per_pass: captum_occlusion(model, one, n)  # type: ignore


def gradients(model: nn.Module, batch: Tensor, ours: Callable, peer: Callable) -> tuple[Call, Call]:
    return lambda: ours(model, batch, TARGET), lambda: peer(model, batch)


def ours_occlusion(model: nn.Module, images: Tensor) -> object:
    side = -(-images.shape[-1] // 6)
    return vz.occlusion(model, images, TARGET, window=side, stride=side, batch_size=36)


def captum_occlusion(model: nn.Module, images: Tensor, per_pass: int) -> Tensor:
    side = -(-images.shape[-1] // 6)
    shape = (3, side, side)
    return (
        Occlusion(model).attribute(images, shape, strides=shape, target=TARGET, perturbations_per_eval=per_pass).cpu()
    )


def captum_saliency(model: nn.Module, images: Tensor) -> Tensor:
    return Saliency(model).attribute(images.clone().requires_grad_(), target=TARGET, abs=False).cpu()


def captum_guided(model: nn.Module, images: Tensor) -> Tensor:
    return GuidedBackprop(model).attribute(images.clone().requires_grad_(), target=TARGET).cpu()


def captum_grad_cam(model: nn.Module, images: Tensor) -> Tensor:
    layer = model.get_submodule(default_layer(model) or "")
    coarse = LayerGradCam(model, layer).attribute(images, target=TARGET)
    return nn.functional.interpolate(coarse, images.shape[2:], mode="bilinear").cpu()


def pytorch_grad_cam(model: nn.Module, images: Tensor) -> object:
    layer = model.get_submodule(default_layer(model) or "")
    with GradCAM(model=model, target_layers=[layer]) as cam:
        return cam(input_tensor=images, targets=[ClassifierOutputTarget(TARGET)] * len(images))


def compared(ours: Call, peer: Call, rounds: int, device: str) -> tuple[Cost, Cost]:
    """The best of several rounds in turn, after one to warm up."""
    costs = [(measured(ours, device), measured(peer, device)) for _ in range(rounds + 1)][1:]
    return tuple(Cost(min(c.seconds for c in side), max(c.peak for c in side)) for side in zip(*costs, strict=True))  # type: ignore


def measured(call: Call, device: str) -> Cost:
    gc.collect()
    with peak_memory(device) as peak:
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    return Cost(seconds, peak[0])


@contextmanager
def peak_memory(device: str) -> Iterator[list[float]]:
    """Fills in the largest number of bytes above the start while the block runs."""
    peak = [0.0]
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        yield peak
        peak[0] = torch.cuda.max_memory_allocated() - before
        return
    over = threading.Event()
    sampler = threading.Thread(target=sample, args=(peak, over))
    sampler.start()
    yield peak
    over.set()
    sampler.join()


def sample(peak: list[float], over: threading.Event) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    while not over.wait(0.002):
        peak[0] = max(peak[0], process.memory_info().rss - before)


def report(title: str, ours: Cost, peer: Cost) -> None:
    memory = f"{ours.peak / max(peer.peak, 1):.2f}x" if peer.peak > 4e6 else "-"
    print(
        f"{title:44}{ours.seconds * 1e3:9.0f} ms {ours.peak / 1e6:4.0f} MB{peer.seconds * 1e3:10.0f} ms "
        f"{peer.peak / 1e6:4.0f} MB{ours.seconds / peer.seconds:8.2f}x {memory:>6}",
        flush=True,
    )


if __name__ == "__main__":
    main()
