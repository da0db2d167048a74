"""What every DataLoader here is given, so that no result depends on its workers."""

from typing import Any

import cv2
import torch


def as_it_is(batch: Any) -> Any:
    """A collate function for datasets whose `__getitems__` returns the batch ready made."""
    return batch


def own_generator() -> torch.Generator:
    """A generator for a loader, which draws a seed each time that it starts its workers.

    From torch's global generator that would change dropout with the number of workers, and after
    a resume.
    """
    return torch.Generator().manual_seed(0)


def one_thread(_worker: int) -> None:
    """Starts a worker: cv2's own threads would fight with the other workers for the cores."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
