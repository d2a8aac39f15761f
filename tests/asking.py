"""What each technique is asked about, where a test asks all of them."""

import inspect

import vizlib as vz
from vizlib.zoo.solutions import Solutions, solutions


def _first(name: str) -> str:
    return next(iter(inspect.signature(vz.TECHNIQUES[name]).parameters))


def others(name: str) -> list[Solutions]:
    """Further weights, for the techniques that take some."""
    return [solutions(one) for one in OTHERS.get(name, ())]


WITH_ATTENTION = ("attention", "attention_rollout", "attention_distance")
OTHERS = {"loss_path": ["digits-cnn:l2"], "trajectory": ["digits-cnn:sgd"]}  # further weights that they take
OVER_SETS = [
    name
    for name in vz.TECHNIQUES
    if _first(name) == "features"
    or name in ("features", "layer_similarity")
    or vz.index.NAMES[name].family == "landscape"
]
SO_MANY = {"decision_plane": 3, "layer_similarity": 4, "activation_difference": 2}  # images that these techniques need
QUICK = {  # settings of the techniques whose defaults would be slow
    "occlusion": {"window": 5, "stride": 3},
    "depth_dive": {"steps": 2, "depth": 2},
    "maximize_activation": {"steps": 3},
    "invert_features": {"steps": 3},
    "dream_toward": {"steps": 3},
    "dream_ablation": {"steps": 1, "trials": 1},
    "unit_card": {"steps": 3},
    "tsne": {"iterations": 10, "perplexity": 5.0},
    "umap": {"epochs": 10, "neighbors": 5},
    "decision_plane": {"steps": 6},
    "loss_landscape": {"steps": 3},
    "loss_lines": {"steps": 3, "seeds": 2},
    "loss_path": {"steps": 3},
    "trajectory": {"steps": 3},
    "hessian": {"iterations": 4, "probes": 2},
}
