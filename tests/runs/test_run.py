import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from blink.runs import State, find_runs, read_run
from blink.runs import heart as hearts
from blink.runs.status import FILE
from tests.runs.folders import STARTED, elsewhere, gone, run_folder, status


def test_read_run_shows_all_when_it_has_finished(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "2026-11-28" / "10-00-00-pico-f64e", status())
    run = read_run(folder)
    assert (run.state, run.reason, run.id) == (State.FINISHED, None, "10-00-00-pico-f64e")
    assert (run.name, run.about.epochs, run.epochs, run.seconds) == ("pico", 3, 2, 60.0)
    assert run.started == datetime.fromisoformat(STARTED)
    assert (run.study, run.trial) == (None, None)
    assert run.config["trainer"] == {"max_epochs": 3}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert (len(files), run.size) == (6, sum(512 * path.stat().st_blocks for path in files))


def test_read_run_knows_study_and_trial_when_it_is_one(tmp_path: Path) -> None:
    run = read_run(run_folder(tmp_path / "sweeps" / "pareto" / "trials" / "00012-seed1", status()))
    assert (run.study, run.trial) == ("pareto", 12)


@pytest.mark.parametrize("is_there", [True, False])
def test_read_run_tells_by_its_metrics_when_it_is_older_than_statuses(
    tmp_path: Path, is_there: bool
) -> None:
    folder = run_folder(tmp_path / "10-00-00-pico-f64e")
    if not is_there:
        (folder / "metrics.json").unlink()
        (folder / "config.yaml").write_text("name: [")
    run = read_run(folder)
    assert run.state is (State.FINISHED if is_there else State.CRASHED)
    assert run.name == "pico"
    assert (run.headline is not None and run.headline.value == 0.9) is is_there


@pytest.mark.parametrize(
    ("config", "epochs"),
    [
        ("trainer: adamw\nmade_by: me\n", None),
        ("trainer: [1]\n", None),
        ("trainer: {max_epochs: '${epochs}'}\n", None),
        ("trainer: {max_epochs: 7}\n", 7),
    ],
)
def test_read_run_knows_no_more_than_its_config_says_when_that_is_anothers(
    tmp_path: Path, config: str, epochs: int | None
) -> None:
    folder = run_folder(tmp_path / "10-00-00-pico-f64e")
    (folder / "config.yaml").write_text(config)
    about = read_run(folder).about
    assert (about.name, about.command, about.epochs) == ("pico", "", epochs)


def test_read_run_is_crashed_when_its_process_is_gone(tmp_path: Path) -> None:
    run = read_run(run_folder(tmp_path, status(State.RUNNING, process=gone())))
    assert run.state is State.CRASHED
    assert run.reason == f"process {os.getpid()} on {gone().host} is gone."


def test_read_run_is_running_when_its_process_lives_though_no_heart_beats(tmp_path: Path) -> None:
    assert read_run(run_folder(tmp_path, status(State.RUNNING))).state is State.RUNNING


@pytest.mark.parametrize(
    ("age", "state"),
    [(0, State.RUNNING), (50, State.RUNNING), (61, State.CRASHED), (-3600, State.CRASHED)],
)
def test_read_run_goes_by_the_heart_when_the_process_is_elsewhere(
    tmp_path: Path, age: int, state: State
) -> None:
    folder = run_folder(tmp_path, status(State.RUNNING, process=elsewhere()))
    hearts.beat(folder, 7, 70.0)
    last = (folder / hearts.FILE).stat().st_mtime - age
    os.utime(folder / hearts.FILE, (last, last))
    run = read_run(folder)
    assert run.state is state
    assert run.seconds == 130.0
    assert sorted(path.name for path in folder.iterdir() if "tmp" in path.name) == []


def test_read_run_goes_by_no_clock_of_this_machine_when_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_folder(tmp_path, status(State.RUNNING, process=elsewhere()))
    hearts.beat(folder, 7, 70.0)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert read_run(folder).state is State.RUNNING


def test_read_run_is_crashed_when_its_status_is_damaged(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    (folder / FILE).write_text('{"version": 1')
    run = read_run(folder)
    assert run.state is State.CRASHED
    assert "cannot be read" in (run.reason or "")
    assert run.started is not None


def test_read_run_is_unreadable_when_it_is_another_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder / FILE))

    monkeypatch.setattr("blink.runs.run.read_status", refuse)
    run = read_run(run_folder(tmp_path))
    assert run.state is State.UNREADABLE
    assert run.reason == f"{tmp_path / FILE}: Permission denied"


def test_find_runs_lists_the_latest_first_when_there_are_several(tmp_path: Path) -> None:
    later = "2026-11-29T10:00:00+00:00"
    run_folder(tmp_path / "2026-11-28" / "10-00-00-pico-f64e", status())
    run_folder(tmp_path / "sweeps" / "s" / "trials" / "00000-seed0", status(started=later))
    run_folder(tmp_path / "2026-11-28" / ".deleted-1-x", status())
    (tmp_path / "ledgers").mkdir()
    (tmp_path / "ledgers" / "config.yaml").write_text("")
    (tmp_path / "2026-11-28" / "10-00-00-empty-0000").mkdir()
    assert [run.id for run in find_runs(tmp_path)] == ["00000-seed0", "10-00-00-pico-f64e"]
    assert find_runs(tmp_path / "nowhere") == []


def test_find_runs_goes_on_when_a_run_goes_meanwhile(tmp_path: Path) -> None:
    run = read_run(run_folder(tmp_path / "a", status()))
    shutil.rmtree(tmp_path / "a")
    assert (run.curve, run.size, run.config, run.epochs) == ({}, 0, {}, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_find_runs_shows_a_folder_when_it_must_not_be_opened(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "a", status())
    folder.chmod(0)
    try:
        (run,) = find_runs(tmp_path)
        assert (run.state, run.curve, run.size, run.headline) == (State.UNREADABLE, {}, 0, None)
    finally:
        folder.chmod(0o700)
