"""What is judged on the page Evaluation: classes, boxes, pixels or numbers."""

from collections.abc import Callable

import streamlit as st

from dashboard.evaluation.boxes_playground import boxes_playground, suppression_playground
from dashboard.evaluation.detection_panel import detection_panel
from dashboard.evaluation.pixels_panel import pixels_panel
from dashboard.evaluation.regression_panel import regression_panel
from dashboard.evaluation.segments import segments
from dashboard.text import _
from dashboard.visit import Visit

CLASSES, BOXES, PIXELS, NUMBERS = "classes", "boxes", "pixels", "numbers"
FOUND, OVERLAP, SUPPRESSED = "found", "overlap", "suppressed"


def other_task(here: Visit) -> bool:
    """The choice of what is judged; draws it, and says so, when it is not classes."""
    words = {CLASSES: _("Classes"), BOXES: _("Boxes"), PIXELS: _("Pixels"), NUMBERS: _("Numbers")}
    chosen = segments(_("What is judged"), words, "evaluation task")
    if chosen == BOXES:
        _boxes(here)
    elif chosen == PIXELS:
        pixels_panel()
    elif chosen == NUMBERS:
        regression_panel()
    return chosen != CLASSES


def _boxes(here: Visit) -> None:
    words = {FOUND: _("Average precision"), OVERLAP: _("Overlap of two boxes"), SUPPRESSED: _("Suppression")}
    views: dict[str, Callable[[], None]] = {
        FOUND: lambda: detection_panel(here),
        OVERLAP: lambda: st.fragment(boxes_playground)(),
        SUPPRESSED: lambda: st.fragment(suppression_playground)(),
    }
    views[segments(_("View"), words, "evaluation boxes")]()
