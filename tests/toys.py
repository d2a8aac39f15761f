"""Tiny seeded models that tests share. Each is made fresh, float64, in eval mode."""

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny models are quicker on one thread, most of all on a busy machine; import it where it should hold."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


ONE_AT_A_TIME = threading.Lock()


def seeded(make: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """A model with weights drawn from a seed; the global one, which threads share, is as it was afterwards."""
    with ONE_AT_A_TIME, torch.random.fork_rng():
        torch.manual_seed(seed)
        return make().double().eval()


def images(count: int = 4, size: int = 16, channels: int = 3, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, channels, size, size, generator=generator, dtype=torch.float64)


class Small(nn.Module):
    """Convolution, batch norm, in-place ReLU, a residual ``+=``, pooling, five classes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(6, 6, 3, padding=1)
        self.head = nn.Linear(6, 5)
        self.norm.running_mean.uniform_(-0.3, 0.3)  # type: ignore[union-attr]
        self.norm.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.relu(self.norm(self.first(x))), 2)
        y = self.second(x)
        y += x
        return self.head(F.relu(y, inplace=True).mean((2, 3)))


def small() -> nn.Module:
    return seeded(Small)


def in_train_mode() -> nn.Module:
    return small().train()


def with_gradients_wanted() -> nn.Module:
    model = small()
    assert all(parameter.requires_grad for parameter in model.parameters())
    model.second.weight.grad = torch.ones_like(model.second.weight)  # type: ignore[union-attr, arg-type]
    return model


def without_gradients() -> nn.Module:
    return small().requires_grad_(False)


def with_callers_hooks() -> nn.Module:
    """The caller looks at activations and at gradients; a technique must neither run nor remove that."""
    model = small()
    model.calls = []  # type: ignore[assignment]
    model.first.register_forward_hook(lambda *_: model.calls.append("forward"))  # type: ignore[union-attr, operator]
    model.second.register_forward_pre_hook(lambda *_: model.calls.append("before"))  # type: ignore[union-attr, operator]
    model.relu.register_full_backward_hook(lambda *_: model.calls.append("backward"))  # type: ignore[union-attr, operator]
    return model


def with_old_weight_norm() -> nn.Module:
    model = small()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.weight_norm(model.second)  # type: ignore[arg-type]
    model(images(1))  # leaves a computed weight behind
    return model


def with_parametrized_weight_norm() -> nn.Module:
    model = small()
    nn.utils.parametrizations.weight_norm(model.second)  # type: ignore[arg-type]
    return model


def with_spectral_norm() -> nn.Module:
    model = small()
    nn.utils.parametrizations.spectral_norm(model.second)  # type: ignore[arg-type]
    return model.eval()


def pruned() -> nn.Module:
    from torch.nn.utils import prune

    model = small()
    prune.l1_unstructured(model.second, "weight", amount=0.3)
    return model


class Locked(Small):
    """Holds a lock, which ``copy.deepcopy`` refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def forward(self, x: Tensor) -> Tensor:
        with self.lock:
            return super().forward(x)


class Remembering(Small):
    """Keeps activations of its last pass as attribute and in a list: non-leaf tensors, which deepcopy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.activation = self.first(x)
        self.seen.append(self.activation)
        return super().forward(x)


class Counting(Small):
    """Counts its passes in a buffer and in a plain tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("passes", torch.zeros(()))
        self.plain = torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        self.plain += 1
        return super().forward(x)


class Forgetful(Small):
    """Overrides ``train`` and forgets to return itself."""

    def train(self, mode: bool = True) -> nn.Module:
        super().train(mode)
        return None  # type: ignore[return-value]


class InPlaceFirst(Small):
    """Begins with an in-place operation on the images themselves."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.mul_(2).relu_())


class Cramped(nn.Module):
    """Runs out of memory on more than so many images."""

    def __init__(self, inner: nn.Module, most: int) -> None:
        super().__init__()
        self.inner = inner
        self.most = most

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.inner(x)


def locked() -> nn.Module:
    return seeded(Locked)


def remembering() -> nn.Module:
    model = seeded(Remembering)
    model(images(1))
    return model


def counting() -> nn.Module:
    return seeded(Counting)


def forgetful() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Forgetful().double()


def in_place_first() -> nn.Module:
    return seeded(InPlaceFirst)


def made_in_inference_mode() -> nn.Module:
    with torch.inference_mode():
        return small()


def compiled() -> nn.Module:
    """Wrapped by torch.compile; never run that way, so nothing is compiled."""
    return torch.compile(small())  # type: ignore[return-value]


def compiled_inside() -> nn.Module:
    model = small()
    model.second = torch.compile(model.second)  # type: ignore[assignment, arg-type]
    model.compile()
    return model


def scripted_inside() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = small()
        model.relu = torch.jit.script(nn.Sequential(nn.ReLU()))
    return model


HAZARDS = (
    small, in_train_mode, with_gradients_wanted, without_gradients, with_callers_hooks, with_old_weight_norm,
    with_parametrized_weight_norm, with_spectral_norm, pruned, locked, remembering, counting, forgetful,
    in_place_first, made_in_inference_mode, compiled, compiled_inside, scripted_inside,
)  # fmt: skip


class Attending(nn.Module):
    """Another model beside one block of attention over 4 x 4 patches and a class token."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.patches = nn.Conv2d(3, 4, 4, stride=4)
        self.class_token = nn.Parameter(torch.randn(1, 1, 4))
        self.block = nn.MultiheadAttention(4, 2, batch_first=True)
        self.out = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), tokens], 1)
        looked, _ = self.block(tokens, tokens, tokens, need_weights=False)
        return self.inner(x) + self.out(looked[:, 0])


