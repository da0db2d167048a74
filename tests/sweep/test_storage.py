import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import optuna
import pytest
from optuna.trial import create_trial

from blink.contract import ConfigError, StorageError
from blink.sweep.storage import VARIABLE, close_storage, hide_password, open_storage
from tests.sweep.studied import GRID, open_study, work

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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """URL of a PostgreSQL of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(path).parent for path in [shutil.which("initdb")] if path
    ]
    if not found:
        pytest.skip("there is no PostgreSQL server on this machine: initdb was not found")
    data = tmp_path / "server"
    data.mkdir()
    user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if shutil.which("runuser") is None or _runs(["id", "postgres"]):
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(data, "postgres")
        for parent in [tmp_path, *tmp_path.parents[:2]]:
            parent.chmod(parent.stat().st_mode | 0o011)
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
