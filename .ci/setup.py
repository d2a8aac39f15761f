"""Make .venv at the repository root, or do nothing when it is up to date: ``python3 .ci/setup.py run`` or ``dev``.

The standard library alone is used, and the first lines run on old interpreters too, so that they can say what is
missing in a sentence.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(f"vizlib needs Python 3.11 or newer and this is {found}; name another, as in: make run PYTHON=python3.12")

from importlib import metadata

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TORCH_INDEX = os.environ.get("TORCH_INDEX")
LEVELS = {"run": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}

# Gigabytes to download and on disk, measured on Linux with the pinned versions.
CUDA_BUILD, CPU_BUILD, REST = (2.6, 5.6), (0.3, 1.0), (0.3, 1.3)


def main(level: str) -> None:
    """Bring .venv to a level, ``run`` or ``dev``; quick when nothing has changed."""
    mine = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if PYTHON.exists() and not (VENV / "lib" / mine).is_dir():
        print(f"Keeping the .venv that is there, made by another Python; remove it to use {mine}", flush=True)
    if (VENV / f"installed-{level}").is_file() and (VENV / f"installed-{level}").read_text() == digest(level):
        return
    if not (PYTHON.exists() and pip_is_there()):
        make_venv()
    torch_is_there = torch_in([*map(str, site_packages()), *reused()])
    announce(torch_is_there)
    if TORCH_INDEX and not torch_is_there:
        pip("--index-url", TORCH_INDEX, *(f"{name}=={version}" for name, version in torch_pins().items()))
    pip("--requirement", LEVELS[level][-1], "--editable", ".")
    for done in ("run", level):
        (VENV / f"installed-{done}").write_text(digest(done))


def digest(level: str) -> str:
    """Digest of everything that decides what is installed, and of where: a moved folder is set up again."""
    content = [(ROOT / name).read_bytes() for name in (*LEVELS[level], "pyproject.toml")]
    return hashlib.sha256(b"\0".join([os.fsencode(ROOT), *content])).hexdigest()


def site_packages() -> list[Path]:
    """Where .venv keeps its packages; nothing when there is no .venv."""
    return list(VENV.glob("lib/python*/site-packages"))


def pip_is_there() -> bool:
    """True when the environment was made to its end."""
    return any((folder / "pip").is_dir() for folder in site_packages())


def make_venv() -> None:
    """Make the empty environment; a matching torch beside this interpreter is reused, not downloaded again."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        major, minor = sys.version_info[:2]
        sys.exit(f"This Python has no venv module; on Debian or Ubuntu: apt-get install python{major}.{minor}-venv")
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    outside = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    if torch_in(outside):
        (site_packages()[0] / "reused.pth").write_text("\n".join(outside) + "\n")


def reused() -> list[str]:
    """Folders outside the environment whose torch it reuses."""
    files = [folder / "reused.pth" for folder in site_packages()]
    return [path for file in files if file.is_file() for path in file.read_text().splitlines()]


def torch_pins() -> dict[str, str]:
    """The pinned versions of torch and torchvision."""
    pins = (line.strip().partition("==") for line in (ROOT / "requirements.txt").read_text().splitlines())
    return {name: version for name, _, version in pins if name in ("torch", "torchvision")}


def torch_in(folders: list[str]) -> bool:
    """True when these folders hold the pinned torch and torchvision, of any build (``+cpu``, ``+cu132``)."""
    found = {name: list(metadata.distributions(name=name, path=folders)) for name in torch_pins()}
    return all(found[name] and found[name][0].version.split("+")[0] == pin for name, pin in torch_pins().items())


def announce(torch_is_there: bool) -> None:
    """Say in one line what is about to be downloaded and how large it is; stop when the disk is too small."""
    torch = f"torch {torch_pins().get('torch', '')}"
    if torch_is_there:
        what, sizes = f"{torch} is there and is reused", (0.0, 0.0)
    elif TORCH_INDEX:
        what, sizes = f"{torch} from TORCH_INDEX", CPU_BUILD
    elif sys.platform == "linux":
        what, sizes = f"mostly {torch} with CUDA; for a CPU build set TORCH_INDEX to an index that has one", CUDA_BUILD
    else:
        what, sizes = f"with {torch}", CPU_BUILD
    download, disk = (part + rest for part, rest in zip(sizes, REST, strict=True))
    print(f"Installing into .venv: at most {download:.1f} GB to download, {disk:.1f} GB on disk ({what})", flush=True)
    free = shutil.disk_usage(ROOT).free / 1e9
    if not torch_is_there and free < disk:
        sys.exit(f"Only {free:.1f} GB are free on this disk; make room and run the same command again.")


def pip(*arguments: str) -> None:
    """Install with pip, which shows its own progress."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT).returncode:
        sys.exit("The install did not finish; pip's last lines above say why. Run the same command again to go on.")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit("Stopped. Run the same command again to go on.")