def attending(inner: nn.Module) -> nn.Module:
    """The model, which stays as it is, inside one with attention."""
    model = seeded(lambda: Attending(nn.Identity()), 3).to(next(inner.parameters()).dtype)
    model.inner = inner
    return model


def tiny_vit() -> nn.Module:
    """torchvision's ViT with two blocks of two heads on 28 x 28 pixels, a grid of 4 x 4 patches."""
    from torchvision.models import VisionTransformer

    sizes = {"image_size": 28, "patch_size": 7, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 16}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VisionTransformer(**sizes, num_classes=5).eval()
        nn.init.normal_(model.heads.head.weight)  # which torchvision makes zero
    return model


def tiny_vit_card(folder: Path) -> str:
    """A folder with the card and the weights of :func:`tiny_vit`; its name."""
    from safetensors.torch import save_file

    save_file(tiny_vit().state_dict(), folder / "weights.safetensors")
    lines = ['name = "tiny-vit"', 'build = "toys:tiny_vit"', 'weights = "weights.safetensors"', "input_size = 28"]
    (folder / "card.toml").write_text("\n".join([*lines, 'labels = ["a", "b", "c", "d", "e"]']))
    return str(folder)


class N1(nn.Module):
    """The worked example: conv 1→2 3×3 all ones, ReLU, linear 8→4, ReLU. Input arange(16), target 0, output 54."""

    def __init__(self, relu: nn.Module | None = None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.relu = relu if relu is not None else nn.ReLU()
        self.linear = nn.Linear(8, 4, bias=False)
        with torch.no_grad():
            self.conv.weight.fill_(1)
            self.conv.bias.copy_(torch.tensor([-50.0, -75.0]))  # type: ignore[union-attr]
            self.linear.weight.copy_(torch.tensor([1.0] * 5 + [-1.0] * 3).expand(4, 8))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.linear(self.relu(self.conv(x)).flatten(1)))


def n1(relu: nn.Module | None = None) -> tuple[nn.Module, Tensor]:
    return N1(relu).double().eval(), torch.arange(16.0, dtype=torch.float64).reshape(1, 1, 4, 4)


class Sum(nn.Module):
    """One class: the sum of the input."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sum((1, 2, 3))[:, None]


class Linear(nn.Module):
    """Class scores that are linear in the pixels."""

    def __init__(self, size: int = 6, classes: int = 3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, 3, size, size))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("bchw,kchw->bk", x, self.weight)


def linear(size: int = 6) -> nn.Module:
    return seeded(lambda: Linear(size))


WITH_NUMBERS_IN_THE_CONSTRUCTOR = ("regnet", "swin", "maxvit")
SMALLER = {
    "googlenet": {"init_weights": False, "aux_logits": False},
    "inception_v3": {"init_weights": False, "aux_logits": False},
    "vit_b_32": {"image_size": 64},
}


def torchvision_model(name: str, **arguments: object) -> nn.Module:
    """An untrained float32 model whose weights keep the signal alive, built without torchvision's slow drawing."""
    import torchvision

    quick = not name.startswith(WITH_NUMBERS_IN_THE_CONSTRUCTOR)
    with torch.device("meta" if quick else "cpu"):
        model = getattr(torchvision.models, name)(weights=None, **{**SMALLER.get(name, {}), **arguments}).eval()
    model = model.to_empty(device="cpu") if quick else model
    numbers = torch.randn(65537, generator=torch.Generator().manual_seed(0))
    for key, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.is_floating_point() and "relative_coords" not in key:
            _fill(key, tensor.data, numbers)
        elif quick:
            tensor.data.zero_()
    return model


