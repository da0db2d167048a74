from omegaconf import OmegaConf

from blink.contract.places import CONF
from blink.entry.aiming import open_films
from blink.target import read_target


def test_open_films_takes_none_when_nothing_is_watched_in_time() -> None:
    cfg = OmegaConf.create({"films": {"_target_": "blink.nothing"}})
    assert open_films(cfg, None) == []
    assert open_films(cfg, read_target(CONF / "target" / "photo_check.yaml")) == []
