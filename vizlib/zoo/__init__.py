"""Models: the bundled ones, torchvision's, timm's and yours."""
