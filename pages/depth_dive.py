"""What does the network make of one pixel? From the first layer to the last."""

from dashboard.network.dive import depth_dive
from dashboard.visit import visit

depth_dive(visit())
