"""The command line: python -m vizlib TECHNIQUE --model NAME IMAGE... -o FILE, models, techniques, rerun."""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from vizlib.index import JUDGED, NAMES, RECIPES, TECHNIQUES

FORMATS = ("png", "svg", "pdf", "html", "npz", "csv", "json")
DIFFERENT = 1
MISTAKE = 2
CANCELLED = 130
DISPLAY = (
    "opacity",
    "colours",
    "absolute",
    "scale",
    "layout",
    "log",
    "iso_f1",
    "by",
    "view",
    "show",
    "azimuth",
    "elevation",
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message[0].upper()}{message[1:]}. {self.prog} --help shows the usage.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _command(given)
    except (ValueError, OSError) as error:
        print(_sentence(error), file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return CANCELLED


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        what = error.strerror or "The file cannot be used"
        return f"{what}: {Path(str(error.filename)).name}. Check the file name." if error.filename else f"{what}."
    return " ".join(str(error).split())


def _command(given: list[str]) -> int:
    if not given or given[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    name, rest = given[0], given[1:]
    if name in COMMANDS:
        return COMMANDS[name](rest)
    if name.replace("-", "_") in TECHNIQUES_BY_NAME:
        return _technique(name.replace("-", "_"), rest)
    if name.replace("-", "_") in EVALUATIONS:
        return _evaluation(name.replace("-", "_"), rest)
    import difflib

    near = difflib.get_close_matches(name, [*TECHNIQUES_BY_NAME, *EVALUATIONS, *COMMANDS], 1)
    hint = f"did you mean {near[0]}?" if near else "'python -m vizlib --help' lists them."
    raise ValueError(f"There is no command {name[:40]!r}; {hint}")


TECHNIQUES_BY_NAME = frozenset(TECHNIQUES)
EVALUATIONS = tuple(name for name in JUDGED if name not in ("compare_boxes", "nms"))


def _overview() -> str:
    lines = [
        "usage: python -m vizlib TECHNIQUE --model NAME [IMAGE...] [--option value] -o FILE.{"
        + ",".join(FORMATS)
        + "}",
        "       python -m vizlib EVALUATION (--model NAME scenes:400 | --table FILE) [--option value] -o FILE",
        "       python -m vizlib models | techniques | rerun FILE",
        "",
        "See what a vision model learned and why it decides.",
        "",
        "techniques:",
        *(f"  {name:18} {NAMES[name].line}" for name in TECHNIQUES),
        "",
        "evaluations:",
        *(f"  {name:22} {NAMES[name].line}" for name in EVALUATIONS),
        "",
        "commands:",
        "  models             Every model that can be loaded by name.",
        "  techniques         Every technique, one a line.",
        "  rerun FILE         Make a saved figure's numbers again and compare them.",
        "",
        "Each has its own --help.",
    ]
    return "\n".join(lines)


def build_parser(technique: str, function: Callable[..., Any] | None = None) -> Parser:
    """The flags of a technique, derived from its signature.

    Parameters
    ----------
    technique : str
    function : callable, optional
        The technique itself when it is not in the index.
    """
    from vizlib.core.options import question

    function = function or TECHNIQUES[technique]
    summary = (function.__doc__ or "").strip().split("\n")[0]
    parser = Parser(prog=f"python -m vizlib {technique}", description=summary, allow_abbrev=False)
    _add_question(parser)
    _add_others(parser, function)
    own = parser.add_argument_group("options of the technique")
    for option in question(function):
        flags = dict.fromkeys((f"--{option.name.replace('_', '-')}", f"--{option.name}"))
        words: dict[str, Any] = {"nargs": "?", "const": "true"} if option.kind == "bool" else {}
        default = "" if option.required else f" Default: {'empty' if option.default is None else option.default}."
        text = f"{option.help} {option.rule().capitalize()}.{default}".replace("%", "%%")
        own.add_argument(*flags, dest=option.name, metavar="VALUE", help=text, default=None, **words)
    _add_display(parser)
    if technique in NAMES and NAMES[technique].family == "landscape":
        _add_landscape_look(parser)
    return parser


def _add_question(parser: Parser) -> None:
    from vizlib.zoo.cards import PRECISIONS

    parser.add_argument(
        "images", nargs="*", metavar="IMAGE", help="Image files, names of bundled samples, a folder, or scenes:2000."
    )
    parser.add_argument(
        "--model", required=True, metavar="NAME", help="A name from 'models', or a folder with a card.toml."
    )
    parser.add_argument("--weights", default="default", help="default, random (untrained), or a set of torchvision's.")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0], help="What is computed in.")
    parser.add_argument("--target", metavar="CLASS", help="Class index or name; the predicted class when left out.")
    parser.add_argument("-o", "--output", metavar="FILE", help=f"Ends with one of: {', '.join(FORMATS)}.")


