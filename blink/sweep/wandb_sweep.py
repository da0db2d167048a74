"""The same search as a sweep of Weights & Biases, for those who have a server and its agents."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, GridSampler, QMCSampler, RandomSampler

from blink.contract import atomic_file
from blink.sweep.labels import Labels
from blink.sweep.search import Search
from blink.sweep.space import Dimension

log = logging.getLogger(__name__)

Method = Literal["grid", "random", "bayes"]

_NUMBERS: Final = {
    True: ("int_uniform", "q_log_uniform_values"),
    False: ("uniform", "log_uniform_values"),
}
"""Whether they are whole → W&B's names for an even and a logarithmic scale."""

_HEADER: Final = """\
# Made by: python -m blink.sweep wandb=sweep. Start it in the folder of train.py:
#   wandb sweep --project {project} THIS_FILE
#   wandb agent ENTITY/{project}/SWEEP_ID    # on every machine that is to work
# W&B knows one objective, no pruning by our curves, and takes each seed for a trial of its own.
"""


@dataclass(frozen=True)
class WandbSweep:
    """What a search becomes at W&B.

    Attributes:
        name: Of the study; the group of its runs.
        question: What it is to find out.
        project: Of W&B.
        search: As Blink would run it.
        sampler: Who would choose; W&B has a grid, chance and a Bayesian optimiser of its own.
    """

    name: str
    question: str
    project: str
    search: Search
    sampler: BaseSampler

    @property
    def method(self) -> Method:
        """What comes closest to the sampler."""
        if isinstance(self.sampler, GridSampler):
            return "grid"
        return "random" if isinstance(self.sampler, RandomSampler | QMCSampler) else "bayes"

    def write(self, path: Path) -> None:
        """Writes the YAML file that `wandb sweep` takes.

        Raises:
            ConfigError: A grid is asked for over what cannot be counted.
            StorageError: The disk is full.
        """
        text = yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)
        header = _HEADER.format(project=self.project)
        with atomic_file(path) as temporary:
            temporary.write_text(header + text, encoding="utf-8", newline="\n")
        log.info("W&B sweep: %s", path)

    def to_dict(self) -> dict[str, Any]:
        """What the file holds.

        Raises:
            ConfigError: A grid is asked for over what cannot be counted.
        """
        search = self.search
        if self.method == "grid":
            search.space.grid()
        parameters = {one.key: _parameter(one, self.method) for one in search.space.dimensions}
        trials, goal = search.budget.trials, search.objectives[0]
        return {
            "name": self.name,
            "description": self.question,
            "project": self.project,
            "program": "train.py",
            "method": self.method,
            "metric": {"name": goal.metric, "goal": goal.direction},
            **({} if trials is None else {"run_cap": trials * len(search.seeds)}),
            "parameters": parameters | {"seed": {"values": list(search.seeds)}},
            "command": self._command(),
        }

    def _command(self) -> list[str]:
        """`${args_no_hyphens}` is `key=value`, as Hydra has it."""
        fixed = [word for word in self.search.fixed if not word.lstrip("+~").startswith("logger")]
        return [
            "${env}",
            "${interpreter}",
            "${program}",
            *fixed,
            "judged=val",
            "logger=wandb",
            "logger.wandb.offline=false",
            *Labels(self.name, self.question, at_wandb=True).shared,
            "${args_no_hyphens}",
        ]


def _parameter(one: Dimension, method: Method) -> dict[str, Any]:
    dist = one.distribution
    if one.texts:
        return {"values": [_as_written(one, place) for place in range(len(one.texts))]}
    assert isinstance(dist, IntDistribution | FloatDistribution)  # noqa: S101 - there are no others
    is_whole = isinstance(dist, IntDistribution)
    if method == "grid" or dist.step not in (None, 1 if is_whole else None):
        return {"values": one.values()}
    plain, log_scale = _NUMBERS[is_whole]
    name = log_scale if dist.log else plain
    return {"distribution": name, "min": dist.low, "max": dist.high}


def _as_written(one: Dimension, place: int) -> Any:
    """Numbers stay numbers; what Python writes otherwise than Hydra reads it, such as null, not."""
    value = one.values()[place]
    return value if type(value) in (int, float) else one.texts[place]
