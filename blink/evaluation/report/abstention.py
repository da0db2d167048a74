"""What an intelligence refuses to answer, and what it should have refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from blink.contract.wording import GAP, percent, plural
from blink.evaluation import wording
from blink.evaluation.abstention.results import Abstention, Intruders, Refusals
from blink.evaluation.report.cells import (
    axis_for,
    people_cell,
    percent_cell,
    points_cell,
    track_cell,
)
from blink.evaluation.results import TestSet
from blink.evaluation.statistics import SIGNIFICANT
from blink.pages import Axis, Cell, Column, Line, Table

_SOURCES: Final = {
    "drawn": "no eye in it",
    "cut": "a held-out person's eye, cut wrong",
    "spoilt": "a held-out person's eye, spoilt",
}


@dataclass(frozen=True)
class Refusal:
    """An abstention, ready to be shown.

    Attributes:
        words: What came of it, in sentences.
        eyes: How often eyes are refused, by group.
        reasons: And for which reason.
        intruders: How often what must not be answered is refused.
        kept: What refusing does to the accuracy.
    """

    words: tuple[str, ...]
    eyes: Table
    reasons: Table
    intruders: Table
    kept: Table


def show_refusals(tests: Sequence[TestSet]) -> list[Refusal | None]:
    """The part on refusals of each test set; None where nothing was inspected."""
    return [None if one.abstention is None else show_abstention(one.abstention) for one in tests]


def show_abstention(abstention: Abstention) -> Refusal:
    """Prepares the part of the page on refusals."""
    return Refusal(
        words=tuple(_describe(abstention)),
        eyes=_eyes_table(abstention),
        reasons=_reasons_table(abstention),
        intruders=_intruders_table(abstention),
        kept=_kept_table(abstention),
    )


def _describe(abstention: Abstention) -> list[str]:
    everybody = abstention.groups[0]
    words = [
        f"Of {plural(everybody.crops, 'eye', 'eyes')} of people held out, "
        f"{percent(everybody.refused.value)} % are refused "
        f"({wording.percent_interval(everybody.refused)}): a product asks again instead of "
        "answering. Each counts as a mistake here, though some of these crops are bad.",
        _compare(abstention),
    ]
    if not abstention.can_tell_strangers:
        words.append(
            "This bundle holds no score for strangers: it refuses what is too small, blank, "
            "saturated or blurred, and answers whatever else it is shown."
        )
    return words


def _compare(abstention: Abstention) -> str:
    found = abstention.closed_minus_open
    gap = wording.points(found.estimate.value)
    if found.p is None:
        return f"Closed eyes against open ones: {gap} points ({found.estimate.gap})."
    verdict = {
        (True, True): "Closed eyes are refused more often than open ones",
        (True, False): "Open eyes are refused more often than closed ones",
    }.get(
        (found.p < SIGNIFICANT, (found.estimate.value or 0) > 0),
        "Closed eyes are refused as often as open ones, as far as chance lets anybody tell",
    )
    low, high = wording.points(found.estimate.low), wording.points(found.estimate.high)
    return f"{verdict}: {gap} points, {low} to {high}."


def _eyes_table(abstention: Abstention) -> Table:
    axis = axis_for(group.refused for group in abstention.groups)
    return Table(
        caption="How often eyes of people held out are refused",
        columns=[
            Column("Eyes"),
            Column("Refused as a plot, %", axis=axis),
            Column("Refused %", is_number=True),
            Column("Crops", is_number=True),
            Column("People", is_number=True),
        ],
        lines=[Line(_eyes(group, axis)) for group in abstention.groups],
    )


def _eyes(group: Refusals, axis: Axis) -> list[Cell]:
    return [
        Cell(group.group),
        track_cell(axis, group.refused),
        percent_cell(group.refused, with_reason=True),
        Cell(wording.count(group.crops), value=group.crops),
        people_cell(group.people, group.unknown),
    ]


def _reasons_table(abstention: Abstention) -> Table:
    return Table(
        caption="For which reason eyes of people held out are refused",
        columns=[
            Column("Reason"),
            Column("Crops", is_number=True),
            Column("Of all eyes %", is_number=True),
        ],
        lines=[
            Line(
                [
                    Cell(given.reason),
                    Cell(wording.count(given.crops), value=given.crops),
                    percent_cell(given.refused, with_reason=True),
                ]
            )
            for given in abstention.reasons
        ],
    )


def _intruders_table(abstention: Abstention) -> Table:
    axis = axis_for(kind.refused for kind in abstention.intruders)
    return Table(
        caption="How often crops that must not be answered are refused",
        columns=[
            Column("Kind"),
            Column("What it is"),
            Column("Learnt from"),
            Column("Refused as a plot, %", axis=axis),
            Column("Refused %", is_number=True),
            Column("Mostly as"),
            Column("Crops", is_number=True),
            Column("Let in", is_number=True),
            Column("Of those let in, called closed %", is_number=True),
        ],
        lines=[Line(_intruder(kind, axis)) for kind in abstention.intruders],
    )


def _intruder(kind: Intruders, axis: Axis) -> list[Cell]:
    return [
        Cell(kind.kind),
        Cell(_SOURCES[kind.source]),
        Cell("yes" if kind.was_learnt else "never", tag="" if kind.was_learnt else "plain"),
        track_cell(axis, kind.refused),
        percent_cell(kind.refused, with_reason=True),
        Cell(kind.reason or GAP),
        Cell(wording.count(kind.crops), value=kind.crops),
        Cell(wording.count(kind.let_in), value=kind.let_in),
        percent_cell(kind.called_closed, with_reason=True),
    ]


def _kept_table(abstention: Abstention) -> Table:
    kept = abstention.kept
    return Table(
        caption="Balanced accuracy of what is answered, against that of all labelled eyes",
        columns=[
            Column("Bal. acc. of all %", is_number=True),
            Column("Of what is answered %", is_number=True),
            Column("Difference, points", is_number=True),
        ],
        lines=[
            Line(
                [
                    percent_cell(kept.everything, with_reason=True),
                    percent_cell(kept.kept, with_reason=True),
                    points_cell(kept.difference.estimate),
                ]
            )
        ],
        is_sortable=False,
    )
