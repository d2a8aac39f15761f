"""Features of an image set, and maps of them: asked of the worker, kept for the visit."""

import dataclasses
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from dashboard.image_set import ARCHIVE, TRAY, ChosenSet
from dashboard.image_set import KEY as SET
from dashboard.space.pictures import Faces, Watcher, as_stream
from dashboard.store import Store, array_bytes
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.data.streams import ImageStream
from vizlib.figures.style import name_of

if TYPE_CHECKING:
    from vizlib.core.recipe import Recipe
    from vizlib.space.results import Embedding, Features

SHELF, LIMIT = "space shelf", 512 << 20
_warming = threading.Lock()


@dataclass(frozen=True, eq=False)
class Space:
    """An image set in the feature space of one layer.

    Attributes
    ----------
    key : hashable
        Model, images, layer and pooling.
    images : ImageStream
    words : str
        What the images are called in a sentence.
    features : Features
    faces : Faces or None
        None while they are being made, by the job ``making``.
    private : bool
        The images are a person's own: nothing of them is kept on disk.
    recipe : Recipe
        Of the features.
    """

    key: Hashable
    images: ImageStream
    words: str
    features: "Features"
    faces: Faces | None
    private: bool
    recipe: "Recipe"
    making: Job | None = None


def shelf() -> Store[Any]:
    """What this visit keeps of feature spaces."""
    found: Store[Any] = st.session_state.setdefault(SHELF, Store(LIMIT, weight))
    return found


def weight(value: Any) -> int:
    """Bytes of the arrays in what a shelf keeps."""
    if isinstance(value, tuple):
        return sum(map(weight, value))
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    return array_bytes(value) if dataclasses.is_dataclass(value) else 0


def kept(here: Visit, slot: str, key: Hashable, submit: Callable[[], Job]) -> Any:
    """What is on the shelf under a key, or the job that makes it."""
    present = shelf().get(key)
    if present is not None:
        return present
    job = submit()
    if job.state != "done":
        return job
    shelf().put(key, job.value)
    here.again(slot)  # the shelf has it now
    return job.value


def ask_space(here: Visit, chosen: ChosenSet, layer: str, pool: str, place: str = "") -> Space | Job:
    """The features of a set, or the job that computes them; a ``place`` of its own leaves other features alone."""
    slot = f"space/features{place}"
    images = as_stream(chosen.pictures, _("my pictures"))
    private = not isinstance(chosen.pictures, ImageStream) or images is st.session_state.get(ARCHIVE)
    private = private or st.session_state.get(SET) == TRAY
    of = ("faces", images.digest)
    key = ("features", here.model_name(), images.digest, layer, pool)
    watcher = Watcher(images)
    label = _("{count} images through {model}").format(count=len(images), model=here.listed().name)

    def work(model: Any, tick: Progress) -> Any:
        from vizlib.core.recipe import recipe_for
        from vizlib.space.store import FeatureStore, stored_features

        store = None if private or here.chosen() else FeatureStore()
        source = watcher.watched() if shelf_has is None else images
        how: dict[str, Any] = {"layer": layer, "pool": pool}
        recipe = recipe_for("features", model, images, **how)
        return stored_features(model, source, **how, store=store, progress=tick), recipe, watcher

    shelf_has = shelf().get(of)
    found = shelf().get(key)
    if found is None:
        job = here.engine.with_model(here.owner, slot, key, label, here.model_name(), work)
        if job.state != "done":
            return job
        *found, seen = job.value
        shelf().put(key, tuple(found))
        if shelf_has is None and seen.seen.all():
            shelf().put(of, Faces(seen.values))
        here.again(slot)
    features, recipe = found
    faces = _faces(here, of, images)
    making = faces if isinstance(faces, Job) else None
    return Space(key, images, chosen.words, features, None if making else faces, private, recipe, making)


def _faces(here: Visit, of: Hashable, images: ImageStream) -> Any:
    label = _("Small pictures")

    def submit() -> Job:
        return here.engine.worker.submit(here.owner, "space/faces", of, label, Watcher(images).rest)

    return kept(here, "space/faces", of, submit)


def ask_map(here: Visit, space: Space, method: str, options: dict[str, Any], place: str = "") -> "Embedding | Job":
    """A map of the features, or the job that draws it."""
    slot = f"space/map{place}"
    key = ("map", space.key, method, tuple(sorted(options.items())))
    label = _("{technique} of {count} images").format(technique=_(name_of(method)), count=len(space.features))

    def work(tick: Progress) -> Any:
        from vizlib.index import TECHNIQUES

        return TECHNIQUES[method](space.features, **options, progress=tick)

    return cast(Any, kept(here, slot, key, lambda: _submit(here, slot, key, label, work)))


def ask(here: Visit, place: str, key: Hashable, label: str, work: Callable[[Progress], Any]) -> Any:
    """Anything else about a space that takes longer than a page may wait."""
    slot = f"space/{place}"
    return kept(here, slot, (place, key), lambda: _submit(here, slot, (place, key), label, work))


def ask_model_of(here: Visit, place: str, key: Hashable, label: str, work: Callable[[Any, Progress], Any]) -> Any:
    """The same for work that needs the model."""
    slot, full = f"space/{place}", (place, here.model_name(), key)
    return kept(
        here, slot, full, lambda: here.engine.with_model(here.owner, slot, full, label, here.model_name(), work)
    )


def _submit(here: Visit, slot: str, key: Hashable, label: str, work: Callable[[Progress], Any]) -> Job:
    return here.engine.worker.submit(here.owner, slot, key, label, work)


def warm_umap_beside() -> None:
    """Let UMAP compile while nobody waits for it; only where there is a server."""
    if not st.runtime.exists() or not _warming.acquire(blocking=False):
        return
    from vizlib.space.umap import warm_umap

    threading.Thread(target=warm_umap, name="warm umap", daemon=True).start()
