import errno
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from blink.cli import app, main
from blink.contract import DataError, atomic_folder

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "pandas", "sklearn", "pyarrow", "lightning", "cv2", "scipy"}


def python(program: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", program]
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT)


def failing(error: BaseException) -> typer.Typer:
    """A `blink` whose only command ends in this error."""
    broken = typer.Typer()

    @broken.command()
    def fail() -> None:
        raise error

    return broken


def test_help_names_commands_and_statuses_when_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    assert "  130  stopped by Ctrl-C" in shown
    assert "data       Import, audit" in shown
    assert "evaluate   Judge intelligences" in shown
    assert "\x1b" not in shown


def test_version_is_that_of_the_project_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert main(["--version"]) == 0

    assert capsys.readouterr().out == f"blink {project['version']}\n"


@pytest.mark.parametrize("words", [["--help"], ["data", "--help"], ["evaluate", "--help"]])
def test_help_loads_nothing_heavy_when_asked_for(words: list[str]) -> None:
    done = python(
        f"import sys, blink.cli; blink.cli.main({words}); print(*sys.modules, file=sys.stderr)"
    )
    loaded = {name.split(".")[0] for name in done.stderr.split()}

    assert done.returncode == 0
    assert {"blink", "typer"} <= loaded
    assert not HEAVY & loaded


def test_main_says_what_to_install_when_typer_is_missing() -> None:
    done = python("import sys; sys.modules['typer'] = None; import blink.cli; blink.cli.main([])")

    assert "pip install '.[train]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (DataError("p.zip is no zip. Get it again."), 1, "p.zip is no zip. Get it again.\n"),
        (KeyboardInterrupt(), 130, "Stopped. Nothing half-written was kept.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            1,
            "Not all could be written: [Errno 28] No space left on device. "
            "Make room, then ask again.\n",
        ),
        (typer.Exit(2), 2, ""),
    ],
)
def test_run_ends_with_a_message_and_a_status_when_a_command_fails(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    message: str,
) -> None:
    monkeypatch.setattr(app, "app", failing(error))

    assert app.run([]) == status
    assert capsys.readouterr().err == message


def test_run_stops_in_good_order_when_it_is_terminated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    writing = typer.Typer()

    @writing.command()
    def write() -> None:
        with atomic_folder(tmp_path / "results"):
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(app, "app", writing)
    before = signal.getsignal(signal.SIGTERM)

    assert app.run([]) == 130
    assert capsys.readouterr().err == "Stopped. Nothing half-written was kept.\n"
    assert not list(tmp_path.iterdir())
    assert signal.getsignal(signal.SIGTERM) == before


def test_run_keeps_the_traceback_when_the_defect_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "app", failing(ZeroDivisionError("ours")))

    with pytest.raises(ZeroDivisionError, match="ours"):
        app.run([])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dat"], "No such command 'dat'. Did you mean 'data'?\nSee: blink --help"),
        (["data", "foo"], "No such command 'foo'.\nSee: blink data --help"),
        (["data", "diff", "a"], "Missing argument 'B'.\nSee: blink data diff --help"),
        (["data", "diff"], "Usage: blink data diff"),
    ],
)
def test_run_says_where_help_is_when_words_are_wrong(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(words) == 1

    assert capsys.readouterr().err.startswith(said)
