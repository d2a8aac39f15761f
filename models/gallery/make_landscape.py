"""Compute what the page Loss landscape opens on: ``make gallery``. Each file holds what it was made of."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vizlib.core.copies import private_copy
from vizlib.core.predict import batch_of
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.streams import ImageStream, image_stream
from vizlib.figures import interactive
from vizlib.figures.export import to_bytes
from vizlib.inside.plain import to_plain
from vizlib.landscapes.hessian import hessian
from vizlib.landscapes.sharpness import compared
from vizlib.zoo.load import load_model
from vizlib.zoo.model import Model
from vizlib.zoo.runs import training_runs
from vizlib.zoo.solutions import solutions

HERE = Path(__file__).resolve().parent / "landscape"
SURFACES = (("digits-cnn", "digits:360"), ("scenes-resnet", "scenes:400"))
FIVE = ("sgd", "momentum", "adagrad", "rmsprop", "adam")
RUNS = "digits-cnn"
TRAINING = 1437  # digits


def surface(name: str, images: str) -> dict[str, Any]:
    """The landscape of a bundled model with every option at its default, and its recipe."""
    model, stream = load_model(name), image_stream(images)
    recipe = recipe_for("loss_landscape", model, stream)
    result = perform(recipe, model, stream)
    (HERE / f"{name}.png").write_bytes(to_bytes(result, "png", recipe=recipe, log=True))
    drawn = interactive.figure(result, log=True)
    return {
        "weights": model.card.sha256,
        "recipe": recipe.to_json(),
        "result": to_plain(result),
        "alternative": drawn.layout.meta["alternative"],
    }


def _batch(model: Model, stream: ImageStream) -> torch.Tensor:
    return batch_of(model, [stream.read(index) for index in range(len(stream))])


def ways() -> dict[str, Any]:
    """Five trainings on one plane, over held-out digits."""
    model, stream, runs = load_model(RUNS), image_stream("digits:360"), training_runs(RUNS)
    others = [solutions(f"{RUNS}:{name}") for name in FIVE]
    recipe = recipe_for("trajectory", model, stream, others=others)
    found: Any = perform(recipe, model, stream, others=others)
    facts = {name: value for name, value in to_plain(replace(found, surface=None)).items() if name != "surface"}
    steps = list(runs["sgd"].steps)
    return {"recipe": recipe.to_json(), "result": facts, "surface": to_plain(found.surface), "steps": steps}


def sharpness() -> dict[str, Any]:
    """Curvature of all kept trainings over the training digits."""
    model, stream, runs = load_model(RUNS), image_stream(f"digits:{TRAINING}", split="train"), training_runs(RUNS)
    images = _batch(model, stream)
    spectra = []
    for run in runs.values():
        module = private_copy(model.module)
        own = {name: tensor.clone() for name, tensor in run.checkpoints[-1].items()}
        module.load_state_dict(own, assign=True)  # the shared tensors stay
        spectra.append(hessian(module, images, stream.labels, k=1, batch_size=256))
    losses = zip(*((run.train_loss, run.heldout_loss) for run in runs.values()), strict=True)
    return {"result": to_plain(compared(list(runs), spectra, *losses))}


def main() -> None:
    """Write the files."""
    HERE.mkdir(exist_ok=True)
    _write("trajectories", ways())
    _write("sharpness", sharpness())
    for name, images in SURFACES:
        _write(name, surface(name, images))


def _write(name: str, facts: dict[str, Any]) -> None:
    (HERE / f"{name}.json").write_text(json.dumps(facts), encoding="utf-8")
    print(f"landscape/{name}.json")


if __name__ == "__main__":
    main()
