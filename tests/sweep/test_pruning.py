from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from blink.contract import ConfigError
from blink.sweep.assignment import Assignment, Instruction, Outcome
from blink.sweep.study import Study
from tests.sweep.studied import LATENCY, QUALITY, curve, finish, lose_worker, open_study

MEDIAN = {"_target_": "optuna.pruners.MedianPruner", "n_startup_trials": 1, "n_warmup_steps": 1}
HALVING = {"_target_": "optuna.pruners.HyperbandPruner", "min_resource": 1, "max_resource": 4}
TPE = {"_target_": "optuna.samplers.TPESampler", "seed": 0, "n_startup_trials": 2}
WIDE = {"lr": "interval(0, 1)"}
OBJECTIVES = {"one": [QUALITY], "two": [LATENCY, QUALITY]}


def ask(study: Study) -> Assignment:
    assignment = study.ask()
    assert assignment is not None
    return assignment


def train(study: Study, *values: float) -> bool:
    """Whether a trial of such a curve is pruned."""
    assignment = ask(study)
    for epochs in range(1, len(values) + 1):
        if study.watch(assignment, curve(*values[:epochs])) is Instruction.PRUNE:
            study.tell(assignment, Outcome(is_pruned=True))
            return True
    finish(assignment.folders[0], values[-1], 10.0)
    study.tell(assignment, Outcome(assignment.folders))
    return False


@pytest.mark.parametrize("objectives", OBJECTIVES.values(), ids=OBJECTIVES)
def test_study_prunes_what_is_worse_when_others_were_better_at_that_epoch(
    tmp_path: Path, objectives: list[dict[str, str]]
) -> None:
    study = open_study(
        tmp_path,
        space=WIDE,
        objectives=objectives,
        pruner=MEDIAN,
        sampler=TPE,
        budget={"trials": 9},
    )
    assert not train(study, 0.5, 0.6, 0.7)
    assert train(study, 0.5, 0.55, 0.9)
    assert not train(study, 0.1, 0.65, 0.7)
    # The sampler can live with trials that were pruned.
    again = open_study(
        tmp_path,
        resume=True,
        space=WIDE,
        objectives=objectives,
        pruner=MEDIAN,
        sampler=TPE,
        budget={"trials": 9},
    )
    pruned = [train(again, 0.5, 0.55) for _ in range(3)]
    assert pruned == [True, True, True]
    states = [trial.state for trial in again.records.all()]
    assert states.count(TrialState.PRUNED) == 4


@pytest.mark.parametrize("objectives", OBJECTIVES.values(), ids=OBJECTIVES)
def test_study_takes_any_pruner_when_it_has_one_or_several_objectives(
    tmp_path: Path, objectives: list[dict[str, str]]
) -> None:
    study = open_study(
        tmp_path, space=WIDE, objectives=objectives, pruner=HALVING, budget={"trials": 12}
    )
    best = train(study, 0.9, 0.9, 0.9, 0.9)
    pruned = [train(study, *[0.5 - 0.01 * n] * 4) for n in range(10)]
    assert not best
    assert any(pruned)


def test_study_forgets_the_rungs_of_a_trial_when_it_goes_on_after_its_worker_died(
    tmp_path: Path,
) -> None:
    halving = {"_target_": "optuna.pruners.SuccessiveHalvingPruner", "min_resource": 1}
    study = open_study(tmp_path, space=WIDE, objectives=[QUALITY], pruner=halving)
    study.watch(ask(study), curve(0.5, 0.6))
    assert any("rung" in name for name in study.records.all()[0].system_attrs)
    lose_worker(study, 0)
    study.adopt()
    assert [*study.records.all()[1].system_attrs] == ["fixed_params"]


def test_study_keeps_no_curve_when_nobody_prunes(tmp_path: Path) -> None:
    study = open_study(tmp_path, space=WIDE, objectives=[QUALITY])
    assert study.watch(ask(study), curve(0.1, 0.0)) is Instruction.GO_ON
    assert study.records.all()[0].intermediate_values == {}


def test_study_prunes_nothing_when_a_value_is_no_number(tmp_path: Path) -> None:
    study = open_study(tmp_path, space=WIDE, objectives=[QUALITY], pruner=MEDIAN)
    train(study, 0.5, 0.6)
    assignment = ask(study)
    assert study.watch(assignment, curve(0.5, float("nan"))) is Instruction.GO_ON
    other = {"train/loss": curve(0.5)["val/balanced_accuracy"]}
    assert study.watch(assignment, other) is Instruction.GO_ON


@pytest.mark.parametrize("objectives", OBJECTIVES.values(), ids=OBJECTIVES)
def test_study_stops_a_run_without_pruning_it_when_its_trial_was_given_up(
    tmp_path: Path, objectives: list[dict[str, str]]
) -> None:
    study = open_study(tmp_path, space=WIDE, objectives=objectives, pruner=MEDIAN)
    assignment = ask(study)
    assert study.watch(assignment, curve(0.5)) is Instruction.GO_ON
    study.records.end(study.records.all()[0], TrialState.FAIL)
    assert study.watch(assignment, curve(0.5, 0.6)) is Instruction.STOP


def test_study_stops_a_run_when_its_trial_is_given_up_at_this_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(tmp_path, space=WIDE, objectives=[QUALITY], pruner=MEDIAN)
    assignment = ask(study)

    def end_before(*_: object) -> bool:
        study.records.end(study.records.all()[0], TrialState.FAIL)
        monkeypatch.undo()
        return study._pruning.should_stop(0, assignment.storage_id, curve(0.5))

    monkeypatch.setattr(study._pruning, "should_stop", end_before)
    assert study.watch(assignment, curve(0.5)) is Instruction.STOP


@pytest.mark.parametrize(
    "objective", [LATENCY, {"metric": "val/mean/ece", "direction": "minimize"}]
)
def test_pruner_is_refused_when_no_objective_has_a_curve(
    tmp_path: Path, objective: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="NopPruner"):
        open_study(tmp_path, objectives=[objective], pruner=MEDIAN)
    assert list(tmp_path.iterdir()) == []  # the same name can be used when that is mended
