"""How good is it? Curves, thresholds, confusion and calibration, and the images behind every number."""

from dashboard.evaluation.page import evaluation
from dashboard.visit import visit

evaluation(visit())
