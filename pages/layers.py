"""What does this layer look for? Its kernels, and what its channels answer to the picture."""

from dashboard.units import layers
from dashboard.visit import visit

layers(visit())
