"""Imports run one way, and what must be quick loads nothing large."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
TECHNIQUE_FOLDERS = ("attribution", "inside", "space", "landscapes", "evaluation", "faithfulness")
MAY_IMPORT_ZOO = ("vizlib.core.recipe", "vizlib.jobs", "vizlib.__main__")
LOADED_WHERE_USED = {"captum", "umap", "sklearn", "ray", "openTSNE", "pyarrow"}
ALLOWED_WHERE_USED = {*LOADED_WHERE_USED, "safetensors"}
VALUE_WIDGETS = {
    "slider",
    "select_slider",
    "number_input",
    "selectbox",
    "multiselect",
    "checkbox",
    "toggle",
    "radio",
    "text_input",
    "text_area",
    "color_picker",
    "date_input",
    "time_input",
    "datetime_input",
    "segmented_control",
    "pills",
}


class Import(NamedTuple):
    """One imported module: who imports it, in which line, and whether that happens when the importer loads."""

    importer: str
    line: int
    name: str
    at_load: bool

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def files(folder: str) -> list[Path]:
    return sorted(path for path in (REPOSITORY / folder).rglob("*.py") if "__pycache__" not in path.parts)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def imports(folder: str) -> list[Import]:
    return [found for path in files(folder) for found in imports_of(path)]


def imports_of(path: Path) -> Iterator[Import]:
    deferred = {inner for outer in ast.walk(tree(path)) if is_deferred(outer) for inner in ast.walk(outer)}
    for node in ast.walk(tree(path)):
        for name in imported_names(node, path):
            yield Import(module_name(path), node.lineno, name, node not in deferred)


def is_deferred(node: ast.AST) -> bool:
    """A function's body runs later; what is under TYPE_CHECKING never runs."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def imported_names(node: ast.AST, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    start = module_name(path).split(".")[: -node.level] if node.level else []
    module = ".".join([*start, *([node.module] if node.module else [])])
    inside_project = module.split(".")[0] in ("vizlib", "dashboard")
    return [f"{module}.{alias.name}" if inside_project else module for alias in node.names]


def starts_with(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def test_the_library_imports_neither_streamlit_nor_the_app():
    assert [found for found in imports("vizlib") if found.package in ("streamlit", "dashboard", "pages")] == []


def test_the_app_does_not_import_its_pages():
    assert [found for found in imports("dashboard") if found.package == "pages"] == []


def test_a_technique_imports_tensors_core_and_other_techniques_only():
    within = ("vizlib.core", *(f"vizlib.{folder}" for folder in TECHNIQUE_FOLDERS))
    at_load = {"torch", "numpy", "jaxtyping", *sys.stdlib_module_names}

    def allowed(found: Import) -> bool:
        if found.package == "vizlib":
            return starts_with(found.name, *within)
        return found.package in at_load or (found.package in ALLOWED_WHERE_USED and not found.at_load)

    techniques = [found for folder in TECHNIQUE_FOLDERS for found in imports(f"vizlib/{folder}")]
    assert techniques
    assert [found for found in techniques if not allowed(found)] == []


def test_only_figures_imports_plotting_packages():
    plotting = [found for found in imports("vizlib") if found.package in ("plotly", "matplotlib")]
    assert plotting
    assert [found for found in plotting if not starts_with(found.importer, "vizlib.figures")] == []


def test_figures_never_use_pyplot():
    assert [found for found in imports("vizlib") if "pyplot" in found.name] == []
    assert uses("vizlib", {"pyplot"}) == []


def test_only_recipes_jobs_and_the_command_line_import_the_model_library():
    to_zoo = [found for found in imports("vizlib") if starts_with(found.name, "vizlib.zoo")]
    outside = [found for found in to_zoo if not starts_with(found.importer, "vizlib.zoo", *MAY_IMPORT_ZOO)]
    assert outside == []
    assert [found for found in to_zoo if found.importer == "vizlib.core.recipe" and found.at_load] == []


def test_large_packages_load_where_they_are_used():
    at_load = [found for found in imports("vizlib") if found.package in LOADED_WHERE_USED and found.at_load]
    assert [found for found in at_load if found.importer != "vizlib.data.imagesets"] == []


def uses(folder: str, names: set[str]) -> list[str]:
    """Uses of an attribute with one of these names, as ``module:line expression``."""
    nodes = [(path, node) for path in files(folder) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]
    return [f"{module_name(path)}:{node.lineno} {ast.unparse(node)}" for path, node in nodes if node.attr in names]


def test_a_page_calls_no_value_widget():
    assert files("pages")
    assert uses("pages", VALUE_WIDGETS) == []


def test_gradients_devices_and_seeds_are_never_global():
    assert [use for use in uses("vizlib", {"backward", "cuda"}) if not use.endswith(" torch.cuda")] == []
    seeds = [use.split()[1] for use in uses("vizlib", {"manual_seed", "manual_seed_all", "seed"})]
    assert [use for use in seeds if re.match(r"(torch|np|numpy|random)(\.(random|cuda))*\.\w*seed\w*$", use)] == []


def test_no_gradient_is_left_on_a_tensor():
    assert [use for use in uses("vizlib", {"grad"}) if not use.endswith("autograd.grad")] == []


LOADED = """
import runpy, sys
sys.argv = ["vizlib", *{arguments!r}]
try:
    {statement}
except SystemExit as end:
    assert not end.code, end.code
finally:
    large = ("torch", "torchvision", "streamlit", "matplotlib", "plotly", "sklearn", "captum", "umap", "ray")
    print([name for name in large if name in sys.modules], file=sys.stderr)
"""
COMMAND = "runpy.run_module('vizlib', run_name='__main__', alter_sys=True)"


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [
        ("import vizlib", []),
        ("import vizlib.index; list(vizlib.TECHNIQUES)", []),
        ("import vizlib.zoo.cards; vizlib.zoo.cards.list_models()", []),
        (COMMAND, ["--help"]),
        (COMMAND, ["techniques"]),
        (COMMAND, ["models"]),
    ],
    ids=["vizlib", "index", "cards", "--help", "techniques", "models"],
)
def test_static_tables_load_no_large_package(statement: str, arguments: list[str]):
    code = LOADED.format(statement=statement, arguments=arguments)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    assert (ended.returncode, ended.stderr.strip()) == (0, "[]")


# Written in pieces, so that this file does not contain them.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "pytorch.org" + "/whl", "deb" + ".debian", "npm" + "js.org"]
MACHINE_PATH = re.compile(r"(?<![\w.>/-])/(work|root|home|Users)/\w")


def tracked_text() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("the files are not under git here")
    for name in filter(None, listed.stdout.split("\0")):
        content = (REPOSITORY / name).read_bytes() if (REPOSITORY / name).is_file() else b"\0"
        if b"\0" not in content:
            yield name, content.decode("utf-8", "replace")


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine():
    texts = list(tracked_text())
    assert [(name, host) for name, text in texts for host in REGISTRIES if host in text] == []
    assert [(name, found[0]) for name, text in texts if (found := MACHINE_PATH.search(text))] == []


def test_no_module_beside_the_entry_script_hides_one_of_pythons_own():
    """Streamlit puts that folder on the path: ``dashboard/statistics.py`` would be ``statistics``."""
    beside = REPOSITORY / "dashboard"
    modules = {file.stem for file in beside.glob("*.py")} | {file.parent.name for file in beside.glob("*/__init__.py")}
    assert modules & sys.stdlib_module_names == set()
