"""A stack of convolutions written by hand: its receptive field, its holes and its parameters, in closed form."""

import re
from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result

DEEPEST = 40  # layers
LARGEST = 2048  # pixels
LIMITS = {"kernel": 31, "stride": 16, "padding": 64, "dilation": 32}
_LAYER = re.compile(r"(?P<kernel>\d+)(?:x(?P=kernel))?(?P<rest>(?:\s*[spd]\s*\d+)*)", re.IGNORECASE)
_PART = re.compile(r"([spd])\s*(\d+)", re.IGNORECASE)
_WORDS = {"s": "stride", "p": "padding", "d": "dilation"}

PRESETS = {
    "one 5×5": "5",
    "two 3×3": "3, 3",
    "one 7×7": "7",
    "three 3×3": "3, 3, 3",
    "dilations 1, 2, 4": "3 d1, 3 d2, 3 d4",
    "dilations 2, 2, 2": "3 d2, 3 d2, 3 d2",
    "stride larger than kernel": "2 s3, 3",
    "start of a ResNet": "7 s2 p3, 3 s2 p1, 3 p1, 3 p1",
}


@dataclass(frozen=True)
class Convolution:
    """One square layer of a stack; the numbers are in pixels of its own input."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        for name, highest in LIMITS.items():
            value, lowest = getattr(self, name), 0 if name == "padding" else 1
            if not lowest <= value <= highest:
                raise ValueError(f"{name} must be from {lowest} to {highest}; got {value}.")


@dataclass(frozen=True, eq=False)
class StackField(Result):
    """What one unit sees after each layer of a stack, along one axis; the other axis is the same.

    Attributes
    ----------
    sizes : array [layer] of int
        Span of the receptive field, in input pixels.
    strides : array [layer] of int
        Distance of two neighbours' fields.
    starts : array [layer] of int
        First pixel that unit 0 sees; negative in the padding.
    used : array [layer] of int
        Pixels of the span that reach the unit; fewer than ``sizes`` where there are holes.
    parameters : array [layer] of int
        Weights of each layer for ``channels`` channels in and out, without bias.
    paths : array [size] of float
        Share of the paths to a unit of the last layer that begin at each pixel: with equal weights, the gradient.
    channels : int
    """

    sizes: np.ndarray
    strides: np.ndarray
    starts: np.ndarray
    used: np.ndarray
    parameters: np.ndarray
    paths: np.ndarray
    channels: int = 64

    @property
    def sigma(self) -> float:
        """Standard deviation of ``paths``, in pixels: how wide the field is in effect while the weights are equal."""
        places = np.arange(len(self.paths))
        mean = float((self.paths * places).sum())
        return float(np.sqrt((self.paths * (places - mean) ** 2).sum()))

    @property
    def holes(self) -> int:
        """Pixels inside the span that the unit does not see, along one axis."""
        return int(self.sizes[-1] - self.used[-1])


def parse_stack(text: str) -> tuple[Convolution, ...]:
    """Layers from text such as ``3, 3 s2 p1, 3 d2``: kernel, then stride, padding and dilation where they differ.

    Raises
    ------
    ValueError
        One sentence: which layer cannot be read and how one is written.
    """
    parts = [part.strip() for part in re.split(r"[,;\n]+", text) if part.strip()]
    if not parts:
        raise ValueError("Type at least one layer, such as '3' or '3 s2 p1 d1'.")
    if len(parts) > DEEPEST:
        raise ValueError(f"A stack may have {DEEPEST} layers; got {len(parts)}.")
    return tuple(_layer(number, part) for number, part in enumerate(parts, start=1))


def _layer(number: int, part: str) -> Convolution:
    found = _LAYER.fullmatch(part.replace("×", "x"))
    if found is None:
        raise ValueError(
            f"Layer {number}, {part[:30]!r}, cannot be read; write the kernel, then s, p and d: '3 s2 p1'."
        )
    numbers = {_WORDS[letter.lower()]: int(value) for letter, value in _PART.findall(found["rest"])}
    try:
        return Convolution(int(found["kernel"]), **numbers)
    except ValueError as error:
        raise ValueError(f"Layer {number}: {error}") from None


def stack_field(layers: tuple[Convolution, ...], channels: int = 64) -> StackField:
    """What a unit sees after each layer.

    Parameters
    ----------
    layers : tuple of Convolution
    channels : int
        Of every layer, in and out; only the parameters depend on it.

    Raises
    ------
    ValueError
        When the field grows beyond what can be drawn.

    Notes
    -----
    Padding moves a field and never changes its size.

    References
    ----------
    Araujo, Norris, Sim (2019), Computing receptive fields of convolutional neural networks, Distill.
    Luo, Li, Urtasun, Zemel (2016), Understanding the effective receptive field, arXiv:1701.04128, section 2.
    """
    paths, stride, start = np.ones(1), 1, 0
    rows = []
    for number, layer in enumerate(layers, start=1):
        reach = layer.dilation * (layer.kernel - 1) * stride
        if len(paths) + reach > LARGEST:
            raise ValueError(f"Layer {number} sees more than {LARGEST} pixels; take smaller strides or fewer layers.")
        taps = np.zeros(reach + 1)
        taps[:: layer.dilation * stride] = 1 / layer.kernel
        paths = np.convolve(paths, taps)
        start -= layer.padding * stride
        stride *= layer.stride
        rows.append((len(paths), stride, start, int((paths > 0).sum()), layer.kernel**2 * channels**2))
    sizes, strides, starts, used, parameters = np.array(rows).T.copy()
    return StackField(sizes, strides, starts, used, parameters, paths, channels)
