"""Set-up on a fresh machine, shown with a small project and wheels of a few bytes, from indexes in a folder."""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SETUP = REPOSITORY / ".ci" / "setup.py"
BACKEND = """
import pathlib, shutil
def build_editable(folder, config_settings=None, metadata_directory=None):
    return pathlib.Path(shutil.copy("vizlib-0-py3-none-any.whl", folder)).name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
Make = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not on this machine")


def wheel(folder: Path, name: str, version: str) -> None:
    """Write a wheel that holds one empty module, and the page of its package index."""
    folder.mkdir(parents=True, exist_ok=True)
    file, about = f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    links = "".join(f'<a href="{path.name}">{path.name}</a>' for path in folder.glob("*.whl"))
    (folder / "index.html").write_text(links)


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two package indexes: ``usual`` holds everything, ``cpu`` other builds of torch."""
    place = tmp_path_factory.mktemp("indexes")
    for name, version in {"torch": "1.0", "torchvision": "2.0", "tqdm": "3.0", "pytest": "4.0"}.items():
        wheel(place / "usual" / name, name, version)
    wheel(place / "usual" / "tqdm", "tqdm", "3.1")
    for name, version in {"torch": "1.0+cpu", "torchvision": "2.0+cpu"}.items():
        wheel(place / "cpu" / name, name, version)
    return place


def project(place: Path) -> Path:
    """A checkout with the real Makefile and set-up, and small requirements."""
    (place / ".ci").mkdir(parents=True)
    shutil.copy(SETUP, place / ".ci")
    shutil.copy(REPOSITORY / "Makefile", place)
    wheel(place, "vizlib", "0")
    (place / "backend.py").write_text(BACKEND)
    (place / "pyproject.toml").write_text(PYPROJECT)
    (place / "requirements.txt").write_text("torch==1.0\ntorchvision==2.0\ntqdm==3.0\n")
    (place / "requirements-dev.txt").write_text("-r requirements.txt\npytest==4.0\n")
    return place


@pytest.fixture(scope="module")
def make(indexes: Path) -> Make:
    """Run ``make setup`` in a project, with no network."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE"))}
    offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": (indexes / "usual").as_uri(), "PIP_NO_CACHE_DIR": "1"}

    def call(place: Path, **variables: object) -> subprocess.CompletedProcess[str]:
        settings = [f"{name}={value}" for name, value in variables.items()]
        command = ["make", "-C", str(place), "--no-print-directory", "setup", *settings]
        return subprocess.run(command, env=clean | offline, capture_output=True, text=True)

    return call


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, make: Make, indexes: Path) -> tuple[Path, str]:
    """A project set up from nothing with another index for torch, and what was printed meanwhile."""
    place = project(tmp_path_factory.mktemp("fresh") / "project")
    ended = make(place, PYTHON=sys.executable, TORCH_INDEX=(indexes / "cpu").as_uri())
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return place, ended.stdout


def installed(place: Path) -> dict[str, str]:
    """Versions in the environment of a project, not counting what it reuses from outside."""
    names = [path.stem.split("-") for path in place.glob(".venv/lib/python*/site-packages/*.dist-info")]
    return {name: version for name, version, *_ in names}


def test_one_line_before_the_download_says_what_comes_and_how_large_it_is(fresh: tuple[Path, str]):
    lines = fresh[1].splitlines()
    told = [number for number, line in enumerate(lines) if "GB to download" in line and "torch 1.0" in line]
    started = [number for number, line in enumerate(lines) if line.startswith(("Collecting", "Looking"))]
    assert len(told) == 1
    assert told[0] < min(started)


def test_torch_comes_from_the_index_that_is_named_and_the_rest_from_the_usual_one(fresh: tuple[Path, str]):
    versions = installed(fresh[0])
    assert (versions["torch"], versions["torchvision"], versions["tqdm"]) == ("1.0+cpu", "2.0+cpu", "3.0")
    assert "vizlib" in versions
    assert "pytest" not in versions


def test_the_second_time_prints_nothing_and_takes_less_than_a_second(fresh: tuple[Path, str], make: Make):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        ended = make(fresh[0])
        seconds.append(time.perf_counter() - start)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert min(seconds) < 1


def test_a_changed_pin_is_installed_and_a_failed_install_is_said_and_tried_again(fresh: tuple[Path, str], make: Make):
    place, _ = fresh
    pins = place / "requirements.txt"
    pins.write_text(pins.read_text().replace("tqdm==3.0", "tqdm==9.9"))
    for _ in range(2):
        ended = make(place)
        assert ended.returncode != 0
        assert "The install did not finish" in ended.stderr
    pins.write_text(pins.read_text().replace("tqdm==9.9", "tqdm==3.1"))
    ended = make(place)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert installed(place)["tqdm"] == "3.1"
    assert "is there and is reused" in ended.stdout


def test_a_matching_torch_beside_the_interpreter_is_reused(fresh: tuple[Path, str], make: Make, tmp_path: Path):
    place = project(tmp_path / "second")
    ended = make(place, PYTHON=fresh[0] / ".venv" / "bin" / "python")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "torch 1.0 is there and is reused" in ended.stdout
    assert "torch" not in installed(place)
    code = "from importlib.metadata import version; print(version('torch'), version('tqdm'))"
    told = subprocess.run([place / ".venv/bin/python", "-c", code], capture_output=True, text=True)
    assert told.stdout.split() == ["1.0+cpu", "3.0"]


def setup_script(place: Path, before: str) -> subprocess.CompletedProcess[str]:
    """Run the script of a project after changing what it finds."""
    code = f"import runpy, sys; {before}; sys.argv[1:] = ['run']; runpy.run_path('.ci/setup.py', run_name='__main__')"
    return subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("sys.version_info = (3, 9, 2)", "vizlib needs Python 3.11 or newer and this is 3.9; name another"),
        ("sys.modules['ensurepip'] = None", "This Python has no venv module; on Debian or Ubuntu: apt-get install"),
    ],
    ids=["too old", "no venv"],
)
def test_what_is_missing_is_said_in_one_plain_sentence(tmp_path: Path, before: str, sentence: str):
    ended = setup_script(project(tmp_path / "project"), before)
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert ended.stderr.startswith(sentence)
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "project" / ".venv").exists()


def test_a_disk_that_is_too_small_stops_before_the_download(tmp_path: Path):
    before = (
        "import shutil, venv, collections; disk = collections.namedtuple('Disk', 'free')(2e9); "
        "shutil.disk_usage = lambda path: disk; venv.create = lambda *a, **k: None"
    )
    ended = setup_script(project(tmp_path / "project"), before)
    assert ended.returncode != 0
    assert ended.stderr == "Only 2.0 GB are free on this disk; make room and run the same command again.\n"
