import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import TrialState

from blink.sweep import adoption
from blink.sweep.budget import Budget
from blink.sweep.records import BEAT
from tests.sweep.studied import move_elsewhere, open_study, states

COMPLETE, FAIL, RUNNING = TrialState.COMPLETE, TrialState.FAIL, TrialState.RUNNING


def test_study_waits_for_a_trial_elsewhere_when_nothing_else_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blink.sweep.study._TURN", 0.01)
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    move_elsewhere(study, 0)
    again = open_study(tmp_path, resume=True, budget={"trials": 1})
    again.adoption = adoption.Adoption(again.records, again.folders, silence=0.05)
    assert again.ask() is not None
    assert states(again) == [FAIL, RUNNING]


@pytest.mark.parametrize("end", ["beat", "told"])
def test_study_waits_no_longer_when_a_trial_elsewhere_is_alive_or_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr("blink.sweep.study._TURN", 0.0)
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = move_elsewhere(study, 0)
    turns: list[int] = []

    def hear() -> None:
        turns.append(len(turns))
        if len(turns) == 3 and end == "beat":
            study.records.mark(trial, **{BEAT: 1})
        elif len(turns) == 3:
            study.records.end(trial, COMPLETE, [0.5, 10.0])

    assert study.ask(hear) is None
    assert turns == [0, 1, 2]


@pytest.mark.parametrize(("seconds", "is_in_doubt"), [(60.0, False), (0.0, True)])
def test_trial_elsewhere_is_in_doubt_when_it_was_last_heard_of_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, is_in_doubt: bool
) -> None:
    monkeypatch.setattr(adoption, "BEAT_SECONDS", seconds)
    study = open_study(tmp_path, budget={"trials": 1})
    study.ask()
    trial = move_elsewhere(study, 0)
    study.adopt()
    study.records.mark(trial, **{BEAT: 1})
    study.adopt()
    assert study.adoption.is_in_doubt(study.records.all()[0]) is is_in_doubt


def test_study_stops_waiting_when_it_is_told_to(tmp_path: Path) -> None:
    study = open_study(tmp_path, budget={"trials": 1})
    study.optuna.ask()  # by whom nobody knows

    def stop() -> None:
        raise KeyboardInterrupt

    study.search = replace(study.search, budget=Budget(1, 0.0))
    with pytest.raises(KeyboardInterrupt):
        study.ask(stop)


def test_study_stops_waiting_for_what_was_drawn_before_when_it_is_told_to(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.optuna.ask()  # by somebody who has yet to say what it is

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.ask(stop)
    assert states(study) == [RUNNING, RUNNING]


def test_beat_has_ended_when_adoption_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adoption, "BEAT_SECONDS", 0.0)
    study = open_study(tmp_path, budget={"trials": 1})
    before = set(threading.enumerate())
    study.ask()
    is_telling = threading.Event()

    def tell_slowly(*_: object, **__: object) -> bool:
        is_telling.set()
        time.sleep(0.05)
        return True

    monkeypatch.setattr(study.records, "mark", tell_slowly)
    assert is_telling.wait(60)
    study.adoption.finish()
    assert set(threading.enumerate()) == before
