"""The page Loss landscape: the loss around trained weights, trainings on one plane, sharpness."""
