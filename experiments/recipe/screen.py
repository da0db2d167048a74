"""Trains many small nets on people whom nobody tests on; writes a line of JSON for each.

    python -m experiments.recipe.gather eyes.npz
    python -m experiments.recipe.jobs first > jobs.json
    python -m experiments.recipe.screen eyes.npz jobs.json results.jsonl --processes 14
    python -m experiments.recipe.table results.jsonl

Net, camera simulation, normalisation, schedule and the warm-up of the moving average are the
project's; what Lightning adds is left out, so that a net takes seconds on a GPU. The losses are in
`tried.py`. With --keep FOLDER nets and their answers are kept too, for jobs that are `taught_by` an
earlier one, and for `confirm.py`.
"""

import argparse
import json
import multiprocessing as mp
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from blink.contract import InputSpec
from experiments.recipe import tried
from experiments.recipe.eyes import Eyes, Job, Rows, odds, roles
from experiments.recipe.keeping import kept, read_answers
from experiments.recipe.training import Lesson, fit, predict

Cache = dict[tuple[int, int], Tensor]


def carry_out(
    eyes: Eyes, job: Job, device: torch.device, cache: Cache, keep: Path | None
) -> dict[str, Any]:
    """Trains one net and judges it; keeps the net, and its logits of those it is judged on."""
    started = time.perf_counter()
    size = (job["size"][0], job["size"][1])
    rows, tests = roles(eyes, job)
    if "doubted_by" in job:
        rows = np.setdiff1d(rows, doubted(eyes, job, keep))
    names = sorted({str(name) for name in eyes.datasets[rows]})
    sources = np.searchsorted(names, eyes.datasets).astype(np.int64)

    def lesson(job: Job) -> Lesson:
        working = (48, 48) if max(job["size"]) <= 40 else (64, 64)
        return Lesson(
            rows,
            odds(eyes, rows, job),
            _sized(eyes, working, device, cache),
            torch.from_numpy(eyes.labels).to(device),
            torch.from_numpy(sources).to(device),
        )

    teachers = []
    fresh = "teacher" in job and "taught_by" not in job
    for number in range(job.get("teachers", 1) if fresh else 0):
        own = {"net": job["teacher"], "size": job.get("teacher_size", size), "loss": None}
        teaching = {**job, **own, "seed": job["seed"] + 100 + number}
        teachers.append(fit(teaching, [], lesson(teaching)))
    if "taught_by" in job:
        teachers = [one.to(device) for one in _kept_nets(job, keep)]
    net = fit(job, teachers, lesson(job))
    result: dict[str, Any] = dict(job)
    crops, answers = _sized(eyes, size, device, cache), {}
    for name, where in tests.items():
        answers[name] = predict(net, crops, InputSpec(*size), where)
        result |= judged(name, answers[name], eyes.labels[where])
    if keep is not None:
        path = kept(keep, job["name"], job["protocol"], job["seed"])
        np.savez(path.with_suffix(".npz"), **answers)  # type: ignore[arg-type]
        torch.save(net.state_dict(), path.with_suffix(".pt"))
    return result | {"seconds": round(time.perf_counter() - started, 1)}


def doubted(eyes: Eyes, job: Job, keep: Path | None) -> Rows:
    """Crops whose label an earlier job's nets call wrong, having not seen the person.

    Each fold is judged by the net that left it out, with the seed of the fold's number, as `jobs
    confirm` has them; `surer` is how many logits beyond zero it takes.
    """
    if keep is None:
        raise ValueError(f"{job['name']} needs the answers of {job['doubted_by']}: --keep FOLDER")
    found = []
    for (seed, archive), said in read_answers(keep, job["doubted_by"]).items():
        _, tests = roles(eyes, {"protocol": f"fold{seed}"})
        rows = tests[archive]
        found.append(rows[np.where(eyes.labels[rows] == 1, -said, said) > job["surer"]])
    return np.concatenate(found)


