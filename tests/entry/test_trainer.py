import blink.torchvision_mend  # noqa: F401 - before lightning

import pytest
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.entry.trainer import open_trainer


def test_trainer_says_what_to_choose_when_it_would_train_on_nothing() -> None:
    nothing = {"_target_": "lightning.Trainer", "accelerator": "cpu", "devices": 0}
    with pytest.raises(ConfigError, match=r"devices=0.* choose trainer=default"):
        open_trainer(OmegaConf.create({"trainer": nothing}), [])
