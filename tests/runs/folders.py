"""Run folders as tests need them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from blink.runs import About, State, Status
from blink.runs.process import Process, this_process
from blink.runs.status import write_status

STARTED = "2026-11-28T10:00:00+00:00"
ENDED = "2026-11-28T11:00:00+00:00"
ABOUT = About("pico", "Is it small?", "python train.py model=pico", "0123abcd", 3)
CURVE = """epoch,step,train/loss,val/balanced_accuracy
0,9,,0.8
0,9,0.5,
1,19,,0.9
"""
METRICS: dict[str, Any] = {
    "tests": [
        {
            "name": "rendered",
            "rows": [
                {
                    "name": name,
                    "precision": precision,
                    "is_main": is_main,
                    "evaluation": {
                        "scores": {
                            "metrics": {
                                "balanced_accuracy": {"value": value, "low": 0.8, "high": 0.95}
                            }
                        }
                    },
                }
                for name, precision, is_main, value in (
                    ("eye-pico", "fp32", False, 0.91),
                    ("eye-pico", "int8", True, 0.9),
                )
            ],
        }
    ]
}


def status(state: State = State.FINISHED, **changed: Any) -> Status:
    """As a run leaves it."""
    ended = None if state is State.RUNNING else ENDED
    made = Status(state, STARTED, ABOUT, this_process(), ended=ended, seconds=60.0)
    return replace(made, **changed)


def elsewhere() -> Process:
    """A process of another machine."""
    return replace(this_process(), host="elsewhere")


def gone() -> Process:
    """A process that was here, and had a number that another one has now."""
    return replace(this_process(), created=-1.0)


def run_folder(folder: Path, noted: Status | None = None) -> Path:
    """A run with a curve, a log and a checkpoint."""
    for part, content in (
        ("config.yaml", "name: pico\ntrainer: {max_epochs: 3}\n"),
        ("train.log", "\n".join(f"line {number}" for number in range(30)) + "\n"),
        ("curves/version_0/metrics.csv", CURVE),
        ("checkpoints/epoch=001.ckpt", "weights"),
        ("metrics.json", json.dumps(METRICS)),
    ):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_text(content)
    if noted is not None:
        write_status(folder, noted)
    return folder
