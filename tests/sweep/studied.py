"""Studies without training: runs are folders with the few files that a study reads."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from optuna.trial import FrozenTrial, TrialState

from blink.runs import Point
from blink.runs.process import this_process
from blink.sweep.assignment import Assignment, Outcome
from blink.sweep.job import Job
from blink.sweep.records import WORKER
from blink.sweep.study import Study

QUALITY = {"metric": "val/mean/balanced_accuracy", "direction": "maximize"}
LATENCY = {"metric": "latency/p50_us", "direction": "minimize"}

Score = Callable[[Mapping[str, str]], tuple[float, float]]


def sweep_config(storage: str | None = None, **sweep: Any) -> DictConfig:
    """A search over two options of nobody's, at random, as a composed config would be."""
    plain = {
        "question": "Why?",
        "space": {"a": "choice(x, y)", "b": "range(0, 3)"},
        "fixed": ["data=few"],
        "objectives": [QUALITY, LATENCY],
        "sampler": {"_target_": "optuna.samplers.RandomSampler", "seed": 0},
        "pruner": {"_target_": "optuna.pruners.NopPruner"},
        "seeds": [0],
        "budget": {"trials": 4, "hours": None},
    }
    return OmegaConf.create({"name": "study", "storage": storage, "sweep": plain | sweep})


GRID = {"_target_": "optuna.samplers.GridSampler", "_partial_": True}


def open_study(folder: Path, resume: bool = False, **sweep: Any) -> Study:
    return Study.open(sweep_config(**sweep), folder, resume=resume)


def words_of(assignment: Assignment, run: int = 0) -> dict[str, str]:
    return dict(word.split("=", 1) for word in assignment.commands[run])


def metrics(quality: float | None, latency: float | None, role: str = "val") -> dict[str, Any]:
    """As `metrics.json`, as far as a study reads it; of two data sets with equal scores."""
    score = {"value": quality, "low": None, "high": None}
    if quality is not None:
        score |= {"low": quality - 0.1, "high": quality + 0.1}
    row = {
        "name": "eye",
        "precision": "fp32",
        "is_main": True,
        "size_bytes": 1000,
        "parameters": 10,
        "latency": None if latency is None else {"p50_us": latency, "ratio_to_empty_graph": 2.0},
        "evaluation": {"scores": {"metrics": {"balanced_accuracy": score, "auc": score}}},
    }
    return {"tests": [{"name": name, "role": role, "rows": [row]} for name in ("mrl", "cew")]}


def finish(folder: Path, quality: float | None, latency: float | None = 10.0) -> None:
    """Leaves what a run leaves that has finished."""
    bundle = folder / "bundles" / "eye"
    bundle.mkdir(parents=True, exist_ok=True)
    (bundle / "bundle.json").write_text(folder.name)
    (folder / "metrics.json").write_text(json.dumps(metrics(quality, latency)))


def score(words: Mapping[str, str]) -> tuple[float, float]:
    """Quality and latency of a configuration: the larger b the better and the slower."""
    return 0.5 + 0.1 * int(words["b"]) + 0.01 * (words["a"] == "y"), 10.0 + int(words["b"])


def work(study: Study, most: int = 1000, scored: Score = score) -> list[Assignment]:
    """A worker that trains nothing; returns what it was given."""
    given: list[Assignment] = []
    while len(given) < most and (assignment := study.ask()) is not None:
        given.append(assignment)
        for run, folder in enumerate(assignment.folders):
            finish(folder, *scored(words_of(assignment, run)))
        study.tell(assignment, Outcome(assignment.folders))
    return given


def curve(*values: float) -> dict[str, list[Point]]:
    """What `read_curve` gives of so many epochs."""
    points = [Point(epoch, 10 * epoch, value) for epoch, value in enumerate(values)]
    return {"val/balanced_accuracy": points}


def states(study: Study) -> list[TrialState]:
    return [trial.state for trial in study.records.all()]


def lose_worker(study: Study, number: int) -> FrozenTrial:
    """As if the worker of a trial had been killed: no such process was created then."""
    trial = study.records.all()[number]
    study.records.mark(trial, **{WORKER: asdict(replace(this_process(), created=1.0))})
    return trial


def move_elsewhere(study: Study, number: int) -> FrozenTrial:
    """As if another machine ran a trial."""
    trial = study.records.all()[number]
    study.records.mark(trial, **{WORKER: asdict(replace(this_process(), host="elsewhere"))})
    return trial


class InProcess:
    """A launcher whose only worker is this process, and trains nothing."""

    def __call__(self, job: Job) -> None:
        study = job.open_study()
        assert isinstance(study, Study)
        while (assignment := study.ask()) is not None:
            for folder in assignment.folders:
                finish(folder, 0.75)
            study.tell(assignment, Outcome(assignment.folders))
        study.close()
