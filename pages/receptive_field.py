"""How much of the image does a unit see? What it could see, what matters to it, and stacks typed by hand."""

from dashboard.network.anchors import anchors
from dashboard.network.locating import locating
from dashboard.network.receptive import receptive, sandbox
from dashboard.visit import visit

receptive(visit())
sandbox()
locating(visit())
anchors(visit())
