import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import DataError, Intelligence
from blink.evaluation.abstention.intruders import judge_intruders
from blink.evaluation.abstention.notes import InspectionNotes
from blink.evaluation.abstention.results import Abstention, Kept, ReasonGiven, Refusals
from blink.evaluation.slices import cut_by_attributes
from blink.evaluation.statistics import (
    DRAWS,
    Difference,
    Estimate,
    Sample,
    Support,
    conclude,
    difference,
    draw_people,
    ratio,
)
from blink.evaluation.statistics.estimate import divide
from blink.evaluation.statistics.metrics import balanced_accuracy, missing, support

Mask = NDArray[np.bool_]


def study_abstention(
    notes: InspectionNotes, intelligence: Intelligence, threshold: float, table: pd.DataFrame
) -> Abstention:
    """What an inspector refuses of test people's eyes, and what it lets in.

    Args:
        notes: Of every crop of the table, in its order.
        intelligence: The one behind the inspector.
        threshold: Where p_closed becomes a call.
        table: Its predictions; crops without a label do not count.

    Raises:
        DataError: The notes are not of as many crops.
    """
    if len(notes.reasons) != len(table):
        raise DataError(
            f"{len(notes.reasons):,} crops were inspected, but {len(table):,} predicted. Inspect "
            "each crop that is predicted."
        )
    labelled = table["label"].notna().to_numpy(np.bool_)
    sample = Sample.of(table)
    reasons = np.array([reason or "" for reason in notes.reasons])[labelled]
    refused = reasons != ""
    kept_places = notes.places
    people = np.full(len(table), -1, np.int64)
    people[labelled] = sample.owner
    eyes = [eye for eye, place in zip(notes.eyes, kept_places, strict=True) if labelled[place]]
    owners = people[kept_places][labelled[kept_places]]
    return Abstention(
        can_tell_strangers=notes.inspector.strangeness is not None,
        groups=_groups(sample, refused, table[labelled]),
        closed_minus_open=_closed_minus_open(sample, refused),
        reasons=tuple(
            ReasonGiven(
                reason,
                int(np.sum(reasons == reason)),
                _share(sample, reasons == reason, np.ones_like(refused)),
            )
            for reason in notes.inspector.reasons
        ),
        intruders=judge_intruders(notes.inspector, intelligence, threshold, eyes, owners),
        kept=_keep(sample, ~refused, threshold),
    )


def _groups(sample: Sample, refused: Mask, table: pd.DataFrame) -> tuple[Refusals, ...]:
    groups = {
        "all": np.ones_like(refused),
        "closed": sample.closed,
        "open": ~sample.closed,
    } | {cut.title: cut.inside for cut in cut_by_attributes(table)}
    return tuple(
        Refusals(
            group=group,
            crops=int(inside.sum()),
            people=shown.known,
            unknown=shown.unknown,
            refused=_share(sample, refused, inside),
        )
        for group, inside in groups.items()
        for shown in [sample.only(inside)]
    )


def _share(sample: Sample, refused: Mask, among: Mask) -> Estimate:
    part, whole = sample.per_person(refused & among), sample.per_person(among)
    return ratio(part, whole, most=1.0, support=Support(sample.people_with(among)))


def _closed_minus_open(sample: Sample, refused: Mask) -> Difference:
    weights = draw_people(sample.people, DRAWS)
    closed, opened = (
        divide(weights @ sample.per_person(refused & eyes), weights @ sample.per_person(eyes))
        for eyes in (sample.closed, ~sample.closed)
    )
    return difference(closed - opened, sample.people, missing(sample), support(sample))


def _keep(sample: Sample, kept: Mask, threshold: float) -> Kept:
    weights = draw_people(sample.people, DRAWS)
    some = sample.only(kept)
    everything = balanced_accuracy(sample, threshold, weights)
    rest = balanced_accuracy(some, threshold, weights)
    return Kept(
        everything=conclude(sample, "balanced_accuracy", everything, sample.is_blind),
        kept=conclude(some, "balanced_accuracy", rest, some.is_blind),
        difference=difference(rest - everything, sample.people, missing(some), support(some)),
    )