def _fill(key: str, tensor: Tensor, numbers: Tensor) -> None:
    if tensor.ndim < 2 or "layer_scale" in key or "logit_scale" in key:
        tensor.fill_(0.0 if "bias" in key or "mean" in key else 1.0)
    else:
        times = tensor.numel() // len(numbers) + 1
        tensor.copy_(numbers.repeat(times)[: tensor.numel()].view_as(tensor)).mul_(tensor[0].numel() ** -0.5)


def without_in_place(model: nn.Module) -> nn.Module:
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return model


def answers_of_two_threads(calls: dict[str, Callable[[], object]]) -> list[tuple[str, object]]:
    """Every call at the same moment as every other one, in two threads; what raised is among the answers."""
    together = threading.Barrier(2, timeout=120)
    answers: list[tuple[str, object]] = []

    def work(names: list[str]) -> None:
        for name in names:
            together.wait()
            try:
                answers.append((name, calls[name]()))
            except Exception as error:  # noqa: BLE001
                answers.append((name, error))

    pairs = [(one, other) for one in calls for other in calls]
    threads = [threading.Thread(target=work, args=([pair[side] for pair in pairs],)) for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2 * len(pairs)
    return answers


def state_of(model: nn.Module) -> dict[str, object]:
    """Everything about a model that a technique must leave as it was."""
    facts: dict[str, object] = {}
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        grad = None if tensor.is_inference() or tensor.grad is None else tensor.grad.clone()
        facts[name] = (id(tensor), tensor.detach().clone(), tensor.requires_grad, grad)
    for name, module in model.named_modules():
        attributes = {key: value for key, value in vars(module).items() if not key.startswith("_")}
        hooks = {key: dict(value) for key, value in vars(module).items() if key.endswith("hooks")}
        facts[f"{name}:"] = (_plain(attributes), hooks, [child for child, _ in module.named_children()])
    return facts


def _plain(attributes: dict[str, object]) -> dict[str, object]:
    return {
        key: value.detach().clone() if isinstance(value, Tensor) else list(value) if isinstance(value, list) else value
        for key, value in attributes.items()
    }


def same(left: object, right: object) -> bool:
    """Equality that looks into tensors and containers."""
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return left is right or (left.shape == right.shape and bool((left == right).all()))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left is right or left == right


def features(count: int = 24, width: int = 5):
    """Rows in three groups, with labels, and what a network might say of them."""
    from vizlib.space.results import Features

    random = np.random.default_rng(5)
    labels = np.arange(count) % 3
    values = random.normal(size=(count, width)) + 4 * np.eye(3, width)[labels]
    names = tuple(f"image {row}" for row in range(count))
    said = np.where(np.arange(count) % 7, labels, 0)
    return Features(values, names, labels, ("a", "b", "c"), said, random.uniform(0.4, 1, count), "layer", "mean")


def all_linear() -> nn.Module:
    """A perceptron for one-channel 32 x 32 images: none of its layers has positions."""
    return seeded(lambda: nn.Sequential(nn.Flatten(), nn.Linear(1024, 16), nn.Tanh(), nn.Linear(16, 10))).float()


def all_linear_card(folder: Path) -> str:
    """A folder with the card and the weights of :func:`all_linear`; its name."""
    from safetensors.torch import save_file

    save_file(all_linear().state_dict(), folder / "weights.safetensors")
    lines = ['name = "all-linear"', 'build = "toys:all_linear"', 'weights = "weights.safetensors"', "input_size = 32"]
    (folder / "card.toml").write_text("\n".join([*lines, "channels = 1"]))
    return str(folder)
