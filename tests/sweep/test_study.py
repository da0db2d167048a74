import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState

from blink.contract import ConfigError
from blink.sweep.adoption import Adoption
from blink.sweep.assignment import Outcome
from blink.sweep.records import ABANDONED, LOG, REASON, SAME_AS, SURPLUS
from blink.sweep.search import read_search
from blink.sweep.study import Study
from blink.sweep.telling import progress
from tests.sweep.studied import (
    GRID,
    LATENCY,
    QUALITY,
    finish,
    open_study,
    states,
    sweep_config,
    words_of,
    work,
)

COMPLETE, FAIL, PRUNED = TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED
RUNNING, WAITING = TrialState.RUNNING, TrialState.WAITING

ONE = {"a": "choice(x, y)", "b": "range(0, 1)"}
"""A space of two configurations."""


def params(study: Study) -> list[tuple[Any, ...]]:
    return [tuple(sorted(trial.params.items())) for trial in study.records.all()]


def test_study_runs_each_seed_in_a_folder_of_its_own_when_it_has_two(tmp_path: Path) -> None:
    study = open_study(tmp_path, seeds=[3, 7])
    assignment = study.ask()
    assert assignment is not None
    assert [f.relative_to(tmp_path) for f in assignment.folders] == [
        Path("trials/00000-seed3"),
        Path("trials/00000-seed7"),
    ]
    words = [words_of(assignment, run) for run in (0, 1)]
    assert [(w["seed"], w["judged"], w["data"]) for w in words] == [
        ("3", "val", "few"),
        ("7", "val", "few"),
    ]
    assert [w["hydra.run.dir"].strip("'") for w in words] == list(map(str, assignment.folders))
    finish(assignment.folders[0], 0.5, 10)
    finish(assignment.folders[1], 0.75, 20)
    study.tell(assignment, Outcome(assignment.folders))
    assert study.records.all()[0].values == [0.625, 15.0]


def test_study_draws_the_same_again_when_one_worker_has_the_same_seed(tmp_path: Path) -> None:
    studies = [open_study(tmp_path / name, budget={"trials": 6}) for name in ("one", "two")]
    for study in studies:
        work(study)
    assert params(studies[0]) == params(studies[1])


def test_study_is_no_repetition_when_a_second_worker_or_session_draws(tmp_path: Path) -> None:
    wide = {"lr": "interval(0, 1)", "b": "range(0, 3)", "a": "choice(x, y)"}
    first = open_study(tmp_path, space=wide, budget={"trials": 6})
    second = open_study(tmp_path, resume=True, space=wide, budget={"trials": 6})
    work(first, most=2)
    work(second, most=2)
    work(open_study(tmp_path, resume=True, space=wide, budget={"trials": 6}))
    assert len(set(params(first))) == 6


def test_study_ends_when_a_grid_is_used_up(tmp_path: Path) -> None:
    study = open_study(tmp_path, sampler=GRID, budget={})
    assert len(work(study)) == 6
    assert len(set(params(study))) == 6
    assert study.ask() is None


def test_study_trains_no_configuration_twice_when_one_is_drawn_again(tmp_path: Path) -> None:
    study = open_study(tmp_path, space=ONE, budget={"trials": 100})
    given = work(study)
    assert len(given) == 2
    trials = study.records.all()
    for trial in trials:
        first = next(t for t in trials if t.params == trial.params)
        assert (trial.state, trial.values) == (COMPLETE, first.values)
        assert trial.user_attrs.get(SAME_AS) == (None if trial is first else first.number)


@pytest.mark.parametrize("objectives", [[QUALITY], [QUALITY, LATENCY]], ids=["one", "two"])
def test_study_prunes_a_repetition_when_the_first_was_pruned(
    tmp_path: Path, objectives: list[dict[str, str]]
) -> None:
    study = open_study(tmp_path, space=ONE, objectives=objectives, budget={"trials": 2})
    pruned = study.ask()
    assert pruned is not None
    study.tell(pruned, Outcome(is_pruned=True))
    study.optuna.enqueue_trial(study.records.all()[0].params)
    assert study.ask() is None
    assert states(study) == [PRUNED, PRUNED]
    assert study.records.all()[1].user_attrs[SAME_AS] == 0


