"""A search as its users start it: a command, `train.py` and all; and what becomes of it."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from blink.runs import State, read_run
from blink.sweep.storage import open_storage
from tests.sweep.worked import parent_of

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.long


class Search:
    """`sweep=tiny` in a process of its own."""

    def __init__(self, folder: Path, trials: int, *words: str) -> None:
        self._count = trials
        self.folder = folder / "runs" / "sweeps" / "tiny"
        self._command = [sys.executable, "-m", "blink.sweep", "sweep=tiny", *words]
        self._command.append(f"sweep.budget.trials={trials}")
        self._command.append(f"paths.runs={folder / 'runs'}")
        self._environment = os.environ | {"BLINK_CACHE": str(folder / "cache")}
        self.process = self.start()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(
            [*self._command, *words], cwd=ROOT, env=self._environment, start_new_session=True
        )
        return self.process

    def training(self, least: int = 1) -> list[Path]:
        """The runs that train just now, as soon as there are so many."""
        deadline = time.monotonic() + 600
        while self.process.poll() is None and time.monotonic() < deadline:
            runs = [path.parents[2] for path in self.folder.glob("trials/*/curves/*/metrics.csv")]
            if len(found := [run for run in runs if is_running(run)]) >= least:
                return found
            time.sleep(0.05)
        return pytest.fail("nothing was trained")

    def trials(self) -> list[optuna.trial.FrozenTrial]:
        return optuna.load_study(study_name="tiny", storage=open_storage(None, self.folder)).trials

    def check_all_trained_once(self, again: int) -> None:
        """All trials are complete, and no more than `again` runs were begun a second time."""
        states = [trial.state for trial in self.trials()]
        assert states.count(TrialState.COMPLETE) == self._count
        assert (
            len(states) == self._count + again
        )  # what was given up is gone on with by another one
        runs = [read_run(folder) for folder in self.folder.glob("trials/*-seed0")]
        assert [run.state for run in runs] == [State.FINISHED] * self._count
        attempts = [attempts_of(run.folder) for run in runs]
        assert sorted(attempts) == [1] * (self._count - again) + [2] * again
        assert (self.folder / "front" / "front.html").is_file()


def is_running(run: Path) -> bool:
    return read_run(run).state is State.RUNNING


def status_of(run: Path) -> dict[str, Any]:
    status: dict[str, Any] = json.loads((run / "status.json").read_text())
    return status


def attempts_of(run: Path) -> int:
    return int(status_of(run)["attempts"])


@pytest.fixture
def begun(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Search]:
    search = Search(tmp_path, *request.param)
    yield search
    if search.process.poll() is None:
        os.killpg(search.process.pid, signal.SIGKILL)
        search.process.wait()


FEW_LOCAL = (4, "launcher=local", "launcher.processes=2")
LOCAL = (8, "launcher=local", "launcher.processes=2")
RAY = (8, "launcher=ray", "launcher.workers=2", "launcher.cluster.address=local")
SLURM = (8, "launcher=slurm", "launcher.workers=2", "launcher.executor.cluster=local")


@pytest.mark.parametrize(
    "begun",
    [
        LOCAL,
        pytest.param(
            RAY,
            marks=pytest.mark.skipif(
                importlib.util.find_spec("ray") is None, reason="Ray is not installed: blink[ray]"
            ),
        ),
        SLURM,
    ],
    indirect=True,
    ids=["local", "ray", "slurm"],
)
def test_search_trains_each_trial_once_when_a_worker_is_killed(begun: Search) -> None:
    run = begun.training()[0]
    nursery = parent_of(status_of(run)["process"]["pid"])
    os.kill(parent_of(nursery), signal.SIGKILL)

    assert begun.process.wait() == 0
    begun.check_all_trained_once(again=1)
    assert attempts_of(run) == 2


@pytest.mark.parametrize("begun", [FEW_LOCAL], indirect=True, ids=["local"])
def test_search_loses_nothing_when_it_is_stopped_and_gone_on_with(begun: Search) -> None:
    runs = begun.training(least=2)
    begun.process.send_signal(signal.SIGINT)

    assert begun.process.wait() == 130
    assert {read_run(run).state for run in runs} == {State.STOPPED}
    begun.start("resume=true")
    assert begun.process.wait() == 0
    begun.check_all_trained_once(again=2)


@pytest.mark.parametrize("begun", [FEW_LOCAL], indirect=True, ids=["local"])
def test_search_loses_nothing_when_it_is_killed_and_gone_on_with(begun: Search) -> None:
    runs = begun.training(least=2)
    begun.process.kill()
    begun.process.wait()
    while any(is_running(run) for run in runs):
        time.sleep(0.05)

    begun.start("resume=true")
    assert begun.process.wait() == 0
    begun.check_all_trained_once(again=2)
