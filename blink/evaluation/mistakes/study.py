"""All mistakes of an intelligence on a test set: whose fault, of which kinds, at which cost."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import OperatingPoint
from blink.data.audit.limits import Limits
from blink.evaluation.mistakes.calls import TRUTH, Calls, Direction, call
from blink.evaluation.mistakes.clusters import FEWEST, describe, group
from blink.evaluation.mistakes.results import CropCosts, Kind, MistakeStudy
from blink.evaluation.mistakes.suggestion import Evidence, is_unusable, suggest
from blink.evaluation.mistakes.titles import entitle, marks
from blink.evaluation.mistakes.traits import Trait, find_conditions, find_traits, share_of_all
from blink.evaluation.mistakes.witness import OutOfFoldPredictions, contradicts, predict_out_of_fold
from blink.evaluation.pictures import EMBEDDING, pictures_of
from blink.evaluation.predictions import checked_predictions
from blink.evaluation.statistics import Sample

MOST_WORST = 24
"""Crops that are named over all kinds, and of each kind."""
_MOST_TRAITS = 6
_PER_PERSON = 3
_COUNTED = 20
"""Labelled crops of a person, for a share of them to mean anything."""

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Scene:
    """All that is known of the labelled crops of a test set; arrays have one entry per crop."""

    calls: Calls
    pictures: pd.DataFrame
    person: NDArray[np.int64]
    suspected: Flags
    predicted: OutOfFoldPredictions | str

    @property
    def ours(self) -> Flags:
        """Mistakes that are the model's."""
        return self.calls.wrong & ~self.suspected


@dataclass(frozen=True, eq=False)
class _Story:
    """What is told of a kind; `usual` as in `Evidence`."""

    direction: Direction
    title: str
    traits: list[Trait]
    usual: float | None


def study_mistakes(
    table: pd.DataFrame,
    operating_point: OperatingPoint,
    pictures: pd.DataFrame,
    costs: CropCosts | None = None,
) -> MistakeStudy:
    """Sorts mistakes into likely faults of the labels and kinds of faults of the model.

    Args:
        table: A predictions table; crops without a label are no mistakes.
        operating_point: From probability to call.
        pictures: What the pictures of these crops are like, in any order.
        costs: Of a mistake of each direction; each counts 1 if there are none.

    Raises:
        DataError: It is no predictions table, or a crop of it has no picture.
    """
    costs = costs or CropCosts()
    calls = call(checked_predictions(table, "The table to study"), operating_point, costs)
    seen = pictures_of(calls.table, pictures)
    sample = Sample.of(calls.table)
    predicted = predict_out_of_fold(
        seen[list(EMBEDDING)].to_numpy(np.float32), calls.closed, sample.person
    )
    person = sample.owner  # people are counted; lots of them do for the folds of the witness
    suspected = _suspect(calls, predicted, person) & ~is_unusable(seen)
    scene = _Scene(calls, seen, person, suspected, predicted)
    ids = calls.table["id"].to_numpy(object)
    ours = calls.rank(np.flatnonzero(scene.ours))
    kinds = [kind for direction in TRUTH for kind in _kinds(scene, direction)]
    return MistakeStudy(
        costs=costs,
        mistakes=int(calls.wrong.sum()),
        cost=float(calls.cost[ours].sum()),
        kinds=tuple(sorted(kinds, key=lambda kind: (-kind.share_of_cost, -kind.n, kind.title))),
        label_faults=tuple(ids[calls.rank(np.flatnonzero(suspected))]),
        how_suspected=_how(predicted),
        worst=tuple(ids[ours[:MOST_WORST]]),
    )


def _suspect(
    calls: Calls, predicted: OutOfFoldPredictions | str, person: NDArray[np.int64]
) -> Flags:
    """Mistakes whose label both the witness and the intelligence surely contradict."""
    if isinstance(predicted, str):
        return np.zeros_like(calls.closed)
    found = (
        calls.wrong
        & contradicts(predicted.closed, calls.closed)
        & contradicts(calls.score, calls.closed)
    )
    counts, accused = np.bincount(person), np.bincount(person[found], minlength=person.max() + 1)
    strange = (counts >= _COUNTED) & (accused > Limits().label_person * counts)
    return found & ~strange[person]


