"""For whom it works and for whom not: groups, pairs of them, and regions that nobody had listed."""

from collections.abc import Sequence
from dataclasses import replace

from blink.contract.wording import GAP, METRIC_NAMES, percent, plural
from blink.evaluation import wording
from blink.evaluation.populations.results import Group, Populations, Region
from blink.evaluation.report.cells import (
    axis_for,
    people_cell,
    percent_cell,
    points_cell,
    track_cell,
)
from blink.evaluation.scores import Scores
from blink.evaluation.statistics import SIGNIFICANT, Estimate
from blink.pages import Axis, Cell, Column, Line, Table

MOST_PAIRS = 60
"""Pairs of attributes that are shown."""


def choose_pairs(populations: Populations) -> list[Group]:
    """The tested pairs of attributes whose gap is least likely to be chance, at most `MOST_PAIRS`.

    There may be hundreds, nobody reads them all, and they would make the page twice as large.
    """
    pairs = [group for group in populations.groups if len(group.values) > 1]
    tested = [(group.p, group.gap.value or 0.0, group) for group in pairs if group.p is not None]
    return [group for *_, group in sorted(tested, key=lambda one: one[:2])[:MOST_PAIRS]]


def groups_table(caption: str, groups: Sequence[Group], whole: Estimate) -> Table:
    """One line for each group.

    Args:
        caption: What is shown.
        groups: In their order.
        whole: Balanced accuracy of everybody.
    """
    axis = axis_for(group.scores[group.metric] for group in groups)
    return Table(
        caption=caption,
        columns=[
            Column("Group"),
            Column("Balanced accuracy as a plot, %", axis=axis),
            *(
                Column(title, is_number=True)
                for title in (
                    "Bal. acc. %",
                    "Gap to the rest",
                    "p",
                    "Recall closed %",
                    "Recall open %",
                    "Crops",
                    "People",
                )
            ),
            Column("Remark"),
        ],
        lines=[Line(_group(group, axis, whole)) for group in groups],
    )


def _group(group: Group, axis: Axis, whole: Estimate) -> list[Cell]:
    scores = group.scores
    accuracy = scores["balanced_accuracy"]
    return [
        Cell(group.title, small="rendered" if group.is_rendered else ""),
        _track(group, scores, axis, whole),
        percent_cell(accuracy, with_reason=group.note is None),
        _gap(group) if group.note is None else Cell(GAP),
        Cell(wording.p_value(group.p), value=group.p),
        *(percent_cell(scores[name]) for name in ("recall_closed", "recall_open")),
        Cell(wording.count(scores.n), value=scores.n),
        people_cell(scores.people, scores.unknown),
        _remark(group),
    ]


def _track(part: Group | Region, scores: Scores, axis: Axis, whole: Estimate) -> Cell:
    """The metric by which it is compared; beside the whole where that is balanced accuracy."""
    bar = whole.value if part.metric == "balanced_accuracy" else None
    return track_cell(axis, scores[part.metric], "weak" if is_weak(part) else "", bar)


def _gap(part: Group | Region) -> Cell:
    cell = points_cell(part.gap)
    if part.metric == "balanced_accuracy" or part.gap.value is None:
        return cell
    return replace(cell, small=f"{cell.small}, {METRIC_NAMES[part.metric]}")


def _remark(group: Group) -> Cell:
    if group.note is not None:
        return Cell(small=group.note)
    if is_weak(group):
        return Cell("weaker", tag="weak")
    return Cell()


def is_weak(group: Group | Region) -> bool:
    """Whether it is worse than the rest by more than chance and the many looks explain."""
    is_lower = group.gap.value is not None and group.gap.value < 0
    return is_lower and group.p is not None and group.p < SIGNIFICANT


def describe_groups(populations: Populations) -> str:
    """What was looked at and what came of it, in sentences."""
    if not populations.groups:
        return "Nothing is known about these crops by which they could be told apart."
    return " ".join(filter(None, [_describe_own(populations), _describe_stand_ins(populations)]))


def _describe_own(populations: Populations) -> str:
    if not populations.looks:
        return "Too few people in every group to say whether it works for them as for the rest."
    weak = [group for group in populations.own if is_weak(group)]
    looks = plural(populations.looks, "gap was", "gaps were")
    if not weak:
        return f"{looks} looked at; none is larger than chance explains, given so many looks."
    return f"{looks} looked at. Weaker than the rest by more than chance explains: {_name(weak)}."


def _describe_stand_ins(populations: Populations) -> str:
    """Stand-ins prove nothing about real people, and are never counted among these."""
    stand_ins = [group for group in populations.groups if group not in populations.own]
    if not stand_ins:
        return ""
    names = dict.fromkeys(name.replace("_", " ") for one in stand_ins for name in one.values)
    weak = [group for group in stand_ins if is_weak(group)]
    found = (
        f"of these, weaker than the other rendered people: {_name(weak)}"
        if weak
        else ("none of these is weaker than the other rendered people")
    )
    return (
        f"Of {', '.join(names)}, these people tell too little: rendered ones stand in, who hint at "
        f"what a real group might show and prove nothing; {found}."
    )


def _name(weak: Sequence[Group]) -> str:
    """The first few with their gaps, in points of the metric by which they are compared."""
    named = "; ".join(f"{group.title} ({wording.points(group.gap.value)})" for group in weak[:6])
    return f"{named}; and {len(weak) - 6} more" if len(weak) > 6 else named


def regions_table(regions: Sequence[Region], whole: Estimate) -> Table:
    """Weak regions that were searched for, with both halves of the people."""
    axis = axis_for(region.confirmed[region.metric] for region in regions)
    return Table(
        caption="Weak regions that nobody had listed",
        columns=[
            Column("Region"),
            Column("Balanced accuracy on the other half as a plot, %", axis=axis),
            *(
                Column(title, is_number=True)
                for title in (
                    "Where found %",
                    "Other half %",
                    "Gap to the rest",
                    "p",
                    "Share of mistakes %",
                    "Crops",
                    "People",
                )
            ),
        ],
        lines=[Line(_region(region, axis, whole)) for region in regions],
    )


def _region(region: Region, axis: Axis, whole: Estimate) -> list[Cell]:
    confirmed = region.confirmed
    return [
        Cell(region.title),
        _track(region, confirmed, axis, whole),
        percent_cell(region.found["balanced_accuracy"]),
        percent_cell(confirmed["balanced_accuracy"], with_reason=True),
        _gap(region),
        Cell(wording.p_value(region.p), value=region.p),
        Cell(percent(region.share_of_mistakes), value=region.share_of_mistakes),
        Cell(wording.count(confirmed.n), value=confirmed.n),
        people_cell(confirmed.people, confirmed.unknown),
    ]
