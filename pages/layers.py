"""What does this layer look for? Its kernels, and what its channels answer to the picture."""

from dashboard.units import layers
from dashboard.visit import visit
from dashboard.weight_panel import weight_panel

layers(visit())
weight_panel(visit())
