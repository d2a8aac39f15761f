"""Many scenes in feature space: seconds and memory of features, UMAP and its quality, beside the limits.

python benchmarks/space.py [images]     10000 when left out; UMAP is compiled before the clock starts.
"""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import vizlib as vz
from vizlib.data.streams import image_stream
from vizlib.space.umap import warm_umap

SECONDS = 180
GIBIBYTES = 3


def timed(what: str, work: Callable[[], Any]) -> tuple[Any, float]:
    """What comes of the work, and its seconds."""
    start = time.monotonic()
    found = work()
    took = time.monotonic() - start
    print(f"{what:28} {took:8.1f} s")
    return found, took


def main() -> None:
    """Print a table with the limits."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    model, images = vz.load_model("scenes-resnet"), image_stream(f"scenes:{count}")
    timed("warm-up of UMAP", warm_umap)
    features, first = timed(f"features of {count} scenes", lambda: vz.features(model, images))
    found, second = timed("UMAP with its quality", lambda: vz.umap(features))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    quality = found.quality
    print(f"T@{quality.k} {quality.trustworthiness:.3f}, kNN kept {quality.knn_kept:.3f}, 1-NN {quality.nearest:.3f}")
    print(f"together {first + second:.1f} s of {SECONDS} ({(first + second) / SECONDS:.2f})")
    print(f"memory   {peak:.2f} GiB of {GIBIBYTES} ({peak / GIBIBYTES:.2f})")


if __name__ == "__main__":
    main()
