"""Measures what a search adds to its trials, beside the naive way, a fresh process for each.

    python -m benchmarks.sweeping [--trials 20] [--processes 2]

A trial composes the real config, opens a run, builds net and optimiser and stops
(`benchmarks/built_only.py`), so that nearly all it takes is overhead. Blink: a study in a journal,
sampler, local launcher, forked runs; from the first process to the last, imports and all. Naive:
the same commands as `python built_only.py …`, as many side by side; a quarter of the trials. Prints
a Markdown table: seconds of the clock and of the processors, for each trial.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from benchmarks.interleaved import cpu_times
from blink.contract import BlinkError
from blink.contract.places import CONF
from blink.sweep.job import Job
from blink.sweep.launchers import Local
from blink.sweep.study import Study

SCRIPT: Final = Path(__file__).with_name("built_only.py")
NAIVE_SHARE: Final = 4


def search(trials: int) -> DictConfig:
    """A search of so many trials for the fewest parameters."""
    words = [
        "sweep=base",
        "name=overhead",
        "sweep.question=What does a search add to its trials?",
        "sweep.space={optim.optimizer.lr:'interval(0.001,0.01)'}",
        "sweep.objectives=[{metric:parameters,direction:minimize}]",
        f"sweep.budget.trials={trials}",
    ]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        composed: Any = OmegaConf.to_container(compose("sweep", words), resolve=True)
    config: DictConfig = OmegaConf.create(composed)
    return config


def forked(folder: Path, trials: int, processes: int) -> None:
    """Blink's way."""
    config = search(trials)
    study = Study.open(config, folder, resume=False)
    open_study = partial(Study.open, config, folder, resume=True)
    Local(processes=processes, threads=1)(Job(open_study, folder, SCRIPT))
    ended = [trial for trial in study.records.all() if trial.values is not None]
    if len(ended) != trials:
        raise BlinkError(f"{len(ended)} of {trials} trials ended well: see {folder}/sweep.log")


def fresh(folder: Path, trials: int, processes: int) -> None:
    """The naive way."""

    def run(number: int) -> None:
        rate = 0.001 + 0.009 * number / trials
        words = ["judged=val", "seed=0", "threads=1", f"optim.optimizer.lr={rate}"]
        words.append(f"hydra.run.dir={folder / str(number)}")
        command = [sys.executable, str(SCRIPT), *words]
        subprocess.run(command, cwd=SCRIPT.parent, check=True, capture_output=True)  # noqa: S603

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(run, range(trials)))


def measure(way: Callable[[Path, int, int], None], trials: int, processes: int) -> str:
    """A row of the table."""
    (_, before), started = cpu_times(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        way(Path(folder) / "study", trials, processes)
    seconds = time.perf_counter() - started
    computing = cpu_times()[1] - before
    name = way.__name__
    return f"| {name} | {trials} | {seconds / trials:.2f} | {computing / trials:.2f} |"


def main() -> None:
    """Measures both and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    rows = [
        measure(forked, given.trials, given.processes),
        measure(fresh, max(1, given.trials // NAIVE_SHARE), given.processes),
    ]
    sys.stdout.write("| way | trials | s a trial | CPU-s a trial |\n|---|---|---|---|\n")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
