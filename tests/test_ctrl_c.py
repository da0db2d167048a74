import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STOPPED = """
import runpy, signal, sys

class Stop:
    def find_spec(self, name, *_):
        if name == "{imported}":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Stop())
{program}
"""
"""Ctrl-C while something is imported; shells that run in the background have it ignored."""


def python(program: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", program]
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("program", "imported"),
    [
        ("runpy.run_path('train.py', run_name='__main__')", "hydra"),
        ("runpy.run_module('blink.sweep', run_name='__main__')", "hydra"),
        ("from blink.cli import main; sys.exit(main(['runs', 'ls']))", "typer"),
    ],
    ids=["train", "sweep", "blink"],
)
def test_program_ends_in_a_line_when_ctrl_c_stops_what_it_imports(
    program: str, imported: str
) -> None:
    done = python(STOPPED.format(program=program, imported=imported))

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


def test_program_keeps_its_traceback_when_a_defect_ends_it() -> None:
    done = python("import blink.ctrl_c; 1 / 0")

    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_hook_is_the_interpreters_when_rooms_alone_are_imported() -> None:
    asked = "sys.exit(sys.excepthook is not sys.__excepthook__)"
    done = python(f"import sys, blink.cli, blink.contract; {asked}")

    assert done.returncode == 0
