"""What a search is, read from its config and checked before anything starts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from optuna.distributions import CategoricalDistribution

from blink.contract import ConfigError
from blink.contract.places import CONF
from blink.sweep.budget import Budget
from blink.sweep.labels import Labels
from blink.sweep.objectives import MEAN, Objective, parse_objectives
from blink.sweep.space import Space, check_free, parse_space


@dataclass(frozen=True)
class Search:
    """A search.

    Attributes:
        space: What varies.
        fixed: Overrides of `train.py` that are the same in all trials.
        objectives: What it is for.
        seeds: Each configuration is trained with each of them.
        budget: When it ends.
        labels: What its runs are called.
    """

    space: Space
    fixed: tuple[str, ...]
    objectives: tuple[Objective, ...]
    seeds: tuple[int, ...]
    budget: Budget
    labels: Labels

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
    name = check_name(config.name)
    _check_whole(config.sweep)
    sweep: Any = OmegaConf.to_container(config.sweep, resolve=True)
    search = Search(
        space=parse_space(sweep["space"] or {}),
        fixed=tuple(map(str, sweep["fixed"] or [])),
        objectives=parse_objectives(sweep["objectives"] or []),
        seeds=_seeds(sweep["seeds"]),
        budget=_budget(sweep["budget"]),
        labels=Labels(name, str(sweep["question"]), bool(config.get("at_wandb"))),
    )
    for word in search.fixed:
        _check_fixed(word, search.space)
    if search.budget.trials is None and search.budget.hours is None and search.space.size is None:
        raise ConfigError(
            "This search would never end: its space is endless. Set sweep.budget.trials, "
            "sweep.budget.hours, or both."
        )
    return search


def check_names(search: Search) -> list[DictConfig]:
    """Composes the config of trials, so that a name that is not there is found before they start.

    Once with the first value of each option, and once more for each further choice of a group.

    Returns:
        These configs.

    Raises:
        ConfigError: `train.py` has no such option, or no such choice; or trials have no data set
            of a name that an objective has.
    """
    first = search.space.first()
    tried = [first]
    for one in search.space.dimensions:
        if isinstance(one.distribution, CategoricalDistribution) and (CONF / one.key).is_dir():
            tried += [first | {one.key: choice} for choice in one.distribution.choices[1:]]
    with _beside_hydra(), initialize_config_dir(str(CONF), version_base="1.3"):
        configs = [_compose([*search.fixed, *search.space.words(values)]) for values in tried]
    for config in configs:
        _check_data_sets(search.objectives, config)
    return configs


def logs_at_wandb(configs: Iterable[DictConfig]) -> bool:
    """Whether all trials of these configs log to W&B."""
    return all(OmegaConf.select(config, "logger.wandb") for config in configs)


def check_name(name: str) -> str:
    """Returns the name of a study, which is also that of its folder, its nets and its bundles.

    Raises:
        ConfigError: It is no plain word.
    """
    if not re.fullmatch(r"\w[\w.-]*", str(name)):
        raise ConfigError(
            f"name is {name!r}; a study is called by letters, digits, '_', '-' and '.', and begins "
            "with a letter or digit: it names a folder."
        )
    return str(name)


@contextmanager
def _beside_hydra() -> Iterator[None]:
    """Hydra composes for one program at a time, and the one that searches is such a program."""
    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = before


def _compose(words: list[str]) -> DictConfig:
    try:
        return compose("train", overrides=words)
    except (HydraException, OmegaConfBaseException) as error:
        reason = str(error.__cause__ or error).splitlines()
        raise ConfigError(
            f"train.py does not know what this search wants of it: {reason[0]} It was asked for "
            f"{' '.join(words)}."
        ) from error


def _check_data_sets(objectives: Sequence[Objective], config: DictConfig) -> None:
    """Of data that were prepared elsewhere the names are not known before they are read."""
    collections = [config.data.collection, *(config.data.unseen or {}).values()]
    if any("sources" not in one for one in collections):
        return
    names = sorted({str(name) for one in collections for name in one.sources})
    for one in objectives:
        if one.data is not None and one.data not in (MEAN, *names):
            raise ConfigError(
                f"sweep.objectives names {one.metric}, and trials would be judged on "
                f"{', '.join(names)}. Name one of these, or {MEAN}; or take other data "
                "(sweep.fixed)."
            )


def _check_whole(sweep: DictConfig) -> None:
    if missing := sorted(OmegaConf.missing_keys(sweep)):
        raise ConfigError(
            f"This search does not say {missing[0]}. Write it into conf/sweep/NAME.yaml, or "
            f"set it at the prompt: {missing[0]}=…"
        )
    if not sweep.question:
        raise ConfigError(
            "sweep.question is empty: say in a sentence what the search is to find out. Its runs "
            "and its front bear it."
        )


def _seeds(seeds: Any) -> tuple[int, ...]:
    found = tuple(seeds or ())
    whole = all(type(seed) is int and 0 <= seed < 2**32 for seed in found)
    if not found or not whole or len(set(found)) != len(found):
        raise ConfigError(f"sweep.seeds is {seeds}; name whole numbers, each once, such as [0, 1].")
    return found


def _budget(budget: Mapping[str, Any]) -> Budget:
    for name, least in (("trials", 1), ("hours", 0), ("minutes", 0.01)):
        value = budget.get(name)
        kinds = (int,) if name == "trials" else (int, float)
        if value is not None and not (type(value) in kinds and value >= least):
            number = "a whole number" if name == "trials" else "a number"
            raise ConfigError(f"sweep.budget.{name} is {value}; it is {number} from {least} up.")
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
