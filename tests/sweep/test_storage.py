import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from textwrap import dedent

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.exc import OperationalError, ProgrammingError

from blink.contract import ConfigError, StorageError
from blink.sweep import storage as storages
from blink.sweep.job import Job
from blink.sweep.records import WORKER
from blink.sweep.storage import (
    VARIABLE,
    close_storage,
    hide_password,
    make_absolute,
    open_storage,
)
from blink.sweep.study import Study
from blink.sweep.worker import Worker
from tests.sweep.studied import GRID, metrics, open_study, sweep_config, work
from tests.sweep.worked import SCRIPT

SECRET = "postgresql://anna:hush@db.example/blink"  # noqa: S105 - nobody's
HIDDEN = "postgresql://anna:***@db.example/blink"


@pytest.fixture(autouse=True)
def _forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.delenv(VARIABLE)


def test_password_is_hidden_and_in_the_environment_when_a_url_has_one() -> None:
    assert hide_password(SECRET) == HIDDEN
    assert os.environ[VARIABLE] == SECRET
    assert hide_password(HIDDEN) == HIDDEN


def test_storage_stays_as_it_is_when_it_has_no_password() -> None:
    assert hide_password("postgresql://anna@db/blink") == "postgresql://anna@db/blink"
    assert hide_password(None) is None
    assert VARIABLE not in os.environ


def test_storage_is_refused_when_its_password_is_not_known_here(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{VARIABLE}.*pgpass"):
        open_storage(HIDDEN, tmp_path)


def test_storage_is_refused_without_its_password_when_it_is_no_url() -> None:
    with pytest.raises(ConfigError, match="no URL") as refusal:
        hide_password("anna:hush@db")
    assert "hush" not in str(refusal.value)


def test_storage_tells_no_password_when_it_cannot_be_reached(tmp_path: Path) -> None:
    storage = hide_password("postgresql://anna:hush@127.0.0.1:1/blink")
    with pytest.raises(StorageError, match=r"anna:.*cannot be opened") as refusal:
        open_storage(storage, tmp_path)
    assert "hush" not in str(refusal.value)


def test_storage_names_the_extra_when_the_driver_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"blink\[postgresql\]"):
        open_storage("postgresql://anna@127.0.0.1:1/blink", tmp_path)


def test_storage_is_any_database_when_a_url_names_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    study = optuna.create_study(storage=open_storage(url, tmp_path), study_name="s")
    study.add_trial(create_trial(value=1.5))
    close_storage(study._storage)
    again = optuna.load_study(storage=open_storage(url, tmp_path), study_name="s")
    assert again.best_value == 1.5
    close_storage(again._storage)


def opened_after(failures: int, fault: Exception, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes a database fail so often; returns the tries that are made."""
    tries: list[str] = []
    begin = RDBStorage.__init__

    def begin_or_fail(made: RDBStorage, url: str, **_: object) -> None:
        tries.append(url)
        if len(tries) <= failures:
            raise fault
        begin(made, "sqlite://")

    monkeypatch.setattr(RDBStorage, "__init__", begin_or_fail)
    monkeypatch.setattr(storages, "_PAUSE", 0.0)
    return tries


IN_THE_WAY = ProgrammingError("CREATE TABLE studies", {}, Exception("it exists already"))
"""What PostgreSQL says when another machine makes the same table."""


@pytest.mark.parametrize("fault", [IN_THE_WAY, StorageInternalError("commit")])
def test_storage_is_opened_when_others_make_its_tables_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    tries = opened_after(9, fault, monkeypatch)
    close_storage(open_storage("sqlite:///s.db", tmp_path))
    assert tries == ["sqlite:///s.db"] * 10


OUT_OF_REACH = OperationalError(None, None, Exception("it"))


@pytest.mark.parametrize(
    ("url", "fault", "most", "ways"),
    [
        ("sqlite:///s.db", IN_THE_WAY, 10, r"Does its folder exist, .* resume=true goes on\."),
        ("sqlite:///s.db", OUT_OF_REACH, 1, r"Does its folder exist, and .* write there\?"),
        ("mysql://h/s.db", IN_THE_WAY, 10, r"Is its server up, .* resume=true goes on\."),
        ("mysql://h/s.db", OUT_OF_REACH, 1, r"Is its server up, and .* make tables there\?"),
    ],
)
def test_storage_names_the_way_out_when_it_cannot_be_opened(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    fault: Exception,
    most: int,
    ways: str,
) -> None:
    tries = opened_after(10, fault, monkeypatch)
    with pytest.raises(StorageError, match=rf"s.db cannot be opened: it[^.]*\. {ways}$"):
        open_storage(url, tmp_path)
    assert len(tries) == most  # a server that is out of reach keeps nobody waiting


@pytest.mark.parametrize(
    ("storage", "absolute"),
    [
        ("sqlite:///s.db", "sqlite:///{here}/s.db"),
        ("sqlite:////tmp/s.db", "sqlite:////tmp/s.db"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///file:s.db?uri=true", "sqlite:///file:s.db?uri=true"),
        (SECRET, SECRET),
        (None, None),
    ],
)
def test_storage_is_the_same_from_any_folder_when_it_was_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str | None, absolute: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    assert make_absolute(storage) == (absolute and absolute.format(here=tmp_path))


@pytest.fixture
def server() -> Iterator[str]:
    """URL of a PostgreSQL of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(path).parent for path in [shutil.which("initdb")] if path
    ]
    if not found:
        pytest.skip("there is no PostgreSQL server on this machine: initdb was not found")
    user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if shutil.which("runuser") is None or _runs(["id", "postgres"]):
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        user = ["runuser", "-u", "postgres", "--"]
    data = Path(tempfile.mkdtemp())  # not below tmp_path, which pytest closes to other users
    if user:
        shutil.chown(data, "postgres")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tool = [*user, str(found[-1] / "pg_ctl"), "-D", str(data / "db")]
    setup = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    _must([*tool, "-o", "-A trust -U blink -N", "init"])
    _must([*tool, "-w", "-l", str(data / "log"), "-o", setup, "start"], data / "log")
    try:
        yield f"postgresql://blink:hush@127.0.0.1:{port}/postgres"
    finally:
        _must([*tool, "-w", "-m", "immediate", "stop"])
        shutil.rmtree(data)


