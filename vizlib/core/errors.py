"""The mistakes a person can make, each a ValueError whose text is the one sentence they read."""


class OptionError(ValueError):
    """An option is unknown, of the wrong kind or out of range."""


class UnsupportedModel(ValueError):
    """The technique cannot say anything true about this model."""
