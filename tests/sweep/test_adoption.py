import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from optuna.trial import TrialState

from blink.runs import State, watch
from blink.sweep import adoption
from blink.sweep.assignment import Outcome
from blink.sweep.records import (
    ABANDONED,
    BEAT,
    CONTINUES,
    DEATHS,
    KEY,
    REASON,
    SAME_AS,
)
from blink.sweep.telling import News, progress
from blink.sweep.worker import StoppedError
from tests.runs.folders import ABOUT
from tests.sweep.studied import (
    GRID,
    finish,
    lose_worker,
    move_elsewhere,
    open_study,
    score,
    states,
    work,
)

COMPLETE, FAIL = TrialState.COMPLETE, TrialState.FAIL
RUNNING, WAITING = TrialState.RUNNING, TrialState.WAITING


def test_study_goes_on_in_the_same_folder_when_a_worker_was_killed(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    killed = study.ask()
    assert killed is not None
    lose_worker(study, 0)
    again = open_study(tmp_path, resume=True, budget={"trials": 1})
    (assignment,) = work(again)
    assert assignment.folders == killed.folders
    assert assignment.commands == killed.commands
    assert assignment.storage_id != killed.storage_id
    assert assignment.trial == killed.trial == 0
    assert states(again) == [FAIL, COMPLETE]
    lines = News(again.search).lines(again.records.all())
    assert [line.split(":")[0] for line in lines] == ["Trial 0", "Trial 0"]
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
    monkeypatch.setattr("blink.sweep.study._TURN", 0.0)
    running = [True]
    monkeypatch.setattr(adoption, "_is_running", lambda folder: bool(running))
    assert study.ask(running.clear) is not None
    assert states(study) == [FAIL, RUNNING]


def test_study_gives_a_trial_up_when_its_workers_die_again_and_again(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    for number in range(adoption.MOST_DEATHS):
        assert study.ask() is not None
        lose_worker(study, number)
    assert study.ask() is None
    assert states(study) == [FAIL] * adoption.MOST_DEATHS
    assert study.records.all()[-1].user_attrs[REASON] == "failed: its worker died 3 times."


@pytest.mark.parametrize("who", ["run", "worker"])
def test_study_goes_on_with_a_trial_when_it_was_stopped_again_and_again(
    tmp_path: Path, who: str
) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    for number in range(adoption.MOST_DEATHS + 1):
        assignment = study.ask()
        assert assignment is not None
        if who == "run":
            watch(assignment.folders[0], ABOUT).end(State.STOPPED)
        else:  # before the run was configured
            study.leave(assignment)
        lose_worker(study, number)
    assert len(work(study)) == 1
    assert states(study) == [*[FAIL] * (adoption.MOST_DEATHS + 1), COMPLETE]
    reasons = {trial.user_attrs.get(REASON) for trial in study.records.all()[:-1]}
    assert reasons == {"It was stopped."}


def test_study_counts_no_death_when_a_worker_was_stopped_before_it_had_its_trial(
    tmp_path: Path,
) -> None:
    study = open_study(tmp_path)
    earlier = study.optuna.ask()  # by somebody who has yet to say what it is

    def stop() -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        study.ask(stop)
    lose_worker(study, 1)
    study.optuna.tell(earlier, state=FAIL)
    study.adopt()
    given_up, again = study.records.all()[1:]
    assert given_up.user_attrs[REASON] == "It was stopped."
    assert again.user_attrs[DEATHS] == 0


def test_study_counts_deaths_alone_when_a_trial_was_stopped_too(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    for number, state in enumerate((None, State.STOPPED, State.FAILED)):
        assignment = study.ask()
        assert assignment is not None
        if state is not None:
            watch(assignment.folders[0], ABOUT).end(state)
        lose_worker(study, number)
    study.adopt()
    assert [trial.user_attrs[DEATHS] for trial in study.records.all()] == [1, 1, 2, 2]


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


def test_study_loses_no_trial_when_that_happens_in_the_middle_of_a_session(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = lose_worker(study, 0)
    study.records.mark(trial, **{ABANDONED: True})
    study.records.end(trial, FAIL)
    assert study.ask() is not None


def test_study_trains_once_when_two_put_the_same_trial_back(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = lose_worker(study, 0)
    study.records.mark(trial, **{ABANDONED: True})
    study.records.end(trial, FAIL)
    before = study.records.all()[:1]
    assert [study.adoption.mend(before), study.adoption.mend(before)] == [1, 1]
    held = study.ask()
    assert held is not None
    assert study.ask() is None
    assert states(study) == [FAIL, RUNNING, RUNNING]
    finish(held.folders[0], 0.5)
    study.tell(held, Outcome(held.folders))
    assert states(study) == [FAIL, COMPLETE, COMPLETE]
    assert study.records.all()[2].user_attrs[SAME_AS] == 0


def test_study_counts_a_trial_when_its_worker_ended_it_before_it_was_given_up(
    tmp_path: Path,
) -> None:
    study = open_study(tmp_path, budget={"trials": 2})
    held = study.ask()
    assert held is not None
    study.optuna.enqueue_trial(study.records.all()[0].params)
    assert study.ask() is None  # it repeats the one that runs
    study.records.mark(study.records.all()[0], **{ABANDONED: True})
    finish(held.folders[0], 0.5)
    study.tell(held, Outcome(held.folders))
    trials = study.records.all()
    assert [trial.values for trial in trials] == [[0.5, 10.0], [0.5, 10.0]]
    assert progress(trials, study.search, 0.0).startswith("2 of 2 trials (1 finished, 1 repeated)")


def test_study_takes_a_worker_elsewhere_for_dead_when_it_falls_silent(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = study.records.all()[0]
    move_elsewhere(study, 0)
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
