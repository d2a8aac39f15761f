"""Compute what the page Evaluation opens on: ``python models/gallery/make_evaluation.py``."""

from pathlib import Path

import numpy as np

from vizlib.data.streams import image_stream
from vizlib.evaluation.examples import raw_scores
from vizlib.zoo.load import load_model

HERE = Path(__file__).resolve().parent / "evaluation"
WISHES = (("scenes-resnet", "scenes:400"), ("digits-cnn", "digits:360"))


def make(name: str, images: str) -> None:
    """Raw scores, the classes, and the digests by which they are known again."""
    model, stream = load_model(name), image_stream(images)
    scores = raw_scores(model, stream)
    np.savez_compressed(
        HERE / f"{name}-{images.replace(':', '-')}.npz",
        allow_pickle=False,
        scores=scores.astype(np.float32),
        labels=np.array(model.labels),
        weights=np.array(model.card.sha256),
        images=np.array(stream.digest),
        model=np.array(model.digest),
    )


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for wish in WISHES:
        make(*wish)
