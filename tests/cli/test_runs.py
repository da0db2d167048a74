import json
import os
import tarfile
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from blink.cli import main
from blink.runs import Headline, State
from blink.runs.status import write_status
from tests.runs.folders import gone, run_folder, status

BEST = Headline("mrl", "test", "eye-pico", "int8", 0.9, 0.8, 0.95)
DAY = "2026-11-28"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    run_folder(tmp_path / DAY / "10-00-00-pico-f64e", status(headline=BEST))
    failed = status(State.FAILED, reason="No space left.", started="2026-11-28T12:00:00+00:00")
    large = run_folder(tmp_path / DAY / "12-00-00-large-00fc", failed)
    (large / "checkpoints" / "big.ckpt").write_bytes(bytes(3_000_000))
    crashed = status(State.RUNNING, process=gone(), started="2026-11-28T11:00:00+00:00")
    run_folder(tmp_path / "sweeps" / "pareto" / "trials" / "00003-seed0", crashed)
    return tmp_path


def blink(*words: str | Path) -> int:
    return main(["runs", *map(str, words)])


def listed(shown: str) -> list[list[str]]:
    return [line.split()[:2] for line in shown.splitlines()[1:-1]]


def test_ls_lists_the_latest_first_when_nothing_else_is_said(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("ls", runs) == 0
    shown = capsys.readouterr().out
    assert listed(shown) == [
        ["failed", f"{DAY}/12-00-00-large-00fc"],
        ["crashed", "pareto/trials/00003-seed0"],
        ["finished", f"{DAY}/10-00-00-pico-f64e"],
    ]
    assert "1 min 0 s     2/3  0.900  0.900 [0.800, 0.950] mrl" in shown
    assert shown.splitlines()[-1].startswith("3 runs, 3.")


def test_ls_shows_the_interval_when_its_lower_end_is_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worst = replace(BEST, value=0.1, low=0.0, high=0.2)
    run_folder(tmp_path / "run", status(headline=worst))
    assert blink("ls", tmp_path) == 0
    assert "0.100 [0.000, 0.200] mrl" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--state", "failed"], ["12-00-00-large-00fc"]),
        (["--state", "failed", "--state", "finished", "--sort", "test"], ["10-", "12-"]),
        (["--study", "pareto"], ["00003-seed0"]),
        (["--sort", "size", "--state", "finished", "--state", "failed"], ["12-", "10-"]),
        (["--study", "none"], []),
    ],
)
def test_ls_lists_what_was_asked_for_when_something_was(
    runs: Path, options: list[str], expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("ls", runs, *options, "--json") == 0
    names = [Path(one["folder"]).name for one in json.loads(capsys.readouterr().out)]
    assert len(names) == len(expected)
    assert all(name.startswith(start) for name, start in zip(names, expected, strict=True))


def test_ls_leaves_numbers_to_machines_when_json_is_asked_for(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("ls", runs, "--state", "crashed", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["study"], one["trial"], one["epochs"], one["epochs_done"]) == ("pareto", 3, 3, 2)
    assert one["val/balanced_accuracy"] == 0.9
    assert "is gone" in one["reason"]


@pytest.mark.parametrize("last", ["nan", "inf"])
def test_ls_knows_no_figure_when_a_curve_ends_in_none(
    runs: Path, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = run_folder(runs / DAY / "13-00-00-lost-00aa", status())
    with (lost / "curves/version_0/metrics.csv").open("a") as curve:
        curve.write(f"2,29,,{last}\n")
    assert blink("ls", runs, "--sort", "val", "--json") == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert [one["val/balanced_accuracy"] for one in found] == [0.9, 0.9, 0.9, None]


def test_ls_says_so_when_there_is_no_folder(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert blink("ls", runs / "nowhere") == 1
    assert "nowhere is no folder" in capsys.readouterr().err


def test_ls_lists_runs_and_shows_no_help_when_it_stands_alone(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "runs").mkdir()
    monkeypatch.chdir(runs)
    assert blink("ls") == 0
    assert capsys.readouterr().out == "There are no such runs in runs.\n"


def test_ls_names_the_states_when_there_is_no_such(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("ls", runs, "--state", "dead") == 1
    assert "There is no state 'dead'; runs are running, finished" in capsys.readouterr().err


def test_show_says_all_of_a_run_when_it_is_named_by_its_end(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("show", "00fc", "--runs", runs) == 0
    shown = capsys.readouterr().out
    folder = runs / DAY / "12-00-00-large-00fc"
    for line in (
        "question      Is it small?",
        "state         failed: No space left.",
        "epochs        2/3",
        f"goes on with  python train.py resume={folder}",
        "    2                                         0.900",
        "      3.0 MB  checkpoints",
    ):
        assert line in shown


def test_show_quotes_the_command_when_a_folder_has_a_blank(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_folder(tmp_path / "my runs" / "run", status(State.STOPPED))
    assert blink("show", folder) == 0
    assert f"goes on with  python train.py resume='{folder}'" in capsys.readouterr().out


def test_show_lists_them_when_several_runs_may_be_meant(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / DAY / "12-00-00-large-00fc").rename(runs / DAY / "12-00-00-large-f64e")
    assert blink("show", "f64e", "--runs", runs) == 1
    assert "'f64e' may mean 2 runs" in capsys.readouterr().err


def test_tail_shows_the_last_lines_and_the_end_when_it_follows(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("tail", "00fc", "-n", "2", "-f", "--runs", runs) == 0
    assert capsys.readouterr().out == "line 28\nline 29\nfailed: No space left.\n"


def test_tail_follows_until_the_run_has_ended_when_it_is_running(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_folder(runs / "now", status(State.RUNNING))

    def end(_seconds: float) -> None:
        with (folder / "train.log").open("a") as log:
            log.write("one more\n")
        write_status(folder, status())

    monkeypatch.setattr("time.sleep", end)
    assert blink("tail", "now", "-n", "0", "-f", "--runs", runs) == 0
    assert capsys.readouterr().out == "one more\nfinished\n"


def test_tail_says_so_when_there_is_no_log(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / DAY / "10-00-00-pico-f64e" / "train.log").unlink()
    assert blink("tail", "f64e", "--runs", runs) == 1
    assert "this run has no log" in capsys.readouterr().err


def test_rm_deletes_what_was_named_when_it_is_told_not_to_ask(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert blink("rm", "f64e", "00fc", "f64e", "--yes", "--runs", runs) == 0
    assert [path.name for path in runs.iterdir()] == ["sweeps"]
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [("y\n", 0, ""), ("n\n", 1, "Nothing was deleted.\n"), ("", 130, "Stopped.")],
)
def test_rm_asks_first_when_nobody_said_yes(
    runs: Path,
    answer: str,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    assert blink("rm", "f64e", "--runs", runs) == code
    assert capsys.readouterr().err.lstrip().startswith(said)
    assert (runs / DAY / "10-00-00-pico-f64e").exists() is (code != 0)


def test_rm_deletes_nothing_when_one_of_them_is_running(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder(runs / "now", status(State.RUNNING))
    assert blink("rm", "f64e", "now", "--yes", "--runs", runs) == 1
    assert f"now is running (process {os.getpid()}" in capsys.readouterr().err
    assert (runs / DAY / "10-00-00-pico-f64e").is_dir()


def test_archive_packs_and_deletes_when_a_folder_is_named(
    runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    to = tmp_path_factory.mktemp("kept")
    assert blink("archive", "00fc", "--to", to, "--runs", runs) == 0
    assert not (runs / DAY / "12-00-00-large-00fc").exists()
    with tarfile.open(to / "12-00-00-large-00fc.tar.gz") as packed:
        assert "12-00-00-large-00fc/checkpoints/big.ckpt" in packed.getnames()
