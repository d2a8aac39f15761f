"""What is inside this model? Its facts, every layer, what the layers cost, how it learned and how fast it is."""

from dashboard.model.layer_table import costs, layers
from dashboard.model.learning import learning
from dashboard.model.page import facts, opening
from dashboard.model.side_by_side import beside
from dashboard.model.speed import speed
from dashboard.visit import visit

here = visit()
opening(here)
known = facts(here)
if known.summary is not None:
    layers(here, known.summary, known.graph)
    beside(known)
if known.answer is not None:
    costs(here, known.answer)
learning(here)
speed(here, known.other.here if known.other else None)
