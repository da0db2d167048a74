"""The journal of a study: a line of JSON for all that ever happened to it, and a snapshot of it.

It is Optuna's `JournalFileBackend` in grammar, so that Optuna's own tools read it, but for three
things. A line that a killed process left half-written is cut off before the next one is written;
there it would spoil the next. The lock is the kernel's, which frees it when its holder is killed;
there one waits for half a minute. And what was replayed once is kept in a snapshot.
"""

import gc
import hashlib
import json
import os
import pickle
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sys import intern
from typing import IO, Any, Final

import optuna
from filelock import FileLock
from optuna.storages.journal import BaseJournalBackend, JournalStorage
from optuna.storages.journal._base import BaseJournalSnapshot

from blink.contract import StorageError, atomic_file, is_full

_WORTH_KEEPING: Final = 2000
"""So many lines that had to be replayed are worth a new snapshot; that takes a tenth of it."""

_TAIL: Final = 4096
"""Bytes before a snapshot's place in the journal by which it is known to belong to it."""


class Journal(BaseJournalBackend, BaseJournalSnapshot):
    """A journal in a file, which any number of processes read and write.

    Args:
        path: Where it is; made when it is missing. Its lock and its snapshot lie beside it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._snapshot = path.with_suffix(".snapshot")
        self._lock = FileLock(path.with_suffix(".lock"))
        self._number = 0  # of the next line to be read
        self._offset = 0  # where it begins
        self._kept = 0  # the number up to which the snapshot goes
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._held = os.open(path, os.O_RDONLY)  # or another file might be given its inode
        weakref.finalize(self, os.close, self._held)

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Yields what was written since, whole lines only.

        Raises:
            StorageError: Another journal, or none, lies in its place.
        """
        if log_number_from != self._number:
            self._number = self._offset = 0
        with self._opened("rb") as file:
            file.seek(self._offset)
            data = file.read()
        begin = 0
        while (end := data.find(b"\n", begin)) >= 0:
            log = _parse(data[begin:end])
            self._offset += end + 1 - begin
            begin = end + 1
            if log is None:
                continue
            self._number += 1
            if self._number > log_number_from:
                yield log

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Writes lines that are there for good once this returns.

        Raises:
            StorageError: The disk is full, or another journal, or none, lies in its place; nothing
                was written then.
        """
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self._opened("rb"):  # or the lock would make the folder again that was moved away
            pass
        with self._lock, self._opened("rb+") as file:
            end = _cut_off_what_is_half(file.fileno())
            try:
                _write(file.fileno(), lines.encode(), end)
            except OSError as error:
                with suppress(OSError):
                    os.ftruncate(file.fileno(), end)
                raise _explain(self._path, error) from error

    def load_snapshot(self) -> bytes | None:
        """The snapshot, where there is one of this journal that only this user can have written."""
        try:
            with self._snapshot.open("rb") as file:
                found = os.fstat(file.fileno())
                head = json.loads(file.readline())
                content = file.read()
            if found.st_uid != os.getuid() or found.st_mode & 0o022:
                return None  # unpickling runs whatever somebody else has put there
            if head["optuna"] != optuna.__version__ or head["tail"] != self._tail(head["offset"]):
                return None
            if head["content"] != hashlib.sha256(content).hexdigest():
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self._number = self._kept = head["number"]
        self._offset = head["offset"]
        return content

    def save_snapshot(self, snapshot: bytes) -> None:
        """Does nothing: Optuna asks for it in the middle of asking for trials; see `keep`."""

    def keep(self, storage: JournalStorage) -> None:
        """Writes a snapshot of what was replayed, if that has become much.

        Raises:
            StorageError: The disk is full, or another journal, or none, lies in its place.
        """
        if self._number - self._kept < _WORTH_KEEPING:
            return
        with storage._thread_lock:
            content, number, offset = self._pickled(storage), self._number, self._offset
        head = {
            "optuna": optuna.__version__,
            "number": number,
            "offset": offset,
            "tail": self._tail(offset),
            "content": hashlib.sha256(content).hexdigest(),
        }
        with atomic_file(self._snapshot) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_bytes(json.dumps(head).encode() + b"\n" + content)
        self._kept = number

    def _pickled(self, storage: JournalStorage) -> bytes:
        _share_what_is_equal(storage)
        return pickle.dumps(storage._replay_result, protocol=5)

    @contextmanager
    def _opened(self, mode: str) -> Iterator[IO[bytes]]:
        """The journal that this one was made for, not what has come into its place meanwhile."""
        try:
            file = self._path.open(mode)
        except FileNotFoundError:
            raise _replaced(self._path) from None
        with file:
            if not os.path.sameopenfile(file.fileno(), self._held):
                raise _replaced(self._path)
            yield file

    def _tail(self, offset: int) -> str:
        with self._opened("rb") as file:
            file.seek(max(0, offset - _TAIL))
            return hashlib.sha256(file.read(min(offset, _TAIL))).hexdigest()


def open_journal(path: Path) -> JournalStorage:
    """The storage of a study in a file.

    Raises:
        StorageError: The file cannot be made or read.
    """
    try:
        journal = Journal(path)
        with _no_collection():
            storage = JournalStorage(journal)
        journal.keep(storage)
    except StorageError:
        raise
    except OSError as error:
        raise _explain(path, error) from error
    return storage


@contextmanager
def _no_collection() -> Iterator[None]:
    """A million new objects are no reason to look for garbage, neither now nor later."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _share_what_is_equal(storage: JournalStorage) -> None:
    """Each trial has copies of its own of names and distributions; shared, they load in half."""
    known: dict[Any, dict[str, Any]] = {}

    def shared(value: Any) -> Any:
        return known.setdefault(repr(value), value) if isinstance(value, dict) else value

    for trial in storage._replay_result._trials.values():
        kinds = {intern(name): kind for name, kind in trial.distributions.items()}
        trial.distributions = known.setdefault(tuple(kinds.items()), kinds)
        trial.params = {intern(name): value for name, value in trial.params.items()}
        trial.user_attrs = {intern(name): shared(v) for name, v in trial.user_attrs.items()}


def _parse(line: bytes) -> dict[str, Any] | None:
    """A line that cannot be read was half-written, and run into by a program other than Blink."""
    try:
        log = json.loads(line)
    except ValueError:
        return None
    return log if isinstance(log, dict) else None


def _cut_off_what_is_half(file: int) -> int:
    """Where the last whole line ends; what stands behind it nobody has ever read."""
    end = os.fstat(file).st_size
    place = end
    while place:
        size = min(place, 1 << 16)
        found = os.pread(file, size, place - size).rfind(b"\n")
        if found >= 0:
            place += found + 1 - size
            break
        place -= size
    if place < end:
        os.ftruncate(file, place)
    return place


def _write(file: int, data: bytes, offset: int) -> None:
    while data:
        written = os.pwrite(file, data, offset)
        data, offset = data[written:], offset + written
    os.fsync(file)


def _replaced(path: Path) -> StorageError:
    return StorageError(
        f"The study's journal was replaced or moved away: {path} is not the one that was opened. "
        "Nothing more is written to it. Move it back, and go on with resume=true."
    )


def _explain(path: Path, error: OSError) -> StorageError:
    way_out = " Free some space, then go on with resume=true." if is_full(error) else ""
    return StorageError(f"Cannot write the study's journal {path}: {error.strerror}.{way_out}")
