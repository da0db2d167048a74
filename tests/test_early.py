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

sys.meta_path.insert(0, Stop())
{program}
"""
"""Ctrl-C while something is imported."""


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
    done = python("import blink.early; 1 / 0")

    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


CYCLE = """
class Cycle:
    def __del__(self):
        print("taken apart")

cycle = Cycle()
cycle.itself = cycle
del cycle
"""


@pytest.mark.parametrize(("imported", "said"), [("blink", "taken apart\n"), ("blink.early", "")])
def test_garbage_is_left_where_it_is_when_a_program_ends(imported: str, said: str) -> None:
    assert python(f"import {imported}\n{CYCLE}").stdout == said


def test_garbage_is_collected_when_a_program_goes_on() -> None:
    done = python(f"import blink.early\n{CYCLE}\nrubbish = [[] for _ in range(200_000)]\nprint(0)")

    assert done.stdout == "taken apart\n0\n"


def test_process_is_left_as_it_is_when_rooms_alone_are_imported() -> None:
    before = "import gc, sys; before = gc.get_threshold()"
    asked = "sys.exit((sys.excepthook, gc.get_threshold()) != (sys.__excepthook__, before))"
    done = python(f"{before}; import blink.cli, blink.contract; {asked}")

    assert done.returncode == 0
