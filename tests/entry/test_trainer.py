from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import pytest
from lightning.pytorch.accelerators import CUDAAccelerator
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.entry.trainer import open_trainer


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"accelerator": "cuda"}, "On a machine without a GPU choose trainer=default.$"),
        ({"accelerator": "cpu", "devices": 0}, r"devices=0\)` value is not a valid input[^\n]*$"),
        ({"accelerator": "cpu", "precision": "half"}, "Precision 'half' is invalid"),
        ({"accelerator": "cpu", "max_steps": "two"}, "not supported between"),
    ],
)
def test_trainer_says_what_is_wrong_when_it_cannot_be_made(
    options: dict[str, Any], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CUDAAccelerator, "is_available", lambda: False)
    trainer = {"_target_": "lightning.Trainer", **options}
    with pytest.raises(ConfigError, match=f"(?s)cannot be made as it is configured: .*{fault}"):
        open_trainer(OmegaConf.create({"trainer": trainer}), [])
