import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from blink.contract import BlinkError, ConfigError
from blink.sweep.job import Job
from blink.sweep.launchers import Slurm, slurm
from tests.sweep.worked import check_all_trained_once, folder_of, parent_of


class FakeJob:
    """A job that has ended, in one way or the other."""

    def __init__(self, number: int, fault: Exception | None) -> None:
        self.job_id, self._fault = str(number), fault

    def done(self) -> bool:
        return True

    def exception(self) -> Exception | None:
        return self._fault


class FakeExecutor:
    """Hands out jobs whose ends are known."""

    def __init__(self, *faults: Exception | None, folder: Path) -> None:
        self._faults, self.folder = list(faults), folder
        self.submitted = 0

    def update_parameters(self, **parameters: Any) -> None:
        if "partition" in parameters:
            raise NameError("Unknown argument 'partition'")

    def batch(self) -> "FakeExecutor":
        return self

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

    def submit(self, shift: slurm.Shift) -> FakeJob:
        assert isinstance(shift, slurm.Shift)
        self.submitted += 1
        return FakeJob(self.submitted, self._faults.pop(0))


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(slurm, "LOOK", 0)
    return folder_of(tmp_path / "study", ["a=1"])[1]


def test_slurm_submits_another_job_when_one_died(job: Job) -> None:
    made = []

    def executor(folder: Path) -> FakeExecutor:
        made.append(FakeExecutor(RuntimeError("node failure"), None, None, folder=folder))
        return made[0]

    Slurm(executor, workers=2)(job)

    assert made[0].submitted == 3
    assert made[0].folder == job.folder / "slurm"


def test_slurm_gives_up_when_jobs_die_again_and_again(job: Job) -> None:
    faults = [RuntimeError("node failure")] * 3

    with pytest.raises(BlinkError, match="Job 3 failed, as others before it: node failure"):
        Slurm(partial(FakeExecutor, *faults), workers=1, restarts=2)(job)


def test_slurm_says_what_is_wrong_when_submitit_knows_no_such_parameter(job: Job) -> None:
    with pytest.raises(ConfigError, match=r"launcher=slurm as it is configured.*'partition'"):
        Slurm(FakeExecutor, workers=1, parameters={"partition": "gpu"})(job)


@pytest.fixture
def local() -> Slurm:
    """Two workers by submitit's own stand-in for SLURM."""
    submitit = pytest.importorskip("submitit")
    return Slurm(
        partial(submitit.AutoExecutor, cluster="local"), workers=2, parameters={"timeout_min": 5}
    )


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*chmod:UserWarning")
def test_slurm_trains_each_trial_once_when_a_job_is_killed(tmp_path: Path, local: Slurm) -> None:
    study, job = folder_of(tmp_path / "study", *[["seconds=1"]] * 8)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            local(job)
            code = 0
        finally:
            os._exit(code)
    killed = study.kill_a_worker(generations=2)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    check_all_trained_once(study, killed)


@pytest.mark.long
def test_slurm_goes_on_with_a_trial_when_its_machine_is_wanted_back(
    tmp_path: Path, local: Slurm
) -> None:
    study, job = folder_of(tmp_path / "study", *[["seconds=3"]] * 3)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            local(job)
            code = 0
        finally:
            os._exit(code)
    study.wait_for(lambda _: (study.run(0) / "attempts").exists())
    os.kill(parent_of(parent_of(study.trials[0]["worker"])), signal.SIGUSR2)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    check_all_trained_once(study, killed=0)
    assert "KeyboardInterrupt" in study.run(0).with_name("00000-seed0.out").read_text()
    said = "".join(path.read_text() for path in (study.path / "slurm").glob("*_log.*"))
    assert said.count("Requeued job") == 1
