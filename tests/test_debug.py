"""What `conf/debug` makes of an experiment."""

from inspect import signature
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from blink.data.batch import Batch
from blink.latency import Benchmark
from blink.training import InspectionPlan

CONF = Path(__file__).parents[1] / "conf"


@pytest.mark.parametrize(
    ("experiment", "learns_openness"),
    [("openness", True), ("pico", False), ("rendered_only", True), ("standard", True)],
)
def test_fast_learns_what_the_experiment_does_when_there_is_no_teacher(
    experiment: str, learns_openness: bool
) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [f"experiment={experiment}", "debug=fast"])
    loss = instantiate(cfg.optim.loss)
    assert not loss.teachers
    assert loss.learns_openness is learns_openness


# Others leave the loss as it is.
ASKING = [
    path.stem for path in sorted(CONF.glob("experiment/*.yaml")) if "loss" in path.read_text()
]


@pytest.mark.parametrize("experiment", ASKING)
def test_overfit_learns_the_labels_alone_when_the_experiment_learns_more(experiment: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [f"experiment={experiment}", "debug=overfit"])
    loss = instantiate(cfg.optim.loss)
    assert not loss.teachers
    assert not loss.learns_openness
    batch = Batch(torch.empty(0), torch.tensor([1.0, 0.0]), torch.tensor([0.0, 0.9]))
    assert loss(torch.tensor([30.0, -30.0]), batch) < 1e-9  # no doubt is left in a label


def test_configs_say_what_the_code_does_when_it_is_told_nothing() -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train")
        assert instantiate(cfg.latency) == Benchmark()
        assert instantiate(cfg.inspection) == InspectionPlan()


@pytest.mark.parametrize(
    "option",
    [
        "data.loader.shares",
        "data.loader.half_closed",
        "data.collection.sources.rendered.without",
        "optim.loss.trust",
        "optim.scheduler.warmup",
    ],
)
@pytest.mark.parametrize(
    "choice", [["optim/loss=distilled"], ["optim/loss=distilled_with_openness", "data=few"]]
)
def test_configs_show_what_is_changed_first_as_the_code_has_it(
    choice: list[str], option: str
) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", choice)
    node, _, name = option.rpartition(".")
    made = get_object(OmegaConf.select(cfg, node)._target_)
    assert name in OmegaConf.select(cfg, node)
    assert OmegaConf.select(cfg, option) == signature(made).parameters[name].default
