"""The page on which a run is judged: a decision first, then what stands behind it."""

from blink.evaluation.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