def _kept_nets(job: Job, keep: Path | None) -> list[nn.Module]:
    """The nets of an earlier job of the same protocol, as `taught_by` names it.

    They are those of all `teacher_seeds`, else the one of the same seed.
    """
    if keep is None:
        raise ValueError(f"{job['name']} is taught by {job['taught_by']}: it needs --keep FOLDER")
    nets: list[nn.Module] = []
    for seed in job.get("teacher_seeds", [job["seed"]]):
        net = tried.build(job["teacher"])
        path = kept(keep, job["taught_by"], job["protocol"], seed)
        net.load_state_dict(torch.load(path.with_suffix(".pt"), weights_only=True))
        nets.append(net)
    return nets


def _sized(eyes: Eyes, size: tuple[int, int], device: torch.device, cache: Cache) -> Tensor:
    if size not in cache:
        cache[size] = torch.from_numpy(eyes.sized(*size)).to(device)
    return cache[size]


def judged(name: str, logits: NDArray[np.float32], labels: NDArray[np.float32]) -> dict[str, float]:
    """AUC, balanced accuracy at p = 0.5, and at the best threshold for this very set."""
    closed = labels == 1
    order = np.argsort(logits)
    rest = 1 - np.cumsum(closed[order]) / closed.sum()
    below = np.cumsum(~closed[order]) / (~closed).sum()
    balanced = ((logits[closed] > 0).mean() + (logits[~closed] <= 0).mean()) / 2
    return {
        f"{name}/auc": round(float(roc_auc_score(closed, logits)), 4),
        f"{name}/bal": round(float(balanced), 4),
        f"{name}/best": round(float(((rest + below) / 2).max()), 4),
    }


def work(eyes: Eyes, todo: Any, done: Any, device: str, keep: Path | None) -> None:
    """One process: jobs until there are none."""
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    cache: Cache = {}
    while (job := todo.get()) is not None:
        try:
            done.put(carry_out(eyes, job, torch.device(device), cache, keep))
        except Exception as error:
            done.put({**job, "error": repr(error)[:500]})


def expanded(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each job for each of its protocols and seeds, over the defaults."""
    for job in asked["jobs"]:
        whole = {**asked["defaults"], **job}
        seeds = whole.pop("seeds", [0])
        for protocol in whole.pop("protocols"):
            for seed in seeds:
                yield {**whole, "protocol": protocol, "seed": seed}


def next_done(done: Any, crew: Sequence[Any]) -> dict[str, Any]:
    """The next result.

    Raises:
        SystemExit: A process was killed, so that its job would be waited for without end.
    """
    while True:
        try:
            result: dict[str, Any] = done.get(timeout=10)
        except Empty:
            ended = [one.exitcode for one in crew if not one.is_alive()]
            if ended:
                raise SystemExit(
                    f"{len(ended)} of {len(crew)} processes ended early (exit codes {ended}; -9 is "
                    "mostly lack of memory). Begin again with fewer --processes."
                ) from None
        else:
            return result


def main() -> None:
    """Deals the jobs out to processes, and writes a line for each as it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("eyes", type=Path)
    parser.add_argument("jobs", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for nets and their answers")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no job is begun later")
    arguments = parser.parse_args()
    started = time.monotonic()
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    asked = json.loads(arguments.jobs.read_text())
    context = mp.get_context("fork")  # nothing has touched the GPU yet; the eyes are shared
    with context.Pool(arguments.processes) as painters:
        pools = {name: tried.render(painters, what) for name, what in asked["rendered"].items()}
    eyes = Eyes(arguments.eyes, pools)
    todo, done = context.Queue(), context.Queue()
    given = (eyes, todo, done, arguments.device, arguments.keep)
    crew = [
        context.Process(target=work, args=given, daemon=True) for _ in range(arguments.processes)
    ]
    for one in crew:
        one.start()
    jobs = expanded(asked)
    waiting = 0
    with arguments.results.open("a") as file:
        while True:
            late = time.monotonic() - started > arguments.seconds
            while waiting < 2 * arguments.processes and not late and (job := next(jobs, None)):
                todo.put(job)
                waiting += 1
            if not waiting:
                break
            result = next_done(done, crew)
            waiting -= 1
            file.write(json.dumps(result) + "\n")
            file.flush()
            told = result.get("error", f"{result.get('seconds')} s")
            spent = time.monotonic() - started
            print(f"{spent:6.1f} {result['name']} {result['protocol']} {told}", flush=True)


if __name__ == "__main__":
    main()
