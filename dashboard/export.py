"""Taking a picture away: files made when they are asked for, and the lines that make it again."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.engine import Answer
from dashboard.text import _, safe_file_name
from dashboard.visit import Visit
from vizlib.core.options import options
from vizlib.core.results import Result
from vizlib.data.streams import MARK
from vizlib.index import NAMES, TECHNIQUES
from vizlib.zoo.preprocess import geometry

FORMATS = {
    "png": ("PNG", "image/png"),
    "pdf": ("PDF", "application/pdf"),
    "svg": ("SVG", "image/svg+xml"),
    "html": ("HTML", "text/html"),
    "npz": ("Numbers (NPZ)", "application/octet-stream"),
    "csv": ("Table (CSV)", "text/csv"),
    "json": ("Recipe (JSON)", "application/json"),
}


def file_stem(recipe: Any) -> str:
    """What files about a recipe are called."""
    images = (image["name"] for image in recipe.images)
    return safe_file_name("-".join(filter(None, [recipe.technique, *images, recipe.model])))


def downloads(answer: Answer, display: dict[str, Any], place: str, width: Any) -> None:
    """One button a format; the file is made on the click, off the script."""
    _buttons(file_stem(answer.recipe), tuple(FORMATS), partial(_maker, answer, display=display), place, width)


def plain_downloads(result: Result, stem: str, place: str, **display: Any) -> None:
    """The same for a figure that no recipe makes, since no model was asked."""

    def maker(suffix: str) -> Callable[[], bytes]:
        from vizlib.figures.export import to_bytes

        return partial(to_bytes, result, suffix, recipe=None, **display)

    with st.popover(_("Download"), icon=":material/download:", key=f"take {place}"):
        _buttons(safe_file_name(stem), tuple(name for name in FORMATS if name != "json"), maker, place, "stretch")


def _buttons(
    stem: str, suffixes: Sequence[str], maker: Callable[[str], Callable[[], bytes]], place: str, width: Any
) -> None:
    for suffix in suffixes:
        label, mime = FORMATS[suffix]
        st.download_button(
            _(label),
            data=maker(suffix),
            file_name=f"{stem}.{suffix}",
            mime=mime,
            key=f"{place}/download {suffix}",
            on_click="ignore",
            width=width,
        )


def _maker(answer: Answer, suffix: str, display: dict[str, Any]) -> Callable[[], bytes]:
    def make() -> bytes:
        from vizlib.figures.export import to_bytes

        return to_bytes(answer.result, suffix, recipe=answer.recipe, **display)

    return make


def picture_download(
    answer: Answer, open_image: Callable[[], Image.Image], display: dict[str, Any], place: str, width: Any
) -> None:
    """The map on the whole picture as it came, at its own resolution; made on the click."""
    st.download_button(
        _("Overlay on your picture (PNG)"),
        data=lambda: on_picture(answer, open_image(), display),
        file_name=f"{file_stem(answer.recipe)}-original.png",
        mime="image/png",
        key=f"{place}/download original",
        on_click="ignore",
        width=width,
    )


def on_picture(answer: Answer, image: Image.Image, display: dict[str, Any]) -> bytes:
    """The PNG of :func:`picture_download`."""
    from vizlib.figures.original import to_png

    sizes: Any = SimpleNamespace(**answer.recipe.preprocessing)
    box = geometry(sizes, image.size).box
    shown = {name: value for name, value in display.items() if name != "images"}
    return to_png(answer.result, np.asarray(image), box, recipe=answer.recipe, **shown)


def recipe_lines(
    here: Visit, answer: Answer, look: Mapping[str, Any] = MappingProxyType({}), *, whole: bool = False
) -> None:
    """An expander with the lines that make the numbers again; ``whole`` shows the recipe itself too."""
    with st.expander(_("Recipe, Python and shell"), icon=":material/code:"):
        st.code(shell_line(answer.recipe, look), language="bash", wrap_lines=True)
        uploaded = [shot.name for shot in here.uploads.shots]
        st.code(python_lines(answer.recipe, uploaded), language="python", wrap_lines=True)
        if here.model_name().own:
            st.caption(_("This model lives in this visit only; for these lines, put card and weights into a folder."))
        st.caption(_("Recipe {digest}").format(digest=f"`{answer.recipe.digest()}`"))
        if whole:
            st.code(answer.recipe.to_json(), language="json", height=240)


def python_lines(recipe: Any, uploaded: Collection[str] = ()) -> str:
    """The same numbers from Python; ``uploaded`` names the pictures that are files of the person."""
    how = ', weights="random"' if recipe.weights == "random" else ""
    how += f", precision={recipe.precision!r}" if recipe.precision != "float32" else ""
    lines = ["import vizlib as vz", "", f"model = vz.load_model({recipe.model!r}{how})"]
    arguments = ["model"]
    names = [image["name"] for image in recipe.images]
    compares_sets = recipe.technique == "layer_similarity" and "second" in recipe.data
    if names and recipe.images[0]["digest"].startswith(MARK):
        lines.insert(1, "from vizlib.data.streams import image_stream")
        lines.append(f"images = image_stream({names[0]!r})")
        arguments.append("images")
    elif names:
        pictures = [f"vz.read_image({n!r}).image" if n in uploaded else f"pictures[{n!r}]" for n in names]
        if set(names) - set(uploaded):
            lines.insert(1, "from vizlib.data.imagesets import samples")
            lines.append(f"pictures = dict(samples({recipe.model!r}))")
        if compares_sets:
            lines.insert(1, "from vizlib.data.streams import stream_of")
            lines.append(f"images = stream_of([{', '.join(pictures)}])")
        else:
            lines += _stacked(pictures)
            lines[:0] = ["import numpy as np"] if len(names) > 1 else []
        arguments.append("images")
    arguments += [str(target) for target in recipe.target[:1]]
    if "second" in recipe.data:
        lines += _second(recipe)
        arguments.append("second")
    if "second" in recipe.data and not compares_sets:
        lines.append(f"beside = second.preprocess({pictures[0]})[None]")
        arguments.append("beside")
    if "pool" in recipe.options and recipe.technique != "features":
        return "\n".join([*lines, *_of_features(recipe)])
    if NAMES[recipe.technique].family == "landscape":
        return "\n".join(["from vizlib.core.set_labels import labels_for", *lines, *_of_weights(recipe)])
    arguments += [f"{name}={value!r}" for name, value in _changed(recipe).items()]
    return "\n".join([*lines, f"result = vz.{recipe.technique}({', '.join(arguments)})"])


def _second(recipe: Any) -> list[str]:
    """The line that loads the second model."""
    stated = recipe.data["second"]
    how = ', weights="random"' if stated["weights"] == "random" else ""
    how += f", precision={recipe.precision!r}" if recipe.precision != "float32" else ""
    return [f"second = vz.load_model({stated['model']!r}{how})"]


def _of_features(recipe: Any) -> list[str]:
    """Lines that ask about the features of images."""
    own, changed = {option.name for option in options(TECHNIQUES[recipe.technique])}, _changed(recipe)
    usual = {option.name: option.default for option in options(TECHNIQUES["features"])}
    of = "".join(f", {name}={value!r}" for name, value in changed.items() if name in usual and value != usual[name])
    asked = "".join(f", {name}={value!r}" for name, value in changed.items() if name in own)
    return [f"features = vz.features(model, images{of})", f"result = vz.{recipe.technique}(features{asked})"]


def _of_weights(recipe: Any) -> list[str]:
    """Lines that ask about weights and labelled images."""
    given = ["model", "images", "labels"]
    lines = [f"labels = labels_for(model, images, {list(recipe.target)})"]
    further = _further(recipe)
    if further:
        where = "other" if recipe.technique == "loss_path" else "checkpoints"
        lines += ["from vizlib.zoo.solutions import solutions, trainings", f"{where} = {further}"]
        given.insert({"loss_path": 1, "trajectory": 0}.get(recipe.technique, 3), where)
    asked = "".join(f", {name}={value!r}" for name, value in _changed(recipe).items())
    return [*lines, f"result = vz.{recipe.technique}({', '.join(given)}{asked})"]


def _further(recipe: Any) -> str:
    """The further weights of a recipe, as Python finds them."""
    found = [f"solutions({other['name']!r})" for other in recipe.others]
    if not found:
        return ""
    if recipe.technique == "trajectory":
        return f"trainings([{', '.join(found)}])"
    if recipe.technique == "loss_path":
        return f"{found[0]}.states[-1]"
    if recipe.options["directions"] == "trajectory":
        return " + ".join(f"[*{one}.states]" for one in found)
    return f"[{', '.join(f'{one}.states[-1]' for one in found)}]"


def _stacked(pictures: Sequence[str]) -> list[str]:
    """Lines that make one batch of pictures."""
    if len(pictures) == 1:
        return [f"images = model.preprocess({pictures[0]})[None]"]
    inside = [f"    {picture}," for picture in pictures]
    return ["chosen = [", *inside, "]", "images = np.stack([model.preprocess(picture) for picture in chosen])"]


def shell_line(recipe: Any, look: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The same picture, with the same look, from a shell."""
    words = ["python", "-m", "vizlib", recipe.technique, "--model", recipe.model]
    if "second" in recipe.data:
        stated = recipe.data["second"]
        words += ["--second", stated["model"]]
        words += ["--second-weights", stated["weights"]] if stated["weights"] != "default" else []
    names = (image["name"] for image in recipe.images)
    words += ["./" + name if name.startswith("-") else name for name in names]
    words += ["--target", str(recipe.target[0])] if recipe.target else []
    words += ["--weights", recipe.weights] if recipe.weights != "default" else []
    words += ["--precision", recipe.precision] if recipe.precision != "float32" else []
    if recipe.others:
        words.append("--other" if recipe.technique == "loss_path" else "--checkpoints")
        words += [other["name"] for other in recipe.others]
    for name, value in {**_changed(recipe), **look}.items():
        words += [f"--{name.replace('_', '-')}", *([] if value is True else [_word(value)])]
    return shlex.join([*words, "-o", f"{recipe.technique}.pdf"])


def _word(value: Any) -> str:
    """A value as a flag takes it: a size as 64x32."""
    return "x".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _changed(recipe: Any) -> dict[str, Any]:
    defaults = {option.name: option.default for option in options(TECHNIQUES[recipe.technique])}
    return {name: value for name, value in recipe.options.items() if value != defaults.get(name)}
