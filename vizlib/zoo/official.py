"""torchvision's classification models by name, as static facts: reading them imports neither torch nor torchvision.

A test keeps the names and the facts equal to those of the installed torchvision.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class Official(NamedTuple):
    """The default ImageNet weights of one model."""

    file: str
    megabytes: float
    million_parameters: float
    accuracy: float


class Family(NamedTuple):
    """What the models whose names begin alike are called and where they were published."""

    title: str
    citation: str


OFFICIAL: Mapping[str, Official] = MappingProxyType(
    {
        "alexnet": Official("alexnet-owt-7be5be79.pth", 244.4, 61.1, 56.5),
        "convnext_base": Official("convnext_base-6075fbad.pth", 354.5, 88.6, 84.1),
        "convnext_large": Official("convnext_large-ea097f82.pth", 791.2, 197.8, 84.4),
        "convnext_small": Official("convnext_small-0c510722.pth", 201.0, 50.2, 83.6),
        "convnext_tiny": Official("convnext_tiny-983f1562.pth", 114.4, 28.6, 82.5),
        "densenet121": Official("densenet121-a639ec97.pth", 32.3, 8.0, 74.4),
        "densenet161": Official("densenet161-8d451a50.pth", 115.7, 28.7, 77.1),
        "densenet169": Official("densenet169-b2777c0a.pth", 57.4, 14.1, 75.6),
        "densenet201": Official("densenet201-c1103571.pth", 81.1, 20.0, 76.9),
        "efficientnet_b0": Official("efficientnet_b0_rwightman-7f5810bc.pth", 21.4, 5.3, 77.7),
        "efficientnet_b1": Official("efficientnet_b1-c27df63c.pth", 31.6, 7.8, 79.8),
        "efficientnet_b2": Official("efficientnet_b2_rwightman-c35c1473.pth", 36.9, 9.1, 80.6),
        "efficientnet_b3": Official("efficientnet_b3_rwightman-b3899882.pth", 49.5, 12.2, 82.0),
        "efficientnet_b4": Official("efficientnet_b4_rwightman-23ab8bcd.pth", 78.1, 19.3, 83.4),
        "efficientnet_b5": Official("efficientnet_b5_lukemelas-1a07897c.pth", 122.5, 30.4, 83.4),
        "efficientnet_b6": Official("efficientnet_b6_lukemelas-24a108a5.pth", 173.4, 43.0, 84.0),
        "efficientnet_b7": Official("efficientnet_b7_lukemelas-c5b4e57e.pth", 267.0, 66.3, 84.1),
        "efficientnet_v2_l": Official("efficientnet_v2_l-59c71312.pth", 476.7, 118.5, 85.8),
        "efficientnet_v2_m": Official("efficientnet_v2_m-dc08266a.pth", 218.1, 54.1, 85.1),
        "efficientnet_v2_s": Official("efficientnet_v2_s-dd5fe13b.pth", 86.7, 21.5, 84.2),
        "googlenet": Official("googlenet-1378be20.pth", 52.1, 6.6, 69.8),
        "inception_v3": Official("inception_v3_google-0cc3c7bd.pth", 109.0, 27.2, 77.3),
        "maxvit_t": Official("maxvit_t-bc5ab103.pth", 124.5, 30.9, 83.7),
        "mnasnet0_5": Official("mnasnet0.5_top1_67.823-3ffadce67e.pth", 9.0, 2.2, 67.7),
        "mnasnet0_75": Official("mnasnet0_75-7090bc5f.pth", 12.9, 3.2, 71.2),
        "mnasnet1_0": Official("mnasnet1.0_top1_73.512-f206786ef8.pth", 17.7, 4.4, 73.5),
        "mnasnet1_3": Official("mnasnet1_3-a4c69d6f.pth", 25.4, 6.3, 76.5),
        "mobilenet_v2": Official("mobilenet_v2-7ebf99e0.pth", 14.3, 3.5, 72.2),
        "mobilenet_v3_large": Official("mobilenet_v3_large-5c1a4163.pth", 22.1, 5.5, 75.3),
        "mobilenet_v3_small": Official("mobilenet_v3_small-047dcff4.pth", 10.3, 2.5, 67.7),
        "regnet_x_16gf": Official("regnet_x_16gf-ba3796d7.pth", 217.7, 54.3, 82.7),
        "regnet_x_1_6gf": Official("regnet_x_1_6gf-a12f2b72.pth", 37.1, 9.2, 79.7),
        "regnet_x_32gf": Official("regnet_x_32gf-6eb8fdc6.pth", 432.1, 107.8, 83.0),
        "regnet_x_3_2gf": Official("regnet_x_3_2gf-7071aa85.pth", 61.6, 15.3, 81.2),
        "regnet_x_400mf": Official("regnet_x_400mf-62229a5f.pth", 22.3, 5.5, 74.9),
        "regnet_x_800mf": Official("regnet_x_800mf-94a99ebd.pth", 29.3, 7.3, 77.5),
        "regnet_x_8gf": Official("regnet_x_8gf-2b70d774.pth", 158.8, 39.6, 81.7),
        "regnet_y_128gf": Official("regnet_y_128gf_swag-c8ce3e52.pth", 2581.1, 644.8, 88.2),
        "regnet_y_16gf": Official("regnet_y_16gf-3e4a00f9.pth", 335.0, 83.6, 82.9),
        "regnet_y_1_6gf": Official("regnet_y_1_6gf-0d7bc02a.pth", 45.2, 11.2, 80.9),
        "regnet_y_32gf": Official("regnet_y_32gf-8db6d4b5.pth", 581.0, 145.0, 83.4),
        "regnet_y_3_2gf": Official("regnet_y_3_2gf-9180c971.pth", 78.2, 19.4, 82.0),
        "regnet_y_400mf": Official("regnet_y_400mf-e6988f5f.pth", 17.6, 4.3, 75.8),
        "regnet_y_800mf": Official("regnet_y_800mf-58fc7688.pth", 26.0, 6.4, 78.8),
        "regnet_y_8gf": Official("regnet_y_8gf-dc2b1b54.pth", 158.0, 39.4, 82.8),
        "resnet101": Official("resnet101-cd907fc2.pth", 178.8, 44.5, 81.9),
        "resnet152": Official("resnet152-f82ba261.pth", 241.7, 60.2, 82.3),
        "resnet18": Official("resnet18-f37072fd.pth", 46.8, 11.7, 69.8),
        "resnet34": Official("resnet34-b627a593.pth", 87.3, 21.8, 73.3),
        "resnet50": Official("resnet50-11ad3fa6.pth", 102.5, 25.6, 80.9),
        "resnext101_32x8d": Official("resnext101_32x8d-110c445d.pth", 356.2, 88.8, 82.8),
        "resnext101_64x4d": Official("resnext101_64x4d-173b62eb.pth", 334.8, 83.5, 83.2),
        "resnext50_32x4d": Official("resnext50_32x4d-1a0047aa.pth", 100.5, 25.0, 81.2),
        "shufflenet_v2_x0_5": Official("shufflenetv2_x0.5-f707e7126e.pth", 5.5, 1.4, 60.6),
        "shufflenet_v2_x1_0": Official("shufflenetv2_x1-5666bf0f80.pth", 9.2, 2.3, 69.4),
        "shufflenet_v2_x1_5": Official("shufflenetv2_x1_5-3c479a10.pth", 14.2, 3.5, 73.0),
        "shufflenet_v2_x2_0": Official("shufflenetv2_x2_0-8be3c8ee.pth", 29.8, 7.4, 76.2),
        "squeezenet1_0": Official("squeezenet1_0-b66bff10.pth", 5.0, 1.2, 58.1),
        "squeezenet1_1": Official("squeezenet1_1-b8a52dc0.pth", 5.0, 1.2, 58.2),
        "swin_b": Official("swin_b-68c6b09e.pth", 351.7, 87.8, 83.6),
        "swin_s": Official("swin_s-5e29d889.pth", 199.0, 49.6, 83.2),
        "swin_t": Official("swin_t-704ceda3.pth", 113.4, 28.3, 81.5),
        "swin_v2_b": Official("swin_v2_b-781e5279.pth", 352.7, 87.9, 84.1),
        "swin_v2_s": Official("swin_v2_s-637d8ceb.pth", 199.9, 49.7, 83.7),
        "swin_v2_t": Official("swin_v2_t-b137f0e2.pth", 113.9, 28.4, 82.1),
        "vgg11": Official("vgg11-8a719046.pth", 531.5, 132.9, 69.0),
        "vgg11_bn": Official("vgg11_bn-6002323d.pth", 531.5, 132.9, 70.4),
        "vgg13": Official("vgg13-19584684.pth", 532.2, 133.0, 69.9),
        "vgg13_bn": Official("vgg13_bn-abd245e5.pth", 532.2, 133.1, 71.6),
        "vgg16": Official("vgg16-397923af.pth", 553.4, 138.4, 71.6),
        "vgg16_bn": Official("vgg16_bn-6c64b313.pth", 553.5, 138.4, 73.4),
        "vgg19": Official("vgg19-dcbb9e9d.pth", 574.7, 143.7, 72.4),
        "vgg19_bn": Official("vgg19_bn-c79401a0.pth", 574.8, 143.7, 74.2),
        "vit_b_16": Official("vit_b_16-c867db91.pth", 346.3, 86.6, 81.1),
        "vit_b_32": Official("vit_b_32-d86f8d99.pth", 353.0, 88.2, 75.9),
        "vit_h_14": Official("vit_h_14_swag-80465313.pth", 2534.0, 633.5, 88.6),
        "vit_l_16": Official("vit_l_16-852ce7e3.pth", 1217.4, 304.3, 79.7),
        "vit_l_32": Official("vit_l_32-c7638314.pth", 1226.3, 306.5, 77.0),
        "wide_resnet101_2": Official("wide_resnet101_2-d733dc28.pth", 508.3, 126.9, 82.5),
        "wide_resnet50_2": Official("wide_resnet50_2-9ba9bcbe.pth", 275.9, 68.9, 81.6),
    }
)

# Found by the longest beginning of the name that is listed: swin_v2_t is swin_v2, not swin.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "alexnet": Family("AlexNet", "Krizhevsky (2014), One weird trick, arXiv:1404.5997"),
        "convnext": Family("ConvNeXt", "Liu et al. (2022), A ConvNet for the 2020s, arXiv:2201.03545"),
        "densenet": Family(
            "DenseNet", "Huang et al. (2017), Densely Connected Convolutional Networks, arXiv:1608.06993"
        ),
        "efficientnet": Family("EfficientNet", "Tan and Le (2019), EfficientNet, arXiv:1905.11946"),
        "efficientnet_v2": Family("EfficientNetV2", "Tan and Le (2021), EfficientNetV2, arXiv:2104.00298"),
        "googlenet": Family("GoogLeNet", "Szegedy et al. (2015), Going Deeper with Convolutions, arXiv:1409.4842"),
        "inception": Family(
            "Inception v3", "Szegedy et al. (2016), Rethinking the Inception Architecture, arXiv:1512.00567"
        ),
        "maxvit": Family("MaxViT", "Tu et al. (2022), MaxViT: Multi-Axis Vision Transformer, arXiv:2204.01697"),
        "mnasnet": Family("MNASNet", "Tan et al. (2019), MnasNet, arXiv:1807.11626"),
        "mobilenet_v2": Family(
            "MobileNetV2", "Sandler et al. (2018), Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381"
        ),
        "mobilenet_v3": Family("MobileNetV3", "Howard et al. (2019), Searching for MobileNetV3, arXiv:1905.02244"),
        "regnet": Family("RegNet", "Radosavovic et al. (2020), Designing Network Design Spaces, arXiv:2003.13678"),
        "resnet": Family("ResNet", "He et al. (2016), Deep Residual Learning, arXiv:1512.03385"),
        "resnext": Family("ResNeXt", "Xie et al. (2017), Aggregated Residual Transformations, arXiv:1611.05431"),
        "shufflenet": Family("ShuffleNetV2", "Ma et al. (2018), ShuffleNet V2, arXiv:1807.11164"),
        "squeezenet": Family("SqueezeNet", "Iandola et al. (2016), SqueezeNet, arXiv:1602.07360"),
        "swin": Family("Swin Transformer", "Liu et al. (2021), Swin Transformer, arXiv:2103.14030"),
        "swin_v2": Family("Swin Transformer V2", "Liu et al. (2022), Swin Transformer V2, arXiv:2111.09883"),
        "vgg": Family("VGG", "Simonyan and Zisserman (2015), Very Deep Convolutional Networks, arXiv:1409.1556"),
        "vit": Family(
            "Vision Transformer", "Dosovitskiy et al. (2021), An Image is Worth 16x16 Words, arXiv:2010.11929"
        ),
        "wide_resnet": Family(
            "Wide ResNet", "Zagoruyko and Komodakis (2016), Wide Residual Networks, arXiv:1605.07146"
        ),
    }
)


def family(name: str) -> Family:
    """Family of a torchvision model: the longest known beginning of its name."""
    return FAMILIES[max((beginning for beginning in FAMILIES if name.startswith(beginning)), key=len)]


def cache_folder() -> Path:
    """Folder in which torchvision keeps downloaded weights (the same as ``torch.hub``'s, found without torch)."""
    cache = os.getenv("XDG_CACHE_HOME", "~/.cache")
    home = os.getenv("TORCH_HOME", os.path.join(cache, "torch"))
    return Path(home).expanduser() / "hub" / "checkpoints"
