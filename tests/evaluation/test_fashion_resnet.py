"""The evaluation on real data: a residual network on the 10,000 test images of Fashion-MNIST."""

import gzip

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torchvision.models.resnet import BasicBlock

import vizlib as vz
from vizlib.evaluation.temperature import softened, temperature_scaling

NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


class ResNet8(nn.Module):
    def __init__(self, w=16, classes=10):
        super().__init__()

        def down(a, b):
            return nn.Sequential(nn.Conv2d(a, b, 1, 2, bias=False), nn.BatchNorm2d(b))

        self.conv1 = nn.Conv2d(1, w, 3, padding=1, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(w), nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(BasicBlock(w, w))
        self.layer2 = nn.Sequential(BasicBlock(w, 2 * w, 2, down(w, 2 * w)))
        self.layer3 = nn.Sequential(BasicBlock(2 * w, 4 * w, 2, down(2 * w, 4 * w)))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(4 * w, classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.avgpool(x).flatten(1))


def unpacked(file, skip):
    return np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8, offset=skip)


@pytest.fixture(scope="module")
def scored(real):
    net = ResNet8().eval()
    net.load_state_dict(load_file(real / "weights" / "fashion_resnet8.safetensors"))
    images = unpacked(real / "fashion_mnist" / "t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    labels = unpacked(real / "fashion_mnist" / "t10k-labels-idx1-ubyte.gz", 8)
    inputs = (torch.from_numpy(images.astype(np.float32)) / 255 - 0.2860) / 0.3530
    with torch.no_grad():
        return torch.cat([net(part) for part in inputs.split(500)]).double().numpy(), labels.astype(np.int64)


def test_the_accuracy_is_91_76_percent_and_shirts_are_the_worst_class(scored):
    logits, labels = scored
    found = vz.confusion(logits.argmax(axis=1), labels, names=NAMES)
    assert found.accuracy == pytest.approx(0.9176)
    assert min(found.table, key=lambda row: row.f1).name == "Shirt"
    assert min(found.table, key=lambda row: row.recall).name == "Shirt"
    assert found.mistakes(1)[0].true == "Shirt" or found.mistakes(1)[0].predicted == "Shirt"


def test_shirts_have_the_lowest_areas_and_other_tops_are_taken_for_them(scored):
    logits, labels = scored
    roc, pr = vz.roc_curves(logits, labels, names=NAMES), vz.pr_curves(logits, labels, names=NAMES)
    assert NAMES[int(roc.areas.argmin())] == NAMES[int(pr.areas.argmin())] == "Shirt"
    found = vz.confusion(logits.argmax(axis=1), labels, names=NAMES)
    taken = {one.predicted for one in found.mistakes(8) if one.true == "Shirt"}
    assert taken <= {"T-shirt/top", "Pullover", "Coat", "Dress"}


def test_a_temperature_makes_it_more_honest_and_leaves_every_prediction(scored):
    logits, labels = scored
    found = temperature_scaling(logits, labels)
    assert found.after.nll < found.before.nll
    np.testing.assert_array_equal(softened(logits, found.temperature).argmax(1), logits.argmax(1))
