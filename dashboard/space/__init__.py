"""The page Embeddings: features of an image set, maps of them, and how much the maps lie."""
