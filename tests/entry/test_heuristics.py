from typing import Any

import pytest
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.entry import open_heuristics
from blink.heuristics import Gradient

GRADIENT = {"gradient": {"_target_": "blink.heuristics.Gradient"}}


def test_open_heuristics_makes_the_members_when_there_are_crops_to_fit_them_on() -> None:
    cfg = OmegaConf.create({"heuristics": {"crops": 32, "members": GRADIENT}})
    ((name, made),) = open_heuristics(cfg).items()
    assert (name, type(made)) == ("gradient", Gradient)


def test_open_heuristics_makes_none_when_there_are_no_members() -> None:
    assert open_heuristics(OmegaConf.create({"heuristics": {"crops": 0, "members": None}})) == {}


@pytest.mark.parametrize("crops", [-1, 1, 31, 64.5, "abc", None])
def test_open_heuristics_refuses_when_there_are_too_few_crops(crops: Any) -> None:
    cfg = OmegaConf.create({"heuristics": {"crops": crops, "members": GRADIENT}})
    with pytest.raises(ConfigError, match=r"heuristics\.crops is .*; it must be a whole number f"):
        open_heuristics(cfg)
