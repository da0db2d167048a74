import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from blink.sweep.assignment import Outcome
from blink.sweep.front import write_front
from blink.sweep.records import ABANDONED, SAME_AS
from tests.sweep.studied import GRID, LATENCY, QUALITY, finish, lose_worker, open_study, work


def uneven(words: Mapping[str, str]) -> tuple[float, float]:
    """b=1 is slower than b=0 and worse than both others."""
    quality = {"0": 0.6, "1": 0.5, "2": 0.8}[words["b"]] - 0.1 * (words["a"] == "y")
    return quality, 10.0 + int(words["b"])


def test_front_is_who_nobody_beats_when_there_are_two_objectives(tmp_path: Path) -> None:
    study = open_study(tmp_path, sampler=GRID, budget={})
    work(study, scored=uneven)
    found = write_front(study)
    assert [one.words for one in found] == [("a=x", "b=0"), ("a=x", "b=2")]
    front = json.loads((tmp_path / "front" / "front.json").read_bytes())
    assert [one["overrides"] for one in front["front"]] == [["a=x", "b=0"], ["a=x", "b=2"]]
    with (tmp_path / "front" / "front.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["a"], row["b"], row["val/mean/balanced_accuracy"]) for row in rows] == [
        ("x", "0", "0.6"),
        ("x", "2", "0.8"),
    ]
    for candidate, told in zip(found, front["front"], strict=True):
        bundle = tmp_path / "front" / told["bundle"] / "bundle.json"
        assert bundle.read_text() == f"{candidate.trial:05d}-seed0"
    page = (tmp_path / "front" / "front.html").read_text()
    assert "Why?" in page
    assert "The front" in page
    assert "4 that others beat" in page
    assert "6 configurations were trained to the end" in page
    assert "2 trials are on the front: " in page


def test_front_has_intervals_over_people_when_one_data_set_is_looked_at(tmp_path: Path) -> None:
    one = {"metric": "val/mrl/balanced_accuracy", "direction": "maximize"}
    study = open_study(tmp_path, objectives=[one, LATENCY], sampler=GRID, budget={})
    work(study, scored=uneven)
    write_front(study)
    front = json.loads((tmp_path / "front" / "front.json").read_bytes())["front"]
    quality, latency = front[-1]["values"]
    assert [round(quality[end], 9) for end in ("value", "low", "high")] == [0.8, 0.7, 0.9]
    assert latency == {"value": 12.0, "low": None, "high": None}


@pytest.mark.parametrize(
    ("objective", "best"),
    [(QUALITY, {("a=x", "b=2")}), (LATENCY, {("a=x", "b=0"), ("a=y", "b=0")})],
)
def test_front_is_one_of_the_best_when_there_is_one_objective(
    tmp_path: Path, objective: dict[str, str], best: set[tuple[str, ...]]
) -> None:
    study = open_study(tmp_path, objectives=[objective], sampler=GRID, budget={})
    work(study, scored=uneven)
    (one,) = write_front(study)
    assert one.words in best


def test_front_names_each_once_when_configurations_were_repeated(tmp_path: Path) -> None:
    study = open_study(tmp_path, space={"a": "choice(x, y)", "b": "range(0, 1)"})
    work(study, scored=uneven)
    (one,) = write_front(study)
    assert one.words == ("a=x", "b=0")
    page = (tmp_path / "front" / "front.html").read_text()
    assert f"1 trial is on the front: {one.trial}. " in page


@pytest.mark.parametrize("objectives", [[QUALITY], [QUALITY, LATENCY]])
def test_front_names_who_was_gone_on_with_when_its_repetition_has_the_lower_number(
    tmp_path: Path, objectives: list[dict[str, str]]
) -> None:
    space = {"a": "choice(x)", "b": "range(0, 1)"}
    study = open_study(tmp_path, space=space, objectives=objectives, budget={"trials": 2})
    study.ask()
    study.optuna.enqueue_trial({"a": "x", "b": 0})
    assert study.ask() is None  # it repeats the one that runs
    lose_worker(study, 0)
    other = study.ask()
    assert other is not None
    finish(other.folders[0], 0.75)
    study.tell(other, Outcome(other.folders))
    first, repeated, again = study.records.all()
    assert first.user_attrs[ABANDONED]
    assert (repeated.user_attrs[SAME_AS], repeated.values) == (0, again.values)

    (one,) = write_front(study)

    assert (one.trial, one.runs) == (0, other.folders)


def test_front_is_empty_when_nothing_has_finished(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    assert write_front(study) == []
    assert "No trial finished" in (tmp_path / "front" / "front.html").read_text()


def test_front_says_so_when_a_bundle_lies_on_another_machine(tmp_path: Path) -> None:
    study = open_study(tmp_path, sampler=GRID, budget={})
    work(study, scored=uneven)
    (tmp_path / "trials").rename(tmp_path / "elsewhere")
    write_front(study)
    front = json.loads((tmp_path / "front" / "front.json").read_bytes())["front"]
    assert [one["bundle"] for one in front] == [None, None]
    assert "not on this machine" in (tmp_path / "front" / "front.html").read_text()
