"""Compute what the pages about the inside of a network open on: ``make gallery``. Each picture holds its recipe."""

import json
from pathlib import Path
from typing import Any

from vizlib.core.blocks import attention_blocks
from vizlib.core.recipe import perform, recipe_for
from vizlib.core.results import Result
from vizlib.data.imagesets import samples
from vizlib.figures import interactive
from vizlib.figures.export import to_bytes
from vizlib.zoo.load import load_model

HERE = Path(__file__).resolve().parent / "inside"
MODEL = "scenes-resnet"
TRANSFORMER, PATCH = "vit_b_16", (6, 7)
PATCHES = 9
# Page, technique, whether all samples are looked at.
WISHES = (
    ("layers", "activations", False),
    ("units", "top_patches", True),
    ("receptive_field", "effective_receptive_field", True),
    ("depth_dive", "depth_dive", True),
)


def make(page: str, technique: str, whole: bool) -> tuple[bytes, dict[str, Any]]:
    """The picture of a page and the facts by which it is known again."""
    model = load_model(MODEL)
    pictures = [(name, image.convert("RGB")) for name, image in samples(MODEL)]
    given: dict[str, Any] = {} if technique == "depth_dive" else {"layer": model.default_layer}
    if technique == "top_patches":
        answers: Any = _asked("activations", model, pictures[:1], given)[1]
        given |= {"unit": int(answers.order[0]), "k": min(PATCHES, len(pictures))}
    recipe, result = _asked(technique, model, pictures if whole else pictures[:1], given)
    views = [model.view(image) for _name, image in pictures] if whole else None
    display = {} if views is None or technique != "top_patches" else {"images": _arrays(views)}
    facts = {
        "page": page,
        "file": f"{page}.png",
        "technique": technique,
        "model": MODEL,
        "weights": model.card.sha256,
        "layer": given.get("layer", ""),
        "images": [image["digest"] for image in recipe.images],
        "result": result.digest(),
        "alternative": interactive.figure(result, **display).layout.meta["alternative"],
    }
    return to_bytes(result, "png", recipe=recipe, **display), facts


def example() -> tuple[bytes, dict[str, Any]]:
    """What the page Attention shows of a model that has none: the first block of a transformer before training."""
    model = load_model(TRANSFORMER, weights="random")
    name, image = samples(MODEL)[0]
    recipe, result = _asked("attention", model, [(name, image.convert("RGB"))], {"block": attention_blocks(model)[0]})
    display: Any = {"images": _arrays([model.view(image.convert("RGB"))]), "query": PATCH}
    alternative = interactive.figure(result, **display).layout.meta["alternative"]
    facts = {"file": "attention.png", "technique": "attention", "model": TRANSFORMER, "alternative": alternative}
    return to_bytes(result, "png", recipe=recipe, **display), facts


def _asked(technique: str, model: Any, pictures: list[Any], given: dict[str, Any]) -> tuple[Any, Result]:
    recipe = recipe_for(technique, model, pictures, **given)
    return recipe, perform(recipe, model, [image for _name, image in pictures])


def _arrays(views: list[Any]) -> list[Any]:
    import numpy as np

    return [np.asarray(view) for view in views]


def small(picture: bytes) -> bytes:
    """The same picture in half the dots and few colours, with its metadata."""
    import io

    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    content, kept = io.BytesIO(), PngInfo()
    with Image.open(io.BytesIO(picture)) as image:
        for name, text in image.info.items():
            if isinstance(text, str):
                kept.add_text(name, text)
        half = image.convert("RGB").resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
        half.quantize(128).save(content, "PNG", pnginfo=kept, optimize=True)
    return content.getvalue()


def main() -> None:
    HERE.mkdir(exist_ok=True)
    listed = []
    for wish in WISHES:
        picture, facts = make(*wish)
        (HERE / facts["file"]).write_bytes(small(picture))
        listed.append(json.dumps(facts, ensure_ascii=False, sort_keys=True))
    picture, facts = example()
    (HERE / facts["file"]).write_bytes(small(picture))
    (HERE / "attention.json").write_text(json.dumps(facts, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    (HERE / "inside.json").write_text("[\n" + ",\n".join(listed) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
