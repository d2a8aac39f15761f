"""Why did it decide that? One image, four methods side by side, then each of them large."""

from dashboard.explain.answers import answers
from dashboard.explain.page import headline
from dashboard.visit import visit

here = visit()
headline(here)
answers(here)
