"""Features on disk, so that a set that was seen before is there at once."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from vizlib.core.recipe import preprocessing
from vizlib.core.technique import Progress, silent
from vizlib.space.features import Pool, features
from vizlib.space.results import Features

FORMAT = 1
LIMIT = 2 << 30
ARRAYS = ("values", "labels", "predicted", "confidence")
ENDING = ".safetensors"


class FeatureStore:
    """A folder of features, one file each, that forgets what was not used for longest.

    Parameters
    ----------
    folder : path, optional
        ``features`` in ``$VIZLIB_CACHE``, else in ``~/.cache/vizlib``.
    limit : int
        Bytes of all files together.
    """

    def __init__(self, folder: str | Path | None = None, *, limit: int = LIMIT) -> None:
        place = os.environ.get("VIZLIB_CACHE") or Path.home() / ".cache" / "vizlib"
        self.folder = Path(folder) if folder is not None else Path(place) / "features"
        self.limit = limit

    def get(self, key: str) -> Features | None:
        """Features that were put there, or None; a damaged file is as good as none."""
        from safetensors import SafetensorError, safe_open

        path = self._path(key)
        try:
            with safe_open(path, "np") as file:
                facts = json.loads(file.metadata()["features"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            os.utime(path)
        except FileNotFoundError:
            return None
        except (SafetensorError, OSError, KeyError, TypeError, ValueError):
            path.unlink(missing_ok=True)
            return None
        return Features(**arrays, **{name: _tuple(value) for name, value in facts.items()})

    def put(self, key: str, found: Features) -> None:
        """Keep features; where the disk is full or closed, nothing is kept and nothing is said."""
        from safetensors.numpy import save_file

        if found.values.nbytes > self.limit:
            return
        facts = {name: getattr(found, name) for name in ("names", "classes", "layer", "pool", "notes")}
        arrays = {name: getattr(found, name) for name in ARRAYS if getattr(found, name) is not None}
        path = self._path(key)
        passing = path.with_suffix(f".{os.getpid()}.{id(found)}.part")
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
            save_file(held, passing, metadata={"features": json.dumps(facts)})
            passing.replace(path)
            self._forget(path)
        passing.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size, _ in self._files())

    def clear(self) -> None:
        """Forget everything."""
        for _, _, path in self._files():
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{ENDING}"

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each file was last used, and its size; the oldest first."""
        found = []
        for path in self.folder.glob(f"*{ENDING}"):
            with suppress(FileNotFoundError):
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        return sorted(found)

    def _forget(self, newest: Path) -> None:
        files = self._files()
        over = sum(size for _, size, _ in files) - self.limit
        for _, size, path in files:
            if over <= 0 or path == newest:
                return
            path.unlink(missing_ok=True)
            over -= size


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def key_of(model: Any, images: Any, layer: str, pool: str) -> str:
    """What features are known by: the network and its weights, how it sees images, the set, the layer, the pooling."""
    question = [FORMAT, model.digest, model.precision, preprocessing(model.card), images.digest, layer, pool]
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def stored_features(
    model: Any,
    images: Any,
    *,
    layer: str | None = None,
    pool: Pool = "automatic",
    batch_size: int = 32,
    store: FeatureStore | None = None,
    progress: Progress = silent,
) -> Features:
    """The features of an image set, from disk when they were computed before.

    Parameters
    ----------
    model : Model
        A loaded one.
    images : image set
    layer, pool, batch_size, progress
        As :func:`vizlib.space.features.features` has them.
    store : FeatureStore, optional
        The usual place when left out. Sets that must leave no trace go to ``features`` itself.
    """
    kept = store or FeatureStore()
    layer = layer or model.default_layer
    key = key_of(model, images, layer or "", pool)
    found = kept.get(key)
    if found is None:
        found = features(model, images, layer=layer, pool=pool, batch_size=batch_size, progress=progress)
        kept.put(key, found)
    else:
        progress(len(found), len(found))
    return found
