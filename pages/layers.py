"""What does this layer look for? Its kernels, and what its channels answer to the picture."""

from dashboard.network.units import layers
from dashboard.network.weight_panel import weight_panel
from dashboard.visit import visit

layers(visit())
weight_panel(visit())
