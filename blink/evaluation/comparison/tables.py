"""What stands in the tables of a comparison."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from blink.contract.wording import GAP, METRIC_NAMES, kilobytes, percent
from blink.evaluation import wording
from blink.evaluation.comparison import words
from blink.evaluation.comparison.by_cpu import ByCpu, CpuTimes
from blink.evaluation.comparison.comparing import TestSetComparison
from blink.evaluation.comparison.left_out import Transfer
from blink.evaluation.comparison.results import Call, Gain, Pair
from blink.evaluation.comparison.side_by_side import Group
from blink.evaluation.comparison.standings import Standing
from blink.evaluation.report.cells import (
    axis_for,
    fraction_cell,
    people_cell,
    percent_cell,
    track_cell,
)
from blink.evaluation.statistics import Estimate
from blink.pages import Axis, Cell, Column, Line, Table

_TAGS: dict[Call, Literal["good", "bad", "plain"]] = {
    "better": "good",
    "worse": "bad",
    "noise": "plain",
}


def standings_table(test: TestSetComparison) -> Table:
    """Everybody: quality, what becomes of it against the baseline, size, latency."""
    axis = axis_for([one.accuracy for one in test.standings])
    titles = (
        *("Bal. acc. %", "To the baseline", "Recall closed %", "Recall open %", "AUC"),
        *("Calib. error", "Size kB", "p50 µs", "p99 µs"),
    )
    return Table(
        caption=f"All models on {test.inputs.name}, the best first",
        columns=[
            Column("Model"),
            Column("Balanced accuracy as a plot, %", axis=axis),
            *(Column(title, is_number=True) for title in titles),
        ],
        lines=[
            Line(_standing(test, one, axis), is_main=one.title == test.baseline.title)
            for one in test.standings
        ],
    )


def _standing(test: TestSetComparison, one: Standing, axis: Axis) -> list[Cell]:
    who = one.model
    is_baseline = one.title == test.baseline.title
    return [
        Cell(one.title, small=_what(one, is_baseline=is_baseline)),
        track_cell(axis, one.accuracy, "bold" if is_baseline else ""),
        percent_cell(one.accuracy),
        _to_baseline(test, one),
        *(percent_cell(one.metrics[name]) for name in ("recall_closed", "recall_open")),
        *(fraction_cell(one.metrics[name]) for name in ("auc", "ece")),
        Cell(kilobytes(who.size_bytes), value=who.size_bytes),
        _time(who.p50_us, ", ".join(who.cpus)),
        _time(who.p99_us),
    ]


def _what(one: Standing, *, is_baseline: bool) -> str:
    who = one.model
    run = Path(who.runs[0]).resolve().name
    if who.seeds > 1:
        run = f"mean of {who.seeds} seeds"
    elif len(who.runs) > 1:
        run = f"the same in {len(who.runs)} runs"
    return " · ".join(["baseline", who.kind, run] if is_baseline else [who.kind, run])


def _to_baseline(test: TestSetComparison, one: Standing) -> Cell:
    if one.title not in {other.title for other in test.compared[1:]}:
        return Cell(GAP)
    gain = test.pairs.of(one.title, test.baseline.title).gain
    text = GAP if gain.difference.value is None else wording.points(gain.difference.value)
    return Cell(text, value=gain.difference.value, small=gain.call)


def _time(microseconds: float | None, small: str = "") -> Cell:
    if microseconds is None:
        return Cell(GAP)
    return Cell(wording.microseconds(microseconds), value=microseconds, small=small)


def cpus_table(test: TestSetComparison, by_cpu: ByCpu) -> Table:
    """One line for each model, a column for each CPU: ratio to the empty graph, and times."""
    return Table(
        caption="Times of the empty graph, by CPU",
        columns=[
            Column("Model"),
            *(Column(cpu, is_number=True) for cpu in by_cpu.cpus),
        ],
        lines=[
            Line(
                [
                    Cell(one.title),
                    *(_on_cpu(by_cpu.times[one.title].get(cpu)) for cpu in by_cpu.cpus),
                ],
                is_main=one.title == test.baseline.title,
            )
            for one in test.standings
        ],
    )


def _on_cpu(times: CpuTimes | None) -> Cell:
    if times is None:
        return Cell(GAP)
    told = f"{wording.microseconds(times.p50_us)} µs, p99 {wording.microseconds(times.p99_us)} µs"
    if times.ratio is None:
        return Cell(GAP, small=told)
    return Cell(f"{times.ratio:.2f} ×", value=times.ratio, small=told)


def pairs_table(pairs: Sequence[Pair]) -> Table:
    """One line for each pair."""
    return Table(
        caption="Pairs on the same people",
        columns=[
            Column("First"),
            Column("Second"),
            Column("First is better by, points", is_number=True),
            Column("p, corrected", is_number=True),
            Column("Called"),
            *(
                Column(title, is_number=True)
                for title in (
                    "McNemar's p over people",
                    "Only first wrong",
                    "Only second wrong",
                    "Both wrong",
                )
            ),
        ],
        lines=[
            Line(
                [
                    Cell(one.first),
                    Cell(one.second),
                    _points(one.gain.difference),
                    Cell(wording.p_value(one.gain.p), value=one.gain.p),
                    call_cell(one.gain),
                    _mcnemar(one),
                    *(
                        Cell(wording.count(number), value=number)
                        for number in (one.first_wrong, one.second_wrong, one.both_wrong)
                    ),
                ]
            )
            for one in pairs
        ],
    )


def _points(difference: Estimate) -> Cell:
    small = "" if difference.low is None else words.tell_interval(difference)
    return Cell(wording.points(difference.value), value=difference.value, small=small)


def _mcnemar(pair: Pair) -> Cell:
    """The test over people, and beneath it what would be believed if crops were independent."""
    test = pair.mcnemar
    if test is None:
        return Cell(GAP)
    return Cell(
        wording.p_value(test.p), value=test.p, small=f"{wording.p_value(test.p_crops)} by crops"
    )


def call_cell(gain: Gain) -> Cell:
    """The call as a label."""
    return Cell(gain.call, tag=_TAGS.get(gain.call, "weak"))


def matrix_table(test: TestSetComparison) -> Table:
    """Everybody compared against everybody: how much better the row is than the column."""
    titles = [one.title for one in test.compared]
    return Table(
        caption="How many points the row is better than the column",
        columns=[Column("Better by, points"), *(Column(title, is_number=True) for title in titles)],
        lines=[
            Line([Cell(row), *(_met(test, row, column) for column in titles)]) for row in titles
        ],
    )


def _met(test: TestSetComparison, row: str, column: str) -> Cell:
    if row == column:
        return Cell(GAP)
    gain = test.pairs.of(row, column).gain
    return Cell(wording.points(gain.difference.value), value=gain.difference.value, small=gain.call)


def groups_table(test: TestSetComparison, groups: Sequence[Group]) -> Table:
    """One line for each group, a column for each model that is shown."""
    return Table(
        caption=f"By {groups[0].attribute}, side by side",
        columns=[
            Column(groups[0].attribute),
            *(Column(f"{one.title} %", is_number=True) for one in test.shown),
            Column("Crops", is_number=True),
            Column("People", is_number=True),
        ],
        lines=[
            Line(
                [
                    Cell(group.value, small=_unlike_others(group)),
                    percent_cell(group.accuracies[0]),
                    *(
                        _gained(accuracy, gain)
                        for accuracy, gain in zip(group.accuracies[1:], group.gains, strict=True)
                    ),
                    Cell(wording.count(group.n), value=group.n),
                    people_cell(group.people, group.unknown),
                ]
            )
            for group in groups
        ],
    )


def _unlike_others(group: Group) -> str:
    return "" if group.metric == "balanced_accuracy" else METRIC_NAMES[group.metric]


def _gained(accuracy: Estimate, gain: Gain) -> Cell:
    if gain.call == "the same answers":
        told: str = gain.call
    elif gain.p is None:
        told = gain.difference.gap or gain.call
    else:
        told = f"{wording.points(gain.difference.value)}: {gain.call}"
    return Cell(percent(accuracy.value), value=accuracy.value, small=told)


def transfers_table(transfers: Sequence[Transfer]) -> Table:
    """One line for each left-out set and run."""
    axis = axis_for([one.accuracy for one in transfers])
    return Table(
        caption="On what was left out of training",
        columns=[
            Column("Left out"),
            Column("Balanced accuracy as a plot, %", axis=axis),
            Column("Bal. acc. %", is_number=True),
            Column("Best heuristic %", is_number=True),
            Column("Crops", is_number=True),
            Column("People", is_number=True),
            Column("Model"),
            Column("Run"),
        ],
        lines=[
            Line(
                [
                    Cell(one.left_out),
                    track_cell(axis, one.accuracy),
                    percent_cell(one.accuracy),
                    percent_cell(one.heuristic) if one.heuristic else Cell(GAP),
                    Cell(wording.count(one.n), value=one.n),
                    people_cell(one.people, one.unknown),
                    Cell(one.title),
                    Cell(one.run),
                ]
            )
            for one in transfers
        ],
    )
