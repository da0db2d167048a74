"""Folders of runs that are written in a moment: every state, with configs, curves and figures."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blink.runs import State
from blink.runs.process import Process, this_process
from blink.runs.status import About, Status, write_status

EPOCHS = 20
GONE = Process(this_process().host, this_process().boot, 2**22 + 1, 1.0)
"""A number that no process has."""

MODELS = {
    "pico": (9_870, 37_000, 17.3),
    "standard": (48_945, 53_607, 23.5),
    "large": (310_000, 320_000, 61.0),
}
"""Name → parameters, bytes, microseconds."""


@dataclass(frozen=True)
class Made:
    """A run to be written.

    Attributes:
        folder: Below the folder of runs.
        state: As `status.json` says; CRASHED is one that says running and whose process is gone.
        model: One of `MODELS`.
        rate: Learning rate.
        seed: Adds a little to the accuracy.
        people: `test` or `val`.
    """

    folder: str
    state: State = State.FINISHED
    model: str = "pico"
    rate: float = 0.003
    seed: int = 0
    people: str = "test"

    @property
    def accuracy(self) -> float:
        """Best at a rate of 0.003, better for larger nets."""
        size = list(MODELS).index(self.model)
        off = abs(math.log10(self.rate / 0.003))
        return round(0.93 + 0.015 * size - 0.03 * off + 0.002 * math.sin(self.seed), 4)

    @property
    def command(self) -> str:
        """As a person would have typed it."""
        return f"python train.py model={self.model} optim.optimizer.lr={self.rate} seed={self.seed}"


def write_run(root: Path, made: Made) -> Path:
    """Writes a run's folder."""
    folder = root / made.folder
    folder.mkdir(parents=True)
    about = About(made.model, f"Is {made.model} enough?", made.command, "abc123", EPOCHS)
    said = State.RUNNING if made.state is State.CRASHED else made.state
    process = this_process() if made.state is State.RUNNING else GONE
    day = f"2026-11-{10 + made.seed % 18:02}"
    time = f"{day}T07:{made.seed % 60:02}:00+00:00"
    ended = None if said is State.RUNNING else f"{day}T08:30:00+00:00"
    reason = "loss is NaN at epoch 7, step 512" if made.state is State.FAILED else None
    write_status(folder, Status(said, time, about, process, reason, ended, 372.0 + made.seed))
    (folder / "heartbeat").write_text("           3            31.0\n")
    (folder / "config.yaml").write_text(_config(made))
    is_done = made.state is State.FINISHED
    write_curve(folder, EPOCHS if is_done else 7, made.accuracy)
    (folder / "train.log").write_text("07:00:00  Training begins.\n07:30:00  Training ends.\n")
    if is_done:
        (folder / "metrics.json").write_text(json.dumps(metrics(made)))
        (folder / "report.html").write_text(f"<!doctype html><title>{made.model}</title><h1>Report")
    return folder


def write_curve(folder: Path, epochs: int, accuracy: float) -> None:
    """Writes what a run has logged so far."""
    lines = ["epoch,step,train/loss,val/balanced_accuracy,val/loss"]
    for epoch in range(epochs):
        step = 80 * epoch + 79
        reached = accuracy - 0.3 * math.exp(-epoch / 4)
        lines += [f"{epoch},{step},,{reached:.4f},{1 - reached:.4f}", f"{epoch},{step},0.4,,"]
    path = folder / "curves" / "version_0" / "metrics.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def write_many(root: Path, count: int) -> None:
    """Writes so many runs in every state; every tenth is a trial of a search over rates."""
    states = [State.FINISHED] * 15 + [State.FAILED, State.STOPPED, State.PRUNED, State.CRASHED]
    models = list(MODELS)
    for n in range(count):
        state = State.RUNNING if n % 50 == 49 else states[n % len(states)]
        model, rate = models[n % 3], [0.001, 0.002, 0.003, 0.005, 0.01, 0.03][n % 6]
        place = f"2026-11-{10 + n % 18}/07-{n % 60:02}-05-{model}-{n:04x}"
        if n % 10 == 3:
            place = f"sweeps/rates/trials/{n:05d}-seed0"
        write_run(root, Made(place, state, model, rate, n))
    half = root / "2026-11-28" / "09-00-00-half-ffff"
    half.mkdir(parents=True)
    (half / "config.yaml").write_text("name: half\nmodel: {")


