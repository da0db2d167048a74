import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState

from blink.runs.process import this_process
from blink.sweep import adoption
from blink.sweep.assignment import Outcome
from blink.sweep.records import ABANDONED, BEAT, CONTINUES, KEY, REASON, SAME_AS, WORKER
from blink.sweep.study import Study
from tests.sweep.studied import GRID, open_study, score, work

COMPLETE, FAIL = TrialState.COMPLETE, TrialState.FAIL
RUNNING, WAITING = TrialState.RUNNING, TrialState.WAITING


def states(study: Study) -> list[TrialState]:
    return [trial.state for trial in study.records.all()]


def lose_worker(study: Study, number: int) -> FrozenTrial:
    """As if the worker of a trial had been killed: no such process was created then."""
    trial = study.records.all()[number]
    study.records.mark(trial, **{WORKER: asdict(replace(this_process(), created=1.0))})
    return trial


def test_study_goes_on_in_the_same_folder_when_a_worker_was_killed(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    killed = study.ask()
    assert killed is not None
    lose_worker(study, 0)
    again = open_study(tmp_path, resume=True, budget={"trials": 1})
    (assignment,) = work(again)
    assert assignment.folders == killed.folders
    assert assignment.commands == killed.commands
    assert assignment.trial != killed.trial
    assert states(again) == [FAIL, COMPLETE]
    study.tell(killed, Outcome(killed.folders))  # it was not dead at all: too late
    assert states(again) == [FAIL, COMPLETE]
    assert again.ask() is None


def test_study_leaves_a_trial_alone_when_its_worker_lives(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    again = open_study(tmp_path, resume=True, budget={"trials": 1})
    again.recover()
    assert again.ask() is None
    assert states(again) == [RUNNING]


def test_study_waits_for_a_run_when_it_outlives_its_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    lose_worker(study, 0)
    monkeypatch.setattr(adoption, "_is_running", lambda folder: True)
    assert study.ask() is None
    monkeypatch.undo()
    assert study.ask() is not None


def test_study_gives_a_trial_up_when_its_workers_die_again_and_again(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    for number in range(adoption.MOST_ATTEMPTS):
        assert study.ask() is not None
        lose_worker(study, number)
    assert study.ask() is None
    assert states(study) == [FAIL] * adoption.MOST_ATTEMPTS
    assert study.records.all()[-1].user_attrs[REASON] == "failed: its worker died 3 times."


def test_study_loses_no_trial_when_whoever_gave_it_up_was_killed(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = lose_worker(study, 0)
    study.records.mark(trial, **{ABANDONED: True})
    study.records.end(trial, FAIL)
    again = open_study(tmp_path, resume=True, budget={"trials": 1})
    again.recover()
    again.recover()
    assert states(again) == [FAIL, WAITING]
    assert len(work(again)) == 1


def test_study_takes_a_worker_elsewhere_for_dead_when_it_falls_silent(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = study.records.all()[0]
    elsewhere = asdict(replace(this_process(), host="elsewhere"))
    study.records.mark(trial, **{WORKER: elsewhere})
    study.adoption = adoption.Adoption(study.records, study.folders, silence=0.05)
    study.adopt()
    study.records.mark(trial, **{BEAT: 1})
    study.adopt()
    assert states(study) == [RUNNING]
    study.adoption = adoption.Adoption(study.records, study.folders, silence=0.0)
    study.adopt()
    assert states(study) == [FAIL, WAITING]


def test_study_draws_another_when_one_was_lost_while_it_was_drawn(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.optuna.ask()  # and then its process died
    study.adoption = adoption.Adoption(study.records, study.folders, drawing=0.0)
    assert len(work(study)) == 1
    assert states(study) == [FAIL, COMPLETE]


def test_study_goes_on_with_a_grid_when_a_worker_was_killed(tmp_path: Path) -> None:
    study = open_study(tmp_path, sampler=GRID, budget={})
    study.ask()
    lose_worker(study, 0)
    given = work(open_study(tmp_path, resume=True, sampler=GRID, budget={}))
    assert len(given) == len({assignment.folders for assignment in given}) == 6
    assert given[0].folders[0].name == "00000-seed0"


WORKER_SCRIPT = """
import sys
from pathlib import Path
from tests.sweep.studied import open_study, work
study = open_study(Path(sys.argv[1]), resume=True, budget={"trials": 12}, space={
    "a": "choice(x, y)", "b": "range(0, 4)"})
print(len(work(study)))
"""


@pytest.mark.long
def test_study_trains_each_once_when_processes_draw_at_the_same_time(tmp_path: Path) -> None:
    space = {"a": "choice(x, y)", "b": "range(0, 4)"}
    study = open_study(tmp_path, budget={"trials": 12}, space=space)
    command = [sys.executable, "-c", WORKER_SCRIPT, str(tmp_path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    trained = [int(worker.communicate()[0]) for worker in workers]
    trials = study.records.all()
    own = [trial for trial in trials if SAME_AS not in trial.user_attrs]
    run = [trial for trial in own if trial.state is COMPLETE]
    assert sum(trained) == len(run) == len({trial.user_attrs[KEY] for trial in run})
    assert all(trial.state.is_finished() for trial in trials)
    surplus = [trial for trial in trials if trial.state is FAIL]
    assert len(trials) - len(surplus) <= 12
    for trial in trials:
        if trial.state is COMPLETE:
            words = {"a": trial.params["a"], "b": str(trial.params["b"])}
            assert trial.values == pytest.approx(score(words))


HOLDER_SCRIPT = """
import sys, time
from pathlib import Path
from tests.sweep.studied import open_study
open_study(Path(sys.argv[1]), resume=True, budget={"trials": 3}).ask()
print("holds", flush=True)
time.sleep(600)
"""


@pytest.mark.long
def test_study_loses_and_doubles_nothing_when_a_worker_is_killed(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 3})
    command = [sys.executable, "-c", HOLDER_SCRIPT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        os.kill(holder.pid, signal.SIGKILL)
    given = work(study)
    trials = study.records.all()
    assert given[0].folders[0].name == "00000-seed0"
    assert [CONTINUES in trial.user_attrs for trial in trials].count(True) == 1
    counted = [t for t in trials if CONTINUES not in t.user_attrs]
    assert len(counted) == 3
    done = [t for t in trials if t.state is COMPLETE]
    assert len(done) == 3
