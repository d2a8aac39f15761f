"""The pages about the inside of a network: layers, units, receptive field, depth dive, attention."""
