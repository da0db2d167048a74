from pathlib import Path

from blink import pages
from blink.contract.wording import percent, plural
from blink.evaluation import wording
from blink.evaluation.report.abstention import show_refusals
from blink.evaluation.report.exported import show_exports
from blink.evaluation.report.section import compose
from blink.evaluation.results import Report
from blink.evaluation.statistics import BINS, SIGNIFICANT
from blink.latency.slot import giving_way

LONG_FACT = 160
"""A fact of more letters than this is folded."""

_FILTERS: pages.Filters = {
    "count": wording.count,
    "drawn": wording.drawn,
    "interval": wording.percent_interval,
    "moment": wording.moment,
    "percent": percent,
    "plural": plural,
    "probability": wording.probability,
    "sentence": wording.sentence,
}


def write_report(path: Path, report: Report) -> None:
    """Writes one HTML page that needs nothing but itself.

    Raises:
        DataError: A table is no predictions table, or of another data set than its manifest.
        StorageError: The disk is full.
    """
    pages.write_page(path, render_report(report))


def render_report(report: Report) -> str:
    """The page's text. The same report gives the same page."""
    return pages.render(
        "blink.evaluation.report",
        "report.html.j2",
        _FILTERS,
        report=report,
        sections=list(map(compose, giving_way(report.tests), report.populations)),
        exports=show_exports(report.exports),
        refusals=show_refusals(report.tests),
        owners=wording.owners,
        significant=SIGNIFICANT,
        bins=BINS,
        long_fact=LONG_FACT,
    )