def _add_others(parser: Parser, function: Callable[..., Any]) -> None:
    """Further weights, of a technique that takes some."""
    import inspect

    found = {"other", "checkpoints"} & set(inspect.signature(function).parameters)
    for name in found:
        text = "Further weights: a kept training such as digits-cnn:adam, one of its checkpoints such as "
        text += "digits-cnn:adam@0, a weights file, or a model."
        many: Any = "+" if name == "checkpoints" else 1
        parser.add_argument(f"--{name}", dest="others", nargs=many, default=[], metavar="WEIGHTS", help=text)
    if "second" in inspect.signature(function).parameters:
        text = "A second model to compare with, by name or folder."
        parser.add_argument("--second", metavar="NAME", help=text)
        parser.add_argument("--second-weights", default="default", help="Of the second model: default or random.")


def _add_display(parser: Parser) -> None:
    from vizlib.figures.style import COLOURS

    look = parser.add_argument_group("look of the figure (never changes the numbers)")
    look.add_argument("--opacity", type=_fraction, help="Of the map over its image, 0 to 1.")
    look.add_argument("--colours", choices=COLOURS, metavar="NAME", help=f"One of {', '.join(COLOURS)}.")
    look.add_argument("--absolute", action="store_true", default=None, help="Show magnitudes of a signed map.")
    look.add_argument("--scale", choices=("own", "shared"), help="One colour range per image, or one for all.")
    look.add_argument(
        "--layout",
        choices=("pair", "overlay", "map", "original"),
        help="Image beside the map, under it, or no image; original: the map on the whole picture, as PNG.",
    )


def _add_landscape_look(parser: Parser, *, log: bool = True) -> None:
    look = parser.add_argument_group("look of a loss landscape (never changes the numbers)")
    if log:
        look.add_argument("--log", action="store_true", default=None, help="Heights on a logarithmic scale.")
    look.add_argument("--show", choices=("loss", "accuracy"), help="What the heights are.")
    look.add_argument("--view", choices=("contour", "surface", "slices"), help="Contours, a surface or two slices.")
    look.add_argument("--azimuth", type=float, metavar="DEGREES", help="Where the eye is, around the surface.")
    look.add_argument("--elevation", type=float, metavar="DEGREES", help="Where the eye is, above the surface.")


