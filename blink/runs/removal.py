"""Runs that go: deleted, or into an archive."""

import hashlib
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import IO, Any, Final

from filelock import FileLock, Timeout

from blink.contract import ConfigError, StorageError, atomic_file
from blink.runs.run import Run, find_runs
from blink.runs.state import State
from blink.runs.watching import LOCK

_GONE: Final = ".deleted-"
"""How the name of a folder begins whose deletion has begun."""
_NO_PATH: Final = re.compile(r"[\s=,\[\]{}'\"]+")
"""What stands around the paths within a command."""


def refuse_used(runs: Iterable[Run], root: Path) -> None:
    """Refuses runs that are running, or that a running run names in its config, as a teacher.

    Raises:
        ConfigError: Names the first.
    """
    busy = [run for run in find_runs(root) if run.state is State.RUNNING]
    named = {run.folder: list(_paths(run.config)) for run in busy}
    for run in runs:
        if run.state is State.RUNNING:
            who = run.status.process if run.status is not None else "a process"
            raise ConfigError(
                f"{run.folder} is running ({who}). Stop it with Ctrl-C where it was started, or "
                "wait until it has ended."
            )
        for other, paths in named.items():
            if any(_is_within(run, path) for path in paths):
                raise ConfigError(
                    f"{run.folder} is used by {other}, which is running and names it in its "
                    "config. Wait until that has ended."
                )


def remove(run: Run) -> None:
    """Deletes a run: first its name, so that no half of it is ever shown, then what it holds.

    What a search kept of its output beside it, and what an earlier deletion left there that was
    killed, goes too.

    Raises:
        ConfigError: It is running.
        StorageError: It is another user's, or on a disk that cannot be written to.
    """
    folder = run.folder.absolute()
    gone = folder.with_name(f"{_GONE}{secrets.token_hex(4)}-{folder.name}")
    output = _output(folder)
    with _held(run):
        try:
            if output.is_file():  # first: a deletion that is killed here is ended by the same again
                output.rename(folder / output.name)
            folder.rename(gone)
        except OSError as error:
            raise _refused(folder, "deleted", error) from error
    for left in folder.parent.glob(f"{_GONE}*"):
        try:
            shutil.rmtree(left)
        except FileNotFoundError:  # somebody else is at it
            continue
        except OSError as error:
            raise _refused(left, "deleted", error) from error
    with suppress(OSError):  # the last run of its day
        folder.parent.rmdir()


def archive(run: Run, place: Path) -> Path:
    """Packs a run into `<its name>.tar.gz`, reads that back, and deletes the folder.

    What a search kept of its output beside it lies beside it in the archive, too.

    Before the name of a trial stands that of its study, since each has a `00000-seed0`.

    Args:
        run: One that is not running.
        place: Folder of the archive.

    Returns:
        The archive. To have the run again: `tar xzf ARCHIVE -C FOLDER`.

    Raises:
        ConfigError: There is such an archive, or the run is running.
        StorageError: The disk is full, or the archive does not read as it was written; the run
            stays.
    """
    folder = run.folder.absolute()
    name = folder.name if run.study is None else f"{run.study}-{folder.name}"
    path = place / f"{name}.tar.gz"
    if path.exists():
        raise ConfigError(f"{path} is there already. Move it, or name another folder with --to.")
    with _held(run), atomic_file(path) as temporary:
        try:
            with tarfile.open(temporary, "x:gz") as packed:
                for one in _contents(folder):
                    packed.add(one, one.relative_to(folder.parent), recursive=False)
        except PermissionError as error:
            raise _refused(folder, "read", error) from error
        _compare(temporary, folder)
    remove(run)
    return path


def _contents(folder: Path) -> Iterator[Path]:
    yield folder
    yield from sorted(path for path in folder.rglob("*") if path != folder / LOCK)
    if (output := _output(folder)).is_file():
        yield output


def _output(folder: Path) -> Path:
    """Where a search keeps what a trial says."""
    return folder.with_name(f"{folder.name}.out")


def _compare(path: Path, folder: Path) -> None:
    """Holds an archive, as it reads, against the folder."""
    expected = {str(one.relative_to(folder.parent)): _digest(one) for one in _contents(folder)}
    found: dict[str, str] = {}
    with tarfile.open(path, "r:gz") as packed:
        for member in packed:
            is_file = member.isreg() or member.islnk()  # a file of two names is stored once
            content = packed.extractfile(member) if is_file else None
            found[member.name] = _hash(content) if content is not None else member.linkname
    if found != expected:
        odd = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
        raise StorageError(
            f"The archive does not hold what {folder} does ({odd[0]} differs), so the run stays. "
            "Somebody may be writing to it; else look after the disk, and try again."
        )


def _digest(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    if path.is_dir():
        return ""
    with path.open("rb") as file:
        return _hash(file)


def _hash(file: IO[bytes]) -> str:
    # What tarfile calls IO is a buffered reader.
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


@contextmanager
def _held(run: Run) -> Iterator[None]:
    """Nobody goes on with the run meanwhile."""
    try:
        held = FileLock(run.folder / LOCK).acquire(timeout=0)
    except Timeout:
        raise ConfigError(f"{run.folder} is being run. Wait until that has ended.") from None
    except OSError as error:
        raise _refused(run.folder, "changed", error) from error
    with held:
        yield


def _refused(path: Path, done: str, error: OSError) -> StorageError:
    owner = ""
    with suppress(OSError, KeyError, NotImplementedError):
        owner = f"; it is {path.owner()}'s"
    return StorageError(f"{path} cannot be {done}: {error.strerror}{owner}.")


def _paths(config: Any) -> Iterator[PurePath]:
    """What a config says that may be a path, wherever it stands in it."""
    if isinstance(config, dict):
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _paths(part)
    elif isinstance(config, str):
        yield from map(PurePath, [config, *_NO_PATH.split(config)])


def _is_within(run: Run, path: PurePath) -> bool:
    """Whether a path leads into a run's folder; a bare name, as of a net, does not."""
    # Every study has a folder `00000-seed0`.
    wanted = (run.id,) if run.study is None else (run.study, "trials", run.id)
    starts = range(len(path.parts) - len(wanted) + 1)
    return len(path.parts) > 1 and any(path.parts[at : at + len(wanted)] == wanted for at in starts)
