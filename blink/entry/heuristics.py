from functools import partial
from typing import Final

from hydra.utils import instantiate
from omegaconf import DictConfig

from blink.contract import ConfigError
from blink.heuristics import Heuristic, ThresholdHeuristic

_FEWEST: Final = 32
"""Of fewer crops, half of them closed in the long run, all might be of one class."""


def open_heuristics(cfg: DictConfig) -> dict[str, Heuristic]:
    """The heuristics of a run by name, not yet fitted; none where the config has no members.

    A partial member is given the others, the very ones: so a vote is always that of its neighbours.

    Raises:
        ConfigError: A vote stands alone, or there are too few crops to fit them on, which else
            would come out only when the net has trained.
    """
    made = dict(instantiate(cfg.heuristics.members or {}))
    features = [one for one in made.values() if isinstance(one, ThresholdHeuristic)]
    members: dict[str, Heuristic] = {
        name: one(features) if isinstance(one, partial) else one for name, one in made.items()
    }
    crops = cfg.heuristics.crops
    if members and not (type(crops) is int and crops >= _FEWEST):
        raise ConfigError(
            f"heuristics.crops is {crops!r}; it must be a whole number from {_FEWEST}. Without "
            "heuristics: heuristics.members=null"
        )
    return members
