"""The page Evaluation: curves, thresholds, confusion, calibration, detection, and the images behind."""
