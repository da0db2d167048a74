"""What thousands of finished trials cost whoever opens a study, asks and tells.

`python -m benchmarks.study_storage` prints it beside bare Optuna, on journals that both can read.
Times are of the process's own CPU, the least of several, so that neighbours do not spoil them.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from omegaconf import DictConfig, OmegaConf
from optuna.distributions import distribution_to_json
from optuna.storages.journal import JournalFileBackend, JournalStorage

from blink.sweep.assignment import Outcome
from blink.sweep.journal import open_journal
from blink.sweep.records import KEY, WORKER
from blink.sweep.space import parse_space
from blink.sweep.storage import JOURNAL
from blink.sweep.study import Study

SPACE = {
    "input": "choice(grey24x40, grey32, grey40, grey48)",
    "model": "choice(pico, standard)",
    "model.dropout": "interval(0, 0.4)",
    "optim.loss.smoothing": "interval(0, 0.1)",
    "optim.optimizer.lr": "tag(log, interval(1e-4, 1e-2))",
    "optim.optimizer.weight_decay": "tag(log, interval(1e-3, 1e-1))",
}
EPOCHS = 10
WHEN = "2026-01-01T00:00:00.000000+00:00"
REPEATS = 5
METRIC = {"metric": "val/mean/balanced_accuracy", "direction": "maximize"}
SAMPLERS = ("RandomSampler", "TPESampler")


def config(sampler: str) -> DictConfig:
    """A search of one objective, with a pruner."""
    return OmegaConf.create(
        {
            "name": "study",
            "storage": None,
            "sweep": {
                "question": "What does a study cost?",
                "space": SPACE,
                "fixed": [],
                "objectives": [METRIC],
                "sampler": {"_target_": f"optuna.samplers.{sampler}", "seed": 0},
                "pruner": {"_target_": "optuna.pruners.MedianPruner"},
                "seeds": [0],
                "budget": {"trials": None, "hours": 1},
            },
        }
    )


def fill(path: Path, trials: int) -> None:
    """Adds finished trials to a journal, with all that a study notes of them."""
    kinds = parse_space(SPACE).distributions
    texts = {name: distribution_to_json(kind) for name, kind in kinds.items()}
    chance, lines = random.Random(0), []  # noqa: S311 - no secret
    worker = {"host": "machine", "boot": "b" * 36, "pid": 12345, "created": 1234.5}

    def add(code: int, **fields: Any) -> None:
        lines.append(json.dumps({"op_code": code, "worker_id": "w", **fields}) + "\n")

    for trial in range(trials):
        add(4, study_id=0, datetime_start=WHEN)
        for name, kind in kinds.items():
            value = kind.to_internal_repr(_any(kind, chance))
            fields = {"param_value_internal": value, "distribution": texts[name]}
            add(5, trial_id=trial, param_name=name, **fields)
        add(8, trial_id=trial, user_attr={WORKER: worker})
        add(8, trial_id=trial, user_attr={KEY: f"{trial:016x}"})
        for epoch in range(EPOCHS):
            add(7, trial_id=trial, step=epoch, intermediate_value=chance.random())
        add(6, trial_id=trial, state=1, values=[chance.random()], datetime_complete=WHEN)
    with path.open("a") as file:
        file.writelines(lines)


def _any(kind: Any, chance: random.Random) -> Any:
    choices = getattr(kind, "choices", None)
    return chance.choice(choices) if choices else chance.uniform(kind.low, kind.high)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of CPU, and what came of it."""
    began = time.process_time()
    found = act()
    return 1000 * (time.process_time() - began), found


def measure_blink(folder: Path, sampler: str) -> dict[str, float]:
    """Opening, asking and telling through a study."""
    times: dict[str, list[float]] = {"open": [], "ask": [], "tell": []}
    for _ in range(REPEATS):
        took, study = timed(partial(Study.open, config(sampler), folder, resume=True))
        times["open"].append(took)
    for _ in range(REPEATS):
        took, assignment = timed(study.ask)
        times["ask"].append(took)
        outcome = Outcome(fault="measured")
        times["tell"].append(timed(partial(study.tell, assignment, outcome))[0])
    study.close()
    return {name: min(found) for name, found in times.items()}


def measure_optuna(path: Path, sampler: str) -> dict[str, float]:
    """The same through Optuna alone."""
    times: dict[str, list[float]] = {"open": [], "ask": [], "tell": []}
    took, storage = timed(lambda: JournalStorage(JournalFileBackend(str(path))))
    times["open"].append(took)
    kinds = parse_space(SPACE).distributions
    built = getattr(optuna.samplers, sampler)(seed=0)
    study = optuna.load_study(storage=storage, study_name="study", sampler=built)
    for _ in range(REPEATS):
        took, trial = timed(partial(study.ask, kinds))
        times["ask"].append(took)
        end = partial(study.tell, trial, state=optuna.trial.TrialState.FAIL)
        times["tell"].append(timed(end)[0])
    return {name: min(found) for name, found in times.items()}


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=10_000)
    trials = parser.parse_args().trials
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print(f"{'':32}{'open':>10}{'ask':>10}{'tell':>10}   ms of CPU")
    for count in (0, trials):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            Study.open(config("RandomSampler"), folder, resume=False).close()
            fill(folder / JOURNAL, count)
            replay, _ = timed(lambda at=folder / JOURNAL: open_journal(at))  # type: ignore[misc]
            print(f"{count:>6} trials, first opening  {replay:>12.1f}")
            for sampler in SAMPLERS:
                for name, found in (
                    ("study", measure_blink(folder, sampler)),
                    ("Optuna", measure_optuna(folder / JOURNAL, sampler)),
                ):
                    row = "".join(f"{found[step]:>10.1f}" for step in ("open", "ask", "tell"))
                    print(f"{count:>6} {sampler:<15}{name:<10}{row}")


if __name__ == "__main__":
    main()
