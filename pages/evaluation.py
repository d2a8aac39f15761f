"""How good is it? Curves, thresholds, confusion and calibration, and the images behind every number."""

from dashboard.evaluation_page import evaluation
from dashboard.visit import visit

evaluation(visit())
