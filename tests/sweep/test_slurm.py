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
    """A job that has ended, in one way or the other; or a few looks after it was cancelled."""

    def __init__(self, number: int, fault: BaseException | str | None) -> None:
        self.job_id, self._fault = str(number), fault
        self.events: list[str] = []
        self._looks = 0

    def done(self, force_check: bool = False) -> bool:
        if self._fault != "endless":
            return True
        if "cancelled" not in self.events:
            return False
        assert force_check
        self._looks += 1
        if self._looks == 3:
            self.events.append("ended")
        return self._looks >= 3

    def cancel(self, check: bool = True) -> None:
        assert not check  # or what had just ended would be an error
        self.events.append("cancelled")

    def exception(self) -> BaseException | None:
        assert not isinstance(self._fault, str)
        if isinstance(self._fault, KeyboardInterrupt):
            raise self._fault
        return self._fault


class FakeExecutor:
    """Hands out jobs whose ends are known."""

    def __init__(self, *faults: BaseException | str | None, folder: Path) -> None:
        self._faults, self.folder = list(faults), folder
        self.jobs: list[FakeJob] = []

    def update_parameters(self, **parameters: Any) -> None:
        if "partition" in parameters:
            raise NameError("Unknown argument 'partition'")

    def batch(self) -> "FakeExecutor":
        return self

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

    def submit(self, shift: slurm.Shift) -> FakeJob:
        assert isinstance(shift, slurm.Shift)
        self.jobs.append(FakeJob(len(self.jobs) + 1, self._faults.pop(0)))
        return self.jobs[-1]


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

    assert len(made[0].jobs) == 3
    assert made[0].folder == job.folder / "slurm"


def test_slurm_gives_up_when_jobs_die_again_and_again(job: Job) -> None:
    faults = [RuntimeError("node failure")] * 3

    with pytest.raises(BlinkError, match="Job 3 failed, as others before it: node failure"):
        Slurm(partial(FakeExecutor, *faults), workers=1, restarts=2)(job)


@pytest.mark.parametrize("end", [KeyboardInterrupt(), RuntimeError("node failure")])
def test_slurm_waits_for_the_jobs_that_it_cancels_when_it_ends_early(
    job: Job, end: BaseException
) -> None:
    made = []

    def executor(folder: Path) -> FakeExecutor:
        made.append(FakeExecutor(end, "endless", folder=folder))
        return made[0]

    with pytest.raises((KeyboardInterrupt, BlinkError)):
        Slurm(executor, workers=2, restarts=0)(job)

    assert made[0].jobs[1].events == ["cancelled", "ended"]


def test_slurm_says_which_jobs_still_run_when_they_do_not_end(
    job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slurm, "GRACE", 0)

    with pytest.raises(BlinkError):
        Slurm(partial(FakeExecutor, RuntimeError("gone"), "endless"), workers=2, restarts=0)(job)

    assert "Jobs 2 still run" in caplog.text


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


def forked(launch: Slurm, job: Job) -> int:
    """The process that works the job off; its exit status is 0 if that went well."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            launch(job)
            code = 0
        finally:
            os._exit(code)
    return pid


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*chmod:UserWarning")
def test_slurm_trains_each_trial_once_when_a_job_is_killed(tmp_path: Path, local: Slurm) -> None:
    study, job = folder_of(tmp_path / "study", *[["seconds=1"]] * 8)
    pid = forked(local, job)
    killed = study.kill_a_worker(generations=2)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    check_all_trained_once(study, killed)


@pytest.mark.long
def test_slurm_goes_on_with_a_trial_when_its_machine_is_wanted_back(
    tmp_path: Path, local: Slurm
) -> None:
    study, job = folder_of(tmp_path / "study", *[["seconds=3"]] * 3)
    pid = forked(local, job)
    study.wait_for(lambda _: study.attempts(0) > 0)
    os.kill(parent_of(parent_of(study.trials[0]["worker"])), signal.SIGUSR2)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    check_all_trained_once(study, killed=0)
    assert "KeyboardInterrupt" in study.run(0).with_name("00000-seed0.out").read_text()
    said = "".join(path.read_text() for path in (study.path / "slurm").glob("*_log.*"))
    assert said.count("Requeued job") == 1
