"""What you collected: figures with your captions, as one page, one document or an archive."""

from dashboard.report import report

report()
