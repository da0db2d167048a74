"""What `conf/debug` makes of an experiment."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from blink.latency import Benchmark
from blink.training import InspectionPlan

CONF = Path(__file__).parents[1] / "conf"


@pytest.mark.parametrize(
    ("experiment", "learns_openness"),
    [("openness", True), ("pico", False), ("real", False), ("standard", True)],
)
def test_fast_learns_what_the_experiment_does_when_there_is_no_teacher(
    experiment: str, learns_openness: bool
) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [f"experiment={experiment}", "debug=fast"])
    loss = instantiate(cfg.optim.loss)
    assert not loss.teachers
    assert loss.learns_openness is learns_openness


def test_configs_say_what_the_code_does_when_it_is_told_nothing() -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train")
        assert instantiate(cfg.latency) == Benchmark()
        assert instantiate(cfg.inspection) == InspectionPlan()
