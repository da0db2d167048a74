import shutil
from pathlib import Path
from typing import Any

import pytest

from blink.contract import ConfigError
from blink.runs import find_runs
from blink.sweep.opening import TOKEN, read_token
from blink.sweep.records import Records
from blink.sweep.study import Study
from tests.sweep.studied import GRID, open_study, sweep_config, words_of, work

ID, NAME = "logger.wandb.id", "logger.wandb.name"


def database(folder: Path) -> str:
    return f"sqlite:///{folder}/study.db"


@pytest.mark.parametrize("way", ["other storage", "journal deleted", "unmarked"])
def test_study_is_refused_when_another_ones_runs_lie_in_its_folder(
    tmp_path: Path, way: str
) -> None:
    folder = tmp_path / "study"
    work(open_study(folder), most=1)
    storage = database(tmp_path) if way == "other storage" else None
    if way != "other storage":
        (folder / "study.journal").unlink()
    if way == "unmarked":
        (folder / "trials" / ".study").unlink()
    for resume in (False, True):
        with pytest.raises(ConfigError, match=r"another study.*name=NAME.*study away"):
            open_study(folder, resume=resume, storage=storage)

    folder.rename(tmp_path / "kept")

    study = open_study(folder, resume=True, storage=storage)
    (given,) = work(study, most=1)
    assert given.folders[0].name == "00000-seed0"
    study.close()


def test_study_goes_on_when_its_runs_lie_on_another_machine(tmp_path: Path) -> None:
    storage = database(tmp_path)
    for name, resume in (("here", False), ("there", True), ("there", True)):
        study = open_study(tmp_path / name, resume=resume, storage=storage, sampler=GRID)
        work(study, most=1)
        study.close()
    assert len(study.records.all()) == 3
    assert len(find_runs(tmp_path)) == 3


def test_study_goes_on_when_it_is_older_than_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(open_study(tmp_path, sampler=GRID), most=1)
    (tmp_path / "trials" / ".study").unlink()
    with monkeypatch.context() as patched:
        patched.setattr("blink.sweep.opening.TOKEN", "another")
        work(open_study(tmp_path, resume=True, sampler=GRID), most=1)
        work(open_study(tmp_path, resume=True, sampler=GRID), most=1)
    assert len(find_runs(tmp_path)) == 3


def test_runs_have_an_id_of_their_own_at_wandb_when_a_study_is_begun_anew(tmp_path: Path) -> None:
    config, words = sweep_config(seeds=[0, 1]), []
    config.at_wandb = True
    for _ in range(2):
        study = Study.open(config, tmp_path / "study", resume=False)
        assignment = study.ask()
        assert assignment is not None
        words += [words_of(assignment, run) for run in (0, 1)]
        token = read_token(tmp_path / "study")
        assert words[-1][ID] == f"study-{token}-00000-seed1"
        shutil.rmtree(tmp_path / "study")
    assert len({one[ID] for one in words}) == 4
    assert [one[NAME] for one in words] == ["'study 00000-seed0'", "'study 00000-seed1'"] * 2
    assert {(one["logger.wandb.group"], one["name"]) for one in words} == {("study", "study")}


def test_run_says_nothing_to_wandb_when_trials_do_not_log_there(tmp_path: Path) -> None:
    assignment = open_study(tmp_path).ask()
    assert assignment is not None
    words = words_of(assignment)
    assert (words["name"], words["question"]) == ("study", "'Why?'")
    assert not [key for key in words if key.startswith("logger")]


def test_study_has_the_same_token_when_it_is_opened_again(tmp_path: Path) -> None:
    storage = database(tmp_path)
    for name, resume in (("here", False), ("here", True), ("there", True)):
        open_study(tmp_path / name, resume=resume, storage=storage).close()
    assert read_token(tmp_path / "here") == read_token(tmp_path / "there")


def test_study_goes_on_when_another_machine_was_slow_to_give_it_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough for draws that repeat others; there are six configurations.
    search: dict[str, Any] = {
        "storage": database(tmp_path),
        "budget": {"trials": 30, "hours": None},
    }
    note = Records.note

    def note_late(records: Records, name: str, value: object) -> None:
        if name.startswith(TOKEN):
            monkeypatch.undo()
            work(study := open_study(tmp_path / "fast", resume=True, **search), most=1)
            study.close()
        note(records, name, value)

    monkeypatch.setattr(Records, "note", note_late)
    open_study(tmp_path / "slow", **search).close()

    assert read_token(tmp_path / "slow") != read_token(tmp_path / "fast")
    for name in ("slow", "fast", "slow"):
        study = open_study(tmp_path / name, resume=True, **search)
        assert len(work(study, most=1)) == 1
        study.close()


def test_study_goes_on_when_its_token_is_noted_as_it_was_before(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.records.note(TOKEN, "older")
    study.close()
    (tmp_path / "trials" / ".study").write_text("older")
    work(again := open_study(tmp_path, resume=True), most=1)
    again.close()
    assert read_token(tmp_path) == "older"
