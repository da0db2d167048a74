import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from blink.contract import CORES, BlinkError, ConfigError, cores
from blink.latency.slot import VARIABLE
from blink.sweep import crew
from blink.sweep.job import Job
from blink.sweep.launchers import Local, Ray, Slurm
from tests.sweep.worked import Folder, check_all_trained_once, folder_of


class Refusing(Folder):
    """A study that cannot be opened."""

    def adopt(self) -> None:
        raise ConfigError("The search has another space than the study.")


class Dying(Folder):
    """A study whose workers do not live."""

    def adopt(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def launched(job: Job) -> int:
    """A process that works the job off as a command would; its status is 130 after Ctrl-C."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        Local(processes=2)(job)
        code = 0
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)


def status(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def has_runs(study: Folder, number: int) -> bool:
    return sum(study.attempts(trial) > 0 for trial in range(len(study.trials))) >= number


@pytest.mark.parametrize("restarts", [-1, 2.5])
@pytest.mark.parametrize("launcher", [Local, partial(Ray, 2), partial(Slurm, print, 2)])
def test_launcher_is_refused_when_its_restarts_would_never_be_used_up(
    launcher: Callable[..., object], restarts: float
) -> None:
    with pytest.raises(ConfigError, match=f"restarts is {restarts}; it is a whole number from 0"):
        launcher(restarts=restarts)


def test_local_trains_each_trial_once_when_a_worker_is_killed(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", *[["seconds=0.5"]] * 8)
    pid = launched(job)

    killed = study.kill_a_worker()

    assert status(pid) == 0
    check_all_trained_once(study, killed)
    assert "A worker died (status -9); another one" in (study.path / "sweep.log").read_text()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_local_leaves_trials_to_be_gone_on_with_when_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    study, job = folder_of(tmp_path / "study", *[["seconds=60"]] * 3)
    pid = launched(job)
    study.wait_for(lambda _: has_runs(study, 2))
    os.kill(pid, number)

    assert status(pid) == 130
    assert [trial["state"] for trial in study.trials] == ["running", "running", "waiting"]
    for run in study.path.glob("trials/*/attempts"):
        assert not Path(f"/proc/{run.read_text().strip()}").exists()
    said = (study.path / "trials" / "00000-seed0.out").read_text()
    assert "KeyboardInterrupt" in said  # not killed: it could have said goodbye


@pytest.mark.long
def test_local_leaves_nobody_behind_when_it_is_killed(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["seconds=60"], ["seconds=60"])
    pid = launched(job)
    study.wait_for(lambda _: has_runs(study, 2))
    workers = [trial["worker"] for trial in study.trials]
    runs = [int(run.read_text()) for run in study.path.glob("trials/*/attempts")]
    os.kill(pid, signal.SIGKILL)
    status(pid)

    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{one}").exists() for one in [*workers, *runs]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_local_says_where_to_look_when_the_study_is_refused(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])

    with pytest.raises(BlinkError, match=r"sweep\.log says why"):
        Local(processes=1)(Job(partial(Refusing, study.path), job.folder, job.script))

    said = (study.path / "sweep.log").read_text()
    assert said.count("The search has another space than the study.") == 1


@pytest.mark.long
def test_local_gives_up_when_workers_die_again_and_again(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])

    with pytest.raises(BlinkError, match="its workers failed"):
        Local(processes=1, restarts=2)(Job(partial(Dying, study.path), job.folder, job.script))

    said = (study.path / "sweep.log").read_text()
    assert said.count("another one takes its place") == 2
    assert said.count("too many had died before it") == 1


def test_local_says_why_when_the_script_cannot_be_loaded(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    job.script.write_text("import no_such_module")

    with pytest.raises(BlinkError, match=r"sweep\.log says why"):
        Local(processes=1)(job)

    assert "No module named 'no_such_module'" in (study.path / "sweep.log").read_text()


@pytest.mark.parametrize(
    ("launcher", "named"),
    [
        (partial(Local, processes=0), "processes is 0"),
        (partial(Local, threads=0), "threads is 0"),
        (partial(Slurm, print, 0), "workers is 0"),
        (partial(Slurm, print, 2, processes=-1), "processes is -1"),
        (partial(Ray, 0), "workers is 0"),
        (partial(Ray, 2, cpus=0), "cpus is 0"),
    ],
)
def test_launcher_is_refused_when_it_shall_run_nothing(
    launcher: Callable[[], object], named: str
) -> None:
    with pytest.raises(ConfigError, match=f"launcher.{named}; it is a whole number from 1"):
        launcher()


def test_crew_leaves_each_trial_as_many_cores_as_threads_when_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "slot"))
    monkeypatch.setenv(CORES, "64")

    with crew._environment(threads=3):
        assert cores() == 3
        assert os.environ["OMP_NUM_THREADS"] == "3"
    assert cores() == 64


def test_crew_starts_nobody_when_its_launcher_died_before_it_was_ready(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    pid = os.fork()
    if pid == 0:
        try:
            crew._Lead(job, 1, 0, launcher=os.getpid()).lead(1)  # nobody is his own parent
        finally:
            os._exit(0)

    assert status(pid) == -signal.SIGKILL
    assert study.trials[0]["state"] == "waiting"


def test_local_names_the_way_out_when_the_slot_is_another_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    (tmp_path / "slot").write_text("no folder")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "slot"))

    with pytest.raises(ConfigError, match=r"slot cannot be used .*BLINK_SLOT"):
        Local(processes=1)(job)

    assert study.trials[0]["state"] == "waiting"
    assert os.environ[VARIABLE] == str(tmp_path / "slot")


def test_crew_starts_nobody_when_it_was_stopped_while_it_was_loading(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    lead = crew._Lead(job, 1, 0, launcher=os.getppid())
    lead.hear(signal.SIGTERM, None)

    assert lead.lead(1) == crew._STOPPED
    assert study.trials[0]["state"] == "waiting"