def _runs(command: list[str]) -> int:
    return subprocess.run(command, capture_output=True, check=False).returncode


def _must(command: list[str], *logs: Path) -> None:
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd="/"
    )
    assert done.returncode == 0, [*command, *(p.read_text() for p in logs if p.is_file())]


@pytest.mark.long
def test_study_is_worked_off_once_when_it_lives_in_postgresql(tmp_path: Path, server: str) -> None:
    storage = hide_password(server)
    first = open_study(tmp_path / "one", storage=storage, sampler=GRID)
    second = open_study(tmp_path / "two", resume=True, storage=storage, sampler=GRID)
    given = [*work(first, most=1), *work(second, most=1), *work(first), *work(second)]
    trials = second.records.all()
    assert len(given) == 4
    assert len({tuple(sorted(trial.params.items())) for trial in trials}) == 4
    assert all(trial.state.name == "COMPLETE" for trial in trials)
    first.close()
    second.close()


def worker(job: Job) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        Worker(job, threads=1).work()
        code = 0
    finally:
        os._exit(code)


def kill_while_it_trains(pid: int, study: Study) -> FrozenTrial:
    """Kills a worker as soon as a run of it trains; returns its trial."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for trial in study.records.all():
            is_its = trial.user_attrs.get(WORKER, {}).get("pid") == pid
            if (
                is_its
                and not trial.state.is_finished()
                and any(one.read_text() for one in study.folders(trial)[0].glob("attempts"))
            ):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return trial
        time.sleep(0.02)
    return pytest.fail("it never trained")


@pytest.mark.long
def test_workers_share_a_study_in_postgresql_when_one_of_them_is_killed(
    tmp_path: Path, server: str
) -> None:
    folder, script = tmp_path / "study", tmp_path / "train.py"
    script.write_text(dedent(SCRIPT).replace('"{}"', repr(json.dumps(metrics(0.75, 10.0)))))
    budget = {"trials": 6, "hours": None}
    config = sweep_config(
        hide_password(server), sampler=GRID, fixed=["data=few", "seconds=1"], budget=budget
    )
    Study.open(config, folder, resume=False).close()
    job = Job(partial(Study.open, config, folder, resume=True), folder, script)
    doomed, other = worker(job), worker(job)
    with closing(job.open_study()) as study:
        assert isinstance(study, Study)
        lost = kill_while_it_trains(doomed, study)
        assert os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]) == 0
        trials = study.records.all()

    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    assert len({tuple(sorted(trial.params.items())) for trial in complete}) == 6
    assert len(complete) == 6
    assert [trial.number for trial in trials if trial.state is TrialState.FAIL] == [lost.number]
    attempts = {
        one.name: len((one / "attempts").read_text().split()) for one in folder.glob("trials/*/")
    }
    assert attempts.pop(f"{lost.number:05d}-seed0") == 2
    assert [*attempts.values()] == [1] * 5
