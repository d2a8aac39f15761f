"""Whatever a technique makes, moves or reads, it does where the model lies; tried on a pretended second device."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from torch.utils import backend_registration

import vizlib as vz

pytestmark = pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this torch cannot pretend a device",
)
ON_MODELS = [
    name for name, function in vz.TECHNIQUES.items() if next(iter(inspect.signature(function).parameters)) == "model"
]


@pytest.fixture(scope="module")
def wrong():
    """What went wrong with each technique, asked in a process of its own."""
    script = Path(__file__).with_name("elsewhere.py")
    process = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=280, env=os.environ)
    assert process.returncode == 0, process.stderr[-2000:]
    found = {}
    for line in process.stdout.splitlines():
        found |= json.loads(line) if line.startswith("{") else {}
    return found


@pytest.mark.parametrize("name", ON_MODELS)
def test_a_technique_works_where_the_model_lies_and_gives_the_numbers_of_the_cpu(wrong, name):
    assert wrong[name] == ""


def test_images_of_the_cpu_follow_their_model(wrong):
    assert wrong["images of the CPU"] == ""


def test_the_pretended_device_refuses_what_a_real_one_refuses(wrong):
    assert "two devices: here" in wrong["two devices meet"]
    assert "Use Tensor.cpu()" in wrong["numpy without cpu"]
