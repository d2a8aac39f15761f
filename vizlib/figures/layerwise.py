"""How alike layers are: words; screen and paper take them from here."""

from vizlib.space.layerwise import LayerSimilarity

UNIT = "linear CKA: 1 is the same but for a turn, 0 nothing in common"


def layerwise_title(result: LayerSimilarity) -> str:
    """What the picture shows, in one line."""
    whose = "layers of the model" if result.of_itself else "layers of two models"
    return f"How alike the {whose} see {result.images} images"


def layerwise_words(result: LayerSimilarity) -> str:
    """The picture in words."""
    if result.of_itself:
        first, last = result.layers[0], result.layers[-1]
        told = f"First layer {first} and last layer {last}: {result.matrix[0, -1]:.2f}."
    else:
        best = result.matrix.argmax(1)
        pairs = (f"{name} is most like {result.others[at]} ({row[at]:.2f})" for name, row, at in
                 zip(result.layers, result.matrix, best, strict=True))  # fmt: skip
        told = f"{'; '.join(pairs)}."
    return " ".join([f"{layerwise_title(result)}.", told, *result.notes])
