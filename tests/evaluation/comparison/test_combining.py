from pathlib import Path

import pytest

from blink.contract import DataError
from blink.evaluation.comparison import EntryRules, Judged, read_judged
from blink.evaluation.comparison.gathering import gather
from blink.evaluation.comparison.inputs import ComparisonInput
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant

TABLE = crowd(4, 6)
VOTE = Planted("vote", errors(TABLE, 0.3, 9), kind="heuristic", is_main=False)


def run(
    folder: Path, seed: int = 0, rows: tuple[Planted, ...] = (VOTE,), config: str = ""
) -> Judged:
    lead = Planted("net", errors(TABLE, 0.2, seed), size_bytes=1000 + seed, p50_us=10.0 + seed)
    facts = {"seed": str(seed), "config": config}
    return read_judged(plant(folder, TABLE, [*rows, lead], facts=facts))


def combined(*runs: Judged, average_seeds: bool = False) -> ComparisonInput:
    (inputs,) = gather(runs, EntryRules(average_seeds=average_seeds)).test_sets
    return inputs


def test_combine_runs_puts_what_the_first_run_is_about_first_when_it_stands_elsewhere(
    tmp_path: Path,
) -> None:
    inputs = combined(run(tmp_path / "a"), run(tmp_path / "b", 1))

    assert inputs.baseline.title == "net int8 (a)"
    assert [one.is_lead for one in inputs.models] == [True, False, True]


def test_combine_runs_shows_a_heuristic_once_when_runs_fitted_the_same(tmp_path: Path) -> None:
    other = Planted("vote", errors(TABLE, 0.3, 8), kind="heuristic", is_main=False)
    runs = [run(tmp_path / "a"), run(tmp_path / "b", 1), run(tmp_path / "c", 2, (other,))]

    titles = {one.title: len(one.runs) for one in combined(*runs).models}

    assert titles == {
        "net int8 (a)": 1,
        "net int8 (b)": 1,
        "net int8 (c)": 1,
        "vote int8 (a)": 2,
        "vote int8 (c)": 1,
    }


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        (["d/10-net-ab", "d/11-net-cd"], ["ab", "cd"]),
        (["d/10-net-ab", "d/11-net-ab"], ["10-net-ab", "11-net-ab"]),
    ],
)
def test_combine_runs_tells_runs_apart_by_as_little_as_will_do_when_names_are_alike(
    tmp_path: Path, folders: list[str], labels: list[str]
) -> None:
    runs = [run(tmp_path / folder, seed) for seed, folder in enumerate(folders)]

    leads = [one.title for one in combined(*runs).models if one.is_lead]

    assert leads == [f"net int8 ({label})" for label in labels]


def test_combine_runs_tells_runs_apart_by_their_path_when_folders_are_named_alike(
    tmp_path: Path,
) -> None:
    runs = [run(tmp_path / day / "net", seed) for seed, day in enumerate(("mon", "tue"))]

    leads = [one.title for one in combined(*runs).models if one.is_lead]

    assert leads == [f"net int8 ({tmp_path / day / 'net'})" for day in ("mon", "tue")]


def test_combine_runs_averages_seeds_of_one_configuration_when_asked_to(tmp_path: Path) -> None:
    runs = [
        run(tmp_path / "a0", 0, config="width: 8\nseed: 0"),
        run(tmp_path / "a1", 1, config="width: 8\nseed: 1"),
        run(tmp_path / "b0", 0, config="width: 9\nseed: 0"),
    ]

    inputs = combined(*runs, average_seeds=True)

    nets = [one for one in inputs.models if one.is_lead]
    assert [one.seeds for one in nets] == [2, 1]
    assert (nets[0].size_bytes, nets[0].p50_us) == (1001, 10.5)
    assert len(nets[0].runs) == 2


def test_combine_runs_refuses_to_average_when_two_runs_have_the_same_seed(tmp_path: Path) -> None:
    runs = [run(tmp_path / name, 3, config="width: 8\nseed: 3") for name in ("a", "b")]

    with pytest.raises(DataError, match=r"same configuration and the same seed \(3\)"):
        combined(*runs, average_seeds=True)


def test_combine_runs_leads_with_every_row_when_there_is_one_run(tmp_path: Path) -> None:
    assert all(one.is_lead for one in combined(run(tmp_path / "a")).models)