def close(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closes a folder to whoever asks, root too: nothing in it can be listed, looked at or read."""
    stat, opened, scanned = Path.stat, Path.open, os.scandir

    def check(path: Any) -> None:
        if Path(path).is_relative_to(folder):
            raise PermissionError(13, "Permission denied", str(path))

    def look(path: Path, **options: Any) -> os.stat_result:
        if path != folder:
            check(path)
        return stat(path, **options)

    def read(path: Path, *options: Any, **more: Any) -> Any:
        check(path)
        return opened(path, *options, **more)

    def scan(path: Any) -> Any:
        check(path)
        return scanned(path)

    monkeypatch.setattr(Path, "stat", look)
    monkeypatch.setattr(Path, "open", read)
    monkeypatch.setattr(os, "scandir", scan)


def metrics(made: Made) -> dict[str, Any]:
    """What `metrics.json` holds, as far as the dashboard reads it."""
    parameters, size, p50 = MODELS[made.model]
    tests = []
    for name, people, share in (("mrl", 7, made.accuracy), ("cew", 215, made.accuracy - 0.01)):
        groups = [
            _group(attribute, value, share + shift, people)
            for attribute, value, shift in (
                ("glasses", "no", 0.004), ("glasses", "yes", -0.02), ("lighting", "bad", -0.01),
                ("lighting", "good", 0.01), ("gender", "man", 0.0), ("gender", "woman", 0.005),
            )
        ]  # fmt: skip
        row = {
            "name": f"eye-{made.model}", "kind": "net", "precision": "int8",
            "parameters": parameters, "size_bytes": size + 10 * made.seed, "is_main": True,
            "latency": {"p50_us": p50 + made.seed % 7, "p99_us": 3 * p50, "cpu": "AMD EPYC"},
            "evaluation": {"scores": _scores(share, people), "operating_point": {"threshold": 0.5}},
        }  # fmt: skip
        tests.append({"name": name, "role": made.people, "data": "f", "rows": [row],
                      "protocol": f"Subject-disjoint: {people} people.",
                      "populations": {"groups": groups}})  # fmt: skip
    return {"version": 2, "title": made.model, "question": "", "facts": {},
            "made": "2026-11-20T07:00:00+00:00", "tests": tests}  # fmt: skip


def _scores(share: float, people: int) -> dict[str, Any]:
    has_interval = people >= 10
    accuracy = {
        "value": share,
        "low": share - 0.02 if has_interval else None,
        "high": min(share + 0.015, 1.0) if has_interval else None,
        "gap": None if has_interval else f"too few people: {people}, an interval needs at least 10",
    }
    return {"n": 400, "people": people, "unknown": 0, "metrics": {"balanced_accuracy": accuracy}}


def _group(attribute: str, value: str, share: float, people: int) -> dict[str, Any]:
    return {"values": {attribute: value}, "metric": "balanced_accuracy", "is_rendered": False,
            "scores": _scores(share, people)}  # fmt: skip


def _config(made: Made) -> str:
    return f"""\
name: {made.model}
question: Is {made.model} enough?
seed: {made.seed}
paths: {{runs: runs}}
optim:
  optimizer: {{_target_: torch.optim.AdamW, lr: {made.rate}, weight_decay: 0.02}}
model: {{_target_: blink.models.EyeNet, layers: [[16, 2]], dropout: {0.1 * (1 + made.seed % 2)}}}
trainer: {{max_epochs: {EPOCHS}}}
made_by: {{command: "{made.command}", commit: abc123}}
"""
