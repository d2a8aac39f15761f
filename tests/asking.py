"""What each technique is asked about, where a test asks all of them."""

import inspect

import vizlib as vz


def _first(name: str) -> str:
    return next(iter(inspect.signature(vz.TECHNIQUES[name]).parameters))


WITH_ATTENTION = ("attention", "attention_rollout", "attention_distance")
WITH_OTHERS = ("loss_path", "trajectory")  # they take further weights, which a recipe cannot name
WITH_A_RECIPE = [name for name in vz.TECHNIQUES if name not in WITH_OTHERS]
OVER_SETS = [
    name
    for name in WITH_A_RECIPE
    if _first(name) == "features" or name == "features" or vz.index.NAMES[name].family == "landscape"
]
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
    "loss_landscape": {"steps": 3},
    "loss_lines": {"steps": 3, "seeds": 2},
    "loss_path": {"steps": 3},
    "trajectory": {"steps": 3},
    "hessian": {"iterations": 4, "probes": 2},
}
