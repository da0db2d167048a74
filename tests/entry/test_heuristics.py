from typing import Any

import pytest
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.contract.places import CONF
from blink.entry import open_heuristics
from blink.heuristics import Gradient

GRADIENT = {"gradient": {"_target_": "blink.heuristics.Gradient"}}


def test_open_heuristics_makes_the_members_when_there_are_crops_to_fit_them_on() -> None:
    cfg = OmegaConf.create({"heuristics": {"crops": 32, "members": GRADIENT}})
    ((name, made),) = open_heuristics(cfg).items()
    assert (name, type(made)) == ("gradient", Gradient)


def test_vote_counts_the_heuristics_beside_it_when_they_are_others() -> None:
    cfg = OmegaConf.create({"heuristics": OmegaConf.load(CONF / "heuristics" / "all.yaml")})
    cfg.heuristics.members.gradient._target_ = "blink.heuristics.Colour"
    del cfg.heuristics.members.intensity
    made = open_heuristics(cfg)
    assert list(made) == ["gradient", "colour", "vote"]
    vote = made.pop("vote")
    assert list(vote.get_submodule("members").children()) == list(made.values())


def test_open_heuristics_refuses_when_a_vote_has_nothing_to_count() -> None:
    vote = {"_target_": "blink.heuristics.Vote", "_partial_": True}
    with pytest.raises(ConfigError, match=r"there is none. Add one to heuristics\.members"):
        open_heuristics(OmegaConf.create({"heuristics": {"crops": 64, "members": {"vote": vote}}}))


def test_open_heuristics_makes_none_when_there_are_no_members() -> None:
    assert open_heuristics(OmegaConf.create({"heuristics": {"crops": 0, "members": None}})) == {}


@pytest.mark.parametrize("crops", [-1, 1, 31, 64.5, "abc", None])
def test_open_heuristics_refuses_when_there_are_too_few_crops(crops: Any) -> None:
    cfg = OmegaConf.create({"heuristics": {"crops": crops, "members": GRADIENT}})
    with pytest.raises(ConfigError, match=r"heuristics\.crops is .*; it must be a whole number f"):
        open_heuristics(cfg)
