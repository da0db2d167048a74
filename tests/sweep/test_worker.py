import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from blink.sweep import worker as workers
from blink.sweep.assignment import Instruction
from blink.sweep.nursery import Nursery
from blink.sweep.worker import StoppedError, Worker
from tests.sweep.worked import Folder, folder_of


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LOOK", 0.02)


def test_worker_runs_every_seed_of_every_trial_when_nothing_goes_wrong(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"], ["a=2"], seeds=2)

    Worker(job, threads=3).work()

    assert [trial["state"] for trial in study.trials] == ["complete"] * 2
    runs = [study.run(trial, seed) for trial in range(2) for seed in range(2)]
    assert [(run / "attempts").read_text().count("\n") for run in runs] == [1] * 4
    assert "'threads': '3'" in (runs[0] / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("dies", "fault"),
    [
        ("memory", "failed: killed by the system (signal 9), perhaps since memory was short. "),
        ("speaking", "failed: There is no such model. (all of it: "),
        ("exception", "ValueError: loss is NaN (all of it: "),
        ("knowing", "failed: The net is too deep. (all of it: "),
    ],
)
def test_worker_records_the_fault_and_goes_on_when_a_run_dies(
    tmp_path: Path, dies: str, fault: str
) -> None:
    study, job = folder_of(tmp_path / "study", [f"dies={dies}"], ["a=1"])

    Worker(job, threads=1).work()

    first, second = study.trials
    assert first["state"] == "failed"
    assert fault in first["fault"]
    assert second["state"] == "complete"


def test_worker_stops_a_run_when_the_study_prunes_it(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["seconds=30"], ["a=1"], bad=[0], seeds=2)

    Worker(job, threads=1).work()

    assert [trial["state"] for trial in study.trials] == ["pruned", "complete"]
    assert (study.run(0) / "prune").exists()
    assert not study.run(0, seed=1).exists()
    assert study.trials[0]["watched"] > 0


def test_worker_gives_a_trial_up_when_it_takes_longer_than_allowed(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["seconds=30"])
    job = type(job)(job.open_study, job.folder, job.script, minutes=0.01)

    Worker(job, threads=1).work()

    assert study.trials[0]["fault"] == "failed: a run took longer than 0.01 min."
    assert (study.run(0) / "fail").read_text() == "It took longer than 0.01 min."


@pytest.mark.parametrize(
    ("epochs", "seeds", "instruction"),
    [(1, 1, Instruction.PRUNE), (2, 1, Instruction.GO_ON), (2, 2, Instruction.PRUNE)],
)
def test_worker_prunes_no_more_when_all_epochs_of_the_last_run_are_over(
    tmp_path: Path, epochs: int, seeds: int, instruction: Instruction
) -> None:
    study, _ = folder_of(tmp_path / "study", ["a=1"], bad=[0], seeds=seeds)
    assignment = study.ask()
    assert assignment is not None
    curve = study.run(0) / "curves" / "version_0" / "metrics.csv"
    curve.parent.mkdir(parents=True)
    (study.run(0) / "config.yaml").write_text("trainer: {max_epochs: 2}\n")
    curve.write_text("epoch,step,val/auc\n" + "".join(f"{n},{n},0.5\n" for n in range(epochs)))

    assert workers._watching(study, assignment, study.run(0))() is instruction
    assert study.trials[0]["watched"] == epochs


def test_worker_goes_on_when_a_curve_cannot_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = folder_of(tmp_path / "study", ["a=1"], bad=[0])
    assignment = study.ask()
    assert assignment is not None
    gone = tmp_path / "gone" / "metrics.csv"
    monkeypatch.setattr(workers, "curve_files", lambda _: [gone])

    assert workers._watching(study, assignment, study.run(0))() is Instruction.GO_ON


def test_worker_leaves_the_trial_to_be_gone_on_with_when_it_is_stopped(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["seconds=30"])
    worker = Worker(job, threads=1)

    def stop() -> None:
        study.wait_for(lambda trials: (study.run(0) / "attempts").exists())
        worker.stop()

    threading.Thread(target=stop).start()
    with pytest.raises(StoppedError):
        worker.work()

    assert (study.trials[0]["state"], study.trials[0]["left"]) == ("running", 1)
    assert not (study.run(0) / "metrics.json").exists()


@pytest.mark.parametrize(("file", "trains"), [("config.yaml", True), ("metrics.json", False)])
def test_worker_goes_on_in_the_same_folder_when_a_run_was_begun_or_had_finished(
    tmp_path: Path, file: str, trains: bool
) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    study.run(0).mkdir(parents=True)
    (study.run(0) / file).write_text("{'a': 'as it was'}")

    Worker(job, threads=1).work()

    assert study.trials[0]["state"] == "complete"
    assert (study.run(0) / file).read_text() == "{'a': 'as it was'}"
    assert (study.run(0) / "attempts").exists() is trains


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    (tmp_path / "said.py").write_text(
        "import atexit, os, sys, time\n"
        "atexit.register(print, 'the end')\n"
        "print(__name__, sys.argv[1:], os.getcwd(), os.environ['BLINK_PARENT'], os.getppid())\n"
        "print(sys.stdin.read() + 'nothing to read', file=sys.stderr)\n"
        "time.sleep(float(sys.argv[1]))\n"
        "sys.exit(7)\n"
    )
    nursery = Nursery(tmp_path / "said.py")
    yield nursery
    nursery.close()


def test_nursery_runs_a_script_as_a_command_would_when_it_is_forked(
    nursery: Nursery, tmp_path: Path
) -> None:
    nursery.begin(("0", "b=2"), tmp_path / "out" / "said")

    assert nursery.ended(10) == 7
    first, second, third = (tmp_path / "out" / "said").read_text().splitlines()
    name, rest = first.split(" ", 1)
    assert name == "__main__"
    assert rest.startswith("['0', 'b=2'] ")
    assert rest.split()[-1] == rest.split()[-2]
    assert (second, third) == ("nothing to read", "the end")


SHARED = """
    import atexit, tempfile

    folder, other = tempfile.TemporaryDirectory(), tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)  # as W&B has it
"""

SHARING = """
    import pathlib, sys, tempfile

    if __name__ == "__main__":
        import shared
        own = tempfile.TemporaryDirectory()
        print(own.name)
        pathlib.Path(shared.folder.name, sys.argv[1]).touch()
"""

SHARES = """
    import pathlib, sys
    from contextlib import closing
    import shared
    from blink.sweep.nursery import Nursery

    with closing(Nursery(pathlib.Path("train.py"))) as nursery:
        for number in "01":
            out = pathlib.Path(number)
            nursery.begin((number,), out)
            assert nursery.ended(60) == 0, out.read_text()
            own = pathlib.Path(out.read_text().strip())
            assert own.is_absolute() and not own.exists()
    assert len(list(pathlib.Path(shared.folder.name).iterdir())) == 2
    assert pathlib.Path(shared.other.name).is_dir()
    print(shared.folder.name, shared.other.name)
"""


def test_nursery_keeps_what_was_made_before_the_runs_when_one_of_them_ends(tmp_path: Path) -> None:
    for name, text in {"shared.py": SHARED, "train.py": SHARING, "start.py": SHARES}.items():
        (tmp_path / name).write_text(dedent(text))
    command = [sys.executable, "start.py"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert not any(Path(folder).exists() for folder in done.stdout.split())


def test_nursery_keeps_a_signal_when_the_run_is_just_being_forked(
    nursery: Nursery, tmp_path: Path
) -> None:
    nursery.begin(("30",), tmp_path / "said")
    nursery.send(signal.SIGTERM)

    assert nursery.ended(10) == -signal.SIGTERM


def test_nursery_forgets_a_signal_when_the_run_has_ended(nursery: Nursery, tmp_path: Path) -> None:
    nursery.begin(("0",), tmp_path / "said")
    assert nursery.ended(10) == 7
    nursery.send(signal.SIGKILL)
    nursery.begin(("0",), tmp_path / "said")

    assert nursery.ended(10) == 7


def test_worker_takes_its_run_with_it_when_it_is_killed(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["seconds=60"])
    pid = os.fork()
    if pid == 0:
        try:
            Worker(job, threads=1).work()
        finally:
            os._exit(0)
    assert study.kill_a_worker() == 0
    os.waitpid(pid, 0)

    run = int((study.run(0) / "attempts").read_text())
    deadline = time.monotonic() + 30
    while Path(f"/proc/{run}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{run}").exists()
    assert Folder(study.path).trials[0]["state"] == "running"


WANDB = """
    import os, subprocess, sys, wandb

    if __name__ == "__main__":
        run = wandb.init(mode="offline", dir=sys.argv[1], settings=wandb.Settings(silent=True))
        run.log({"loss": 1.0})
        said = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True).stdout
        print(os.getpid(), sum(f"--pid {os.getpid()}" in line for line in said.splitlines()))
"""


@pytest.mark.long
def test_nursery_has_one_service_of_wandb_for_each_run_when_runs_are_forked(
    tmp_path: Path,
) -> None:
    script = tmp_path / "train.py"
    script.write_text(dedent(WANDB))
    program = f"""if True:
        from pathlib import Path
        from blink.sweep.nursery import Nursery, load
        load(Path({str(script)!r}))
        nursery = Nursery(Path({str(script)!r}))
        for number in "01":
            nursery.begin(({str(tmp_path)!r},), Path({str(tmp_path)!r}, number))
            assert nursery.ended(120) == 0
        nursery.close()
    """
    subprocess.run([sys.executable, "-c", program], check=True)

    for number in "01":
        pid, services = (tmp_path / number).read_text().split()
        assert services == "1"
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                assert f"--pid\0{pid}\0".encode() not in file.read_bytes()
    assert len(list(tmp_path.glob("wandb/offline-run-*/run-*.wandb"))) == 2
