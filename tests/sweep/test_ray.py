import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blink.contract import BlinkError, ConfigError
from blink.sweep.job import Job
from blink.sweep.launchers import Ray
from tests.sweep.worked import Folder, check_all_trained_once, folder_of

LAUNCH = """
import pickle, sys
from pathlib import Path
from blink.sweep.launchers import Ray

if __name__ == "__main__":
    job = pickle.loads(Path(sys.argv[1]).read_bytes())
    try:
        Ray(workers=2, cluster={"include_dashboard": False, "num_cpus": 2})(job)
    except KeyboardInterrupt:
        sys.exit(130)
"""


class FakeRay:
    """As much of Ray as can be had without it: tasks run at once, and may fail."""

    class exceptions:  # noqa: N801 - a module
        class RayError(Exception): ...

    def __init__(self, fault: str | None = None) -> None:
        self.fault = fault
        self.asked: dict[str, object] = {}
        self.is_open = False

    def init(self, **options: object) -> None:
        self.is_open = True
        self.options: dict[str, Any] = options

    def shutdown(self) -> None:
        self.is_open = False

    def remote(self, **options: object) -> object:
        self.asked = options
        return lambda work: type("Task", (), {"remote": staticmethod(lambda *_: work)})

    def wait(self, waiting: list[object], **_: object) -> tuple[list[object], list[object]]:
        return waiting[:1], waiting[1:]

    def get(self, _: object) -> None:
        if self.fault:
            raise self.exceptions.RayError(self.fault)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return folder_of(tmp_path / "study", ["a=1"])[1]


def test_ray_gives_each_worker_its_share_when_it_starts_them(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setenv("BLINK_DATA", "/archives")
    monkeypatch.setenv("BLINK_STORAGE", "postgresql://user:secret@host/study")

    cluster = {"address": "auto", "runtime_env": {"env_vars": {"HOME": "/home"}}}
    Ray(workers=3, cpus=2, gpus=0.25, restarts=5, cluster=cluster)(job)

    share = {"num_cpus": 2, "num_gpus": 0.25, "max_retries": 5, "max_calls": 1}
    assert fake.asked == share
    assert fake.options["address"] == "auto"
    variables = fake.options["runtime_env"]["env_vars"]
    assert variables["HOME"] == "/home"
    assert variables["BLINK_DATA"] == "/archives"
    assert "secret" not in str(fake.options)
    assert not fake.is_open


def test_ray_says_what_came_of_the_workers_when_they_failed(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeRay(fault="the node died")
    monkeypatch.setitem(sys.modules, "ray", fake)

    with pytest.raises(BlinkError, match="2 of 2 workers failed: the node died"):
        Ray(workers=2)(job)
    assert not fake.is_open


def test_ray_names_the_extra_when_it_is_not_installed(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(ConfigError, match=r"pip install 'blink\[ray\]'"):
        Ray(workers=1)(job)


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[tuple[Folder, subprocess.Popen[bytes]]]:
    """Eight trials on a Ray of this machine."""
    pytest.importorskip("ray")
    study, job = folder_of(tmp_path / "study", *[["seconds=1"]] * 8)
    (tmp_path / "job").write_bytes(pickle.dumps(job))
    (tmp_path / "launch.py").write_text(LAUNCH)
    command = [sys.executable, str(tmp_path / "launch.py"), str(tmp_path / "job")]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment) as process:
        yield study, process
        process.kill()


@pytest.mark.long
def test_ray_trains_each_trial_once_when_a_worker_is_killed(
    launched: tuple[Folder, subprocess.Popen[bytes]],
) -> None:
    study, process = launched
    killed = study.kill_a_worker(generations=2)

    assert process.wait() == 0
    check_all_trained_once(study, killed)


@pytest.mark.long
def test_ray_leaves_trials_to_be_gone_on_with_when_it_is_stopped(
    launched: tuple[Folder, subprocess.Popen[bytes]],
) -> None:
    study, process = launched
    study.wait_for(lambda _: study.attempts(0) > 0)
    process.send_signal(signal.SIGTERM)

    assert process.wait() == 130
    states = [trial["state"] for trial in study.trials]
    assert states.count("waiting") >= 4
    assert "failed" not in states
    said = [path.read_text() for path in study.path.glob("trials/*.out")]
    assert sum("KeyboardInterrupt" in text for text in said) == states.count("running") > 0
