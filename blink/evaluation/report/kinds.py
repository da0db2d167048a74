"""Mistakes by kind, with their pictures."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from blink.contract.wording import percent, plural
from blink.evaluation import wording
from blink.evaluation.contact_sheets import MOST_FAULTS
from blink.evaluation.mistakes.exhibits import Exhibit, exhibit
from blink.evaluation.mistakes.results import Kind, MistakeStudy
from blink.evaluation.populations.results import Populations
from blink.evaluation.results import TestSet
from blink.pages import Cell, Column, Line, Picture, Table

DIRECTIONS: Final = {
    "missed_closure": "closed eyes called open",
    "false_closure": "open eyes called closed",
}


def kinds_table(kinds: Sequence[Kind]) -> Table:
    """One line for each kind, the dearest first."""
    return Table(
        caption="Kinds of mistakes and their share of the cost",
        columns=[
            Column("Kind"),
            Column("Direction"),
            Column("Share of cost %", is_number=True),
            Column("Share of mistakes %", is_number=True),
            Column("Crops", is_number=True),
            Column("People", is_number=True),
            Column("Suggests"),
        ],
        lines=[
            Line(
                [
                    Cell(kind.title),
                    Cell(DIRECTIONS[kind.direction]),
                    Cell(percent(kind.share_of_cost), value=kind.share_of_cost),
                    Cell(percent(kind.share_of_mistakes), value=kind.share_of_mistakes),
                    Cell(wording.count(kind.n), value=kind.n),
                    Cell(wording.count(kind.people), value=kind.people),
                    Cell(kind.suggests, tag="plain"),
                ]
            )
            for kind in kinds
        ],
    )


def describe_study(study: MistakeStudy | None) -> str:
    """How many mistakes there are and how they are weighed, in sentences."""
    if study is None:
        return "Mistakes are not sorted: nothing was noted of the pictures in this run."
    if not study.mistakes:
        return "No labelled crop was called wrongly."
    faults = plural(len(study.label_faults), "label", "labels")
    kinds = plural(len(study.kinds), "kind", "kinds")
    return (
        f"{plural(study.mistakes, 'crop', 'crops')} called wrongly. Of these, {faults} "
        f"{'is' if len(study.label_faults) == 1 else 'are'} suspected to be wrong; the rest is the "
        f"model's, in {kinds}. Weighed by: {study.costs.source}."
    )


def collect_pictures(
    test: TestSet, study: MistakeStudy | None, populations: Populations
) -> Mapping[str, Picture]:
    """Every picture that a test set's part of the page shows, by id; read in one go.

    Raises:
        DataError: The predictions are of another data set than the manifest.
    """
    ids = [one for region in populations.regions for one in region.ids]
    if study is not None:
        ids += [*study.worst, *study.label_faults[:MOST_FAULTS]]
        ids += [one for kind in study.kinds for one in kind.ids]
    # In the scores' own precision, as all metrics compare them: 0.7 in float32 lies below 0.7.
    threshold = np.float32(test.main.operating_point.threshold)
    return {
        one.id: _picture(one, "closed" if one.p_closed >= threshold else "open")
        for one in exhibit(test.manifest, test.main.table, list(dict.fromkeys(ids)))
    }


def _picture(one: Exhibit, called: str) -> Picture:
    label = one.label if one.label == "unlabelled" else f"labelled {one.label}"
    p = wording.probability(one.p_closed)
    known = [one.subject, f"{one.width}×{one.height}", *one.attributes]
    return Picture(
        uri=one.picture,
        alt=f"Eye crop of {one.subject}: {label}, called {called}, p closed {p}",
        heading=f"p {p}",
        caption=f"{label}, called {called} · {' · '.join(known)}",
        origin=f"Row {one.row} of the manifest",
        details={**dict(one.fields), "to see it": one.command},
    )
