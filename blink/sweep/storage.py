"""Where a study lives: a journal in its folder, or a database that several machines reach."""

import os
import time
from pathlib import Path
from typing import Final

from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, RDBStorage, get_storage
from optuna.storages.journal import JournalStorage
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from blink.contract import ConfigError, StorageError
from blink.sweep.journal import Journal, open_journal

JOURNAL: Final = "study.journal"

VARIABLE: Final = "BLINK_STORAGE"
"""Environment variable that holds the URL where it has a password, which no file may hold."""

_HIDDEN: Final = "***"

_TRIES: Final = 10
_PAUSE: Final = 0.2
"""Seconds between two of them."""


def make_absolute(storage: str | None) -> str | None:
    """The storage as it is reached from any folder: workers stand in another one than the command.

    Raises:
        ConfigError: It is no URL.
    """
    if storage is None:
        return None
    url = _parse(storage)
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    if not is_file or str(url.database).startswith("file:"):  # SQLite's own URL
        return storage
    return url.set(database=str(Path(str(url.database)).resolve())).render_as_string(
        hide_password=False
    )


def hide_password(storage: str | None) -> str | None:
    """The storage as it may be shown and written down.

    A URL that has a password is put, whole, into the environment, from where this process and those
    that it starts take it.

    Raises:
        ConfigError: It is no URL.
    """
    if storage is None or _HIDDEN in storage:
        return storage
    url = _parse(storage)
    if url.password is None:
        return storage
    os.environ[VARIABLE] = storage
    return url.render_as_string(hide_password=True)


def open_storage(storage: str | None, folder: Path) -> BaseStorage:
    """Opens the storage of a study, and makes it where there is none.

    Args:
        storage: URL of a database, its password hidden or not; None for a journal in the folder.
        folder: Of the study.

    Raises:
        ConfigError: It is no URL, its password or its driver is missing.
        StorageError: It cannot be reached or written.
    """
    if storage is None:
        return open_journal(folder / JOURNAL)
    url = _parse(_whole(storage))
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    return get_storage(_connect(url))


def keep_snapshot(storage: BaseStorage) -> None:
    """Keeps what makes the next opening of a journal fast, where that has become much."""
    backend = getattr(storage, "_backend", None)
    if isinstance(storage, JournalStorage) and isinstance(backend, Journal):
        backend.keep(storage)


def close_storage(storage: BaseStorage) -> None:
    """As `keep_snapshot`; ends the connections to a database."""
    keep_snapshot(storage)
    backend = getattr(storage, "_backend", None)
    if isinstance(backend, RDBStorage):
        backend.remove_session()
        backend.engine.dispose()


def _whole(storage: str) -> str:
    if _HIDDEN not in storage:
        return storage
    whole = os.environ.get(VARIABLE)
    if whole is None or _parse(whole).render_as_string(hide_password=True) != storage:
        raise ConfigError(
            f"The password of {storage} is missing: it is written into no file. Put the whole URL "
            f"into the environment variable {VARIABLE}, or leave it out of the URL and put it "
            "into ~/.pgpass."
        )
    return whole


def _parse(storage: str) -> URL:
    try:
        return make_url(storage)
    except ArgumentError:
        raise ConfigError(
            "storage is no URL that SQLAlchemy knows. Write postgresql://USER@HOST/DATABASE, or "
            "leave it out for a journal in the study's folder."
        ) from None  # what was raised shows the password


def _connect(url: URL) -> RDBStorage:
    shown = url.render_as_string(hide_password=True)
    whole = url.render_as_string(hide_password=False)
    try:
        return _open(whole)
    except ImportError as error:
        is_postgresql = url.drivername.startswith("postgresql")
        extra = "pip install blink[postgresql]" if is_postgresql else "install it"
        raise ConfigError(f"The driver of {shown} is not installed: {extra}.") from error
    except (SQLAlchemyError, StorageInternalError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        if url.password is not None:
            reason = reason.replace(str(url.password), _HIDDEN)
        raise StorageError(
            f"{shown} cannot be opened: {reason.rstrip('.')}. {_way_out(url, error)}"
        ) from None


def _open(url: str) -> RDBStorage:
    """Those who open an empty database at once get into each other's way making the tables."""
    tries = 1
    while True:
        try:
            return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
        except (SQLAlchemyError, StorageInternalError) as error:
            if tries == _TRIES or not _was_reached(error):
                raise
        tries += 1
        time.sleep(_PAUSE)


def _was_reached(error: Exception) -> bool:
    """Whether the database itself refused something, so that another try may help."""
    if isinstance(error, DBAPIError):
        return error.statement is not None
    return isinstance(error, StorageInternalError)


def _way_out(url: URL, error: Exception) -> str:
    if url.get_backend_name() == "sqlite":
        asked = "Does its folder exist, and may this user write there?"
    else:
        asked = "Is its server up, and may this user make tables there?"
    if not _was_reached(error):
        return asked
    return (
        f"{asked} Several machines that begin a study at once may also be in each other's way: "
        "then the same command with resume=true goes on."
    )
