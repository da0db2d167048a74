from pathlib import Path

import numpy as np
import pytest

from blink.evaluation.comparison import EntryRules, compare
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

    (match,) = compare(two_runs(tmp_path, base, better, TABLE), EntryRules()).matches

    found = {(group.attribute, group.value): group for group in match.groups}
    assert [value for _, value in found] == ["no", "yes", "man", "woman"]
    assert found["glasses", "yes"].gains[0].call == "better"
    assert found["glasses", "yes"].gains[0].difference.value == pytest.approx(0.08, abs=0.02)
    assert found["glasses", "no"].gains[0].call != "better"
    assert found["glasses", "no"].gains[0].difference.value == 0
    women = found["gender", "woman"]
    assert (women.n, women.people) == (120, 4)
    assert women.gains[0].call == "too few people to say"
    assert women.accuracies[1].low is None
    assert women.accuracies[1].value is not None


def test_compare_groups_has_a_gap_when_a_group_lacks_a_class(tmp_path: Path) -> None:
    closed = TABLE["label"].to_numpy(bool)
    table = PLAIN.assign(lighting=np.where(closed, "bad", "good"))

    (match,) = compare(
        two_runs(tmp_path, errors(table, 0.1, 0), errors(table, 0.1, 1), table), EntryRules()
    ).matches

    bad, good = match.groups
    assert (bad.accuracies[0].value, bad.accuracies[0].gap) == (None, "no open eyes")
    assert good.accuracies[0].gap == "no closed eyes"
    assert bad.gains[0].p is None
