"""What is inside this model? Its facts, every layer, what the layers cost, how it learned and how fast it is."""

from dashboard.layer_table import costs, layers
from dashboard.learning import learning
from dashboard.model_page import facts, opening
from dashboard.speed import speed
from dashboard.visit import visit

here = visit()
opening(here)
answer = facts(here)
if answer is not None:
    layers(here, answer)
    costs(answer)
learning(here)
speed(here)
