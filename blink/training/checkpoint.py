"""Checkpoints: Lightning writes them after every epoch, whole; here they are found and read."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from blink.contract import Calibration, CheckpointError, InputSpec, OperatingPoint, whole_file


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint in a folder; None where training has not finished an epoch yet."""
    found = folder.glob("*.ckpt")
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Reads a checkpoint without running any code that it may hold.

    Raises:
        CheckpointError: It is missing or damaged.
    """
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(
            f"{path} is missing. Name the folder of a run that has one."
        ) from None
    except Exception as error:  # torch raises errors of many kinds for damaged files
        raise CheckpointError(
            f"{path} is damaged or no checkpoint ({error}). Delete it and resume the run again."
        ) from error
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
    model.load_state_dict(content["state_dict"])


def seal_checkpoint(path: Path, calibration: Calibration, operating_point: OperatingPoint) -> None:
    """Adds what was fitted after training, so that the checkpoint alone can be exported again."""
    content = read_checkpoint(path)
    content["calibration"] = calibration.to_dict()
    content["operating_point"] = operating_point.to_dict()
    with whole_file(path) as temporary:
        torch.save(content, temporary)