def test_study_gives_a_repetition_the_values_when_they_are_known_later(tmp_path: Path) -> None:
    first = open_study(tmp_path, space=ONE, budget={"trials": 100})
    held = first.ask()
    assert held is not None
    first.optuna.enqueue_trial(first.records.all()[0].params)
    second = open_study(tmp_path, resume=True, space=ONE, budget={"trials": 100})
    other = second.ask()  # what was put in the queue repeats what runs, so another one is drawn
    assert other is not None
    assert words_of(other)["a"] != words_of(held)["a"]
    assert second.ask() is None
    repeated = [t.number for t in second.records.all() if t.user_attrs.get(SAME_AS) == 0]
    assert repeated[0] == 1
    assert states(second) == [RUNNING] * len(states(second))
    finish(held.folders[0], 0.75, 12.0)
    first.tell(held, Outcome(held.folders))
    for number in repeated:
        assert second.records.all()[number].values == [0.75, 12.0]
    assert second.records.all()[other.trial].state is RUNNING


def test_study_goes_on_when_a_trial_fails(tmp_path: Path) -> None:
    study = open_study(tmp_path, sampler=GRID, budget={})
    failing = study.ask()
    assert failing is not None
    study.tell(failing, Outcome(fault="killed by the system"))
    assert len(work(study)) == 5
    trial = study.records.all()[0]
    assert trial.state is FAIL
    assert trial.user_attrs[REASON] == "killed by the system"
    assert trial.user_attrs[LOG] == f"{failing.folders[0]}.out"


@pytest.mark.parametrize("quality", [None, math.nan])
def test_study_fails_a_trial_when_its_run_has_no_figure(
    tmp_path: Path, quality: float | None
) -> None:
    study = open_study(tmp_path)
    assignment = study.ask()
    assert assignment is not None
    finish(assignment.folders[0], quality)
    study.tell(assignment, Outcome(assignment.folders))
    trial = study.records.all()[0]
    assert trial.state is FAIL
    assert "holds no val/mean/balanced_accuracy" in trial.user_attrs[REASON]


def test_study_tries_a_configuration_twice_at_most_when_it_fails(tmp_path: Path) -> None:
    study = open_study(tmp_path, space=ONE, budget={"trials": 50})
    tried: list[str] = []
    while (assignment := study.ask()) is not None:
        words = words_of(assignment)
        tried.append(words["a"])
        if words["a"] == "x":
            study.tell(assignment, Outcome(fault="no"))
        else:
            for _ in range(4):
                study.optuna.enqueue_trial({"a": "x", "b": 0})
            finish(assignment.folders[0], 0.5)
            study.tell(assignment, Outcome(assignment.folders))
    assert tried == ["y", "x", "x"]
    assert set(states(study)) <= {COMPLETE, FAIL}


def test_study_begins_no_trial_when_its_hours_are_used_up(tmp_path: Path) -> None:
    budget = {"trials": None, "hours": 1}
    study = open_study(tmp_path, budget=budget)
    assert study.ask() is not None
    study.records.note("seconds/one", 1800.0)
    assert study.ask() is not None
    study.records.note("seconds/two", 1800.0)
    assert study.ask() is None
    assert open_study(tmp_path, resume=True, budget=budget).ask() is None


def test_study_ends_what_has_begun_when_its_hours_are_used_up(tmp_path: Path) -> None:
    budget = {"trials": None, "hours": 1}
    study = open_study(tmp_path, budget=budget)
    study.ask()
    study.optuna.enqueue_trial({"a": "x", "b": 0})
    study.records.note("seconds/one", 3600.0)
    trial = study.records.all()[0]
    study.records.mark(trial, **{ABANDONED: True})
    study.records.end(trial, FAIL)
    study.recover()
    (given,) = work(study)
    assert given.folders[0].name == "00000-seed0"
    assert states(study)[-1] is COMPLETE


