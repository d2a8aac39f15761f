"""What weights must be before a model takes them: plain names, finite values, and an exact fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vizlib.data.contents import Refusal, listed, shown

if TYPE_CHECKING:
    import torch

AVERAGED = "n_averaged"
"""Counter that torch's AveragedModel keeps beside the weights."""
OPTIONAL = ".num_batches_tracked"
"""Counters of batch norms; torch fills them in where old checkpoints lack them."""


def unprefixed(tensors: Mapping[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Take off what DataParallel and ``torch.compile`` put in front of names, and say so."""
    names, notes = {name: name for name in tensors}, []
    if any("_orig_mod" in name.split(".") for name in names):
        names = {name: ".".join(part for part in name.split(".") if part != "_orig_mod") for name in names}
        notes.append("'_orig_mod.', which torch.compile adds, was taken off the names.")
    wrapped = [name for name, plain in names.items() if plain != AVERAGED]
    if wrapped and all(names[name].startswith("module.") for name in wrapped):
        while all(names[name].startswith("module.") for name in wrapped):
            names = {name: names[name].removeprefix("module.") for name in wrapped}
        notes.append("'module.', which DataParallel adds, was taken off the names.")
    if len(set(names.values())) < len(names):
        raise Refusal("The file names some tensors twice, once with 'module.' or '_orig_mod.': save it again.")
    return {plain: tensors[name] for name, plain in names.items()}, tuple(notes)


def check_values(tensors: Mapping[str, torch.Tensor]) -> None:
    """Refuse weights with values that no trained model has.

    Raises
    ------
    Refusal
        Values are NaN or infinite, a variance of a batch norm is negative, or no tensor has real numbers.
    """
    import torch

    if not any(tensor.is_floating_point() or tensor.is_complex() for tensor in tensors.values()):
        raise Refusal("The file holds only whole numbers, no weights: save the model's state_dict as float32.")
    _refuse(tensors, lambda name, t: int((~torch.isfinite(_plain(t))).sum()), "are NaN or infinite")
    _refuse(
        tensors,
        lambda name, t: int((t < 0).sum()) if name.endswith("running_var") else 0,
        "are negative variances of batch norms",
    )


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """Tensors of 8-bit floats, which have few operations, as 32-bit floats."""
    return tensor.float() if tensor.element_size() == 1 and tensor.is_floating_point() else tensor


def _refuse(tensors: Mapping[str, torch.Tensor], bad: Callable[[str, torch.Tensor], int], what: str) -> None:
    counts = {name: count for name, tensor in tensors.items() if (count := bad(name, tensor))}
    if counts:
        raise Refusal(
            f"{sum(counts.values())} values in {len(counts)} of {len(tensors)} tensors {what} ({listed(counts)}): "
            "the training diverged or the file is damaged; give an earlier checkpoint."
        )


def check_fit(tensors: Mapping[str, torch.Tensor], expected: Mapping[str, Sequence[int]]) -> None:
    """Refuse weights that are not exactly those of a model.

    Parameters
    ----------
    tensors
        Weights by name, as ``read_weights`` returns them.
    expected
        Shape of every entry of the model's ``state_dict()``.

    Raises
    ------
    Refusal
        Names are missing or unknown, or shapes differ; the sentence says how many of how many, and names some.
    """
    missing = [name for name in expected if name not in tensors and not name.endswith(OPTIONAL)]
    unknown = [name for name in tensors if name not in expected]
    shapes = {name: (tuple(tensors[name].shape), tuple(expected[name])) for name in expected if name in tensors}
    differing = [f"'{shown(name)}' is {_sides(has)} instead of {_sides(wants)}" for name, (has, wants) in shapes.items()
                 if has != wants]  # fmt: skip
    faults = [
        f"{len(missing)} of {len(expected)} entries are missing ({listed(missing)})" if missing else "",
        f"{len(unknown)} are unknown to the model ({listed(unknown)})" if unknown else "",
        f"{len(differing)} have another shape ({_some(differing)})" if differing else "",
    ]
    if any(faults):
        raise Refusal(
            f"The weights do not fit this model: {'; '.join(filter(None, faults))}. Choose the model they come from."
        )


def _sides(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _some(faults: Sequence[str], most: int = 2) -> str:
    return ", ".join(faults[:most]) + (f" and {len(faults) - most} more" if len(faults) > most else "")
