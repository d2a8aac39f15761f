"""The door: pictures and weights that users give are read here, or refused in one sentence."""

from vizlib.data.contents import Refusal
from vizlib.data.images import Picture, pixel_digest, read_image
from vizlib.data.loader_process import LOADER
from vizlib.data.tensor_checks import check_fit
from vizlib.data.weights import Weights, read_weights, tensors_digest

warm_up = LOADER.warm_up

__all__ = [
    "Picture",
    "Refusal",
    "Weights",
    "check_fit",
    "pixel_digest",
    "read_image",
    "read_weights",
    "tensors_digest",
    "warm_up",
]
