"""The table of public names equals what the modules declare, and one declaration is enough."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import pytest
import torch
from torch import nn

import vizlib as vz
from vizlib import __main__ as command_line
from vizlib import index
from vizlib.core.recipe import recipe_for
from vizlib.core.technique import Layer, Progress, Range, options, silent, technique
from vizlib.data.imagesets import samples

PACKAGE = Path(vz.__file__).parent


def decorated() -> dict[str, str]:
    """Functions that the source decorates with @technique: name -> module."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(("vizlib", *path.relative_to(PACKAGE).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(is_technique(mark) for mark in node.decorator_list):
                found[node.name] = module
    return found


def is_technique(mark: ast.expr) -> bool:
    return ast.unparse(mark).split(".")[-1] == "technique"


def test_the_table_is_the_decorated_functions():
    assert {name: index.NAMES[name].module for name in vz.TECHNIQUES} == decorated()


def test_every_technique_of_the_table_is_decorated_once_loaded():
    assert [name for name in vz.TECHNIQUES if not getattr(vz.TECHNIQUES[name], "is_technique", False)] == []


def test_every_public_name_is_callable_after_every_submodule_was_imported():
    code = """
import importlib, pkgutil, vizlib
for found in pkgutil.walk_packages(vizlib.__path__, "vizlib."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print([name for name in vizlib.index.NAMES if not callable(getattr(vizlib, name))])
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.stdout.strip(), ended.returncode) == ("[]", 0), ended.stderr


def test_no_file_or_folder_bears_a_public_name():
    assert {found.name for found in pkgutil.iter_modules([str(PACKAGE)])} & set(index.NAMES) == set()


def test_every_entry_has_a_known_family_and_one_sentence():
    families = {*index.TECHNIQUE_FAMILIES, "evaluation", "zoo", "recipe", "intake"}
    for name, entry in index.NAMES.items():
        assert entry.family in families, name
        assert entry.line.endswith("."), name
        assert "\n" not in entry.line, name


def test_techniques_is_a_read_only_mapping():
    assert isinstance(vz.TECHNIQUES, Mapping)
    assert not isinstance(vz.TECHNIQUES, MutableMapping)
    assert len(vz.TECHNIQUES) == len(list(vz.TECHNIQUES)) > 0
    assert vz.TECHNIQUES["saliency"] is vz.saliency
    with pytest.raises(TypeError):
        vz.TECHNIQUES["saliency"] = len  # type: ignore[index]
    with pytest.raises(TypeError):
        index.NAMES["saliency"] = None  # type: ignore[index]


def test_names_that_are_no_techniques_are_not_in_techniques():
    assert "load_model" not in vz.TECHNIQUES
    with pytest.raises(KeyError):
        vz.TECHNIQUES["load_model"]


def test_dir_lists_every_public_name():
    assert set(index.NAMES) <= set(dir(vz))
    assert set(index.NAMES) <= set(vz.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'salience'"):
        vz.salience  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        from vizlib import salience  # type: ignore[attr-defined]  # noqa: F401


def test_a_resolved_name_is_stored():
    assert vz.grad_cam is vars(vz)["grad_cam"] is importlib.import_module("vizlib.attribution.cam").grad_cam


@technique
def loudness(
    model: nn.Module,
    images: torch.Tensor,
    target: Any = None,
    *,
    gain: Annotated[int, Range(1, 9), "How loud."] = 3,
    colour_of_noise: Annotated[Literal["white", "pink"], "Which noise."] = "pink",
    quiet: Annotated[bool, "Whether to whisper."] = False,
    layer: Layer = None,
    progress: Progress = silent,
) -> torch.Tensor:
    """How loud an image is."""
    progress(1, 1)
    return gain * images.abs().amax((1, 2, 3))


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The technique above, added to the table while the test runs."""
    monkeypatch.setitem(sys.modules, "vizlib_added", sys.modules[__name__])
    entry = index.Entry("vizlib_added", "attribution", "How loud an image is.")
    names = MappingProxyType({**index.NAMES, "loudness": entry})
    for module in (index, vz, command_line):
        monkeypatch.setattr(module, "NAMES", names)
    yield "loudness"
    vars(vz).pop("loudness", None)


def test_an_added_technique_is_found_by_name(added: str):
    assert added in vz.TECHNIQUES
    assert vz.TECHNIQUES[added] is vz.loudness is loudness


def test_an_added_technique_has_its_options_from_the_signature_alone():
    gain, colour, quiet, layer = options(loudness)
    assert (gain.name, gain.kind, gain.default, gain.low, gain.high, gain.help) == ("gain", "int", 3, 1, 9, "How loud.")
    assert (colour.kind, colour.default, colour.choices()) == ("choice", "pink", ("white", "pink"))
    assert (quiet.kind, quiet.extremes()) == ("bool", (True, False))
    assert (layer.kind, layer.optional) == ("layer", True)


def test_an_added_technique_has_a_flag_for_every_option(added: str):
    parser = command_line.build_parser(added)
    parsed = parser.parse_args(["--model", "digits-cnn", "--gain", "5", "--colour-of-noise", "white", "--quiet"])
    given = {option.name: getattr(parsed, option.name) for option in options(loudness)}
    read = {option.name: option.parse(given[option.name], added) for option in options(loudness) if given[option.name]}
    assert read == {"gain": 5, "colour_of_noise": "white", "quiet": True}
    assert all(option.help in " ".join(parser.format_help().split()) for option in options(loudness))


def test_an_added_technique_has_a_recipe_key_for_every_option(added: str):
    recipe = recipe_for(added, vz.load_model("digits-cnn"), samples("digits-cnn")[:1], gain=5)
    assert list(recipe.options) == [option.name for option in options(loudness)]
    assert recipe.options == {**recipe.options, "gain": 5, "colour_of_noise": "pink", "quiet": False}
    assert recipe.digest() != replace(recipe, options={**recipe.options, "gain": 6}).digest()


def test_an_added_technique_checks_its_range_and_runs():
    images = torch.full((2, 3, 4, 4), 0.5)
    net = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert loudness(net, images, gain=9).tolist() == [4.5, 4.5]
    with pytest.raises(ValueError, match=r"loudness: gain must be an integer from 1 to 9; got 10\."):
        loudness(net, images, gain=10)