def _how(predicted: OutOfFoldPredictions | str) -> str:
    if isinstance(predicted, str):
        return f"No label is suspected: {predicted}."
    return (
        "A label is suspected where the intelligence and a witness are both sure of the opposite; "
        "the witness knows the pictures' edges and the labels of other people in this test set "
        f"(AUC {predicted.auc:.3f}), and nothing of the scores. They may share an error, so look "
        "before you relabel. Left to the model: crops in which hardly anything is to be seen, and "
        f"people of whom more than {100 * Limits().label_person:.0f} % of the labels would be "
        "suspected."
    )


def _kinds(scene: _Scene, direction: Direction) -> list[Kind]:
    """The kinds of mistakes of one direction; each of the model's mistakes is in one of them."""
    of_class = np.flatnonzero(scene.calls.closed == TRUTH[direction])
    mine = scene.ours[of_class]
    if not mine.any():
        return []
    table = scene.calls.table.iloc[of_class].reset_index(drop=True)
    pictures = scene.pictures.iloc[of_class].reset_index(drop=True)
    right = ~scene.calls.wrong[of_class]
    conditions = find_conditions(table, pictures, right)
    members = list(_members(describe(table, pictures), is_unusable(pictures), np.flatnonzero(mine)))
    traits = [find_traits(conditions, _flags(places, len(mine)), right) for places in members]
    return [
        _kind(
            scene,
            of_class[places],
            _Story(direction, title, shared, share_of_all(marks(shared), right)),
        )
        for places, title, shared in zip(members, entitle(direction, traits), traits, strict=True)
    ]


def _members(features: NDArray[np.float64], unusable: Flags, mistakes: Places) -> Iterator[Places]:
    """Crops in which nothing is to be seen are a kind of their own where they are enough."""
    blind = mistakes[unusable[mistakes]]
    if len(blind) >= FEWEST:
        yield blind
        mistakes = mistakes[~unusable[mistakes]]
    if len(mistakes):
        groups = group(features[mistakes])
        yield from (mistakes[groups == number] for number in np.unique(groups))


def _flags(places: Places, count: int) -> Flags:
    flags = np.zeros(count, np.bool_)
    flags[places] = True
    return flags


def _kind(scene: _Scene, places: Places, story: _Story) -> Kind:
    calls = scene.calls
    all_cost = calls.cost[scene.ours].sum()
    suggests, advice = suggest(
        Evidence(
            unusable=float(is_unusable(scene.pictures.iloc[places]).mean()),
            contradicted=_contradicted(scene, places),
            one_person=float(np.bincount(scene.person[places]).max() / len(places)),
            marks=marks(story.traits),
            usual=story.usual,
        )
    )
    shown = _spread(calls.rank(places), scene.person)[:MOST_WORST]
    return Kind(
        title=story.title,
        direction=story.direction,
        n=len(places),
        people=len(np.unique(scene.person[places])),
        share_of_mistakes=len(places) / int(scene.ours.sum()),
        share_of_cost=float(calls.cost[places].sum() / all_cost) if all_cost > 0 else 0.0,
        traits=tuple(map(str, story.traits[:_MOST_TRAITS])),
        suggests=suggests,
        advice=advice,
        ids=tuple(calls.table["id"].to_numpy(object)[shown]),
    )


def _contradicted(scene: _Scene, places: Places) -> float | None:
    if isinstance(scene.predicted, str):
        return None
    witness = scene.predicted.closed[places] >= 0.5
    return float((witness != scene.calls.closed[places]).mean())


def _spread(ranked: Places, person: NDArray[np.int64]) -> Places:
    """The worst first, but of nobody a fourth before everybody's third."""
    turn = pd.Series(person[ranked]).groupby(person[ranked]).cumcount().to_numpy() // _PER_PERSON
    return ranked[np.argsort(turn, kind="stable")]
