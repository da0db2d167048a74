"""A study that is a folder, and a train.py that trains nothing: what a launcher is tested with."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

from filelock import FileLock

from blink.runs import Point
from blink.sweep.assignment import Assignment, Instruction, Outcome
from blink.sweep.job import Job

SCRIPT = """
    import os, pathlib, signal, sys, time

    LOADED_IN = os.getpid()

    if __name__ == "__main__":
        words = dict(word.split("=", 1) for word in sys.argv[1:])
        folder = pathlib.Path(words.get("resume", words.get("hydra.run.dir")).strip("'"))
        folder.mkdir(parents=True, exist_ok=True)
        if "resume" not in words:
            (folder / "config.yaml").write_text(repr(words))
        words = eval((folder / "config.yaml").read_text())
        with (folder / "attempts").open("a") as file:
            file.write(f"{os.getpid()}\\n")
        curve = folder / "curves" / "version_0" / "metrics.csv"
        curve.parent.mkdir(parents=True, exist_ok=True)
        if words.get("dies") == "memory":
            os.kill(os.getpid(), signal.SIGKILL)
        if words.get("dies") == "speaking":
            print("There is no such model.", file=sys.stderr)
            sys.exit(1)
        if words.get("dies") == "knowing":
            from blink.runs.process import this_process
            from blink.runs.status import About, State, Status, write_status
            began, reason = "2026-01-01T00:00:00+00:00", "The net is too deep."
            write_status(
                folder, Status(State.FAILED, began, About("a"), this_process(), reason)
            )
            print("Epoch 0: 0%", file=sys.stderr)
            sys.exit(1)
        if words.get("dies") == "exception":
            raise ValueError("loss is NaN")
        curve.write_text("epoch,step,val/auc\\n")
        started = time.monotonic()
        while time.monotonic() - started < float(words.get("seconds", 0)):
            with curve.open("a") as file:
                file.write("0,1,0.5\\n")
            time.sleep(0.02)
        (folder / "metrics.json").write_text("{}")
"""


@dataclass(frozen=True)
class Folder:
    """Trials whose states lie in one file; as much of a study as a worker needs.

    Attributes:
        path: Where they are.
    """

    path: Path

    def adopt(self) -> None:
        with self._trials() as trials:
            for trial in trials:
                if trial["state"] == "running" and not Path(f"/proc/{trial['worker']}").exists():
                    trial |= {"state": "waiting", "adopted": trial["adopted"] + 1}

    def close(self) -> None:
        pass

    def ask(self, check: Callable[[], None] = lambda: None) -> Assignment | None:
        self.adopt()
        with self._trials() as trials:
            for number, trial in enumerate(trials):
                if trial["state"] == "waiting":
                    trial |= {"state": "running", "worker": os.getpid()}
                    seeds = range(trial["seeds"])
                    folders = tuple(self.run(number, seed) for seed in seeds)
                    return Assignment(
                        number,
                        number,
                        folders,
                        tuple((*trial["words"], f"hydra.run.dir={f}") for f in folders),
                    )
        return None

    def watch(self, assignment: Assignment, curves: Mapping[str, Sequence[Point]]) -> Instruction:
        with self._trials() as trials:
            trials[assignment.trial]["watched"] = len(curves["val/auc"])
            return Instruction.PRUNE if trials[assignment.trial]["is_bad"] else Instruction.GO_ON

    def tell(self, assignment: Assignment, outcome: Outcome) -> None:
        with self._trials() as trials:
            state = "pruned" if outcome.is_pruned else "failed" if outcome.fault else "complete"
            trial = trials[assignment.trial]
            trial |= {"state": state, "fault": outcome.fault, "told": trial["told"] + 1}

    def leave(self, assignment: Assignment) -> None:
        with self._trials() as trials:
            trials[assignment.trial]["left"] += 1

    def run(self, trial: int, seed: int = 0) -> Path:
        return self.path / "trials" / f"{trial:05d}-seed{seed}"

    def attempts(self, trial: int) -> int:
        noted = self.run(trial) / "attempts"  # which stands there empty for a moment
        return len(noted.read_text().split()) if noted.exists() else 0

    @property
    def trials(self) -> list[dict[str, Any]]:
        with self._trials() as trials:
            return trials

    def wait_for(self, condition: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Waits until the trials are so; a test that waits in vain is stopped by its reader."""
        deadline = time.monotonic() + 60
        while not condition(self.trials):
            assert time.monotonic() < deadline, self.trials
            time.sleep(0.02)

    def kill_a_worker(self, generations: int = 0) -> int:
        """Kills the worker of a trial that is training; returns the trial's number.

        Args:
            generations: 2 kills what runs the launcher's task, the parent of the crew, instead.
        """

        def is_training(number: int, trial: dict[str, Any]) -> bool:
            return trial["state"] == "running" and self.attempts(number) > 0

        self.wait_for(lambda trials: any(is_training(*pair) for pair in enumerate(trials)))
        number, trial = next(pair for pair in enumerate(self.trials) if is_training(*pair))
        pid = trial["worker"]
        for _ in range(generations):
            pid = parent_of(pid)
        os.kill(pid, signal.SIGKILL)
        return number

    @contextmanager
    def _trials(self) -> Iterator[list[dict[str, Any]]]:
        file = self.path / "states.json"
        with FileLock(self.path / "states.lock"):
            trials = json.loads(file.read_text())
            yield trials
            file.with_suffix(".new").write_text(json.dumps(trials))
            file.with_suffix(".new").replace(file)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def folder_of(
    path: Path, *words: Sequence[str], bad: Sequence[int] = (), seeds: int = 1
) -> tuple[Folder, Job]:
    """A study of a trial for each of the words, and the job to work it off."""
    path.mkdir()
    fresh = {"state": "waiting", "fault": None, "told": 0, "adopted": 0, "watched": 0, "left": 0}
    trials = [
        {**fresh, "words": list(own), "is_bad": number in bad, "seeds": seeds}
        for number, own in enumerate(words)
    ]
    (path / "states.json").write_text(json.dumps(trials))
    script = path / "train.py"
    script.write_text(dedent(SCRIPT))
    return Folder(path), Job(partial(Folder, path), path, script)


def check_all_trained_once(study: Folder, killed: int) -> None:
    """What has to hold once a study is over of whose workers one was killed."""
    trials = study.trials
    assert [trial["state"] for trial in trials] == ["complete"] * len(trials)
    assert [trial["told"] for trial in trials] == [1] * len(trials)
    attempts = [study.attempts(number) for number in range(len(trials))]
    assert attempts[killed] >= 2  # the second one went on in the same folder
    others = [number for number, trial in enumerate(trials) if not trial["adopted"]]
    assert [attempts[number] for number in others] == [1] * len(others)
    assert len(others) < len(trials)
