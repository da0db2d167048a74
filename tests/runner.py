"""`train.py` as its users run it, in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import pytest

ROOT = Path(__file__).parents[1]


class Runner:
    """Runs train.py with a cache of its own, and finds the run folders that it leaves.

    A call runs it to its end, in a fork of a process that has imported it; `start` begins a process
    as a shell does.
    """

    def __init__(self, folder: Path) -> None:
        self.runs, self._folder = folder / "runs", folder
        self._environment = os.environ | {
            "BLINK_CACHE": str(folder / "cache"),
            "BLINK_DATA": str(folder / "data"),
            "HOME": str(folder / "home"),
            "OMP_NUM_THREADS": "1",
        }

    def __enter__(self) -> Self:
        self._forking = subprocess.Popen(
            [sys.executable, "-m", "tests.forking"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._forking.communicate()  # its orders end, and so does it

    def _arguments(self, overrides: tuple[str, ...]) -> list[str]:
        runs = [] if overrides[0].startswith("resume=") else [f"paths.runs={self.runs}"]
        return [*overrides, *runs]

    def __call__(
        self, *overrides: str, data: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        said = [self._folder / "stdout", self._folder / "stderr"]
        arguments = self._arguments(overrides)
        order = {
            "arguments": arguments,
            "variables": {"BLINK_DATA": str(data)} if data else {},
            "stdout": str(said[0]),
            "stderr": str(said[1]),
        }
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        self._forking.stdin.write(json.dumps(order) + "\n")
        self._forking.stdin.flush()
        status = int(self._forking.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, *(one.read_text() for one in said))

    def start(self, *overrides: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "train.py"), *self._arguments(overrides)],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def first_epoch_of(self, process: subprocess.Popen[str]) -> Path:
        """The folder of a run that was just started, as soon as its first checkpoint stands."""
        before = set(self.folders())
        while process.poll() is None:
            for folder in set(self.folders()) - before:
                if list(folder.glob("checkpoints/*.ckpt")):
                    return folder
            time.sleep(0.02)
        pytest.fail(f"the run ended with {process.returncode} before its first epoch did")

    def folders(self) -> list[Path]:
        return sorted(self.runs.glob("????-*/*"))


def judged_of(folder: Path) -> Any:
    """What a run found, without what a clock had a part in."""
    tests = json.loads((folder / "metrics.json").read_text())["tests"]
    for test in tests:
        for row in test["rows"]:
            del row["latency"]
    return tests
