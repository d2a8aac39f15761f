"""Shared fixtures: where the real photos and weights lie, if they are there."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("VIZLIB_REAL", REPOSITORY.parent / "shared" / "real"))


@pytest.fixture(scope="session")
def real() -> Path:
    """Folder with real weights and photos; the test skips without it."""
    if not REAL.is_dir():
        pytest.skip("the real weights and photos are not on this machine")
    return REAL
