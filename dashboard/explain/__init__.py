"""The page Explain: the figure card, its look, a pixel of the map, pins, and *Hide it yourself*."""
