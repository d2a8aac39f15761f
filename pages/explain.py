"""Why did it decide that? One image, four methods side by side, then each of them large."""

from dashboard.answers import answers
from dashboard.page import headline
from dashboard.visit import visit

here = visit()
headline(here)
answers(here)
