from pathlib import Path
from typing import Any

import optuna
import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.samplers import BaseSampler, GridSampler, RandomSampler, TPESampler

from blink.contract import ConfigError
from blink.sweep.budget import Budget
from blink.sweep.labels import Labels
from blink.sweep.objectives import parse_objectives
from blink.sweep.search import Search
from blink.sweep.space import Space, parse_space
from blink.sweep.wandb_sweep import WandbSweep

SPACE = {
    "augment": "choice(camera, none)",
    "model.layers": [3, True, None, "a b"],
    "optim.optimizer.lr": "tag(log, interval(1e-4, 1e-2))",
    "optim.smoothing": "interval(0, 0.2)",
    "data.loader.batch_size": "range(64, 257, 64)",
    "optim.warm_up": "int(interval(1, 8))",
    "model.width": "tag(log, int(interval(8, 64)))",
}


def search(space: Space, **changes: Any) -> Search:
    plain: dict[str, Any] = {
        "space": space,
        "fixed": ("data=real", "logger=csv"),
        "objectives": parse_objectives(
            [
                {"metric": "val/mean/balanced_accuracy", "direction": "maximize"},
                {"metric": "latency/p50_us", "direction": "minimize"},
            ]
        ),
        "seeds": (0, 1),
        "budget": Budget(trials=30, hours=None),
        "labels": Labels("pareto", "What is a bit worth?"),
    }
    return Search(**plain | changes)


def written(folder: Path, sampler: BaseSampler, **changes: Any) -> dict[str, Any]:
    found = search(parse_space(SPACE), **changes)
    WandbSweep("pareto", "What is a bit worth?", "blink", found, sampler).write(folder / "s.yaml")
    content = yaml.safe_load((folder / "s.yaml").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def test_wandb_sweep_has_the_same_distributions_when_wandb_reads_it_back(tmp_path: Path) -> None:
    from wandb.sdk.sweeps.scheduler.optuna import sweep_parameter_to_distribution

    parameters = written(tmp_path, TPESampler())["parameters"]

    read = {key: sweep_parameter_to_distribution(one) for key, one in parameters.items()}

    listed = optuna.distributions.CategoricalDistribution
    ours = parse_space(SPACE).distributions
    for key in ("optim.optimizer.lr", "optim.smoothing", "optim.warm_up", "model.width", "augment"):
        assert read[key] == ours[key]
    assert read["data.loader.batch_size"] == listed([64, 128, 192, 256])
    assert read["seed"] == listed([0, 1])


def test_wandb_sweep_gives_hydra_the_same_values_when_an_agent_writes_its_words(
    tmp_path: Path,
) -> None:
    from wandb.sdk.launch.sweeps.utils import create_sweep_command_args

    values = written(tmp_path, TPESampler())["parameters"]["model.layers"]["values"]

    words = [
        create_sweep_command_args({"args": {"model.layers": {"value": value}}})["args_no_hyphens"]
        for value in values
    ]

    parser = OverridesParser.create()
    assert [parser.parse_override(word).value() for (word,) in words] == [3, True, None, "a b"]


def test_wandb_sweep_names_goal_budget_and_command_when_it_is_written(tmp_path: Path) -> None:
    content = written(tmp_path, TPESampler())

    assert content["metric"] == {"name": "val/mean/balanced_accuracy", "goal": "maximize"}
    assert (content["method"], content["run_cap"]) == ("bayes", 60)
    assert content["description"] == "What is a bit worth?"
    assert content["command"] == [
        "${env}",
        "${interpreter}",
        "${program}",
        "data=real",
        "judged=val",
        "logger=wandb",
        "logger.wandb.offline=false",
        "name=pareto",
        "question='What is a bit worth?'",
        "logger.wandb.group=pareto",
        "logger.wandb.job_type=trial",
        "${args_no_hyphens}",
    ]


def test_wandb_sweep_has_no_cap_when_the_search_has_none(tmp_path: Path) -> None:
    content = written(tmp_path, RandomSampler(), budget=Budget(trials=None, hours=2))

    assert content["method"] == "random"
    assert "run_cap" not in content


def test_wandb_sweep_lists_all_values_when_it_is_a_grid(tmp_path: Path) -> None:
    space = parse_space({"optim.warm_up": "range(1, 4)", "model": "choice(pico, standard)"})
    grid = WandbSweep("g", "?", "blink", search(space), GridSampler(space.grid()))

    assert grid.to_dict()["parameters"] == {
        "model": {"values": ["pico", "standard"]},
        "optim.warm_up": {"values": [1, 2, 3]},
        "seed": {"values": [0, 1]},
    }


def test_wandb_sweep_is_refused_when_a_grid_has_no_end(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"optim\.optimizer\.lr"):
        written(tmp_path, GridSampler({"model.width": [8]}))
