from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from blink.contract import Crop, DataError, Probabilities
from blink.evaluation.abstention import Abstention, InspectionNotes, study_abstention
from blink.evaluation.statistics import Estimate
from blink.evaluation.statistics.estimate import most_unseen
from blink.runtime.inspection import Inspector
from tests.evaluation.drawn import draw_eye, predictions

PEOPLE = 12
BLANK = np.full((32, 32), 100, np.uint8)


class SaysClosed:
    """Answers `closed` to whatever it is shown."""

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        return np.full(len(crops), 0.9, np.float32)


def crowd(
    blanks: set[int], glasses: bool = False, people: int = PEOPLE
) -> tuple[list[Crop], pd.DataFrame]:
    """Four crops each of some people, open and closed in turns; some of them are blank."""
    count = 4 * people
    crops = [BLANK if n in blanks else draw_eye(n % 2 == 1, 32) for n in range(count)]
    labels = [number % 2 for number in range(count)]
    scores = [0.9 if label else 0.1 for label in labels]
    for number in blanks:  # what cannot be seen is called wrongly
        scores[number] = 1 - scores[number]
    owners = [f"p{number // 4}" for number in range(count)]
    columns = {"glasses": ["yes" if n < 8 else "no" for n in range(count)]} if glasses else {}
    return crops, predictions(labels, scores, owners, **columns)


def study(crops: list[Crop], table: pd.DataFrame) -> Abstention:
    notes = InspectionNotes(Inspector(), len(crops))
    for place, crop in enumerate(crops):
        notes.add(place, crop)
    return study_abstention(notes, SaysClosed(), 0.5, table)


@pytest.fixture(scope="module")
def some() -> Abstention:
    """Two closed and one open eye of three people are blank; two of them wear glasses."""
    return study(*crowd({1, 7, 20}, glasses=True))


def test_study_abstention_counts_refusals_by_group_when_some_eyes_are_blank(
    some: Abstention,
) -> None:
    groups = {group.group: group for group in some.groups}
    assert groups["all"].refused.value == pytest.approx(3 / 48)
    assert groups["closed"].refused.value == pytest.approx(2 / 24)
    assert groups["open"].refused.value == pytest.approx(1 / 24)
    assert groups["glasses yes"].refused.value == pytest.approx(2 / 8)
    assert groups["glasses yes"].people == 2
    assert groups["glasses yes"].refused.low is None  # of two people
    assert groups["all"].refused.low is not None
    assert 0 < groups["all"].refused.low < 3 / 48 < (groups["all"].refused.high or 0) < 0.3


def test_study_abstention_compares_closed_and_open_when_both_are_there(some: Abstention) -> None:
    assert some.closed_minus_open.estimate.value == pytest.approx(1 / 24)
    assert some.closed_minus_open.p is not None
    assert some.closed_minus_open.p > 0.05


def test_study_abstention_names_reasons_when_the_bundle_can_give_them(some: Abstention) -> None:
    given = {one.reason: one.crops for one in some.reasons}
    assert given == {"too small": 0, "blank": 3, "saturated": 0, "blurred": 0}
    assert not some.can_tell_strangers


def test_study_abstention_shows_what_refusing_is_worth_when_the_refused_were_wrong(
    some: Abstention,
) -> None:
    assert some.kept.everything.value == pytest.approx((22 / 24 + 23 / 24) / 2)
    assert some.kept.kept.value == 1.0
    assert some.kept.difference.estimate.value == pytest.approx(1.5 / 24)


def test_study_abstention_tries_every_kind_when_eyes_are_at_hand(some: Abstention) -> None:
    kinds = {one.kind: one for one in some.intruders}
    assert {one.source for one in some.intruders} == {"drawn", "cut", "spoilt"}
    assert kinds["tiny"].refused.value == 1.0
    assert kinds["tiny"].reason == "too small"
    assert kinds["tiny"].let_in == 0
    assert kinds["tiny"].called_closed == Estimate(None, gap="none was let in")
    assert kinds["upside down"].crops == 48
    assert kinds["upside down"].let_in == 45  # all but the blank ones
    assert kinds["upside down"].called_closed.value == 1.0
    # Over the 12 people whose they are, not over 45 crops: the rule of three.
    assert kinds["upside down"].called_closed.low == pytest.approx(0.05 ** (1 / PEOPLE), abs=0.06)
    assert not kinds["nostrils"].was_learnt
    assert kinds["mouth"].was_learnt


def test_study_abstention_counts_labelled_eyes_alone_when_some_have_no_label() -> None:
    crops, table = crowd({1, 7}, people=3)
    table["label"] = table["label"].mask(table.index == 1)
    found = study(crops, table)
    assert found.groups[0].crops == 11
    assert found.groups[0].refused.value == pytest.approx(1 / 11)


def test_study_abstention_counts_people_when_lots_are_drawn_and_some_are_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("blink.evaluation.statistics.sample.MOST_LOTS", 8)
    crops, table = crowd({1})
    table["subject"] = table["subject"].mask(table.index >= 4 * (PEOPLE - 1))
    found = study(crops, table)
    everybody = found.groups[0]
    assert (everybody.crops, everybody.people, everybody.unknown) == (4 * PEOPLE, PEOPLE - 1, 4)
    # 11 who are known and 4 crops of others, in 8 lots: enough for an interval.
    assert everybody.refused.gap is None
    never = next(one for one in found.reasons if one.reason == "saturated")
    assert never.refused == Estimate(0.0, 0.0, most_unseen(PEOPLE + 3))
    turned = next(one for one in found.intruders if one.kind == "upside down")
    assert turned.called_closed == Estimate(1.0, 1 - most_unseen(PEOPLE + 3), 1.0)


def test_study_abstention_refuses_when_not_every_crop_was_inspected() -> None:
    crops, table = crowd(set(), people=3)
    notes = InspectionNotes(Inspector(), len(crops) - 1)
    with pytest.raises(DataError, match="11 crops were inspected, but 12 predicted"):
        study_abstention(notes, SaysClosed(), 0.5, table)


def test_inspection_notes_keep_eyes_from_the_first_to_the_last_when_there_are_many() -> None:
    notes = InspectionNotes(Inspector(), 1000)
    for place in range(1000):
        notes.add(place, np.full((9, 9), place % 256, np.uint8))
    places = notes.places
    assert len(places) == len(notes.eyes) == 150
    assert (places[0], places[-1]) == (0, 999)
    assert [eye[0, 0] for eye in notes.eyes] == [place % 256 for place in places]
