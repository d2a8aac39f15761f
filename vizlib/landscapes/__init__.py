"""The loss around and between trained weights: surfaces, lines, paths, trajectories, curvature."""
