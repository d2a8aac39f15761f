"""Compute the stored results that pages open on: ``make gallery``. The same recipes are asked again by a test.

Each picture is what the network sees beside its map, in the network's own pixels; the recipe and the digest of the
numbers are in its metadata, the words and the numbers to compare with in gallery.json.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex
from PIL import Image

import vizlib as vz
from dashboard.controls import APP_DEFAULTS
from vizlib.core.metadata import KEY, stamp
from vizlib.core.predict import predict, probabilities
from vizlib.core.recipe import Recipe, perform, recipe_for
from vizlib.core.results import Attribution
from vizlib.data.imagesets import samples
from vizlib.figures.static import figure
from vizlib.figures.style import panels
from vizlib.inside.flow import layer_graph
from vizlib.inside.plain import to_plain
from vizlib.zoo.load import load_model

HERE = Path(__file__).resolve().parent
GAP = 24  # the two halves of a picture stand apart by so small a part of one
GRID = 8  # the compared numbers are the means of so many by so many blocks of the map
STOPS = 9  # colours of a colour bar
DOTS = 100  # per inch; only its product with the size in inches counts


@dataclass(frozen=True)
class Wish:
    """One stored result; with a heading it is a card of Home. ``{label}`` stands for the predicted class."""

    technique: str
    model: str
    image: str
    heading: str = ""
    sentence: str = ""


FOUR = ("saliency", "guided_backprop", "occlusion", "grad_cam")
WISHES = (
    Wish(
        "grad_cam", "scenes-resnet", "car 1",
        "Where does it see the {label}?",
        "All over the car, and hardly at the shapes around it.",
    ),
    Wish(
        "grad_cam", "scenes-shortcut", "fish 1, watermarked",
        "Why does it call this fish a {label}?",
        "It looks at the mark in the corner: every boat it learned from had one.",
    ),
    Wish(
        "occlusion", "scenes-resnet", "fish 1",
        "What must stay visible in a {label}?",
        "The eye: hide it, and the probability falls by a third.",
    ),
    Wish(
        "guided_backprop", "scenes-resnet", "butterfly 1",
        "Which details say {label}?",
        "The outlines of the wings and the spots on them.",
    ),
    Wish(
        "saliency", "scenes-resnet", "cup 1",
        "Which pixels matter most for the {label}?",
        "Those along the rim: the score reacts to them more than to any others.",
    ),
    Wish(
        "occlusion", "digits-cnn", "digit 9, number 254",
        "What makes this a {label}?",
        "The top of the loop: hide it, and the probability falls by three quarters.",
    ),
    *(Wish(technique, "scenes-resnet", "boat 1") for technique in FOUR),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Made:
    """A wish come true: its recipe, its numbers, its picture and what is written about it."""

    recipe: Recipe
    result: Attribution
    picture: bytes
    facts: dict[str, Any]


def make(wish: Wish) -> Made:
    """Ask the model, draw the answer, note the facts."""
    model = load_model(wish.model)
    image = dict(samples(wish.model))[wish.image].convert("RGB")
    view = np.asarray(model.view(image))
    share = probabilities(predict(model, [image])[0])
    recipe = recipe_for(wish.technique, model, [(wish.image, image)], **APP_DEFAULTS.get(wish.technique, {}))
    result = perform(recipe, model, [image])
    assert isinstance(result, Attribution)
    (target,) = recipe.target
    facts = {
        "file": f"{wish.technique}-{wish.model}-{wish.image}.png".replace(",", "").replace(" ", "-"),
        "technique": wish.technique,
        "model": wish.model,
        "weights": model.card.sha256,
        "image": wish.image,
        "digest": recipe.images[0]["digest"],
        "target": target,
        "label": model.labels[target],
        "probability": float(share[target]),
        "heading": wish.heading,
        "sentence": wish.sentence,
        **_words(result, view, model.labels),
        "numbers": numbers(result),
    }
    return Made(recipe, result, draw(recipe, result, view, model.labels), facts)


def _words(result: Attribution, view: np.ndarray, labels: tuple[str, ...]) -> dict[str, Any]:
    """Range, unit and colours of the map, and the picture in words."""
    (panel,) = panels(result, images=[view], labels=labels)
    colours = mpl.colormaps[panel.colours + ("_r" if panel.diverging_colours else "")]
    return {
        "alternative": panel.alternative,
        "unit": panel.unit.replace("\n", " "),
        "low": panel.low,
        "high": panel.high,
        "clipped": panel.clipped,
        "colours": [to_hex(colours(position)) for position in np.linspace(0, 1, STOPS)],
    }


def numbers(result: Attribution) -> dict[str, Any]:
    """Numbers by which a result is recognised: its score, and its map as means of blocks."""
    map_ = result.heatmap()[0].astype(np.float64)
    height, width = (side // GRID for side in map_.shape)
    blocks = map_[: height * GRID, : width * GRID].reshape(GRID, height, GRID, width).mean(axis=(1, 3))
    largest = float(np.abs(map_).max())
    return {
        "score": float(f"{result.score[0]:.7g}"),
        "largest": float(f"{largest:.7g}"),
        "blocks": [[float(f"{value:.7g}") for value in row] for row in blocks],
    }


def draw(recipe: Recipe, result: Attribution, view: np.ndarray, labels: tuple[str, ...]) -> bytes:
    """What the network sees, and the map over it, one pixel for one number."""
    height, side = view.shape[:2]
    gap = side // GAP
    width = 2 * side + gap
    drawn = figure(result, images=[view], labels=labels, layout="pair")
    drawn.set_layout_engine("none")
    drawn.set_size_inches(width / DOTS, height / DOTS)
    for axes, left in zip(drawn.axes[:2], (0, side + gap), strict=True):
        axes.set_title("", loc="left")
        axes.set_aspect("auto")
        axes.set_position((left / width, 0, side / width, 1))
    for bar in drawn.axes[2:]:
        bar.remove()  # pages draw it as text and colours of their theme
    content = io.BytesIO()
    drawn.savefig(content, format="png", dpi=DOTS, transparent=True, metadata={KEY: stamp(recipe, result)})
    return content.getvalue()


def pixels(picture: bytes) -> np.ndarray:
    """A picture as numbers, to compare two of them."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA")).astype(int)


def layers(name: str) -> dict[str, Any]:
    """The table and the graph of a model's layers."""
    model = load_model(name)
    facts = {"summary": to_plain(vz.model_summary(model)), "graph": to_plain(layer_graph(model))}
    return {"model": name, "weights": model.card.sha256, **facts}


def write_layers() -> None:
    """One file a bundled model."""
    (HERE / "layers").mkdir(exist_ok=True)
    for name in sorted({wish.model for wish in WISHES}):
        facts = json.dumps(layers(name), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        (HERE / "layers" / f"{name}.json").write_text(facts + "\n", encoding="utf-8")


def main() -> None:
    write_layers()
    made = [make(wish) for wish in WISHES]
    for old in HERE.glob("*.png"):
        old.unlink()
    for one in made:
        (HERE / one.facts["file"]).write_bytes(one.picture)
    facts = [json.dumps(one.facts, ensure_ascii=False, sort_keys=True) for one in made]
    (HERE / "gallery.json").write_text("[\n" + ",\n".join(facts) + "\n]\n", encoding="utf-8")
    print(f"{len(made)} results, {sum(len(one.picture) for one in made) / 1000:.0f} kB in {HERE.name}/")


if __name__ == "__main__":
    main()
