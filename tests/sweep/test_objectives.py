import json
from pathlib import Path
from typing import Any

import pytest

from blink.contract import ConfigError
from blink.sweep.objectives import (
    Figure,
    FigureError,
    Objective,
    parse_objectives,
    read_figures,
)
from tests.sweep.studied import LATENCY, QUALITY, finish, metrics


def figure(metric: str, found: dict[str, Any]) -> Figure:
    return Objective(metric, "maximize").read(found)


def test_objective_reads_a_data_set_with_its_interval_when_it_is_named() -> None:
    assert figure("val/cew/auc", metrics(0.75, 10)) == Figure(0.75, 0.65, 0.85)


def two_data_sets(auc: float | None) -> dict[str, Any]:
    """The first with an AUC of 0.5, the second with this one."""
    return {"tests": [metrics(0.5, 10)["tests"][0], metrics(auc, 10)["tests"][1]]}


def test_objective_is_a_mean_without_interval_when_data_sets_are_averaged() -> None:
    assert figure("val/mean/auc", two_data_sets(1.0)) == Figure(0.75)


def test_objective_is_no_mean_when_one_of_the_data_sets_has_no_figure() -> None:
    with pytest.raises(FigureError, match=r"holds no val/mean/auc"):
        figure("val/mean/auc", two_data_sets(None))


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("latency/p50_us", 12.5),
        ("latency/ratio_to_empty_graph", 2.0),
        ("size_bytes", 1000.0),
        ("parameters", 10.0),
    ],
)
def test_objective_reads_the_main_row_when_it_is_a_cost(metric: str, value: float) -> None:
    assert figure(metric, metrics(0.5, 12.5)) == Figure(value)


@pytest.mark.parametrize("metric", ["test/mrl/auc", "test/mean/balanced_accuracy"])
def test_objectives_are_refused_with_the_reason_when_they_are_of_test_people(metric: str) -> None:
    with pytest.raises(ConfigError, match=r"has seen them.*val/DATA SET/SCORE"):
        parse_objectives([{"metric": metric, "direction": "maximize"}])


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([], "is empty"),
        (["val/mrl/auc"], r"is \['val/mrl/auc'\]; write a list of mappings"),
        (3, "is 3; write a list of mappings"),
        ([{"metric": 3, "direction": "maximize"}], "names '3'"),
        ([{"metric": "val/mean/accuracy", "direction": "maximize"}], "What may be named: val/"),
        ([{"metric": "val/loss", "direction": "minimize"}], "What may be named"),
        ([{"metric": "size_bytes", "direction": "down"}], "direction is down"),
        ([{"metric": "size_bytes"}], "direction is missing"),
        (
            [LATENCY | {"direction": "maximize"}],
            "is maximize, which looks for the worst; write min",
        ),
        (
            [QUALITY | {"direction": "minimize"}],
            "is minimize, which looks for the worst; write max",
        ),
        ([{"metric": "val/mean/ece", "direction": "maximize"}], "looks for the worst; write min"),
        ([LATENCY, LATENCY], "twice"),
    ],
)
def test_objectives_are_refused_when_nobody_could_read_them(given: Any, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        parse_objectives(given)


def test_figures_are_means_over_seeds_when_there_are_several(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder, quality in zip(folders, (0.5, 0.75), strict=True):
        finish(folder, quality, 20 * quality)
    objectives = parse_objectives([QUALITY, LATENCY])
    assert read_figures(folders, objectives) == [Figure(0.625), Figure(12.5)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (json.dumps(metrics(0.5, 10, role="test")), "tells of test people"),
        (json.dumps(metrics(None, 10)), "holds no val/mean/balanced_accuracy"),
        (json.dumps(metrics(float("nan"), 10)), "holds no val/mean/balanced_accuracy"),
        (json.dumps(metrics(0.5, None)), "holds no latency/p50_us"),
        (json.dumps(metrics(0.5, 10)).replace("true", "false"), "none of mrl's rows ships"),
        ('{"tests": [', "cannot be read"),
        ('{"tests": []}', "cannot be read|holds no"),
    ],
)
def test_figures_are_refused_when_a_run_lacks_them(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(FigureError, match=fault):
        read_figures([tmp_path], parse_objectives([QUALITY, LATENCY]))
