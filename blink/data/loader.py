"""What every DataLoader here is given, so that nothing that is drawn depends on its workers."""

import multiprocessing
from multiprocessing.context import BaseContext
from typing import Any

import cv2
import torch


def loader_options(workers: int) -> dict[str, Any]:
    """What a `DataLoader` is given, whatever it loads; `workers` is the number of its processes."""
    return {
        "num_workers": workers,
        "multiprocessing_context": forkserver_context(workers),
        "collate_fn": identity_collate,
        "persistent_workers": workers > 0,
        "worker_init_fn": single_threaded_worker,
        "generator": own_generator(),
    }


def identity_collate(batch: Any) -> Any:
    """A collate function for datasets whose `__getitems__` returns the batch ready made."""
    return batch


def own_generator() -> torch.Generator:
    """A generator for a loader, which draws a seed each time that it starts its workers.

    From torch's global generator that would change dropout with the number of workers, and after
    a resume.
    """
    return torch.Generator().manual_seed(0)


def forkserver_context(workers: int) -> BaseContext | None:
    """How a loader's workers begin: as processes that have done nothing yet.

    A fork of a process whose threads have computed may wait for ever for a lock that one of them
    held, as MKL's threads do.

    Returns:
        None where there are no workers, or the system has no such way; Windows has its own.
    """
    if not workers or "forkserver" not in multiprocessing.get_all_start_methods():
        return None
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["blink.data.datamodule"])  # once, and not in each worker
    return context


def single_threaded_worker(_worker: int) -> None:
    """Starts a worker: cv2's own threads would fight with the other workers for the cores."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