def evaluation_parser(name: str) -> Parser:
    """The flags of an evaluation: whose scores, of which class, and the options of its signature."""
    summary = (RECIPES[name].__doc__ or "").strip().split("\n")[0]
    parser = Parser(prog=f"python -m vizlib {name}", description=summary, allow_abbrev=False)
    given = "Truth and detections, two JSON files." if name == "mean_average_precision" else "scenes:400, digits:360, or a folder or ZIP archive whose folders are the classes."  # fmt: skip  # noqa: E501
    parser.add_argument("images", nargs="*", metavar="FILES" if "JSON" in given else "IMAGES", help=given)
    parser.add_argument("--model", metavar="NAME", help="Whose scores: a name from 'models', or a folder with a card.")
    parser.add_argument("--other", metavar="NAME", help="A second model on the same images, for compare_auc.")
    parser.add_argument("--weights", default="default", help="default, random (untrained), or a set of torchvision's.")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument("--target", metavar="CLASS", help="Class index or name; all decisions together when left out.")
    parser.add_argument("--column", help="Of slices or folds: a column of the table, or size, light, ... of scenes.")
    parser.add_argument("--folds", type=int, help="How many folds are drawn at random, when no column tells them.")
    parser.add_argument("-o", "--output", metavar="FILE", help=f"Ends with one of: {', '.join(FORMATS)}.")
    table = parser.add_argument_group("scores of a table instead of a model; columns are guessed when left out")
    table.add_argument("--table", metavar="FILE", help="CSV, TSV, Parquet or NPZ, one row an example.")
    table.add_argument("--scores", metavar="COLUMNS", help="Columns of scores, with commas between them.")
    table.add_argument("--labels", metavar="COLUMNS", help="Columns of labels (of regression: of the truth).")
    table.add_argument("--positive", metavar="LABEL", help="Which label is the positive one, for one column of scores.")
    own = parser.add_argument_group("options of the evaluation")
    for option in _own_options(name):
        flags = dict.fromkeys((f"--{option.name.replace('_', '-')}", f"--{option.name}"))
        words: dict[str, Any] = {"nargs": "?", "const": "true"} if option.kind == "bool" else {}
        text = f"{option.help} {option.rule().capitalize()}. Default: {option.default}.".replace("%", "%%")
        own.add_argument(*flags, dest=f"option {option.name}", metavar="VALUE", help=text, default=None, **words)
    _add_curve_look(parser)
    return parser


def _add_curve_look(parser: Parser) -> None:
    look = parser.add_argument_group("look of the figure (never changes the numbers)")
    look.add_argument("--log", action="store_true", default=None, help="A logarithmic axis of the ROC curve.")
    look.add_argument("--iso-f1", action="store_true", default=None, help="Lines of equal F1.")
    look.add_argument("--by", choices=("true", "predicted", "all"), help="Whose shares a confusion matrix shows.")


def _own_options(name: str) -> Any:
    from vizlib.core.options import options

    return options(RECIPES[name])


def _evaluation(name: str, arguments: list[str]) -> int:
    from vizlib.core.judged import judged
    from vizlib.core.recipe import perform

    parsed = evaluation_parser(name).parse_args(arguments)
    output = Path(parsed.output or f"{name}.png")
    _format(output)
    texts = {option: getattr(parsed, f"option {option.name}") for option in _own_options(name)}
    given = {option.name: option.parse(text, name) for option, text in texts.items() if text is not None}
    base, model, seen, names = _judged_files(name, parsed) if not parsed.model else _judged_model(name, parsed)
    target = [] if parsed.target is None else [_class(parsed.target, names)]
    data = {key: getattr(parsed, key) for key in ("column", "folds") if getattr(parsed, key) is not None}
    recipe = judged(base, name, target, data, **given)
    result = perform(recipe, model, seen, _bar(name))
    _say(recipe, result, model)
    _write(result, recipe, model, seen, output, _look(parsed))
    return 0


def _judged_model(name: str, parsed: Any) -> tuple[Any, Any, Any, tuple[str, ...]]:
    """A model and an image set: what a recipe says of them, both, and the names of the classes."""
    from vizlib.core.judged import of_model
    from vizlib.data.streams import image_stream
    from vizlib.zoo.load import load_model

    if len(parsed.images) != 1:
        raise ValueError(f"{name}: name one image set with labels, like scenes:400 or a folder of class folders.")
    images = image_stream(parsed.images[0])
    model = load_model(parsed.model, weights=parsed.weights, device=parsed.device, progress=_bar("weights"))
    base = of_model(model.card, parsed.model, model.digest, images, weights=parsed.weights)
    if parsed.other:
        second = load_model(parsed.other)
        stated = {"model": parsed.other, "weights": "default", "weights_digest": second.digest}
        base = dataclasses.replace(base, data={"other": stated})
    return base, model, images, model.labels


