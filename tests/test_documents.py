"""What the documents show works as it is printed."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import vizlib as vz

REPOSITORY = Path(__file__).resolve().parent.parent


def blocks(document: str, language: str) -> list[str]:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_notebook_of_the_readme_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (code,) = blocks("README.md", "python")
    if "scenes-resnet" not in [model.name for model in vz.list_models()]:
        pytest.skip("the bundled scenes model is not here")
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    Image.fromarray(noise).save("photo.jpg")
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "cam.pdf").read_bytes().startswith(b"%PDF")


def test_the_card_of_the_readme_is_a_card(tmp_path: Path):
    from vizlib.zoo.cards import read_card

    (tmp_path / "card.toml").write_text(blocks("README.md", "toml")[0])
    assert read_card(tmp_path).name == "flowers-resnet18"


def test_the_technique_of_the_guide_passes_the_test_of_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    technique, test = blocks("CONTRIBUTING.md", "python")
    (tmp_path / "guide_example.py").write_text(technique)
    monkeypatch.syspath_prepend(tmp_path)
    import guide_example

    scope = {**vars(guide_example), "np": np, "torch": torch, "nn": nn}
    exec(test, scope)
    scope["test_gradient_share_of_a_linear_model_is_weight_times_input"]()
