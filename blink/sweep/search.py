"""What a search is, read from its config and checked before anything starts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from optuna.distributions import CategoricalDistribution

from blink.contract import ConfigError
from blink.sweep.budget import Budget
from blink.sweep.objectives import Objective, parse_objectives
from blink.sweep.space import Space, check_free, parse_space

CONF = Path(__file__).parents[2] / "conf"
"""The configs; they are part of the repository, not of the installed package."""


@dataclass(frozen=True)
class Search:
    """A search.

    Attributes:
        space: What varies.
        fixed: Overrides of `train.py` that are the same in all trials.
        objectives: What it is for.
        seeds: Each configuration is trained with each of them.
        budget: When it ends.
    """

    space: Space
    fixed: tuple[str, ...]
    objectives: tuple[Objective, ...]
    seeds: tuple[int, ...]
    budget: Budget

    @property
    def essence(self) -> dict[str, Any]:
        """What must be the same when a study is gone on with, as JSON takes it."""
        return {
            "space": {
                one.key: [*one.texts] or repr(one.distribution) for one in self.space.dimensions
            },
            "fixed": list(self.fixed),
            "objectives": [[one.metric, one.direction] for one in self.objectives],
            "seeds": list(self.seeds),
        }


def read_search(config: DictConfig) -> Search:
    """Reads the part `sweep` of a composed `conf/sweep.yaml`.

    Raises:
        ConfigError: Something in it cannot be.
    """
    sweep: Any = OmegaConf.to_container(config.sweep, resolve=True)
    search = Search(
        space=parse_space(sweep["space"] or {}),
        fixed=tuple(map(str, sweep["fixed"] or [])),
        objectives=parse_objectives(sweep["objectives"] or []),
        seeds=_seeds(sweep["seeds"]),
        budget=_budget(sweep["budget"]),
    )
    for word in search.fixed:
        _check_fixed(word, search.space)
    if search.budget.trials is None and search.budget.hours is None and search.space.size is None:
        raise ConfigError(
            "This search would never end: its space is endless. Set sweep.budget.trials, "
            "sweep.budget.hours, or both."
        )
    return search


def check_names(search: Search) -> None:
    """Composes the config of trials, so that a name that is not there is found before they start.

    Once with the first value of each option, and once more for each further choice of a group.

    Raises:
        ConfigError: `train.py` has no such option, or no such choice.
    """
    first = search.space.first()
    tried = [first]
    for one in search.space.dimensions:
        if isinstance(one.distribution, CategoricalDistribution) and (CONF / one.key).is_dir():
            tried += [first | {one.key: choice} for choice in one.distribution.choices[1:]]
    with _beside_hydra(), initialize_config_dir(str(CONF), version_base="1.3"):
        for values in tried:
            _compose([*search.fixed, *search.space.words(values)])


def tell_difference(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In which a search differs from the one that a study was begun with, a phrase each."""
    return [
        f"sweep.{name} was {kept.get(name)} and is {now[name]}"
        for name in now
        if kept.get(name) != now[name]
    ]


@contextmanager
def _beside_hydra() -> Iterator[None]:
    """Hydra composes for one program at a time, and the one that searches is such a program."""
    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = before


def _compose(words: list[str]) -> None:
    try:
        compose("train", overrides=words)
    except (HydraException, OmegaConfBaseException) as error:
        reason = str(error.__cause__ or error).splitlines()
        raise ConfigError(
            f"train.py does not know what this search wants of it: {reason[0]} It was asked for "
            f"{' '.join(words)}."
        ) from error


def _seeds(seeds: Any) -> tuple[int, ...]:
    found = tuple(seeds or ())
    whole = all(type(seed) is int and 0 <= seed < 2**32 for seed in found)
    if not found or not whole or len(set(found)) != len(found):
        raise ConfigError(f"sweep.seeds is {seeds}; name whole numbers, each once, such as [0, 1].")
    return found


def _budget(budget: Mapping[str, Any]) -> Budget:
    for name, least in (("trials", 1), ("hours", 0)):
        value = budget.get(name)
        if value is not None and not (isinstance(value, int | float) and value >= least):
            raise ConfigError(f"sweep.budget.{name} is {value}; it is a number from {least} up.")
    return Budget(budget.get("trials"), budget.get("hours"))


def _check_fixed(word: str, space: Space) -> None:
    try:
        override = OverridesParser.create().parse_override(word)
    except HydraException as error:
        raise ConfigError(f"sweep.fixed: {word}: {error}") from error
    if override.is_sweep_override():
        raise ConfigError(
            f"sweep.fixed: {word} is several values. What varies stands in sweep.space."
        )
    key = override.get_key_element()
    check_free(key, "sweep.fixed")
    if key in space.distributions:
        raise ConfigError(f"{key} stands in sweep.fixed and in sweep.space; leave it in one.")
