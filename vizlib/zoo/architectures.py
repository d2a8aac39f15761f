"""The networks of the bundled models. Plain torch modules whose parts are named like torchvision's ResNet."""

from collections import OrderedDict

from torch import Tensor, nn


class Block(nn.Module):
    """Residual block: two 3 x 3 convolutions with batch norm, added to a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class SmallResNet(nn.Module):
    """Residual network of three stages with total stride 8: a 96 x 96 image ends in maps of 12 x 12."""

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(Block(width, width, stride=2))
        self.layer2 = nn.Sequential(Block(width, 2 * width, stride=2))
        self.layer3 = nn.Sequential(Block(2 * width, 4 * width), Block(4 * width, 4 * width))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.avgpool(x).flatten(1))


def scenes_resnet(classes: int = 12, width: int = 32) -> nn.Module:
    """Residual network for 96 x 96 scenes; 0.61 M parameters at width 32. The default layer is ``layer3``."""
    return SmallResNet(classes, width)


def digits_cnn(classes: int = 10) -> nn.Module:
    """Small convolutional network for one-channel 32 x 32 digits; 15 k parameters. The default layer is ``relu3``."""
    layers = OrderedDict(
        conv1=nn.Conv2d(1, 12, 5, stride=2, padding=2),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(12, 24, 3, stride=2, padding=1),
        relu2=nn.ReLU(),
        conv3=nn.Conv2d(24, 32, 3, padding=1),
        relu3=nn.ReLU(),
        pool=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc=nn.Linear(32 * 4 * 4, classes),
    )
    return nn.Sequential(layers)
