"""The layers of bundled models as they were stored, to show before anything is computed."""

import functools
import json
from dataclasses import dataclass

from dashboard.gallery import FOLDER
from dashboard.visit import Visit
from vizlib.inside.graph import LayerGraph
from vizlib.inside.plain import from_plain
from vizlib.inside.results import ModelSummary
from vizlib.zoo.cards import read_card


@dataclass(frozen=True, eq=False)
class StoredLayers:
    """What ``make gallery`` found in a model; ``weights`` is the SHA-256 of its weights file."""

    model: str
    weights: str
    summary: ModelSummary
    graph: LayerGraph


def stored_layers(here: Visit) -> StoredLayers | None:
    """The stored layers of the model in view, if its card demands the weights that gave them."""
    listed = here.listed()
    found = None if here.random or listed.folder is None else _read(listed.name)
    if found is None or listed.folder is None:
        return None
    try:
        return found if read_card(listed.folder).sha256 == found.weights else None
    except ValueError:
        return None  # the sentence is said where the model is loaded


@functools.cache
def _read(model: str) -> StoredLayers | None:
    file = FOLDER / "layers" / f"{model}.json"
    if file not in set((FOLDER / "layers").glob("*.json")):
        return None
    facts = json.loads(file.read_text(encoding="utf-8"))
    summary = from_plain(ModelSummary, facts["summary"])
    return StoredLayers(model, facts["weights"], summary, from_plain(LayerGraph, facts["graph"]))
