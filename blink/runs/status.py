"""`status.json`: what a run says of itself."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from blink.contract import atomic_file
from blink.contract.record import is_number
from blink.runs.headline import Headline, read_headline
from blink.runs.process import Process, this_process
from blink.runs.state import State

FILE: Final = "status.json"
VERSION: Final = 1


@dataclass(frozen=True)
class About:
    """What a list of runs shows of one, so that it need not read a config for each.

    Attributes:
        name: As configured.
        question: What the run is to find out.
        command: What does it again.
        commit: Of the code.
        epochs: How many it is to train; None where nothing is trained.
    """

    name: str
    question: str = ""
    command: str = ""
    commit: str = ""
    epochs: int | None = None


@dataclass(frozen=True)
class Status:
    """How a run is, by its own account.

    Attributes:
        state: One of those that a run writes itself.
        started: When it first began, ISO 8601; to be shown, never to be counted with.
        about: What is shown of it.
        process: Who runs it, or did.
        reason: One line for a person; None where there is nothing to say.
        ended: When it ended; None while it is running.
        seconds: How long it ran, all attempts before the running one together.
        attempts: How often it was begun.
        headline: The figure that it is known by; None until it has finished.
    """

    state: State
    started: str
    about: About
    process: Process
    reason: str | None = None
    ended: str | None = None
    seconds: float = 0.0
    attempts: int = 1
    headline: Headline | None = None


def write_status(folder: Path, status: Status) -> None:
    """Writes it whole.

    Raises:
        StorageError: The disk is full, or the folder cannot be written to.
    """
    with atomic_file(folder / FILE) as temporary:
        temporary.write_bytes(_text(status))


def overwrite_status(folder: Path, status: Status) -> None:
    """Writes it over the one that is there, which most full disks have room for.

    Raises:
        OSError: There is none, or it cannot be written to.
    """
    with (folder / FILE).open("r+b") as file:
        file.write(_text(status))
        file.truncate()


def _text(status: Status) -> bytes:
    content = {"version": VERSION, **asdict(status)}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def note_finished(folder: Path, about: About, seconds: float) -> None:
    """Notes that a run has finished which was not under watch, since its folder stands whole.

    Args:
        folder: With its `metrics.json`, if it has one.
        about: What lists show of it.
        seconds: How long it took.

    Raises:
        StorageError: The disk is full.
    """
    ended = datetime.now().astimezone()
    started = ended - timedelta(seconds=seconds)
    status = Status(
        State.FINISHED,
        started.isoformat(timespec="seconds"),
        about,
        this_process(),
        ended=ended.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        headline=read_headline(folder),
    )
    write_status(folder, status)


def read_status(folder: Path) -> Status | None:
    """Reads it; None where there is none.

    Raises:
        ValueError: It is no such file.
        OSError: It cannot be read.
    """
    try:
        content = json.loads((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    try:
        return _parse(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / FILE} is none of Blink's: {error}") from error


def _parse(content: dict[str, Any]) -> Status:
    if content.pop("version") != VERSION:
        raise ValueError(f"status of a version other than {VERSION}")
    headline = content.pop("headline")
    status = Status(
        state=State(content.pop("state")),
        about=About(**content.pop("about")),
        process=Process(**content.pop("process")),
        headline=None if headline is None else Headline(**headline),
        **content,
    )
    numbers = (status.seconds, status.attempts, status.process.pid, status.about.epochs or 0)
    if others := [one for one in numbers if not is_number(one)]:
        raise TypeError(f"{others[0]!r} is no number")
    for moment in (status.started, status.ended):
        if moment is not None:
            datetime.fromisoformat(moment)
    return status
