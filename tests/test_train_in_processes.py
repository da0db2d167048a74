"""`train.py` in two processes comes to what it comes to in one."""

from pathlib import Path

import pandas as pd
import pytest

from tests.runner import Runner

OVERRIDES = (
    *("debug=fast", "data.loader.crops_per_epoch=1024", "threads=1"),
    *("export=fp32", "heuristics.members=null"),
    # Dropout and augmentation draw other numbers in two processes; without, they only round apart.
    *("model=pico", "augment=none"),
)
TOLERANCE = 1e-4
"""Of the loss. Rounding makes a millionth; batch norms that are not shared make a thousandth."""


def losses(runner: Runner, trainer: str) -> pd.DataFrame:
    """What a run logs of each epoch."""
    before = set(runner.folders())
    done = runner(*OVERRIDES, f"trainer={trainer}")
    assert done.returncode == 0, done.stderr[-3000:]
    (folder,) = set(runner.folders()) - before
    logged = pd.read_csv(folder / "curves" / "version_0" / "metrics.csv")
    return logged.groupby("epoch")[["train/loss", "val/loss"]].first()


@pytest.mark.long
def test_train_comes_to_the_same_losses_when_two_processes_share_the_batches(
    tmp_path: Path,
) -> None:
    with Runner(tmp_path) as runner:
        alone, together = losses(runner, "default"), losses(runner, "ddp_cpu")
    assert alone.shape == (2, 2)
    assert (alone - together).abs().to_numpy().max() < TOLERANCE
