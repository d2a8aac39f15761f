"""A second device for machines that have none: what lies there meets nothing that does not lie there.

Run by itself, it asks techniques about a model that lies there and prints, for each, what went wrong. Numbers are kept
on the CPU inside; a mix of the two, a ``.numpy()`` without ``.cpu()`` and a generator of the CPU for random numbers
there are refused as CUDA refuses them. The device is registered for the whole process, hence one of its own.
"""

import json
import sys
import traceback
from typing import Any

import numpy as np
import torch
from torch.utils import backend_registration
from torch.utils._python_dispatch import return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map_only

NAME = "elsewhere"
CROSSES = ("copy_", "_to_copy")
INDEXED = ("index", "index_put", "index_put_", "_index_put_impl_")  # CUDA takes indices of the CPU


class Module(backend_registration._DummyBackendModule):
    """What torch asks of any device; its random numbers are those of the CPU."""

    def get_rng_state(self, device: Any = None) -> torch.Tensor:
        return torch.zeros(1, device="cpu")

    def set_rng_state(self, state: torch.Tensor, device: Any = None) -> None:
        pass


class There(torch.Tensor):
    """A tensor that lies there; ``raw`` holds its numbers."""

    raw: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, raw: torch.Tensor) -> "There":
        layout = {"strides": raw.stride(), "storage_offset": raw.storage_offset(), "dtype": raw.dtype}
        made = torch.Tensor._make_wrapper_subclass(cls, raw.size(), device=torch.device(NAME, 0), **layout)
        made.raw = raw
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return return_and_correct_aliasing(func, args, kwargs or {}, run(func, *args, **(kwargs or {})))

    def __repr__(self) -> str:
        return f"There({self.raw!r})"

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(_as_tensors(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(_as_tensors(index), value)

    def tolist(self) -> Any:
        return self.raw.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        if not force:
            raise TypeError("can't convert a tensor of another device to numpy. Use Tensor.cpu() first.")
        return self.raw.numpy(force=True)

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return self.numpy()


def _as_tensors(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(_as_tensors, index))
    return torch.as_tensor(index, device="cpu") if isinstance(index, (list, np.ndarray)) else index


def run(func: Any, *args: Any, **kwargs: Any) -> Any:
    """Any operation one of whose tensors lies there, or whose result shall."""
    name = func.overloadpacket.__name__
    tensors = [value for value in tree_flatten((args, kwargs))[0] if isinstance(value, torch.Tensor)]
    there = _meet(func, name, args, tensors)
    device = kwargs.get("device")
    if device is not None:
        there, kwargs["device"] = torch.device(device).type == NAME, torch.device("cpu")
    elif name == "copy_":
        there = isinstance(args[0], There)
    generator = kwargs.get("generator")
    if generator is not None and there and generator.device.type != NAME:
        raise RuntimeError(f"{func}: the generator lies on the {generator.device.type}, the numbers do not")
    plain, options = tree_map_only(There, lambda tensor: tensor.raw, (args, kwargs))
    found = func(*plain, **options)
    if name == "_to_copy" and found.data_ptr() == plain[0].data_ptr():
        found = found.clone()
    return tree_map_only(torch.Tensor, There, found) if there else found


def _meet(func: Any, name: str, args: Any, tensors: list[torch.Tensor]) -> bool:
    """Whether some of the tensors lie there; all that are no single number must, then."""
    there = [tensor for tensor in tensors if isinstance(tensor, There)]
    here = [tensor for tensor in tensors if not isinstance(tensor, There) and tensor.ndim]
    if name in INDEXED:  # the tensor itself, and what is put into it
        pair = [value for value in (args[0], *args[2:3]) if isinstance(value, torch.Tensor) and value.ndim]
        here = [tensor for tensor in pair if not isinstance(tensor, There)]
    if there and here and name not in CROSSES:
        shapes = [f"{'there' if isinstance(t, There) else 'here'} {list(t.shape)}" for t in tensors]
        raise RuntimeError(f"{func}: tensors on two devices: {', '.join(shapes)}")
    return bool(there)


def register() -> None:
    """Make the device known to torch."""
    backend_registration._setup_privateuseone_for_python_backend(NAME, Module())
    library = torch.library.Library("_", "IMPL")
    library.fallback(run, "PrivateUse1")
    register.kept = library  # type: ignore[attr-defined]
    torch.tensor, torch.as_tensor = _carried(torch.tensor), _carried(torch.as_tensor)  # which build past all dispatch


def _carried(make: Any) -> Any:
    def made(data: Any, *, device: Any = None, **kwargs: Any) -> torch.Tensor:
        if device is None or torch.device(device).type != NAME:
            return make(data, device=device, **kwargs)
        return data.to(device, **kwargs) if isinstance(data, There) else make(data, device="cpu", **kwargs).to(device)

    return made


def _wrong(ask: Any) -> str:
    """What goes wrong, and where in the library; nothing when nothing does."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001, whatever it is, it is what is reported
        while isinstance(error.__cause__, Exception):
            error = error.__cause__
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "vizlib" in frame.filename]
        return f"{error} {''.join(f'{frame.name}: {frame.line}' for frame in frames[-1:])}"


def main(names: list[str]) -> None:
    """Ask each technique about a model that lies there; the images lie there as well, or on the CPU."""
    import test_contract
    import toys

    from vizlib.core import heartbeat

    heartbeat.PREVIEWS = 0.0
    torch.set_num_threads(1)
    others, attending = test_contract.others, toys.attending
    test_contract.others = lambda model: others(toys.small())
    toys.attending = lambda model: attending(toys.small()).to(next(model.parameters()).device)

    class Watching:
        def __call__(self, done: int, total: int) -> None:
            pass

        def show(self, make: Any) -> None:
            make()

    def ask(name: str) -> str:
        expected = test_contract.explain(name, toys.small()).digest()
        found = test_contract.explain(name, toys.small().to(NAME), toys.images().to(NAME), progress=Watching())
        return "" if found.digest() == expected else "other numbers than on the CPU"

    for name in names or test_contract.ON_MODELS:
        print(json.dumps({name: _wrong(lambda name=name: ask(name))}), flush=True)
    small = toys.small
    crossed = {
        "images of the CPU": lambda: test_contract.explain("saliency", small().to(NAME)) and "",
        "two devices meet": lambda: _wrong(lambda: small().to(NAME)(toys.images()) and ""),
        "numpy without cpu": lambda: _wrong(lambda: str(toys.images().to(NAME).numpy())),
    }
    print(json.dumps({name: _wrong(check) for name, check in crossed.items()}))


if __name__ == "__main__":
    register()
    main(sys.argv[1:])