def test_trial_is_ended_by_one_alone_when_two_do_so_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(tmp_path)
    study.ask()
    (trial,) = study.records.all()
    tell = study.optuna.tell

    def tell_too_late(*words: Any) -> FrozenTrial:
        study.records.storage.set_trial_state_values(trial._trial_id, FAIL)
        return tell(*words)

    monkeypatch.setattr(study.optuna, "tell", tell_too_late)
    assert not study.records.end(trial, FAIL)


def test_study_counts_each_session_once_when_it_is_resumed(tmp_path: Path) -> None:
    for resume in (False, True):
        study = open_study(tmp_path, resume=resume)
        study.clock.tick()
        study.close()
    noted = {k: v for k, v in study.records.notes().items() if k.startswith("seconds/")}
    assert len(noted) == 2
    assert all(0 <= value < 60 for value in noted.values())


def test_study_is_refused_when_it_is_there_already(tmp_path: Path) -> None:
    open_study(tmp_path)
    with pytest.raises(ConfigError, match=r"there already.*resume=true.*name=NAME"):
        open_study(tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seeds": [0, 1]}, r"sweep.seeds was \[0\] and is \[0, 1\]"),
        ({"fixed": ["data=real"]}, "sweep.fixed was"),
        ({"space": {"a": "choice(x, z)", "b": "range(0, 3)"}}, "sweep.space was"),
        ({"objectives": [{"metric": "size_bytes", "direction": "minimize"}] * 1}, "objectives"),
    ],
)
def test_study_is_refused_when_it_is_another_search(
    tmp_path: Path, change: Mapping[str, Any], told: str
) -> None:
    open_study(tmp_path)
    with pytest.raises(ConfigError, match=told):
        open_study(tmp_path, resume=True, **change)


def test_study_goes_on_when_its_budget_or_sampler_are_others(tmp_path: Path) -> None:
    work(open_study(tmp_path, budget={"trials": 2}))
    more = open_study(tmp_path, resume=True, sampler=GRID, budget={"trials": 4})
    work(more)
    assert states(more) == [COMPLETE] * 4


def draw_one_too_many(study: Study, **params: Any) -> None:
    """Runs a trial, and has another one drawn when the budget has just been used up by it."""
    held = study.ask()
    assert held is not None
    study.optuna.enqueue_trial(params)
    assert study.ask() is None
    finish(held.folders[0], 0.5)
    study.tell(held, Outcome(held.folders))
    assert SURPLUS in study.records.all()[1].user_attrs


def test_study_spends_nothing_on_a_trial_when_it_was_drawn_and_never_begun(tmp_path: Path) -> None:
    wide = {"lr": "interval(0, 1)", "b": "range(0, 3)", "a": "choice(x, y)"}
    study = open_study(tmp_path, space=wide, budget={"trials": 1})
    draw_one_too_many(study, lr=0.5, a="x", b=0)
    assert progress(study.records.all(), study.search, 0).startswith("1 of 1 trials (1 finished)")

    more = open_study(tmp_path, resume=True, space=wide, budget={"trials": 4})

    assert len(work(more)) == 3
    assert progress(more.records.all(), more.search, 0).startswith("4 of 4 trials (4 finished)")


def test_study_tries_every_configuration_when_one_was_drawn_and_never_begun(tmp_path: Path) -> None:
    study = open_study(tmp_path, space=ONE, budget={"trials": 1})
    study.optuna.enqueue_trial({"a": "x", "b": 0})
    draw_one_too_many(study, a="y", b=0)

    (given,) = work(open_study(tmp_path, resume=True, space=ONE, budget={"trials": 100}))

    assert words_of(given)["a"] == "y"


def test_progress_counts_as_the_budget_does_when_a_trial_was_lost_while_it_was_drawn(
    tmp_path: Path,
) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.optuna.ask()  # and then its process died
    study.adoption = Adoption(study.records, study.folders, drawing=0.0)
    work(study)
    assert progress(study.records.all(), study.search, 0).startswith("1 of 1 trials (1 finished,")


def test_search_is_refused_when_it_would_never_end() -> None:
    endless = sweep_config(space={"lr": "interval(0, 1)"}, budget={"trials": None})
    with pytest.raises(ConfigError, match="never end"):
        read_search(endless)
