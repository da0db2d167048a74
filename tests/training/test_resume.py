"""Stopped anywhere, training ends as if it had not been, to the last bit; so do two processes."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from blink.data.datamodule import EyeDataModule
from blink.data.split import Named, SplitByPerson
from blink.data.streaming.datamodule import StreamingDataModule
from blink.training.checkpoint import latest_checkpoint, read_checkpoint
from tests.data.drawing import crowd, data_set
from tests.training.trained import KEEP_EVERY, STEPS, data_in, fit

ROOT = Path(__file__).parents[2]
ROUNDING = 1e-5
"""Two processes add up in another order than one."""


@pytest.fixture(scope="module")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with drawn eyes, and who of their people validates."""
    folder = tmp_path_factory.mktemp("eyes")
    manifest = data_set(folder / "set", crowd(12, 6))
    split = SplitByPerson({"drawn": Named(["p00"])})
    split.make(manifest).write(folder / "split.csv")
    return folder


def _end(folder: Path) -> dict[str, Any]:
    """What training came to: its last checkpoint."""
    path = latest_checkpoint(folder)
    assert path is not None
    return read_checkpoint(path)


def _farthest(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    """How far apart weights, their moving average and what was fitted to them are."""
    parts = ("state_dict", "current_model_state", "calibration", "operating_point")
    distances = [0.0]
    for part in parts:
        for name, value in ours[part].items():
            if isinstance(value, str):
                assert value == theirs[part][name]
            else:
                other = torch.as_tensor(theirs[part][name])
                distances.append((torch.as_tensor(value) - other).abs().max().item())
    return max(distances)


@pytest.fixture(scope="module")
def whole(eyes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of a run that nothing stopped, with dropout."""
    folder = tmp_path_factory.mktemp("whole")
    fit(data_in(eyes), folder, dropout=0.2)
    return folder


@pytest.mark.parametrize(
    ("stop_after", "kept", "workers"),
    [(2, 0, 0), (4, 3, 0), (STEPS + 1, STEPS, 1), (STEPS + 4, STEPS + 3, 1), (2 * STEPS, 15, 0)],
)
def test_fit_net_ends_the_same_when_it_was_stopped_within_an_epoch(
    eyes: Path, whole: Path, tmp_path: Path, stop_after: int, kept: int, workers: int
) -> None:
    with pytest.raises(ConnectionAbortedError):
        fit(data_in(eyes), tmp_path, dropout=0.2, stop_after=stop_after)
    started = latest_checkpoint(tmp_path)
    assert (read_checkpoint(started)["global_step"] if started else 0) == kept
    fit(data_in(eyes, workers=workers), tmp_path, dropout=0.2)
    assert _farthest(_end(whole), _end(tmp_path)) == 0


@pytest.mark.parametrize(("stop_after", "kept"), [(6, 5), (7, 6)])
def test_fit_net_ends_the_same_when_epochs_that_are_cut_short_were_stopped(
    eyes: Path, tmp_path: Path, stop_after: int, kept: int
) -> None:
    cut = partial(fit, limit_train_batches=5)
    cut(data_in(eyes), tmp_path / "whole")
    with pytest.raises(ConnectionAbortedError):
        cut(data_in(eyes), tmp_path / "parts", stop_after=stop_after)
    assert _end(tmp_path / "parts")["global_step"] == kept
    cut(data_in(eyes), tmp_path / "parts")
    whole, parts = _end(tmp_path / "whole"), _end(tmp_path / "parts")
    assert whole["global_step"] == parts["global_step"] == 10
    assert _farthest(whole, parts) == 0


def test_fit_net_ends_the_same_when_streamed_crops_were_stopped_within_an_epoch(
    eyes: Path, tmp_path: Path
) -> None:
    def streamed() -> EyeDataModule:
        return data_in(eyes, kind=StreamingDataModule)

    steps = len(streamed().train_dataloader())
    fit(streamed(), tmp_path / "whole")
    with pytest.raises(ConnectionAbortedError):
        fit(streamed(), tmp_path / "parts", stop_after=steps + 5)
    started = latest_checkpoint(tmp_path / "parts")
    assert started is not None
    assert steps < read_checkpoint(started)["global_step"] < steps + 5
    fit(streamed(), tmp_path / "parts")
    assert _farthest(_end(tmp_path / "whole"), _end(tmp_path / "parts")) == 0


def test_within_epoch_leaves_the_end_of_an_epoch_to_the_checkpoint_that_is_written_there(
    whole: Path,
) -> None:
    steps = {path.name: read_checkpoint(path)["global_step"] for path in whole.iterdir()}
    assert steps == {"within.ckpt": 2 * STEPS - KEEP_EVERY, "epoch.ckpt": 2 * STEPS}


def test_two_processes_train_as_one_does_and_go_on_exactly(eyes: Path, tmp_path: Path) -> None:
    fit(data_in(eyes), tmp_path / "alone")
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.trained", str(eyes)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    together = read_checkpoint(eyes / "whole.ckpt")
    assert 0 < _farthest(_end(tmp_path / "alone"), together) < ROUNDING
    assert _farthest(together, _end(eyes / "both")) == 0
