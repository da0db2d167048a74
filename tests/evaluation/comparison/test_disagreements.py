from pathlib import Path

import numpy as np

from blink.evaluation.comparison import EntryRules, read_judged
from blink.evaluation.comparison.disagreements import find_disagreements
from blink.evaluation.comparison.gathering import gather
from blink.evaluation.comparison.inputs import ComparisonInput
from blink.evaluation.predictions import write_predictions
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant

TABLE = crowd(3, 8)


def inputs(folder: Path, *answers: list[float]) -> ComparisonInput:
    """Models a, b with these p_closed; crops alternate open and closed, 8 of a person."""
    right = errors(TABLE, 0, 0)
    runs = []
    for name, scores in zip("ab", answers, strict=True):
        run = plant(folder / name, TABLE, [Planted(name, right)])
        table = TABLE.assign(p_closed=np.array(scores, np.float32))
        write_predictions(run / "predictions" / f"{name}-int8-on-drawn.parquet", table)
        runs.append(read_judged(run))
    (found,) = gather(runs, EntryRules()).test_sets
    return found


def answers(wrong: dict[int, float]) -> list[float]:
    return [wrong.get(number, 0.9 if number % 2 else 0.1) for number in range(len(TABLE))]


def test_find_disagreements_puts_the_surest_first_when_one_alone_is_wrong(tmp_path: Path) -> None:
    first = answers({0: 0.6, 3: 0.01, 9: 0.2, 16: 0.8})
    second = answers({16: 0.9, 21: 0.4})
    found = inputs(tmp_path, first, second)

    one, other = found.models
    apart = find_disagreements(found, one, other)

    assert list(apart.first_wrong["id"]) == ["crop-00003", "crop-00009", "crop-00000"]
    assert list(apart.second_wrong["id"]) == ["crop-00021"]
    assert np.allclose(apart.second_wrong[["p_first", "p_second"]], [[0.9, 0.4]])


def test_find_disagreements_shows_few_of_one_person_when_all_of_them_are_wrong(
    tmp_path: Path,
) -> None:
    first = answers({number: 0.45 if number % 2 else 0.55 for number in range(24)})
    found = inputs(tmp_path, first, answers({}))

    one, other = found.models
    apart = find_disagreements(found, one, other, most=7)

    assert apart.first_wrong["subject"].value_counts().max() == 3
    assert len(apart.first_wrong) == 7
    assert apart.second_wrong.empty


def test_find_disagreements_takes_unknown_people_one_by_one_when_nobody_knows_them(
    tmp_path: Path,
) -> None:
    found = inputs(tmp_path, answers(dict.fromkeys(range(0, 24, 2), 0.5)), answers({}))
    found.crops["subject"] = None

    one, other = found.models
    assert len(find_disagreements(found, one, other).first_wrong) == 12
