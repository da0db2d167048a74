"""Set-up, tried with a stand-in for Python that only writes down what it is asked to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STAND_IN = """#!/bin/sh
# Answers questions as the real Python would; makes folders, installs nothing, finds no fault.
note() {{ echo "$1" >> "{log}"; [ ! -e "{fault}" ] || exit 1; }}
case "$(basename "$0")" in
    ruff) note "ruff $1"; exit ;;
    mypy) note "mypy"; exit ;;
esac
case "$1 $2" in
    "-m venv")
        echo "venv" >> "{log}"
        rm -rf .venv; mkdir -p .venv/bin
        for name in python ruff mypy; do cp "$0" ".venv/bin/$name"; done ;;
    "-m pip") note "pip $3" ;;
    "-m pytest") shift 2; note "pytest $*" ;;
    "-c import runpy"*) note "imports" ;;
    *) exec "{python}" "$@" ;;
esac
"""

PINNED = '"numpy>=2.0"'
NOT_PASSED_ON = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BLINK_DATA", "PYTHON"}


class Project:
    """A folder with the Makefile, the pins, and a stand-in for Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project with a space"
        self.log = folder / "log"
        self.fault = folder / "fault"
        self.python = folder / "python"
        self.folder.mkdir()
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        shutil.copytree(ROOT / ".ci", self.folder / ".ci")
        text = STAND_IN.format(log=self.log, fault=self.fault, python=sys.executable)
        self.python.write_text(text)
        self.python.chmod(0o755)

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if k not in NOT_PASSED_ON}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=inherited | {"PYTHON": str(self.python)} | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def make(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("make", *words, **variables)

    def done(self) -> list[str]:
        """What the stand-in was asked to do since the last call."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def ready(project: Project) -> Project:
    """A project that is set up."""
    assert project.make("setup").returncode == 0
    assert project.done() == ["venv", "pip install", "pip install", "imports"]
    return project


def test_make_lists_the_targets_when_none_is_named(project: Project) -> None:
    answer = project.make()

    listed = {line.split()[0] for line in answer.stdout.splitlines()[1:]}
    assert {"help", "train", "test", "setup", "format", "clean"} <= listed
    assert project.done() == []


def test_setup_does_nothing_when_nothing_changed(ready: Project) -> None:
    answer = ready.make("setup")

    assert answer.stdout == "Set-up: .venv is up to date.\n"
    assert ready.done() == []


def test_setup_does_nothing_when_the_pins_are_only_touched(ready: Project) -> None:
    pins = ready.folder / "pyproject.toml"
    pins.write_text(pins.read_text() + "\n# a remark\n[tool.other]\nline-length = 1\n")
    os.utime(pins, (2**31 - 1, 2**31 - 1))

    assert ready.make("setup").returncode == 0
    assert ready.done() == []


def test_setup_installs_again_when_a_pin_changes(ready: Project) -> None:
    pins = ready.folder / "pyproject.toml"
    text = pins.read_text()
    assert PINNED in text
    pins.write_text(text.replace(PINNED, '"numpy>=2.1"'))

    assert ready.make("setup").returncode == 0
    assert ready.done() == ["pip install", "pip install", "imports"]
    assert ready.make("setup").returncode == 0
    assert ready.done() == []


def test_setup_starts_afresh_when_the_folder_has_moved(ready: Project) -> None:
    ready.folder = ready.folder.rename(ready.folder.with_name("moved"))

    assert ready.make("setup").returncode == 0
    assert ready.done() == ["venv", "pip install", "pip install", "imports"]


def test_setup_starts_afresh_when_python_is_another(ready: Project) -> None:
    made_for = ready.folder / ".venv" / "blink-made-for"
    implementation, _version, *rest = made_for.read_text().split(" ")
    made_for.write_text(" ".join([implementation, "3.11.0rc1", *rest]))

    assert ready.make("setup").returncode == 0
    assert ready.done() == ["venv", "pip install", "pip install", "imports"]


def test_setup_tries_again_when_the_installation_failed(project: Project) -> None:
    project.fault.touch()
    failed = project.make("setup")
    assert failed.returncode != 0
    assert "the installation failed" in failed.stderr
    assert project.done() == ["venv", "pip install"]

    project.fault.unlink()
    assert project.make("setup").returncode == 0
    assert project.done() == ["pip install", "pip install", "imports"]


def test_setup_forgets_the_old_pins_when_an_upgrade_fails(ready: Project) -> None:
    pins = ready.folder / "pyproject.toml"
    before = pins.read_text()
    pins.write_text(before.replace(PINNED, '"numpy>=2.1"'))
    ready.fault.touch()
    assert ready.make("setup").returncode != 0
    ready.done()

    # Half of the new pins may be installed, so the old ones do not hold any more either.
    ready.fault.unlink()
    pins.write_text(before)
    assert ready.make("setup").returncode == 0
    assert ready.done() == ["pip install", "pip install", "imports"]


def test_setup_names_the_way_out_when_python_is_too_old(project: Project) -> None:
    project.python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')

    answer = project.make("setup")

    assert answer.returncode != 0
    assert "needs Python 3.11 or newer" in answer.stderr
    assert "Python 3.9.2" in answer.stderr


def test_setup_names_the_way_out_when_venv_is_missing(project: Project) -> None:
    text = project.python.read_text()
    project.python.write_text(
        text.replace('case "$1 $2" in', 'case "$2" in *ensurepip*) exit 1 ;; esac\ncase "$1 $2" in')
    )

    answer = project.make("setup")

    assert answer.returncode != 0
    assert "has no venv" in answer.stderr
    assert not (project.folder / ".venv").exists()


def test_setup_names_the_way_out_when_there_is_no_python(project: Project) -> None:
    answer = project.make("setup", "PYTHON=no-such-python")

    assert answer.returncode != 0
    assert "'no-such-python' is not there" in answer.stderr


def test_test_runs_every_check_in_order_when_nothing_is_wrong(ready: Project) -> None:
    answer = ready.make("test", "PYTEST_ARGS=-k split")

    assert answer.returncode == 0
    assert ready.done() == ["ruff format", "ruff check", "mypy", "pytest -k split"]


def test_long_tests_install_ray_once_when_it_is_not_there(ready: Project) -> None:
    first = ready.make("test-long", "PYTEST_ARGS=-k ray")
    assert "installing Ray into .venv" in first.stdout
    assert ready.done() == ["pip install", "pytest -m long -k ray"]

    again = ready.make("test-long", "PYTEST_ARGS=-k ray")
    assert "installing" not in again.stdout
    assert ready.done() == ["pytest -m long -k ray"]


def test_long_tests_say_how_to_do_without_ray_when_it_cannot_be_installed(ready: Project) -> None:
    ready.fault.touch()
    answer = ready.make("test-long")

    assert answer.returncode != 0
    assert "Without Ray its tests are skipped" in answer.stderr
    assert ready.done() == ["pip install"]


def test_test_stops_at_the_first_check_when_it_finds_a_fault(ready: Project) -> None:
    ready.fault.touch()

    assert ready.make("test").returncode != 0
    assert ready.done() == ["ruff format"]


def test_ci_does_what_make_test_does_when_run_from_another_folder(project: Project) -> None:
    script = project.folder / ".ci" / "run"
    project.folder = project.folder.parent

    answer = project.run(script)

    assert answer.returncode == 0, answer.stderr
    done = [line.split()[0] for line in project.done()]
    assert done == ["venv", "pip", "pip", "imports", "ruff", "ruff", "mypy", "pytest"]


def test_train_hands_on_the_data_and_the_overrides_when_they_are_set(ready: Project) -> None:
    show = "import os, sys; print(os.environ['BLINK_DATA'], *sys.argv[1:])"
    (ready.folder / "train.py").write_text(show)
    (ready.folder.parent / "shared" / "data").mkdir(parents=True)

    beside = ready.make("train", "ARGS=seed=1 trainer.max_epochs=2")
    named = ready.make("train", BLINK_DATA="/archives")
    folder, *overrides = beside.stdout.splitlines()[-1].rsplit(" ", 2)
    assert Path(folder).samefile(ready.folder.parent / "shared" / "data")
    assert overrides == ["seed=1", "trainer.max_epochs=2"]

    (ready.folder.parent / "shared" / "data").rmdir()
    alone = ready.make("train")
    assert named.stdout.splitlines()[-1] == "/archives"
    assert alone.stdout.splitlines()[-1] == str(ready.folder / "data")


def test_what_is_compiled_is_kept_when_python_is_told_not_to(ready: Project) -> None:
    show = "import os; print(os.environ.get('PYTHONDONTWRITEBYTECODE'))"
    (ready.folder / "train.py").write_text(show)

    answer = ready.make("train", PYTHONDONTWRITEBYTECODE="1")

    assert answer.stdout.splitlines()[-1] == "None"


def test_clean_keeps_what_cannot_be_made_again_when_it_removes_caches(project: Project) -> None:
    for name in ("cache/packed", "runs/today", "data", ".venv/bin", "blink/__pycache__"):
        (project.folder / name).mkdir(parents=True)

    answer = project.make("clean")

    assert answer.returncode == 0
    left = {path.name for path in project.folder.iterdir() if path.is_dir()}
    assert left == {".ci", "runs", "data", ".venv", "blink"}
    assert not (project.folder / "blink" / "__pycache__").exists()
