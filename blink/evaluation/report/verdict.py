"""The decision on a test set, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from blink.evaluation import wording
from blink.evaluation.experience.results import Assessment, JudgedCriterion, Verdict
from blink.pages import Cell, Column, Line, Table
from blink.target import TITLES
from blink.target.criteria import Measure

Tone = Literal["good", "bad", "weak"]

TONES: Final[Mapping[Verdict, tuple[str, Tone]]] = {
    "SHIP": ("✓", "good"),
    "DO NOT SHIP": ("✕", "bad"),
    "NOT ENOUGH DATA TO SAY": ("?", "weak"),
    "THE HEURISTIC SUFFICES": ("✓", "good"),
}
"""The sign of each verdict and the colour that goes with it."""

_UNBROKEN: Final = "\u00a0"

_ANSWERS: Final[Mapping[bool | None, Tone]] = {True: "good", False: "bad", None: "weak"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision as the page shows it.

    Attributes:
        verdict: In big letters.
        sign: Beside it.
        tone: Its colour.
        because: The reason.
        criteria: One by one.
    """

    verdict: Verdict
    sign: str
    tone: Tone
    because: str
    criteria: Table


def show_decision(assessment: Assessment) -> Shown:
    """The verdict in big letters, and the table of its criteria.

    Where nothing could be simulated, criteria of which there is no figure are left out: the gap is
    said once.
    """
    decision = assessment.decision
    judged = [
        finding
        for finding in decision.findings
        if assessment.gap is None or finding.found.value is not None
    ]
    sign, tone = TONES[decision.verdict]
    return Shown(
        verdict=decision.verdict,
        sign=sign,
        tone=tone,
        because=decision.because,
        criteria=Table(
            caption="The criteria, what was found, and whether they are met",
            columns=[Column("Criterion"), Column("Found"), Column("Limit"), Column("Answer")],
            lines=[_line(finding) for finding in judged],
            is_sortable=False,
        ),
    )


def _line(finding: JudgedCriterion) -> Line:
    title = TITLES[cast(Measure, finding.measure)]
    measured = f"{title}: {finding.groups}" if finding.groups else title
    return Line(
        [
            Cell(wording.sentence(finding.words), small=measured),
            Cell(wording.figure(finding.found.value), small=_interval(finding)),
            Cell(wording.limit(finding.limit, is_upper=finding.is_upper).replace(" ", _UNBROKEN)),
            Cell(wording.answer(finding.met), tag=_ANSWERS[finding.met]),
        ]
    )


def _interval(finding: JudgedCriterion) -> str:
    """The interval; nothing beside a figure that is exact."""
    exact = finding.found.low is not None and finding.found.low == finding.found.high
    return "" if exact else wording.figure_interval(finding.found)
