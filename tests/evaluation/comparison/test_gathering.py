from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from blink.contract import DataError
from blink.evaluation.comparison import EntryRules, compare, read_judged
from blink.evaluation.comparison.gathering import gather
from blink.evaluation.comparison.judged import Judged
from blink.evaluation.predictions import read_predictions, write_predictions
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant

TABLE = crowd(4, 6)


def run(folder: Path, table: pd.DataFrame = TABLE, *, test: str = "drawn", seed: int = 0) -> Judged:
    return read_judged(plant(folder, table, [Planted("net", errors(table, 0.2, seed))], test=test))


def test_gather_brings_runs_together_when_they_judged_the_same_crops(tmp_path: Path) -> None:
    shuffled = TABLE.sample(frac=1, random_state=0)
    runs = [run(tmp_path / "a"), run(tmp_path / "b", shuffled, seed=1)]

    gathering = gather(runs, EntryRules())

    (inputs,) = gathering.test_sets
    assert [one.title for one in inputs.models] == ["net int8 (a)", "net int8 (b)"]
    assert gathering.left_out == ()
    score = inputs.models[1].p_closed[0]
    kept = read_predictions(runs[1].predictions(runs[1].tests[0], runs[1].tests[0].rows[0]))
    assert list(score) == list(kept.sort_values("id")["p_closed"])


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (crowd(4, 6, first=20), "other crops: 24, 4 of them in common"),
        (TABLE.assign(label=1 - TABLE["label"]), "the same crops, but 24 labels differ"),
        (TABLE.assign(subject="somebody"), "the same crops, but of other people"),
    ],
)
def test_gather_leaves_out_and_says_why_when_a_run_judged_something_else(
    tmp_path: Path, table: pd.DataFrame, why: str
) -> None:
    runs = [run(tmp_path / "a"), run(tmp_path / "b", seed=1), run(tmp_path / "c", table)]

    gathering = gather(runs, EntryRules())

    (inputs,) = gathering.test_sets
    assert len(inputs.models) == 2
    assert gathering.left_out == (
        f"drawn: {tmp_path / 'c'} was judged on {why}; it cannot stand beside {tmp_path / 'a'}.",
    )


def test_gather_shows_shared_test_sets_alone_when_runs_have_others_too(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    run(one, test="own")
    runs = [run(one), run(other, seed=1)]

    gathering = gather(runs, EntryRules())

    assert [inputs.name for inputs in gathering.test_sets] == ["drawn"]
    assert gathering.left_out == (f"own: only {one} was judged on these crops.",)


def test_gather_keeps_one_test_set_when_it_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(tmp_path / name, test="other", seed=len(name))
        run(tmp_path / name)
    runs = [read_judged(tmp_path / name) for name in ("a", "b")]

    assert [inputs.name for inputs in gather(runs, EntryRules(), "other").test_sets] == ["other"]
    with pytest.raises(DataError, match="was judged on 'mrl'; there are other, drawn"):
        gather(runs, EntryRules(), "mrl")


def test_compare_refuses_when_no_test_set_is_shared(tmp_path: Path) -> None:
    runs = [run(tmp_path / "a", test="x"), run(tmp_path / "b", test="y")]

    with pytest.raises(DataError, match=r"share no test set.*x: only .*a was judged.*y: only"):
        compare(runs, EntryRules())


def test_gather_refuses_when_a_run_is_given_twice(tmp_path: Path) -> None:
    once = run(tmp_path / "a")
    again = read_judged(tmp_path / "." / "a")

    with pytest.raises(DataError, match="are the same run, and net int8 would be compared with"):
        gather([once, again], EntryRules())


def test_gather_refuses_when_a_table_of_a_run_is_of_other_crops(tmp_path: Path) -> None:
    right = errors(TABLE, 0, 0)
    path = plant(tmp_path / "a", TABLE, [Planted("net", right), Planted("b", right, is_main=False)])
    foreign = crowd(4, 6, first=100).assign(p_closed=0.5)
    write_predictions(path / "predictions" / "b-int8-on-drawn.parquet", foreign)

    with pytest.raises(DataError, match=r"b-int8-on-drawn.parquet is of other crops"):
        gather([read_judged(path)], EntryRules())


def test_gather_says_which_table_when_one_is_missing_or_has_no_labels(tmp_path: Path) -> None:
    blank = run(tmp_path / "b", TABLE.assign(label=pd.array([None] * 24, "Int8")))
    with pytest.raises(DataError, match="no crop of drawn has a label"):
        gather([blank], EntryRules())

    gone = run(tmp_path / "a")
    (tmp_path / "a" / "predictions" / "net-int8-on-drawn.parquet").unlink()
    with pytest.raises(DataError, match=r"net-int8-on-drawn.parquet is missing"):
        gather([gone], EntryRules())


def test_gather_keeps_validation_people_apart_when_others_are_of_test_people(
    tmp_path: Path,
) -> None:
    tested, other = run(tmp_path / "a"), run(tmp_path / "b", seed=1)
    validated = replace(
        other, tests=tuple(one.model_copy(update={"role": "val"}) for one in other.tests)
    )

    apart, alone = gather([tested, validated], EntryRules()), gather([validated], EntryRules())

    assert apart.test_sets == ()
    assert apart.left_out == (
        f"drawn: only {tmp_path / 'a'} was judged on these crops.",
        f"drawn (validation people): only {tmp_path / 'b'} was judged on these crops.",
    )
    assert [one.name for one in alone.test_sets] == ["drawn (validation people)"]


def test_gather_keeps_every_caution_when_protocols_differ(tmp_path: Path) -> None:
    looked = "This test set has been looked at {} times."
    runs = [
        replace(one, tests=(one.tests[0].model_copy(update={"protocol": protocol}),))
        for one, protocol in (
            (run(tmp_path / "a"), f"Disjoint: 4 people. {looked.format(4)}"),
            (run(tmp_path / "b"), f"Unknown: 4 people. CAUTION: b knows them. {looked.format(5)}"),
            (run(tmp_path / "c"), f"Disjoint: 4 people. {looked.format(6)}"),
        )
    ]

    gathering = gather(runs, EntryRules())

    told = f"Disjoint: 4 people. {looked.format(4)} CAUTION: b knows them."
    assert gathering.test_sets[0].protocol == told
