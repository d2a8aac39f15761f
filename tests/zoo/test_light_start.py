"""What a first picture has to wait for: torch, and nothing else that is slow to import."""

import subprocess
import sys

SCRIPT = """
import sys
import torch
import vizlib as vz

model = vz.load_model("scenes-resnet")
vz.grad_cam(model, torch.rand(1, 3, 96, 96))
print(*[name for name in ("torchvision", "torch._dynamo", "sympy", "sklearn", "captum") if name in sys.modules])
"""


def test_a_bundled_model_is_loaded_and_explained_without_torchvision_and_the_compiler():
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
