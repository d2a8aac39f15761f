"""A table of scores and labels that a person gives, with a choice of its columns."""

from dashboard.evaluation_scores import Scored


def uploaded() -> Scored | None:
    """The scores of the table; None before one was given."""
    return None
