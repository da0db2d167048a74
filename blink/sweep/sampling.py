from collections.abc import Sequence
from functools import partial
from typing import Any

from hydra.utils import instantiate
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from blink.sweep.space import Space


class SharedSampler(BaseSampler):
    """A sampler whose study others draw from too, or have drawn from before.

    One that is seeded draws the same again in each process and after each resume. So it keeps to
    its seed only as long as all trials are its own.

    Args:
        sampler: What is asked.
    """

    def __init__(self, sampler: BaseSampler) -> None:
        self._sampler = sampler
        self._drawn = 0
        self._is_alone = True

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """See `BaseSampler`."""
        if self._is_alone and trial.number != self._drawn:
            self._is_alone = False
            self.reseed_rng()
        self._drawn += 1
        self._sampler.before_trial(study, trial)

    def reseed_rng(self) -> None:
        """See `BaseSampler`."""
        self._sampler.reseed_rng()

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """See `BaseSampler`."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """See `BaseSampler`."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """See `BaseSampler`."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """See `BaseSampler`."""
        self._sampler.after_trial(study, trial, state, values)


def build_sampler(config: Any, space: Space) -> BaseSampler:
    """The sampler that a config describes.

    Args:
        config: With `_target_`; one that is left `_partial_` is given the grid of the space.
        space: What is searched.

    Raises:
        ConfigError: It wants a grid, and the space has none.
    """
    built: Any = instantiate(config, _convert_="all")
    sampler: BaseSampler = built(space.grid()) if isinstance(built, partial) else built
    return sampler
