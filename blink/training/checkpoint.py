"""Checkpoints: written after every epoch, whole or not at all; found and read again."""

import logging
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch import nn

from blink.contract import Calibration, CheckpointError, InputSpec, OperatingPoint, atomic_file
from blink.runs import last_first

log = logging.getLogger(__name__)


class WholeCheckpoints(TorchCheckpointIO):
    """Lets Lightning write its checkpoints as `atomic_file` does.

    Lightning's own way is a file in the system's temporary folder and a move, which across disks
    is a copy that can break off.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Lightning's hook.

        Raises:
            StorageError: The disk is full; an older checkpoint stays.
        """
        del storage_options
        _write(checkpoint, Path(path))


def _write(content: dict[str, Any], path: Path) -> None:
    buffer = BytesIO()  # torch's own writer hides that a disk is full
    torch.save(content, buffer)
    with atomic_file(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def latest_checkpoint(folder: Path) -> Path | None:
    """Of the checkpoints in a folder that can be read the one that had trained for longest.

    That is asked of the checkpoints themselves: the times of files lie once a clock was set back.
    Of several that had trained for as long it is the first by `blink.runs.last_first`, the one that
    a finished run keeps: a training of `max_steps` may end where `within.ckpt` was written.

    Returns:
        Its path; None where there is none.

    Raises:
        CheckpointError: There are some, and none can be read.
    """
    steps: dict[Path, int] = {}
    for path in last_first(folder):
        try:
            steps[path] = read_checkpoint(path)["global_step"]
        except CheckpointError as error:
            log.warning("%s Another one is looked for.", error)
    if not steps and (damaged := sorted(path.name for path in folder.glob("*.ckpt"))):
        raise CheckpointError(
            f"None of the checkpoints in {folder} can be read: {', '.join(damaged)}. Delete them "
            "to train from the start, or name another run."
        )
    return max(steps, key=lambda path: steps[path], default=None)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Reads a checkpoint without running any code that it may hold.

    Raises:
        CheckpointError: It is missing, damaged, or not of a training.
    """
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(
            f"{path} is missing. Name the folder of a run that has one."
        ) from None
    except Exception as error:  # torch raises errors of many kinds for damaged files
        raise CheckpointError(
            f"{path} is damaged or no checkpoint ({error}). Delete it, or name another run."
        ) from error
    if not (isinstance(content, dict) and type(content.get("global_step")) is int):
        raise CheckpointError(
            f"{path} is no checkpoint of a training: it does not say after how many steps it was "
            "written (global_step). Move it elsewhere, or name another run."
        )
    return content


def check_checkpoint(model: nn.Module, spec: InputSpec, content: dict[str, Any]) -> None:
    """Compares a checkpoint's tensors and input with a model's.

    Raises:
        CheckpointError: They differ; the message names the first difference.
    """
    advice = "Choose the model that it was trained with, or another checkpoint."
    expected, found = model.state_dict(), content.get("state_dict", {})
    for name in sorted(expected.keys() | found.keys()):
        ours = tuple(expected[name].shape) if name in expected else "absent"
        theirs = tuple(found[name].shape) if name in found else "absent"
        if ours != theirs:
            raise CheckpointError(
                f"The checkpoint is from another model: {name} is {theirs} in it and {ours} in "
                f"this model. {advice}"
            )
    if content.get("input_spec") != spec.to_dict():
        raise CheckpointError(
            f"The checkpoint's net sees {content.get('input_spec')}, this one {spec.to_dict()}. "
            f"{advice}"
        )


def load_weights(model: nn.Module, spec: InputSpec, path: Path) -> None:
    """Loads the averaged weights, the ones that ship.

    Raises:
        CheckpointError: The checkpoint is missing, damaged, or from another model.
    """
    content = read_checkpoint(path)
    check_checkpoint(model, spec, content)
    model.load_state_dict(versioned(model, content["state_dict"]))


def versioned(model: nn.Module, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint's tensors with the versions of a model's modules, which some ask for: MNASNet.

    Lightning's averaging keeps none. A checkpoint of another model was refused before.
    """
    state = model.state_dict()
    state.update(tensors)
    return state


def save_calibration(path: Path, calibration: Calibration, operating_point: OperatingPoint) -> None:
    """Adds what was fitted after training, so that the checkpoint alone can be exported again."""
    content = read_checkpoint(path)
    content["calibration"] = calibration.to_dict()
    content["operating_point"] = operating_point.to_dict()
    _write(content, path)
