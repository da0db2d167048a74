from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from blink.contract import whole_file
from blink.evaluation import wording
from blink.evaluation.axis import fit_axis, trace_path
from blink.evaluation.evaluate import Scores, Slice
from blink.evaluation.exhibits import Exhibit, exhibit
from blink.evaluation.headline import Headline, write_headline
from blink.evaluation.metrics import BINS, TITLES
from blink.evaluation.mistakes import worst_mistakes
from blink.evaluation.results import Report, Row, TestSet

FEW_PEOPLE = 5
"""Below this many people a slice is marked: its interval is not to be relied on."""

LONG_FACT = 160
"""A fact of more letters than this is folded."""


@dataclass(frozen=True)
class Section:
    """A test set and what its part of the page shows.

    Attributes:
        test: The test set.
        headline: The main row in words.
        groups: Slices of the main row by attribute.
        weakest: Slices that lie wholly below the main row's balanced accuracy, lowest first.
        kinds: Mistakes of the main row, by kind.
    """

    test: TestSet
    headline: Headline
    groups: Sequence[tuple[str, Sequence[Slice]]]
    weakest: Sequence[Slice]
    kinds: Sequence[tuple[str, str, Sequence[Exhibit]]]

    @property
    def judged(self) -> bool:
        """Whether any slice has people enough to be called weak."""
        return any(_is_judged(cut.scores) for _, group in self.groups for cut in group)

    @property
    def main(self) -> Row:
        """The row that the run is about."""
        return self.test.main


def write_report(path: Path, report: Report) -> None:
    """Writes one HTML page that needs nothing but itself.

    Raises:
        DataError: A table is no predictions table, or of another data set than its manifest.
        StorageError: The disk is full.
    """
    page = render_report(report)
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render_report(report: Report) -> str:
    """The page's text. The same report gives the same page."""
    environment = Environment(
        loader=PackageLoader("blink.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": wording.percent,
        "fraction": wording.fraction,
        "interval": wording.percent_interval,
        "kilobytes": wording.kilobytes,
        "microseconds": wording.microseconds,
        "count": wording.count,
        "plural": wording.plural,
        "unit": _unit,
        "probability": wording.probability,
        "moment": wording.moment,
        "path": trace_path,
        "sentence": wording.sentence,
    }
    return environment.get_template("report.html.j2").render(
        report=report,
        sections=[_compose(test) for test in report.tests],
        fit_axis=fit_axis,
        owners=wording.owners,
        few_people=FEW_PEOPLE,
        bins=BINS,
        titles=TITLES,
        gap=wording.GAP,
        long_fact=LONG_FACT,
    )


def _compose(test: TestSet) -> Section:
    evaluation = test.main.evaluation
    mistakes = worst_mistakes(test.main.table, test.main.operating_point)
    missed = exhibit(test.manifest, mistakes.missed_closures)
    false = exhibit(test.manifest, mistakes.false_closures)
    return Section(
        test=test,
        headline=write_headline(test),
        groups=[
            (attribute.replace("_", " "), list(slices))
            for attribute, slices in groupby(evaluation.slices, attrgetter("attribute"))
        ],
        weakest=find_weakest(evaluation.scores, evaluation.slices),
        kinds=[
            ("Missed closures", "closed eyes that it calls open", missed),
            ("False closures", "open eyes that it calls closed", false),
        ],
    )


def find_weakest(whole: Scores, slices: Sequence[Slice]) -> list[Slice]:
    """Slices of enough people whose interval lies wholly below the whole's balanced accuracy.

    A hint of where to look, not a test: no correction is made for the many looks.
    """
    bar = whole["balanced_accuracy"].value
    found = [
        (accuracy.value, cut)
        for cut in slices
        for accuracy in [cut.scores["balanced_accuracy"]]
        if bar is not None and accuracy.value is not None and accuracy.high is not None
        if _is_judged(cut.scores) and accuracy.high < bar
    ]
    return [cut for _, cut in sorted(found, key=lambda pair: pair[0])]


def _unit(scores: Scores) -> str:
    """What was drawn for the intervals."""
    if not scores.unknown:
        return "people"
    return "people and crops" if scores.people else "crops"


def _is_judged(scores: Scores) -> bool:
    return (
        scores.people + scores.unknown >= FEW_PEOPLE
        and scores["balanced_accuracy"].high is not None
    )
