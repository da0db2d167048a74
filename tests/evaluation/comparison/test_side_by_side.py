from pathlib import Path

import numpy as np
import pytest

from blink.evaluation.comparison import EntryRules, compare
from blink.evaluation.comparison.tables import groups_table
from tests.evaluation.comparison.planted import crowd, errors, two_runs

PEOPLE = 40
PLAIN = crowd(PEOPLE, 30)
PERSON = PLAIN["subject"].str[1:].astype(int).to_numpy()
WEARS = PERSON % 2 == 1
TABLE = PLAIN.assign(
    glasses=np.where(WEARS, "yes", "no"), gender=np.where(PERSON < 4, "woman", "man")
)


def test_compare_groups_finds_where_the_gain_lies_when_it_is_planted_in_one_group(
    tmp_path: Path,
) -> None:
    base = errors(TABLE, 0.1, 0)
    better = np.where(WEARS, errors(TABLE, 0.02, 1), base)

    (test,) = compare(two_runs(tmp_path, base, better, TABLE), EntryRules()).test_sets

    found = {(group.attribute, group.value): group for group in test.groups}
    assert [value for _, value in found] == ["no", "yes", "man", "woman"]
    assert found["glasses", "yes"].gains[0].call == "better"
    assert found["glasses", "yes"].gains[0].difference.value == pytest.approx(0.08, abs=0.02)
    assert found["glasses", "no"].gains[0].call == "the same answers"
    assert found["glasses", "no"].gains[0].difference.value == 0
    women = found["gender", "woman"]
    assert (women.n, women.people, women.unknown) == (120, 4, 0)
    assert women.gains[0].call == "too few people to say"
    assert women.accuracies[1].low is None
    assert women.accuracies[1].value is not None


def test_compare_groups_takes_the_recall_when_a_group_has_one_class(tmp_path: Path) -> None:
    closed = TABLE["label"].to_numpy(bool)
    table = PLAIN.assign(lighting=np.where(closed, "bad", "good"))
    base = errors(table, 0.1, 0)
    better = np.where(closed, errors(table, 0.02, 1), base)

    (test,) = compare(two_runs(tmp_path, base, better, table), EntryRules()).test_sets

    bad, good = test.groups
    assert (bad.metric, good.metric) == ("recall_closed", "recall_open")
    assert bad.accuracies[0].value == pytest.approx(0.9, abs=0.02)
    assert bad.gains[0].call == "better"
    assert bad.gains[0].difference.value == pytest.approx(0.08, abs=0.02)
    assert good.gains[0].call == "the same answers"
    names = [groups_table(test, [group]).lines[0].cells[0] for group in test.groups]
    assert [(one.text, one.small) for one in names] == [
        ("bad", "recall of closed"),
        ("good", "recall of open"),
    ]


def test_groups_table_says_why_nobody_can_tell_when_a_group_could_not_be_compared(
    tmp_path: Path,
) -> None:
    better = np.where(WEARS, errors(TABLE, 0.02, 1), errors(TABLE, 0.1, 0))

    (test,) = compare(
        two_runs(tmp_path, errors(TABLE, 0.1, 0), better, TABLE), EntryRules()
    ).test_sets

    told = {
        group.value: groups_table(test, [group]).lines[0].cells[2].small for group in test.groups
    }
    assert told == {
        "no": "the same answers",
        "yes": "+9.0: better",
        "man": "+4.3: better",
        "woman": "too few people: 4, an interval needs at least 10",
    }


@pytest.mark.parametrize(
    ("known", "counted", "shown"), [(True, (300, 0), "300"), (False, (0, 900), "unknown")]
)
def test_groups_table_counts_people_when_lots_of_them_are_drawn(
    tmp_path: Path, known: bool, counted: tuple[int, int], shown: str
) -> None:
    table = crowd(600, 3)
    wears = table["subject"].str[1:].astype(int) % 2 == 1
    table = table.assign(glasses=np.where(wears, "yes", "no"))
    table = table if known else table.assign(subject=None)

    (test,) = compare(
        two_runs(tmp_path, errors(table, 0.1, 0), errors(table, 0.1, 1), table), EntryRules()
    ).test_sets

    for group in test.groups:
        assert (group.n, group.people, group.unknown) == (900, *counted)
        assert groups_table(test, [group]).lines[0].cells[-1].text == shown
