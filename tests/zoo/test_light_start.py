"""What a first picture has to wait for: torch, and nothing else that is slow to import."""

import subprocess
import sys
from pathlib import Path

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "streamlit_app.py"
EXPLAIN = """
import sys
import torch
import vizlib as vz
import vizlib.figures.interactive as drawing

model = vz.load_model("scenes-resnet")
drawing.figure(vz.grad_cam(model, torch.rand(1, 3, 96, 96)))
slow = ("torchvision", "torch._dynamo", "sympy", "sklearn", "captum", "matplotlib", "pandas")
print(*[name for name in slow if name in sys.modules])
"""
HOME = """
import os, sys
from streamlit.testing.v1 import AppTest

before = set(sys.modules)
tab = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not tab.exception, tab.exception
slow = {"torch", "pandas", "matplotlib", "plotly.graph_objects"}
print(*sorted(slow & (set(sys.modules) - before)))
sys.stdout.flush()
os._exit(0)
"""


def loaded(script: str) -> list[str]:
    """What the last line of a fresh interpreter says."""
    command = [sys.executable, "-c", script, str(ENTRY)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return said.stdout.strip().splitlines()[-1].split() if said.stdout.strip() else []


def test_a_bundled_model_is_explained_and_drawn_without_torchvision_the_compiler_pandas_and_matplotlib():
    assert loaded(EXPLAIN) == []


def test_home_is_drawn_without_torch_pandas_and_matplotlib():
    assert loaded(HOME) == []
