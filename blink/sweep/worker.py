"""A worker: asks a study for trials, runs them, and tells how they ended, until none is left."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from blink.contract import is_full
from blink.runs import CONFIG, FAIL, PRUNE, Run, State, curve_files, read_curve, read_run
from blink.sweep.assignment import Assignment, Instruction, Outcome
from blink.sweep.job import Job, Trials
from blink.sweep.nursery import Nursery
from blink.sweep.patience import Patience
from blink.sweep.space import in_hydra

log = logging.getLogger(__name__)

LOOK: Final = 1.0
"""Seconds between two looks at a run."""

GRACE: Final = 30.0
"""Seconds that a run has to end in once it was asked to."""

_STOPPED: Final = (128 + signal.SIGINT, 128 + signal.SIGTERM)
_LAST_LINES: Final = 3
_LONGEST: Final = 600


@dataclass(frozen=True)
class Ending:
    """How a run ended; well, where nothing else is said."""

    fault: str | None = None
    is_pruned: bool = False
    is_stopped: bool = False


class StoppedError(Exception):
    """A worker was told to stop, and its run has ended so that it can be gone on with."""


class Worker:
    """Works off a study, a run at a time.

    Args:
        job: What is to be done.
        threads: Of each run.
    """

    def __init__(self, job: Job, threads: int) -> None:
        self._job, self._threads = job, threads
        self._parent = os.getppid()
        self._is_stopping = False
        self._patience = Patience(job.folder, self._check)
        self._nursery = Nursery(job.script)

    def stop(self) -> None:
        """Lets the run end so that it can be gone on with, and then the work."""
        self._is_stopping = True

    def work(self) -> None:
        """Runs trials until the study has none left.

        Raises:
            StoppedError: It was told to stop.
            BlinkError: The study cannot be opened.
        """
        do = self._patience.do
        with closing(self._nursery), self._opened() as study:
            while (assignment := self._next(study)) is not None:
                try:
                    do(partial(study.tell, assignment, self._carry_out(study, assignment)))
                except StoppedError:
                    with suppress(Exception):  # a storage out of reach takes it for a death
                        study.leave(assignment)
                    raise
        self._check()

    @contextmanager
    def _opened(self) -> Iterator[Trials]:
        study = self._patience.do(self._job.open_study)
        try:
            yield study
        finally:
            try:
                study.close()
            except OSError as error:  # all that counts was told before
                if not is_full(error):
                    raise
                log.warning("%s", error)

    def _next(self, study: Trials) -> Assignment | None:
        self._check()
        self._patience.wait_for_room()
        return self._patience.do(partial(study.ask, self._check))

    def _check(self) -> None:
        """Whether it shall be at work at all."""
        self._check_parent()
        if self._is_stopping:
            raise StoppedError("Stopped between two steps of the work.")

    def _check_parent(self) -> None:
        if os.getppid() != self._parent:  # nobody would know of this worker any more
            os._exit(1)  # which the nursery and its run follow

    def _carry_out(self, study: Trials, assignment: Assignment) -> Outcome:
        trial = f"Trial {assignment.trial}"
        goes_on = any(folder.exists() for folder in assignment.folders)
        log.info("%s %s.", trial, "goes on" if goes_on else "begins")
        finished: list[Path] = []
        for folder, words in zip(assignment.folders, assignment.commands, strict=True):
            watch = _watching(study, assignment, folder) if not finished else None
            ending = self._run(folder, words, watch)
            if ending.is_stopped:
                log.info("%s was stopped; it goes on in %s.", trial, folder)
                raise StoppedError(f"Stopped within {trial}.")
            if ending.fault is not None or ending.is_pruned:
                return Outcome(tuple(finished), ending.fault, ending.is_pruned)
            finished.append(folder)
        return Outcome(tuple(finished))

    def _run(
        self, folder: Path, words: tuple[str, ...], watch: Callable[[], Instruction] | None
    ) -> Ending:
        state = read_run(folder).state
        if state is State.FINISHED or state is State.PRUNED:  # its worker died before it could tell
            return Ending(is_pruned=state is State.PRUNED)
        out = folder.with_name(f"{folder.name}.out")
        self._nursery.begin(_words(folder, words, self._threads), out)
        ending, code = self._attend(folder, watch)
        if code == 0:
            if watch is not None:
                self._patience.do(watch)  # what others are compared with reaches to the end
            return Ending()
        return ending or Ending(fault=f"failed: {_why(code, read_run(folder), out)}")

    def _attend(
        self, folder: Path, watch: Callable[[], Instruction] | None
    ) -> tuple[Ending | None, int]:
        """Waits for a run; returns what it was asked to end as, if it was, and its status."""
        asked: Ending | None = None
        began = since = time.monotonic()
        while (code := self._nursery.ended(LOOK)) is None:
            self._check_parent()
            if asked is None:
                since = time.monotonic()
                asked = self._end(folder, since - began, watch)
            elif time.monotonic() - since > GRACE:
                self._nursery.send(signal.SIGKILL)
        if asked is None and code in _STOPPED:
            time.sleep(LOOK)  # machines that are wanted back tell all processes, in any order
            asked = Ending(is_stopped=True) if self._is_stopping else None
        return asked, code

    def _end(
        self, folder: Path, seconds: float, watch: Callable[[], Instruction] | None
    ) -> Ending | None:
        """Asks a run to end if it has to; returns as what."""
        if self._is_stopping:
            self._nursery.send(signal.SIGINT)
            return Ending(is_stopped=True)
        if self._job.minutes is not None and seconds > 60 * self._job.minutes:
            with suppress(OSError):  # then it is noted as stopped
                (folder / FAIL).write_text(f"It took longer than {self._job.minutes:g} min.")
            self._nursery.send(signal.SIGTERM)
            return Ending(fault=f"failed: a run took longer than {self._job.minutes:g} min.")
        instruction = Instruction.GO_ON if watch is None else _instruction(folder, watch)
        if instruction is Instruction.GO_ON:
            return None
        self._nursery.send(signal.SIGTERM)
        if instruction is Instruction.PRUNE:
            return Ending(is_pruned=True)
        return Ending(fault="failed: its trial was given up, and somebody else goes on with it.")


def _watching(study: Trials, assignment: Assignment, folder: Path) -> Callable[[], Instruction]:
    """Shows the study the curve of a run, whenever it has grown."""
    size = 0

    def watch() -> Instruction:
        nonlocal size
        now = _logged(folder)
        curves = read_curve(folder) if now > size else {}
        instruction = study.watch(assignment, curves) if curves else Instruction.GO_ON
        size = now  # not before it was noted
        if (
            instruction is Instruction.PRUNE
            and len(assignment.folders) == 1
            and _is_trained(folder)
        ):
            return Instruction.GO_ON  # the dear part is over, and its values are worth more
        return instruction

    return watch


def _logged(folder: Path) -> int:
    """Bytes that a run has logged; none where they cannot be looked at."""
    try:
        return sum(path.stat().st_size for path in curve_files(folder))
    except OSError:  # it has just gone, or is another user's
        return 0


def _is_trained(folder: Path) -> bool:
    """Whether a run has only to export and to judge what it has trained."""
    run = read_run(folder)
    return 0 < (run.about.epochs or 0) <= run.epochs


def _instruction(folder: Path, watch: Callable[[], Instruction]) -> Instruction:
    """What a run shall do; one that is pruned finds so in its folder. A full disk lets it go on."""
    try:
        if (instruction := watch()) is Instruction.PRUNE:
            (folder / PRUNE).touch()
    except OSError as error:
        if not is_full(error):
            raise
        return Instruction.GO_ON
    return instruction


def _words(folder: Path, words: tuple[str, ...], threads: int) -> tuple[str, ...]:
    if not (folder / CONFIG).is_file():
        return (*words, f"threads={threads}")
    return (f"resume={in_hydra(str(folder))}",)  # as it was configured


def _why(code: int, run: Run, out: Path) -> str:
    """What the run says itself, if it could; or how its process ended, and its last words."""
    if run.state is State.FAILED and run.reason is not None:
        return f"{run.reason} (all of it: {out})"
    return f"{_how(code)}{_last_words(out)}"


def _how(code: int) -> str:
    if code == -signal.SIGKILL:
        return "killed by the system (signal 9), perhaps since memory was short. "
    if code < 0:
        return f"ended by signal {-code} ({signal.strsignal(-code)}). "
    return "" if code == 1 else f"exit status {code}. "


def _last_words(out: Path) -> str:
    if not out.is_file():
        return f"it could not even begin its log {out}. Is the disk full?"
    with out.open("rb") as file:
        file.seek(max(0, out.stat().st_size - 8 * _LONGEST))
        lines = file.read().decode(errors="replace").splitlines()
    last = " / ".join([line.strip() for line in lines if line.strip()][-_LAST_LINES:])
    return f"{last[-_LONGEST:]} (all of it: {out})"