def _judged_files(name: str, parsed: Any) -> tuple[Any, Any, Any, tuple[str, ...]]:
    """A table, or two files of boxes, with what its columns mean."""
    from vizlib.core.judged import of_files
    from vizlib.core.recipe import file_digest

    wanted = 2 if name == "mean_average_precision" else 1
    files = [parsed.table] if parsed.table else parsed.images
    if len(files) != wanted or (wanted == 1 and not parsed.table):
        what = "two JSON files, truth and detections" if wanted == 2 else "--model NAME and an image set, or --table FILE"  # fmt: skip  # noqa: E501
        raise ValueError(f"{name}: give {what}.")
    contents = [Path(file).read_bytes() for file in files]
    digests = [(file, file_digest(content)) for file, content in zip(files, contents, strict=True)]
    data, names = _columns(name, parsed, contents[0]) if wanted == 1 else ({}, ())
    return of_files(digests, data), None, contents, names


def _columns(name: str, parsed: Any, content: bytes) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the columns of a table mean, as given or guessed, and the names of the classes."""
    from vizlib.evaluation.tables import examples_from, read_table, stated_columns

    table = read_table(Path(parsed.table).name, content)
    scores, labels = ([] if text is None else text.split(",") for text in (parsed.scores, parsed.labels))
    if name == "regression":
        if len(scores) != 1 or len(labels) != 1:
            raise ValueError("regression: name the predicted column with --scores and the true one with --labels.")
        return {"predicted": scores[0], "truth": labels[0]}, ()
    data = stated_columns(table, scores, labels, parsed.positive)
    return data, examples_from(table, data).names


def _class(text: str, names: Sequence[str]) -> int:
    """A class by number or by name."""
    if text.isdecimal() and text not in names:
        return int(text)
    known = [name.casefold() for name in names]
    if text.casefold() not in known:
        raise ValueError(f"There is no class {text[:40]!r}; there are {', '.join(list(names)[:6])}.")
    return known.index(text.casefold())


def _fraction(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError(text)
    return number


_fraction.__name__ = "number from 0 to 1"  # argparse names the kind in its message


def _technique(name: str, arguments: list[str]) -> int:
    from vizlib.core.options import question

    parsed = build_parser(name).parse_args(arguments)
    output = Path(parsed.output or f"{name}.png")
    _format(output)
    given = {
        option.name: option.parse(getattr(parsed, option.name), name)
        for option in question(TECHNIQUES[name])
        if getattr(parsed, option.name) is not None
    }
    from vizlib.core.recipe import perform, recipe_for
    from vizlib.data.streams import ImageStream
    from vizlib.zoo.load import load_model

    pictures = _pictures(parsed.images or _usual_images(name, parsed.model), parsed.model)
    model = load_model(
        parsed.model,
        weights=parsed.weights,
        device=parsed.device,
        precision=parsed.precision,
        progress=_bar("weights"),
    )
    others = _others(getattr(parsed, "others", ()))
    second = _second(parsed)
    recipe = recipe_for(name, model, pictures, _target(parsed.target, model), others=others, second=second, **given)
    data = {"second": {**recipe.data["second"], "model": parsed.second}} if second else recipe.data
    found = {"model": parsed.model, "weights": parsed.weights, "data": data}  # so that rerun finds them again
    recipe = dataclasses.replace(recipe, **found)
    images = pictures if isinstance(pictures, ImageStream) else [image for _, image in pictures]
    result = perform(recipe, model, images, _bar(name), others)
    _say(recipe, result, model)
    _write(result, recipe, model, images, output, _look(parsed))
    return 0


def _second(parsed: Any) -> Any:
    """The model that is compared with, where one is named."""
    from vizlib.zoo.load import load_model

    if not getattr(parsed, "second", None):
        return None
    return load_model(parsed.second, weights=parsed.second_weights, precision=parsed.precision)


def _others(names: Sequence[str]) -> list[Any]:
    from vizlib.zoo.solutions import solutions

    return [solutions(name) for name in names]


def _look(parsed: Any) -> dict[str, Any]:
    return {name: getattr(parsed, name) for name in DISPLAY if getattr(parsed, name, None) is not None}


def _format(output: Path) -> str:
    ending = output.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise ValueError(f"The output file must end with one of {', '.join(FORMATS)}; got {output.name!r}.")
    if not output.absolute().parent.is_dir():
        raise ValueError(f"The folder for {output.name!r} does not exist; create it first.")
    return ending


def _pictures(names: list[str], model: str) -> Any:
    """Images by file name or by the name of a bundled sample, or one image set; the first sample when none is named."""
    from vizlib.data.imagesets import samples
    from vizlib.data.streams import image_stream, names_set

    if any(map(names_set, names)):
        if len(names) > 1:
            raise ValueError(
                "An image set stands alone; give one folder, one ZIP archive or one name like scenes:2000."
            )
        return image_stream(names[0])

    bundled = {} if names and all(Path(name).is_file() for name in names) else dict(samples(model))
    return [_picture(name, bundled) for name in names or list(bundled)[:1]]


def _usual_images(technique: str, model: str) -> list[str]:
    """Three samples, or a bundled set, for what needs several images, or labels, when none are named."""
    from vizlib.data.imagesets import samples

    if technique == "decision_plane":
        return [name for name, _ in samples(model)[:3]]
    if technique == "activation_difference":
        return [name for name, _ in samples(model)[:2]]
    usual = "digits:180" if model == "digits-cnn" else "scenes:240"
    many = _takes_features(technique) or NAMES[technique].family == "landscape" or technique == "layer_similarity"
    return [usual] if many else []


def _takes_features(technique: str) -> bool:
    import inspect

    return next(iter(inspect.signature(TECHNIQUES[technique]).parameters)) == "features"


def _picture(name: str, bundled: dict[str, Any]) -> tuple[str, Any]:
    from vizlib.data.intake import read_image
    from vizlib.data.one_of_set import names_one, one_of_set

    if name in bundled and not Path(name).is_file():
        return name, bundled[name].convert("RGB")
    if names_one(name):
        return name, one_of_set(name)
    try:
        picture = read_image(name)
    except ValueError as error:
        raise ValueError(f"{Path(name).name}: {error}") from None
    for note in picture.notes:
        print(f"{Path(name).name}: {note}")
    return name, picture.image


def _target(text: str | None, model: Any) -> int | None:
    if text is None:
        return None
    if text.removeprefix("-").isdecimal():
        return int(text)
    names = [label.casefold() for label in model.labels]
    if text.casefold() not in names:
        import difflib

        near = difflib.get_close_matches(text.casefold(), names, 3)
        hint = f"Did you mean {', '.join(near)}?" if near else "Give its index."
        raise ValueError(f"The model knows no class {text[:40]!r}. {hint}")
    return names.index(text.casefold())


def _write(result: Any, recipe: Any, model: Any, images: Any, output: Path, look: dict[str, Any]) -> None:
    import numpy as np

    from vizlib.figures.export import to_bytes

    if recipe.technique in JUDGED:
        output.write_bytes(to_bytes(result, _format(output), recipe=recipe, **look))
        print(f"wrote {output}")
        return
    if look.get("layout") == "original":
        output.write_bytes(_on_picture(result, recipe, model, images, output, look))
        print(f"wrote {output}")
        return
    views: Any = [np.asarray(model.view(image)) for image in images] if isinstance(images, list) else None
    if views is None and _takes_features(recipe.technique):
        views = Views(model, images)
    output.write_bytes(to_bytes(result, _format(output), recipe=recipe, images=views, labels=model.labels, **look))
    print(f"wrote {output}")


class Views:
    """The images of a set as the model sees them, each made when it is drawn."""

    def __init__(self, model: Any, images: Any) -> None:
        self.model, self.images = model, images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> Any:
        import numpy as np

        return np.asarray(self.model.view(self.images.read(row)))


def _on_picture(result: Any, recipe: Any, model: Any, images: Any, output: Path, look: dict[str, Any]) -> bytes:
    import numpy as np

    from vizlib.core.results import Attribution
    from vizlib.figures.original import to_png

    if (
        not isinstance(images, list)
        or len(images) != 1
        or _format(output) != "png"
        or not isinstance(result, Attribution)
    ):
        raise ValueError("--layout original draws the map of one image, as a .png file.")
    look = {name: value for name, value in look.items() if name != "layout"}
    box = model.crop_box(images[0].size)
    return to_png(result, np.asarray(images[0]), box, recipe=recipe, labels=model.labels, **look)


def _say(recipe: Any, result: Any, model: Any) -> None:
    from vizlib.figures.style import class_name

    for index, image in enumerate(recipe.images if hasattr(result, "score") else ()):
        print(f"{image['name']}: {class_name(result, index, model.labels)}, score {result.score[index]:.4g}")
    for note in (*getattr(model, "notes", ()), *getattr(result, "notes", ()), *result.banners()):
        print(f"note: {note}")
    print(f"recipe {recipe.digest()}\nresult {result.digest()}")


def _bar(what: str) -> Callable[[int, int], None]:
    """Progress as a bar on a terminal, silent elsewhere."""
    from tqdm import tqdm

    bar = tqdm(desc=what, disable=None, leave=False, delay=0.5)

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return progress


def _models(arguments: list[str]) -> int:
    from vizlib.zoo.cards import list_models

    Parser(prog="python -m vizlib models", description="Every model that can be loaded by name.").parse_args(arguments)
    for model in list_models():
        print(f"{model.name:28} {model.source:12} weights {model.weights:12} {model.note or model.about}".rstrip())
    return 0


def _techniques(arguments: list[str]) -> int:
    parser = Parser(prog="python -m vizlib techniques", description="Every technique, one a line.")
    parser.parse_args(arguments)
    for name in TECHNIQUES:
        print(f"{name:18} {NAMES[name].family:14} {NAMES[name].line}")
    return 0


def _rerun(arguments: list[str]) -> int:
    parser = Parser(prog="python -m vizlib rerun", description="Make a saved figure's numbers again and compare them.")
    parser.add_argument("file", metavar="FILE", help=f"A saved figure or recipe: {', '.join(FORMATS)}.")
    parser.add_argument(
        "--images", nargs="+", default=[], metavar="IMAGE", help="Where the images are, under any name."
    )
    parser.add_argument(
        "--table", nargs="+", default=[], metavar="FILE", help="Where the tables or files of an evaluation are."
    )
    parser.add_argument("--others", nargs="+", default=[], metavar="WEIGHTS", help="Where further weights are.")
    parser.add_argument("--model", help="Name or folder of the model, when it moved.")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument("-o", "--output", metavar="FILE", help="Write the figure again.")
    _add_display(parser)
    _add_curve_look(parser)
    _add_landscape_look(parser, log=False)
    parsed = parser.parse_args(arguments)
    output = Path(parsed.output) if parsed.output else None
    if output:
        _format(output)
    from vizlib.core.metadata import read_recipe
    from vizlib.core.recipe import change_of, find_images, find_others, perform
    from vizlib.zoo.load import load_model

    recipe, before = read_recipe(Path(parsed.file))
    images = find_images(recipe, [*parsed.images, *parsed.table])
    made: dict[str, Any] = {"weights": recipe.weights, "precision": recipe.precision}
    model = load_model(parsed.model or recipe.model, **made, device=parsed.device) if recipe.model else None
    change = change_of(recipe, model) if model else ""
    if change:
        print(f"different: the {change} of {recipe.model} changed since the figure was made.")
        return DIFFERENT
    result = perform(recipe, model, images, _bar(recipe.technique), find_others(recipe, parsed.others))
    if output:
        _write(result, recipe, model, images, output, _look(parsed))
    return _verdict(recipe, before, result.digest())


def _verdict(recipe: Any, before: str | None, after: str) -> int:
    print(f"recipe {recipe.digest()}\nresult {after}")
    if before is None:
        print("made: the file states no digest to compare with.")
        return 0
    if before == after:
        print("same: the numbers are identical, bit for bit.")
        return 0
    made = ", ".join(f"{name} {number}" for name, number in recipe.versions.items())
    print(f"different: the file's numbers had the digest {before}; they were made with {made}.")
    return DIFFERENT


COMMANDS: dict[str, Callable[[list[str]], int]] = {"models": _models, "techniques": _techniques, "rerun": _rerun}


if __name__ == "__main__":
    sys.exit(main())
