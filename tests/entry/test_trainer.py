from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import InstantiationException
from lightning.pytorch.accelerators import CUDAAccelerator
from omegaconf import OmegaConf

from blink.contract import ConfigError, InputSpec
from blink.contract.places import CONF
from blink.entry.trainer import open_data_module, open_trainer


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"accelerator": "cuda"}, "On a machine without a GPU choose trainer=default.$"),
        ({"accelerator": "cpu", "devices": 0}, r"devices=0\)` value is not a valid input[^\n]*$"),
        ({"accelerator": "cpu", "precision": "half"}, "Precision 'half' is invalid"),
        ({"accelerator": "tpu"}, "On a machine without a GPU choose trainer=default.$"),
        ({"accelerator": "cpu", "max_steps": "two"}, "not supported between"),
    ],
)
def test_trainer_says_what_is_wrong_when_it_cannot_be_made(
    options: dict[str, Any], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CUDAAccelerator, "is_available", lambda: False)
    trainer = {"_target_": "lightning.Trainer", **options}
    with pytest.raises(ConfigError, match=f"(?s)cannot be made as it is configured: .*{fault}"):
        open_trainer(OmegaConf.create({"trainer": trainer}))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("accumulate_grad_batches", 0),
        ("limit_train_batches", 0),
        ("limit_val_batches", "all"),
        ("precision", "16-mixed"),
    ],
)
@pytest.mark.filterwarnings("ignore:You passed")  # and it would use bfloat16
def test_trainer_is_refused_when_lightning_would_take_it_and_not_do_it(
    option: str, value: Any
) -> None:
    trainer = {"_target_": "lightning.Trainer", "accelerator": "cpu", option: value}
    with pytest.raises(ConfigError, match=rf"^trainer\.{option}.*{value}"):
        open_trainer(OmegaConf.create({"trainer": trainer}))


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("data.loader.batch_size=0", r"batch_size \(0\)"),
        ("data.loader.refreshed.rendered.share=7", "share is 7"),
        ("data.loader.half_closed=2", "half_closed is 2"),
        ("data.loader.shares={rendered: -1}", "shares.rendered is -1"),
    ],
)
def test_loader_is_refused_when_there_are_no_data_yet(word: str, fault: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [word])
    with pytest.raises((ConfigError, InstantiationException), match=fault):
        open_data_module(cfg, InputSpec(32, 32))
