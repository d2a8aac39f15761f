"""The page Model: what a model is, its layers as a table and a graph, its speed and its learning curves."""
