"""What belongs together? A map of many images in the eyes of a layer, their neighbours, and how much the map lies."""

from dashboard.space.page import feature_space
from dashboard.visit import visit

feature_space(visit())
